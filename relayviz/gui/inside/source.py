"""The view in the Source dock: the C file as compiled, and where each actor stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.inside import going
from relayviz.gui.inside.lines import MARK, NUMBER, TEXT, SourceModel
from relayviz.gui.inside.row import tell
from relayviz.gui.inside.values import ValuesModel
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Cells, Table
from relayviz.model.inside.acting import acting
from relayviz.model.inside.sources import differs

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.inside.scene import Scene, Stand

EMPTY = "Inside an operation, the core's source stands here, with the line of each actor."
DIFFERS = "This text is another one than what was compiled: lines may be wrong. Build it again."
FIRST = "src/write.c"


class SourcePanel(Panel):
    """The file of the actor that is followed, and the fields that actors share."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._engine: ActingEngine | None = None
        self.lines, self.values = SourceModel(), ValuesModel()
        self._line = 1
        self._later = QTimer(self)  # a table with new rows is laid out a little later
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._scroll)
        self.files = QComboBox(self)
        self.files.setAccessibleName("Source file")
        self.files.view().setAccessibleName("Source files")
        self.files.activated.connect(self._show_file)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName("What is true where the actor stands")
        self.table = Table("Source", self)
        self.table.setModel(self.lines)
        self.table.setItemDelegate(Grounded(self.table))
        self.table.horizontalHeader().hide()
        self.table.clicked.connect(self._clicked)
        self.table.activated.connect(self._clicked)
        self.shared = Table("Fields that actors share", self)
        self.shared.setModel(self.values)
        self._stack = Stack(self._laid_out(), EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def _laid_out(self) -> QWidget:
        header = self.shared.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        inner = QWidget(self)
        top = QHBoxLayout()
        top.addWidget(self.files)
        top.addStretch(1)
        upper = QWidget(inner)
        lines = QVBoxLayout(upper)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(top)
        lines.addWidget(self.table, 1)
        lines.addWidget(self.sentence)
        both = QSplitter(Qt.Orientation.Vertical, inner)
        both.addWidget(upper)
        both.addWidget(self.shared)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 1)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(both)
        return inner

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show where everybody stands."""
        engine = acting(self.controller.shown)
        self._stack.show_content(engine is not None and snapshot is not None)
        if engine is None or snapshot is None:
            self._engine = None
            self.lines.let_go()
            self.values.show(None, None, 0)
            self.set_detail("")
            return
        if engine is not self._engine:
            self._engine = engine
            self._offer(engine)
        scene = engine.scene
        self._follow(scene)
        self.values.show(scene, snapshot, self.controller.selection[0])
        self.shared.horizontalHeader().resizeSections(QHeaderView.ResizeMode.ResizeToContents)

    def show_selection(self, row: int, index: int) -> None:
        """Show the fields of another buffer, or follow another actor."""
        del row, index
        self.show_snapshot(self.controller.snapshot)

    def _offer(self, engine: ActingEngine) -> None:
        self.lines.take(engine.places)
        files = sorted({place.file for place in engine.places})
        self.files.clear()
        self.files.addItems(files)
        first = FIRST if FIRST in files else files[0]
        self._open(first)
        self.files.setCurrentText(first)  # also where its lines were shown already

    def _follow(self, scene: Scene) -> None:
        """Show the line of the actor that is followed, and say what is true there."""
        actor = scene.of(going.chosen(self.controller, scene))
        self.lines.show_scene(scene)
        if actor is None:
            return
        if actor.line:  # inside memcpy there is no text of it
            self._open(actor.file)
            self._line = actor.line
            self._later.start()
        tell(self.sentence, said(actor))
        self.set_detail(f"{self.lines.file} · follows {actor.name}")

    def _open(self, file: str) -> None:
        if file == self.lines.file:
            return
        self.lines.open(file)
        self.files.setCurrentText(file)
        self._fit()
        if self._engine is not None and differs(file, self._engine.places):
            self.controller.notify(f"{file}: {DIFFERS}")

    def _fit(self) -> None:
        """Make the columns as wide as the names of actors, and the longest line."""
        letter = self.table.fontMetrics().horizontalAdvance("0")
        names = [] if self._engine is None else [one.name for one in self._engine.session.actors]
        for column, letters in (
            (MARK, max(map(len, names), default=0) + 3),  # a breakpoint goes before it
            (NUMBER, 4),
            (TEXT, self.lines.longest),
        ):
            self.table.setColumnWidth(column, (letters + 2) * letter)

    @Slot()
    def _scroll(self) -> None:
        """Have the line in sight, with some around it; sideways nothing moves."""
        bar = self.table.horizontalScrollBar()
        place = bar.value()
        at = self.lines.index(self._line - 1, NUMBER)
        self.table.scrollTo(at, Table.ScrollHint.PositionAtCenter)
        bar.setValue(place)

    @Slot()
    def _show_file(self) -> None:
        self._open(self.files.currentText())

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        """Set a breakpoint at a probe, or take it away; other lines have none."""
        line = index.row() + 1
        if self._engine is None:
            return
        if not self.lines.is_place(line):
            return
        is_on = (self.lines.file, line) in self._engine.scene.breakpoints
        self._engine.set_breakpoint(self.lines.file, line, on=not is_on)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        for table in (self.table, self.shared):
            table.apply_theme(shown)
        self.table.setFont(shown.mono())
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 1)
        self._fit()

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the fields that actors share."""
        del most
        return rows_of(self.shared)


class Grounded(Cells):
    """Draws the ground that a line has; the style of tables leaves it out."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the ground, then the text."""
        ground = index.data(Qt.ItemDataRole.BackgroundRole)
        if isinstance(ground, QColor):
            painter.fillRect(option.rect, ground)
        super().paint(painter, option, index)


def said(actor: Stand) -> str:
    """Say where an actor stands, and what is true there."""
    words = f"{actor.name} {actor.at}."
    if actor.sentence:
        words += f" {actor.sentence}"
    if actor.why:
        words += f" It cannot move: {actor.why}."
    return words
