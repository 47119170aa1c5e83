"""Lanes along the steps of a branch: the step shown is the cursor, and can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPen, QPolygonF

from relayviz.gui.lanes.ranged import RangeView
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.frame import Grid
    from relayviz.gui.look.theme import Theme

FADED = 130  # opacity of what hides the steps to come


class StepView(RangeView):
    """Lanes in which going on means going through the history.

    Signals:
        sought: The user wants to see a step.  arg: its number.
    """

    sought = Signal(int)

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name, theme, parent)
        self._step = self._last = 0

    @property
    def last(self) -> int:
        """The last step of the branch."""
        return self._last

    @property
    def place(self) -> int:
        """The step shown."""
        return self._step

    def show_step(self, step: int, last: int) -> None:
        """Show where in the history we are."""
        self._step, self._last = step, last
        self.hold(step)
        self.update()

    def seek(self, step: int) -> None:
        """Ask for a step, or the nearest there is."""
        self.sought.emit(min(max(step, 0), self._last))

    def step_at(self, x: float) -> int:
        """Return the step at a pixel of the view, one there is."""
        return min(self.place_at(x), self._last)

    def advance(self, places: int) -> None:
        """Go some steps on or back."""
        self.seek(self._step + places)

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Go to a step, and hold the cursor; on a name: choose the lane."""
        if button != Qt.MouseButton.LeftButton or not self.rows:
            return False
        row = self.grid().row_at(position.y())
        if self.is_on_lanes(position):
            self.seek(self.step_at(position.x()))
        elif row is not None:
            self.row_chosen.emit(row)
        return self.is_on_lanes(position)

    def drag(self, position: QPointF) -> None:
        """Take the cursor along."""
        self.seek(self.step_at(position.x()))

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw the step shown; what comes after it is pale."""
        x, bottom = self.x_of(self.place), grid.bottom
        if self.place < self.last:
            future = QColor(self.theme[Role.PANEL])
            future.setAlpha(FADED)
            left = max(x + self.range.pixels / 2, self.frame.label)
            painter.fillRect(
                QRectF(left, self.frame.top, self.width() - left, bottom - self.frame.top), future
            )
        if not self.range.has(self.place):
            return
        colour = self.theme[Role.ACCENT if self.hasFocus() else Role.CURSOR]
        painter.setPen(QPen(colour, 1.4))
        painter.drawLine(QPointF(x, 6), QPointF(x, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 2), QPointF(x + 6, 2), QPointF(x, 11)]))
