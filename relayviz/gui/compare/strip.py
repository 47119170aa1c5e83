"""Two strips of the same events, one above the other: what became of them in A and in B."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from relayviz.gui.fate.looks import LOOKS
from relayviz.gui.fate.strip import draw_strips
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.ranged import RangeView
from relayviz.gui.lanes.view import Label
from relayviz.gui.look.roles import Role
from relayviz.model.channel.config import Mode
from relayviz.model.ledger.lane import LOSS_BITS, columns
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme
    from relayviz.model.compare.compare import Survival

BAR, GAP = 26.0, 12.0
FRAME = Frame(150.0, 8.0, 4.0, 14.0, best=BAR + GAP, least=BAR + GAP, gap=GAP / (BAR + GAP))
NAMES = (("A", Role.ACCENT), ("B", Role.OK))
BOLD = 1.25  # names are as much wider, with the space around them
NARROWEST = 3.0  # pixels of the cursor


def bit_words(bits: int) -> str:
    """Return what bits of fates mean."""
    return ", ".join(look.words for bit, look in LOOKS.items() if bits & bit) or "not tried"


class TwinStrip(RangeView):
    """The events of one CPU in both channels; the cursor is at an event of both.

    Signals:
        wanted: The user wants to see what decided an event.  arg: its number.
    """

    wanted = Signal(int)
    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__("Fate of the events in A and B", theme, parent)
        self._found: Survival | None = None
        self._names = ("", "")
        self._cursor = -1
        letters = self.fontMetrics()
        label = letters.horizontalAdvance(f"A  {Mode.NO_OVERWRITE}") * BOLD
        foot = max(FRAME.foot, letters.height())
        self.frame = replace(FRAME, label=max(FRAME.label, label), foot=foot)
        self.setMinimumHeight(self.sizeHint().height())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for both lanes and the scale."""
        frame = self.frame
        return QSize(int(frame.label * 2), int(frame.top + 2 * frame.best + frame.foot))

    # ---------------------------------------------------------------- what is shown

    def show_survival(self, found: Survival, names: tuple[str, str]) -> None:
        """Show what became of events, and the modes' names."""
        self._found, self._names = found, names
        self._cursor = min(self._cursor, len(found.events) - 1)
        self.fit()
        self._tell()
        self.forget()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words(self._cursor, 1) or "no event is chosen")

    def words(self, first: int, many: int) -> str:
        """Say what became of some events."""
        found = self._found
        if found is None or not 0 <= first < len(found.events):
            return ""
        last = min(first + many, len(found.events))
        a, b = (int(one) for one in np.bitwise_or.reduce(found.bits[:, first:last], axis=1))
        number = grouped(int(found.events[first]))
        head = f"event {number}" if many == 1 else f"{plural(last - first, 'event')} from {number}"
        return f"{head}: in A {bit_words(a)}; in B {bit_words(b)}"

    def words_at(self, position: QPointF) -> str:
        """Say what became of the events at a point."""
        if not self.is_on_lanes(position):
            return ""
        return self.words(self.place_at(position.x()), max(1, int(np.ceil(1 / self.range.pixels))))

    @property
    def rows(self) -> int:
        """A and B."""
        return 0 if self._found is None else len(NAMES)

    def label(self, row: int) -> Label:
        """Return the letter and the mode."""
        letter, role = NAMES[row]
        return Label(f"{letter}  {self._names[row]}", role, bold=True)

    @property
    def last(self) -> int:
        """The last event; -1: there is none."""
        return -1 if self._found is None else len(self._found.events) - 1

    @property
    def end(self) -> int:
        """The last event: a strip goes from side to side."""
        return max(self.last, 0)

    @property
    def place(self) -> int:
        """The event at the cursor."""
        return self._cursor

    def tick(self, place: int) -> str:
        """Return the event's number."""
        known = self._found is not None and place <= self.last
        return grouped(int(self._found.events[place])) if known and self._found else ""

    # ---------------------------------------------------------------- painting

    def picture(self, grid: Grid) -> QImage:
        """Draw both strips."""
        if self._found is None or self.last < 0:
            return QImage()
        shown = self._found.bits[:, self.range.first : self.range.last + 1]
        bits = np.stack([columns(one, grid.columns) for one in shown])
        return draw_strips(bits, self.range.steps, grid.pixels, grid.gap, self.theme)

    def draw_labels(self, painter: QPainter, grid: Grid) -> None:
        """Draw the names at the left: they are long."""
        painter.setFont(self.theme.font(bold=True))
        metrics = QFontMetricsF(painter.font())
        for row in range(self.rows):
            label = self.label(row)
            box = QRectF(6, grid.top_of(row), self.frame.label - 12, grid.bar)
            words = metrics.elidedText(label.words, Qt.TextElideMode.ElideRight, box.width())
            painter.setPen(self.theme[label.role])
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw a frame around the event in both."""
        if not self.range.has(self._cursor):
            return
        width = max(NARROWEST, self.range.pixels)
        high = grid.lane + grid.bar
        box = QRectF(self.x_of(self._cursor) - self.range.pixels / 2, FRAME.top, width, high)
        painter.setPen(QPen(self.theme[Role.ACCENT if self.hasFocus() else Role.SELECTION], 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0, -2, 0, 2))

    # ---------------------------------------------------------------- going

    def _choose(self, place: int) -> None:
        if self.last >= 0:
            self._cursor = min(max(place, 0), self.last)
            self.hold(self._cursor)
            self._tell()
            self.update()

    def advance(self, places: int) -> None:
        """Go to another event."""
        self._choose(self._cursor + places)

    def go_to_loss(self, *, back: bool) -> None:
        """Go to the next event that A or B lost, or the one before."""
        if self._found is None:
            return
        lost = np.flatnonzero((np.bitwise_or.reduce(self._found.bits, axis=0) & LOSS_BITS) != 0)
        found = lost[lost < self._cursor][-1:] if back else lost[lost > self._cursor][:1]
        if len(found):
            self._choose(int(found[0]))

    def enter(self) -> None:
        """Go to where the event was decided."""
        if self._found is not None and self._cursor >= 0:
            self.wanted.emit(int(self._found.events[self._cursor]))

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Choose an event, and go to where it was decided."""
        del button
        if self.last >= 0 and self.is_on_lanes(position):
            self._choose(self.place_at(position.x()))
            self.enter()
        return False
