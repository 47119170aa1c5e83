"""The time line of a capture: its records by CPU, each loss between two times, unknown tails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from relayviz.gui.lanes.columns import grouped_lanes
from relayviz.gui.lanes.ranged import RangeView
from relayviz.gui.lanes.steps import FADED
from relayviz.gui.lanes.view import Label
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import LIVE_LOOKS, draw_lanes
from relayviz.gui.timeline.tape_marks import TapeMarks
from relayviz.gui.timeline.view import FRAME
from relayviz.model.capture.tape import NO_CPU
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.frame import Grid
    from relayviz.gui.look.theme import Theme
    from relayviz.model.capture.tape import Lost, Tape
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.engine.taped import TapedEngine

HEIGHT = 70  # at least
LEAST_TAIL = 6.0  # pixels: what is unknown behind the last record is seen at any zoom
NO_NAME = "cpu ?"
NOT_KNOWN = "whether records are missing behind the last one is not known"
NANO = 1e9


class TapeView(RangeView):
    """Lanes along time, or along records that say none. The cursor is the last record written.

    Signals:
        place_wanted: Another moment shall be shown.  arg: how many records are written then.
    """

    place_wanted = Signal(object)  # a tape has more records than an int of Qt
    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Timeline of the capture", theme, parent)
        self._snapshot: Snapshot | None = None
        self._marks: TapeMarks | None = None
        self._drawn_from: tuple[object, object] | None = None
        self.setMinimumHeight(HEIGHT)

    # ---------------------------------------------------------------- what is shown

    def show_tape(self, snapshot: Snapshot, engine: TapedEngine) -> None:
        """Show a capture, and the moment of a state as the cursor."""
        tape, sizes = engine.tape, engine.sizes
        if self._drawn_from != (id(tape), sizes) or self._marks is None:
            self._is_fitted = (
                self._marks is None or self._marks.tape.sources != tape.sources or (self._is_fitted)
            )
            self._marks, self._drawn_from = TapeMarks(tape, engine.borders), (id(tape), sizes)
            self.forget()
        self._snapshot = snapshot
        self.hold(self.place)
        self.setAccessibleDescription(self._spoken(snapshot, tape))
        self.update()

    def show_nothing(self) -> None:
        """Let go of the capture."""
        self._snapshot = self._marks = self._drawn_from = None
        self.forget()

    def _spoken(self, snapshot: Snapshot, tape: Tape) -> str:
        lost = sum(one.gap.missing for one in tape.lost)
        return (
            f"record {snapshot.step} of {snapshot.last_step}; {lost} records missing in "
            f"{len(tape.lost)} gaps; {NOT_KNOWN}"
        )

    @property
    def rows(self) -> int:
        """A lane for each buffer, and one for losses of which nobody knows the CPU."""
        return 0 if self._marks is None else self._marks.lanes

    @property
    def last(self) -> int:
        """The last unit of time, or the last record."""
        return 0 if self._marks is None else max(1, self._marks.length)

    @property
    def end(self) -> int:
        """All of it and nothing behind: no more comes."""
        return self.last

    @property
    def place(self) -> int:
        """Where the last record that is written stands."""
        if self._marks is None or self._snapshot is None or not self._marks.tape.count:
            return 0
        tape = self._marks.tape
        return tape.time(min(max(0, self._snapshot.step - 1), tape.count - 1)) - self._marks.begin

    def tick(self, place: int) -> str:
        """Return the time in seconds, as finely as the scale needs, or the record."""
        if self._marks is None or not self._marks.tape.has_time:
            return grouped(place)
        step = self.range.ticks().step
        digits = min(9, max(0, 9 - (len(str(step)) - 1)))
        return f"{(self._marks.begin + place) / NANO:.{digits}f} s"

    def label(self, row: int) -> Label:
        """Return the CPU's name."""
        if self._marks is None:
            return Label("")
        cpus = self._marks.tape.cpus
        if row >= len(cpus):
            return Label(NO_NAME, Role.ERROR)
        name = "all" if cpus[row] == NO_CPU else f"cpu {cpus[row]}"
        return self.cpu_label(row, name)

    def words_at(self, position: QPointF) -> str:
        """Return what was written at a pixel, and what is missing there."""
        lane, marks = self.grid().row_at(position.y()), self._marks
        if marks is None or lane is None or not self.is_on_lanes(position):
            return ""
        first = self.place_at(position.x())
        last = max(first, self.place_at(position.x() + 1) - 1)
        edges = marks.tape.places_of(np.array([first, last + 1], np.int64) + marks.begin)
        begin, end = int(edges[0]), int(edges[1])
        lines = [self.label(lane).words + (f", {self.tick(first)}" if marks.tape.has_time else "")]
        if lane < len(marks.tape.places):
            there = marks.tape.written(lane, end) - marks.tape.written(lane, begin)
            lines.append(f"{plural(there, 'record')}")
        buffer = lane if lane < len(marks.tape.places) else NO_CPU
        lost = [one for one in marks.tape.lost if one.buffer == buffer]
        lines += [_lost_words(one) for one in lost if one.before < end and one.after >= begin][:3]
        tail = marks.last_of(lane)
        if marks.tape.layout.sequence is not None and tail is not None and first > tail:
            lines.append(NOT_KNOWN)
        return "\n".join(lines)

    # ---------------------------------------------------------------- what can be done

    def seek(self, unit: int) -> None:
        """Show the moment at a unit of the scale: all up to it is written."""
        if self._marks is not None:
            self.place_wanted.emit(self._marks.tape.place_of(self._marks.begin + unit + 1))

    def advance(self, places: int) -> None:
        """Go some records on or back."""
        if self._snapshot is not None:
            self.place_wanted.emit(max(0, self._snapshot.step + places))

    def turn_page(self, pages: int) -> None:
        """Go on by a part of what is on screen."""
        self.seek(min(max(0, self.place + pages * max(1, self.range.steps // 10)), self.last))

    def go_to_loss(self, *, back: bool) -> None:
        """Show the moment before the first record behind the next gap, or the gap before."""
        if self._marks is None or self._snapshot is None:
            return
        step = self._snapshot.step
        behind = [one.after for one in self._marks.tape.lost]
        found = [one for one in behind if one < step] if back else [x for x in behind if x > step]
        if found:
            self.place_wanted.emit(found[-1] if back else found[0])

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Go to a moment, and hold the cursor; on a name: choose the lane."""
        if button != Qt.MouseButton.LeftButton or self._marks is None:
            return False
        row = self.grid().row_at(position.y())
        if row is not None and row < len(self._marks.tape.places):
            self.row_chosen.emit(row)
        if self.is_on_lanes(position):
            self.seek(min(self.place_at(position.x()), self.last))
        return self.is_on_lanes(position)

    def drag(self, position: QPointF) -> None:
        """Take the cursor along."""
        self.seek(min(self.place_at(position.x()), self.last))

    # ---------------------------------------------------------------- painting

    def picture(self, grid: Grid) -> QImage:
        """Draw the marks."""
        if self._marks is None:
            return QImage()
        marks = self._marks.columns(self.range.first, self.range.last, grid.columns)
        lanes = grouped_lanes(marks, grid.shown)
        return draw_lanes(lanes, grid.pixels, grid.gap, self.theme, LIVE_LOOKS)

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw what is not known behind the last records, and the moment shown."""
        self._draw_tails(painter, grid)
        if self._snapshot is None:
            return
        x = self.x_of(self.place)
        if self._snapshot.step < self._snapshot.last_step:
            future = QColor(self.theme[Role.PANEL])
            future.setAlpha(FADED)
            left = max(x + 1, self.frame.label)
            room = QRectF(left, self.frame.top, self.width() - left, grid.bottom - self.frame.top)
            painter.fillRect(room, future)
        if self.range.has(self.place):
            colour = self.theme[Role.ACCENT if self.hasFocus() else Role.CURSOR]
            painter.setPen(QPen(colour, 1.0))
            painter.drawLine(QPointF(x, self.frame.top - 6), QPointF(x, grid.bottom))

    def _draw_tails(self, painter: QPainter, grid: Grid) -> None:
        marks = self._marks
        if marks is None or marks.tape.layout.sequence is None or marks.tape.layout.is_common:
            return
        brush = QBrush(self.theme[Role.TEXT_DIM], Qt.BrushStyle.BDiagPattern)
        right = self.frame.label + grid.inner
        for row in range(len(marks.tape.places)):
            tail = marks.last_of(row)
            if tail is None or not (tail <= self.range.last):
                continue
            left = max(self.frame.label, min(self.x_of(tail), right))
            width = max(LEAST_TAIL, right - left)
            painter.fillRect(QRectF(left, grid.top_of(row), width, grid.bar), brush)


def _lost_words(one: Lost) -> str:
    gap = one.gap
    words = f"{plural(gap.missing, 'record')} missing between {gap.before} and {gap.after}"
    if gap.time_before is None or gap.time_after is None:
        return words
    return f"{words}, {gap.time_before / NANO:.6f} s to {gap.time_after / NANO:.6f} s"
