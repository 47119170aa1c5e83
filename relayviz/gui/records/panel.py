"""The dock's content: a condition, the records it holds of, and a scroll bar for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollBar, QVBoxLayout, QWidget

from relayviz.gui.background import Background
from relayviz.gui.desk import commands
from relayviz.gui.lanes import keys
from relayviz.gui.notice import Level
from relayviz.gui.records.model import RecordsModel
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, near
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Table
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.taped import taped
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.engine.taped import TapedEngine

    Places = NDArray[np.uint32]

RETRY_MS = 16
LINES = 3  # rows that a notch of the wheel goes on by
EXPORTED = 100_000  # rows of a file: more is handed on by `relayviz capture`
EMPTY = "The records of a capture stand here.\nFile → Open capture… opens one."
HINT = "Condition, such as  cpu == 1 and size > 48"
MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -2,  # in pages from here on
    Qt.Key.Key_PageDown: 2,
}


class RecordsPanel(Panel):
    """Shows records; a click goes to the moment at which one was written."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Records")
        self.model = RecordsModel()
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(HINT)
        self.filter.setAccessibleName("Condition on the records shown")
        self.filter.setClearButtonEnabled(True)
        self.table = self._make_table()
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.setAccessibleName("Which records are on screen")
        self._engine: TapedEngine | None = None
        self._shown: object = None
        self._work: Background[Places | None] | None = None
        self._sort: tuple[str, bool] = ("", False)
        self._widths: list[int] = []  # of what has been on screen of these records
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self._look)
        body = QWidget(self)
        rows = QHBoxLayout()
        rows.setSpacing(0)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.bar)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.filter)
        inner.addLayout(rows, 1)
        self._stack = Stack(body, EMPTY, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._stack.show_content(False)
        self.setFocusProxy(self.table)
        self.bar.valueChanged.connect(self._turn)
        self.filter.returnPressed.connect(self._list)
        self.filter.textChanged.connect(self._cleared)

    def _make_table(self) -> Table:
        table = Table("Records", self)
        table.setModel(self.model)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.viewport().installEventFilter(self)
        table.installEventFilter(self)
        header = table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.sectionClicked.connect(self._sort_by)
        table.clicked.connect(self._go)
        table.activated.connect(self._go)
        return table

    # ---------------------------------------------------------------- what is shown

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the records of a capture, and which of them are written."""
        engine = taped(self.controller.shown) if snapshot is not None else None
        self._stack.show_content(engine is not None)
        if engine is None or snapshot is None:
            self._forget()
            return
        if (engine, engine.tape) != self._shown:
            if engine is not self._engine:
                self.filter.clear()
                self._sort = ("", False)
            self._engine, self._shown = engine, (engine, engine.tape)
            self._show(None)
            self._list()
        self.model.written = snapshot.step
        self._follow(snapshot.step)
        self._say()

    def _forget(self) -> None:
        if self._work is not None:
            self._work.leave()
            self._work = None
        self._engine = self._shown = None
        self._retry.stop()
        self.model.show(None, None)
        self.set_detail("")

    def _show(self, chosen: Places | None) -> None:
        self.model.show(self._engine, chosen)
        self._fit()
        self._fit_columns()
        self._say()

    def _say(self) -> None:
        total = 0 if self._engine is None else self._engine.tape.count
        words = f"{grouped(self.model.count)} of {grouped(total)}"
        self.set_detail(words if self._work is None else f"{words} · looking…")

    def _follow(self, written: int) -> None:
        """Have the record written last on screen and the next one, while they are in order."""
        at, room = self.model.number_of(max(0, written - 1)), self._room
        is_plain = self._sort == ("", False) and at >= 0
        last = min(at + 1, self.model.count - 1)
        if is_plain and not self.model.first <= at <= last < self.model.first + room:
            self.bar.setValue(max(0, at - (room - 1) // 2))
        if is_plain and 0 <= at - self.model.first < self.model.rowCount():
            self.table.selectRow(at - self.model.first)
        self.table.viewport().update()
        self._look()

    def _fit_columns(self) -> None:
        self.table.resizeColumnsToContents()
        self._widths = [self.table.columnWidth(at) for at in range(len(self.model.columns))]

    def _widen(self) -> None:
        """Let no figure be left out that is longer than those of the pages before."""
        for at, width in enumerate(self._widths):
            wanted = self.table.sizeHintForColumn(at)
            if wanted > width:
                self._widths[at] = wanted
                self.table.setColumnWidth(at, wanted)

    # ---------------------------------------------------------------- pages

    @property
    def _room(self) -> int:
        height = self.table.verticalHeader().defaultSectionSize()
        return max(1, self.table.viewport().height() // max(1, height))

    def _fit(self) -> None:
        room = self._room
        self.bar.setRange(0, max(0, self.model.count - room))
        self.bar.setPageStep(room)
        self.model.turn_to(self.bar.value(), room)
        self._look()

    @Slot(int)
    def _turn(self, first: int) -> None:
        self.model.turn_to(first, self._room)
        self._look()

    @Slot()
    def _look(self) -> None:
        """Ask for the bytes on screen, again until they are read."""
        if self.isVisible():
            if not self.model.look():
                self._retry.start()
            self._widen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Scroll by wheel and keys through all records, not only the rows of the page."""
        if event.type() == QEvent.Type.Resize and watched is self.table.viewport():
            self._fit()
            self._follow(self.model.written)  # it may have been laid out just now
        if isinstance(event, QWheelEvent) and watched is self.table.viewport():
            self.bar.setValue(self.bar.value() - round(keys.notches(event) * LINES))
            return True
        is_press = event.type() == QEvent.Type.KeyPress and watched is self.table
        if is_press and isinstance(event, QKeyEvent):
            return self._move(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _move(self, key: Qt.Key) -> bool:
        """Do what a key means at the ends of the page; False: the table does it."""
        if key not in MOVES:
            return False
        row, step = self.table.currentIndex().row(), MOVES[key]
        rows = abs(step) > 1
        by = (step // 2) * self._room if rows else step
        if not rows and 0 <= row + by < self.model.rowCount():
            return False
        self.bar.setValue(self.bar.value() + by)
        return True

    # ---------------------------------------------------------------- filter, order

    @Slot(str)
    def _cleared(self, text: str) -> None:
        if not text:
            self._list()

    @Slot(int)
    def _sort_by(self, section: int) -> None:
        """Sort by a column; again: the other way round; a third time: as they were written."""
        column = self.model.columns[section]
        if not column.is_number:
            self.controller.notify(f"{column.heading} has no value to sort by.")
            return
        by, descending = self._sort
        if by != column.key:
            self._sort = (column.key, False)
        else:
            self._sort = ("", False) if descending else (by, True)
        header = self.table.horizontalHeader()
        header.setSortIndicatorShown(bool(self._sort[0]))
        order = Qt.SortOrder.DescendingOrder if self._sort[1] else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(section, order)
        self._list()

    @Slot()
    def _list(self) -> None:
        """Find the records that are wanted, in a thread of its own."""
        engine = self._engine
        if self._work is not None:
            self._work.leave()
            self._work = None
        if engine is None:
            return
        where, (by, descending) = self.filter.text(), self._sort
        if not where.strip() and not by:
            self._show(None)
            return
        work = Background(lambda: engine.listed(where, by, descending=descending), _drop, self)
        self._work = work
        work.ended.connect(lambda error: self._listed(work, error))
        work.start()
        self._say()

    def _listed(self, work: Background[Places | None], error: BaseException | None) -> None:
        if work is not self._work:
            return
        self._work = None
        if error is None:
            self.bar.setValue(0)
            self._show(work.result)
        elif isinstance(error, (ConditionError, OpenError)):
            self.controller.notify(f"Records: {error}", Level.ERROR)
            self._say()
        work.deleteLater()
        if error is not None and not isinstance(error, (ConditionError, OpenError)):
            raise error

    # ---------------------------------------------------------------- places and files

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        """Show the moment at which a record was written, and where it lies."""
        if self._engine is None or not index.isValid():
            return
        place = self.model.place_at(index.row())
        self.controller.select(max(0, self._engine.tape.buffer_of(place)))
        commands.show_moment(self.controller, place + 1)

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return records as they are listed, with what the index says of them."""
        if self._engine is None:
            return None
        wanted = near(self.model.count, self.model.first, most or EXPORTED)
        columns = [one for one in self.model.columns if one.field is None]
        place = self.model.place_at
        lines = (
            [self.model.text(place(at - self.model.first), one) for one in columns] for at in wanted
        )
        return Rows([one.heading for one in columns], lines, self.model.count)

    @property
    def text_field(self) -> QWidget | None:
        """The condition."""
        return self.filter

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours and fonts."""
        self.table.apply_theme(shown)
        self._fit_columns()


def _drop(_places: Places | None) -> None:
    """Nothing is held by what was found."""
