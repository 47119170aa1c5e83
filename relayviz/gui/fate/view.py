"""The strips: events in the order they were tried, each with what became of it, and a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen

from relayviz.gui.fate.sentences import bin_words, spoken_event
from relayviz.gui.fate.strip import draw_strips, gathered
from relayviz.gui.lanes.columns import grouped_lanes
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.ranged import RangeView
from relayviz.gui.lanes.view import Label
from relayviz.gui.look.roles import Role
from relayviz.model.ledger.lane import LOSS_BITS
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.look.theme import Theme
    from relayviz.model.ledger.fate import FateIndex

FRAME = Frame(label=62.0, right=10.0, top=6.0, foot=20.0, best=30.0, least=2.0, gap=0.22)
NARROWEST = 3.0  # pixels of the cursor
NOWHERE = (0, -1)


def roomy(events: int) -> int:
    """Return the next of 16, 18, 20, …, 32, 36, … that is not smaller: so strips seldom jump."""
    step = 2
    while events > step * 16:
        step *= 2
    return max(-(-events // step) * step, 16)


class FateView(RangeView):
    """A strip for each buffer; an event keeps its place there whatever step is shown.

    The cursor is at an event; Return goes to the step that decided it.

    Signals:
        chosen: The cursor is at another event.  args: buffer, row.
        wanted: The user wants to see what decided it.  args: buffer, row.
    """

    chosen = Signal(int, int)
    wanted = Signal(int, int)
    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Fate of every event", theme, parent)
        self._index: FateIndex | None = None
        self._buffers: tuple[int, ...] = ()
        self._longest = 0  # events of the longest strip
        self._step = 0
        self._cursor = NOWHERE  # buffer, and the event's row there

    # ---------------------------------------------------------------- what is shown

    def show_fates(self, index: FateIndex | None, step: int) -> None:
        """Show the events of a branch as they were at a step."""
        if index is not self._index:
            self._cursor, self._is_fitted = NOWHERE, True
        self._index, self._step = index, step
        self._buffers = () if index is None else index.buffers
        self._longest = max((self._events(buffer) for buffer in self._buffers), default=0)
        self.fit()
        self._tell()
        self.forget()

    def _events(self, buffer: int) -> int:
        """Return how many events a strip has, those to come too."""
        return 0 if self._index is None else len(self._index.lane(buffer).rows)

    @property
    def rows(self) -> int:
        """A strip for each buffer that an event was tried on."""
        return len(self._buffers)

    def label(self, row: int) -> Label:
        """Return the CPU's name."""
        is_global = self._index is not None and self._index.config.is_global
        return Label("all" if is_global else f"cpu {self._buffers[row]}")

    @property
    def last(self) -> int:
        """The last event of the longest strip."""
        return max(self._longest, 1) - 1

    @property
    def end(self) -> int:
        """The last event there is room for."""
        return roomy(self.last + 1) - 1

    def tick(self, place: int) -> str:
        """Return which event of its buffer it is, counted from 1."""
        return grouped(place + 1)

    # ---------------------------------------------------------------- the cursor

    @property
    def cursor_place(self) -> tuple[int, int]:
        """Buffer and row of the event that the cursor is at; row -1: none."""
        return self._cursor

    @property
    def place(self) -> int:
        """The cursor's event in its strip."""
        return self._cursor[1]

    def set_cursor(self, buffer: int, row: int) -> None:
        """Put the cursor to an event, and show it."""
        if (buffer, row) == self._cursor:
            return
        self._cursor = (buffer, row)
        self.hold(max(row, 0))
        self._tell()
        self.update()

    def _tell(self) -> None:
        buffer, row = self._cursor
        if self._index is None or not 0 <= row < self._events(buffer):
            self.setAccessibleDescription("no event is chosen")
            return
        self.setAccessibleDescription(
            spoken_event(self._index, self._index.at(buffer, row, self._step), self._step)
        )

    def _choose(self, buffer: int, row: int) -> None:
        self.set_cursor(buffer, row)
        self.chosen.emit(buffer, row)

    def _buffer(self) -> int:
        """Return the buffer that the cursor is in, the first if it is nowhere."""
        buffers = self._buffers
        return self._cursor[0] if self._cursor[0] in buffers else next(iter(buffers), 0)

    def advance(self, places: int) -> None:
        """Go to another event of the strip."""
        buffer = self._buffer()
        self._choose(buffer, min(max(self.place + places, 0), self._events(buffer) - 1))

    def move_row(self, rows: int) -> None:
        """Go to another strip."""
        buffers = self._buffers
        at = min(max(buffers.index(self._buffer()) + rows, 0), len(buffers) - 1)
        last = self._events(buffers[at]) - 1
        self._choose(buffers[at], min(max(self.place, 0), last))

    def go_to_loss(self, *, back: bool) -> None:
        """Go to the next lost event of the strip, or the one before."""
        if self._index is None:
            return
        buffer = self._buffer()
        lane = self._index.lane(buffer)
        lost = np.flatnonzero(lane.bits(self._step, 0, lane.rows_at(self._step)) & LOSS_BITS)
        found = lost[lost < self.place][-1:] if back else lost[lost > self.place][:1]
        if len(found):
            self._choose(buffer, int(found[0]))

    def enter(self) -> None:
        """Go to the step that decided."""
        if self.place >= 0:
            self.wanted.emit(*self._cursor)

    # ---------------------------------------------------------------- painting

    def picture(self, grid: Grid) -> QImage:
        """Draw the strips."""
        lanes = [] if self._index is None else [self._index.lane(one) for one in self._buffers]
        shown = self.range
        bits = gathered(lanes, self._step, shown.first, shown.last, grid.columns)
        united = grouped_lanes(bits.astype(np.uint32), grid.shown)
        return draw_strips(united, shown.steps, grid.pixels, grid.gap, self.theme)

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw a frame around the event."""
        buffer, row = self._cursor
        buffers = self._buffers
        if buffer not in buffers or not self.range.has(row):
            return
        width = max(NARROWEST, self.range.pixels)
        top = grid.top_of(buffers.index(buffer))
        box = QRectF(self.x_of(row) - width / 2, top, width, grid.bar)
        painter.setPen(QPen(self.theme[Role.ACCENT if self.hasFocus() else Role.SELECTION], 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-1, -1, 1, 1))

    # ---------------------------------------------------------------- pointer

    def event_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return buffer and row of the event at a point; None: there is none."""
        lane, row = self.grid().row_at(position.y()), self.place_at(position.x())
        if lane is None or not self.is_on_lanes(position):
            return None
        buffer = self._buffers[lane]
        return (buffer, row) if row < self._events(buffer) else None

    def _many(self) -> int:
        """Return how many events a column of pixels stands for."""
        return max(1, int(np.ceil(1 / self.range.pixels)))

    def _first_loss(self, buffer: int, row: int) -> int:
        """Return the first lost event of those that the column of a row stands for."""
        if self._index is None:
            return row
        lane = self._index.lane(buffer)
        found = np.flatnonzero(lane.bits(self._step, row, row + self._many()) & LOSS_BITS)
        return row + int(found[0]) if len(found) else row

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Choose an event; where a column stands for many, a lost one."""
        found = self.event_at(position)
        if found is not None:
            buffer, row = found[0], self._first_loss(*found)
            self._choose(buffer, row)
            if button == Qt.MouseButton.LeftButton:  # another one asks for a menu
                self.wanted.emit(buffer, row)
        return False

    def words_at(self, position: QPointF) -> str:
        """Return what became of the events at a point."""
        found = self.event_at(position)
        if found is None or self._index is None:
            return ""
        return bin_words(self._index, *found, self._many(), self._step)
