"""The view in the Looks dock: how often it is looked at, and what is new at each look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QVBoxLayout, QWidget

from relayviz.gui.looks.model import LooksModel
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.fields import NumberField
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Table
from relayviz.model.engine.protocol import watching
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.kernel.looks import Looks

EMPTY = (
    "Of a channel that others work on, what is new at each look stands here.\n"
    "Ctrl+Alt+A attaches to one of another process, Ctrl+Alt+O opens a real kernel's."
)
SLOWEST, FASTEST = 1, 60
NEWS = 1  # the column


class LooksPanel(Panel):
    """A button that pauses looking, how often it looks, and a table of what is new."""

    live_interval_ms = 100

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = LooksModel()
        self._engine: object = None  # that is shown
        self.table = Table("What is new, for each buffer", self)
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.pause = QPushButton("Pause", self)
        self.pause.setToolTip("Keep what is shown, or look again. Its writers go on.  [Space]")
        self.pause.clicked.connect(self._toggle)
        tip = "How often it is looked at, at most; of a kernel for all its channels."
        self.hz = NumberField("Looks a second", tip, SLOWEST, FASTEST, self)
        self.hz.valueChanged.connect(self._pace)
        self.says = ElidedLabel(self)
        self.says.setObjectName("dim")
        self.says.setAccessibleName("How many looks there were")
        label = QLabel("looks a second:", self)
        label.setBuddy(self.hz)
        top = QHBoxLayout()
        for widget in (self.pause, label, self.hz):
            top.addWidget(widget)
        top.addWidget(self.says, 1)
        body = QWidget(self)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(top)
        lines.addWidget(self.table, 1)
        self._stack = Stack(body, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show what the looks found."""
        foreign = snapshot.foreign if snapshot is not None else None
        looks = foreign.looks if foreign is not None else None
        self._stack.show_content(looks is not None)
        self.model.show(looks)
        if looks is None or foreign is None:
            self._engine = None
            self.set_detail("")
            return
        self.pause.setText("Pause" if looks.running else "Look")
        for widget in (self.pause, self.hz):
            widget.setEnabled(not foreign.is_gone)
        engine = self.controller.shown
        if not self.hz.hasFocus() or engine is not self._engine:  # who types is not disturbed
            self.hz.show_value(round(looks.hz))
        self._engine = engine
        self.says.setText(words(looks))
        self.set_detail(f"since {plural(looks.count, 'look')}")

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the table."""
        del most
        return rows_of(self.table)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)

    def go_to(self, place: str) -> None:
        """Give the keyboard to how often it looks."""
        del place
        self.hz.setFocus()

    @Slot()
    def _toggle(self) -> None:
        engine = watching(self.controller.shown)
        if engine is not None:
            engine.watch(not engine.watching)

    @Slot(int)
    def _pace(self, hz: int) -> None:
        engine = watching(self.controller.shown)
        if engine is not None:
            engine.pace(hz)


def words(looks: Looks) -> str:
    """Say how many looks there were, and how many in a second."""
    told = f"{plural(looks.count, 'look')} in {looks.seconds:.1f} s"
    if looks.count > 1 and looks.seconds > 0:
        told += f", {(looks.count - 1) / looks.seconds:.1f} a second"
    return told
