"""Two strips of the same events, one above the other: what became of them in A and in B."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.fate.looks import LOOKS
from relayviz.gui.fate.strip import draw_strips
from relayviz.gui.look.roles import Role
from relayviz.model.fate.lane import columns
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme
    from relayviz.model.fate.compare import Survival

LEFT, RIGHT, TOP = 150.0, 8.0, 4.0
BAR, GAP = 26.0, 12.0
NAMES = (("A", Role.ACCENT), ("B", Role.OK))


def bit_words(bits: int) -> str:
    """Return what bits of fates mean."""
    return ", ".join(look.words for bit, look in LOOKS.items() if bits & bit) or "not tried"


class TwinStrip(QWidget):
    """The events of one CPU in both channels; left and right go from event to event.

    Signals:
        wanted: The user wants to see what decided an event.  arg: its number.
    """

    wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: Survival | None = None
        self._names = ("", "")
        self._cursor = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(int(TOP * 2 + 2 * BAR + GAP))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Fate of the events in A and B")

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def show_survival(self, found: Survival, names: tuple[str, str]) -> None:
        """Show what became of events, and the modes' names."""
        self._found, self._names = found, names
        self._cursor = min(self._cursor, len(found.events) - 1)
        self._tell()
        self.update()

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

    @property
    def _width(self) -> float:
        return max(1.0, self.width() - LEFT - RIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw both strips, their names and the cursor."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme[Role.PANEL])
            found = self._found
            if found is None:
                return
            self._draw_names(painter)
            if not len(found.events):
                return
            ratio = self.devicePixelRatioF()
            width = max(1, round(self._width * ratio))
            grid = np.stack([columns(bits, width) for bits in found.bits])
            height, gap = round((BAR + GAP) * ratio), round(GAP * ratio)
            image = draw_strips(grid, len(found.events), height, gap, self._theme)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(LEFT, TOP), image)
            if self._cursor >= 0:
                self._draw_cursor(painter, len(found.events))

    def _draw_names(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font(bold=True))
        for place, ((letter, role), name) in enumerate(zip(NAMES, self._names, strict=True)):
            painter.setPen(self._theme[role])
            box = QRectF(6, TOP + place * (BAR + GAP), LEFT - 12, BAR)
            words = QFontMetricsF(painter.font()).elidedText(
                f"{letter}  {name}", Qt.TextElideMode.ElideRight, box.width()
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)

    def _draw_cursor(self, painter: QPainter, events: int) -> None:
        x = LEFT + self._cursor * self._width / events
        width = max(3.0, self._width / events)
        painter.setPen(QPen(self._theme[Role.ACCENT if self.hasFocus() else Role.SELECTION], 2))
        painter.drawRect(QRectF(x, TOP - 2, width, 2 * BAR + GAP + 4))

    def _place_at(self, x: float) -> tuple[int, int]:
        """Return the first event at a pixel, and how many are there."""
        events = 0 if self._found is None else len(self._found.events)
        first = int((x - LEFT) * events / self._width)
        return first, max(1, int((x + 1 - LEFT) * events / self._width) - first)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say what is under the pointer."""
        words = self.words(*self._place_at(event.position().x()))
        if words and event.position().x() >= LEFT:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go to where an event was decided."""
        first, _ = self._place_at(event.position().x())
        if self._found is not None and 0 <= first < len(self._found.events):
            self._choose(first)
            self.wanted.emit(int(self._found.events[first]))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move from event to event; Return goes to where it was decided."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in moves and self._found is not None and len(self._found.events):
            self._choose(min(max(self._cursor + moves[key], 0), len(self._found.events) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._found and self._cursor >= 0:
            self.wanted.emit(int(self._found.events[self._cursor]))
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        self._cursor = place
        self._tell()
        self.update()
