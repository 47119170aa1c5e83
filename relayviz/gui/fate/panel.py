"""The dock's content: strips, sums, and the table of events with filter and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from relayviz.gui.fate.events import EventsPage
from relayviz.gui.fate.readers import ReadersTable
from relayviz.gui.fate.totals import Totals, total
from relayviz.gui.fate.view import FateView
from relayviz.gui.look import theme as themes
from relayviz.gui.notice import Level
from relayviz.gui.widgets.catching_up import CatchingUp
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import ON_A_PICTURE, Picture, Rows, drawing_of
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Table
from relayviz.model.engine.protocol import Can
from relayviz.model.numbers import grouped, plural
from relayviz.model.why.why import Event

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.ledger.fate import EventFate, FateIndex
    from relayviz.model.why.why import Subject

EMPTY = (
    "Each event that is written gets its place here, with what became of it.\n"
    "W writes one. A live channel is stepped from where it stands: F11."
)
INSIDE = (
    "Inside operations no fates are told: what is destroyed, torn or read twice is counted in the"
    " Actors dock, and the Reader’s copy has the event of each byte."
)
NO_LAP = 2**63  # from that on a snapshot's lap means: nothing was put there
MANY = 5_000  # events from which on the table waits until the state rests
REST_MS = 150
READER_LETTERS = 9
STRIPS, LEAST_STRIPS = 0.5, 0.3  # share of strips and sums
WIDE = 1.7  # from that on strips and table stand side by side


class FatePanel(Panel):
    """What became of every event; a click goes to where that was decided."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Fate of every event")
        self.index: FateIndex | None = None
        self.view = FateView(themes.current(), self)
        self.totals = Totals(self)
        self.events = EventsPage(self)
        self.readers = ReadersTable()
        self.readers_table = Table("What each reader was given", self)
        self._split = QSplitter(self)
        self._split.splitterMoved.connect(self._keep_split)
        self._is_shared = True
        self._stack = Stack(self._split, EMPTY, self)
        self._rest = self._timer(REST_MS, self._fill_table)
        self._catching_up = CatchingUp(self, self._catch_up, self.set_detail)
        self._build()
        self._stack.show_content(False)
        self.setFocusProxy(self.view)

    def _timer(self, wait: int, run: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait)
        timer.timeout.connect(run)
        return timer

    # ---------------------------------------------------------------- building

    def _build(self) -> None:
        strips, tabs = QWidget(self), QTabWidget(self)
        column = QVBoxLayout(strips)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.totals)
        self.readers_table.setModel(self.readers)
        tabs.addTab(self.events, "Events")
        tabs.addTab(self.readers_table, "Readers")
        tabs.setDocumentMode(True)
        self.events.put_beside(tabs)
        tabs.tabBar().setDrawBase(False)
        for part in (tabs, tabs.tabBar()):
            part.setAccessibleName("Events or readers")
        self._split.addWidget(strips)
        self._split.addWidget(tabs)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.view.chosen.connect(self._point)
        self.view.wanted.connect(self._go)
        self.events.pointed.connect(self.view.set_cursor)
        self.events.pointed.connect(self._point)
        self.events.wanted.connect(self.view.set_cursor)
        self.events.wanted.connect(self._go)
        self.events.filtered.connect(self._refresh)
        self.events.told.connect(self.controller.notify)
        self.events.failed.connect(self._tell_failure)

    # ---------------------------------------------------------------- what is shown

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the events of the branch as they were at a state's step."""
        source = self.controller.recorded
        if snapshot is None or source is None:
            self.index = None
            self._stack.say(INSIDE if Can.INSIDE in self.controller.can else EMPTY)
            self.set_detail("")
            self._stack.show_content(False)
            return
        self.index = source.ledger.fates
        self._catch_up()

    @Slot()
    def _catch_up(self) -> None:
        """Take in new steps; so many at a time that the window stays alive."""
        snapshot, source = self.controller.snapshot, self.controller.recorded
        if snapshot is None or source is None or self.index is None:
            return
        if self._catching_up.has_all(self.index, source.history, snapshot.branch):
            self._show(snapshot, self.index)

    def _show(self, snapshot: Snapshot, index: FateIndex) -> None:
        self._stack.show_content(bool(index.buffers))
        self.view.show_fates(index, snapshot.step)
        rows = self._scope(snapshot)
        self.totals.show_sums(snapshot, rows, themes.current())
        tried = total(snapshot, range(snapshot.rows), "attempted").events
        lost = snapshot.lost_events()
        words = plural(tried, "event")
        words = f"{words}, {grouped(lost)} lost" if lost else words
        engine = self.controller.stepped
        if engine is not None and engine.root is not None:
            words = f"steps begin with event 1; {words} in all"
        self.set_detail(words)
        if tried > MANY:
            self._rest.start()
        else:
            self._fill_table()

    def _scope(self, snapshot: Snapshot) -> list[int]:
        """Return the rows that sums and table are about."""
        row = self.controller.selection[0]
        if self.events.only_cpu.isChecked() and 0 <= row < snapshot.rows:
            return [row]
        return list(range(snapshot.rows))

    @Slot()
    def _fill_table(self) -> None:
        snapshot = self.controller.snapshot
        if snapshot is None or self.index is None:
            return
        buffer = None
        if self.events.only_cpu.isChecked():
            buffer = int(snapshot.buffers["cpu"][self._scope(snapshot)[0]])
        self.events.show_events(self.index, snapshot.step, buffer)
        self.readers.show(self.index, snapshot.step)
        self.events.mark(*self.view.cursor_place)

    @Slot()
    def _refresh(self) -> None:
        if self.controller.snapshot is not None and self.index is not None:
            self._show(self.controller.snapshot, self.index)

    def show_selection(self, row: int, index: int) -> None:
        """Follow the chosen CPU, if only that is shown."""
        del row, index
        if self.events.only_cpu.isChecked():
            self._refresh()

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.view.set_theme(shown)
        self.events.apply_theme(shown)
        self.readers_table.apply_theme(shown)
        self.totals.setFont(shown.font(-1))
        self.readers_table.fit_columns([READER_LETTERS] * self.readers.columnCount())
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put strips and table side by side where there is room."""
        super().resizeEvent(event)
        is_wide = self.width() > WIDE * self.height()
        orientation = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self._split.orientation() != orientation:
            self._split.setOrientation(orientation)
            self._is_shared = True
        if self._is_shared:  # until somebody moves the handle
            whole = self.width() if is_wide else self.height()
            strips = int(whole * STRIPS)
            if is_wide:  # the table has its fates in sight, the strips some room at least
                strips = max(int(whole * LEAST_STRIPS), min(strips, whole - self.events.to_fate))
            self._split.setSizes([strips, whole - strips])

    @Slot(int, int)
    def _keep_split(self, position: int, handle: int) -> None:
        del position, handle
        self._is_shared = False

    # ---------------------------------------------------------------- going to an event

    @Slot(int, int)
    def _point(self, buffer: int, row: int) -> None:
        """Select an event's sub-buffer and bytes, and its line."""
        snapshot = self.controller.snapshot
        if self.index is None or snapshot is None or not self.index.has(buffer, row):
            return
        self.events.mark(buffer, row)
        self._select(snapshot, self.index.at(buffer, row, snapshot.step))

    def _select(self, snapshot: Snapshot, event: EventFate) -> None:
        """Select an event's sub-buffer, and its bytes if they are still there."""
        at = snapshot.row_of(event.buffer)
        if at is None or self.index is None:
            return
        if event.place is None:
            self.controller.show_bytes(at, -1, 0, 0)
            return
        _, index, start = event.place
        lap = int(snapshot.subbufs["lap"][at, index])
        lane = self.index.lane(event.buffer)
        if lap < NO_LAP and lane.is_held(event.row, lap, snapshot.step):
            self.controller.show_bytes(at, index, start, start + event.length)
        else:
            self.controller.show_bytes(at, index, 0, 0)  # no bytes of it are left

    @Slot(int, int)
    def _go(self, buffer: int, row: int) -> None:
        """Show the step that decided an event's fate; where there is none, that which stored it."""
        snapshot = self.controller.snapshot
        if self.index is None or snapshot is None or not self.index.has(buffer, row):
            return
        # a later step may have decided already: then that is the one
        self._point(buffer, row)
        event = self.index.at(buffer, row, snapshot.last_step)
        self.controller.seek(event.step if event.decided is None else event.decided)

    def subject(self) -> Subject | None:
        """Return the event at the cursor: in the table if that has the keyboard, else the strip."""
        snapshot = self.controller.snapshot
        if self.events.table.hasFocus():
            event = self.events.current()
            return None if event is None else Event(event.event)
        buffer, row = self.view.cursor_place
        if self.index is None or snapshot is None or not self.index.has(buffer, row):
            return None
        return Event(self.index.at(buffer, row, snapshot.step).event)

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return the event at a point of the strips or of the table."""
        snapshot, table = self.controller.snapshot, self.events.table
        if self.index is None or snapshot is None:
            return None
        if table.isVisible() and table.rect().contains(table.mapFrom(self, at)):
            event = self.events.event_of(table.indexAt(table.viewport().mapFrom(self, at)))
            return None if event is None else Event(event.event)
        found = self.view.event_at(QPointF(self.view.mapFrom(self, at)))
        return None if found is None else Event(self.index.at(*found, snapshot.step).event)

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the events that the filter lets through."""
        return self.events.exported_rows(most)

    def picture(self) -> Picture:
        """Return the strips, the sums, and the events around the cursor."""
        said = [self.totals.accessibleDescription()]
        return Picture([drawing_of(self.view)], said, self.exported_rows(ON_A_PICTURE))

    @Slot(str)
    def _tell_failure(self, words: str) -> None:
        self.controller.notify(words, Level.ERROR)
