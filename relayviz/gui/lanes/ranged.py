"""Lanes along which places are counted: which of them are on screen, zoom, pan, and their scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QImage

from relayviz.gui.lanes.range import Range, nice
from relayviz.gui.lanes.view import LaneView
from relayviz.gui.look.roles import Role
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.frame import Grid
    from relayviz.gui.look.theme import Theme

PAGE = 10  # a Page key goes on by this part of what is on screen
APART, BELOW = 8.0, 2.0  # pixels: between two figures of the scale, above them
NOWHERE = (0.0, 0.0)


class RangeView(LaneView):
    """Lanes of places 0, 1, 2, …: all of them, or after zooming those of a range.

    The image of the lanes is made anew only when it would be another one.
    """

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name, theme, parent)
        self._range = Range(0, nice(0), 1)
        self._is_fitted = True  # all is shown, however much it becomes
        self._image: QImage | None = None
        self._drawn: tuple[Range, Grid] | None = None

    # ---------------------------------------------------------------- what a view says

    @property
    def last(self) -> int:
        """The last place there is."""
        raise NotImplementedError

    @property
    def place(self) -> int:
        """Where the cursor is; negative: nowhere."""
        raise NotImplementedError

    @property
    def end(self) -> int:
        """The last place for which there is room when all are shown."""
        return nice(self.last)

    def picture(self, grid: Grid) -> QImage:
        """Draw the lanes."""
        raise NotImplementedError

    def tick(self, place: int) -> str:
        """Return the figure that the scale has for a place."""
        return grouped(place)

    # ---------------------------------------------------------------- what is on screen

    @property
    def range(self) -> Range:
        """The places on screen."""
        return self._range

    def x_of(self, place: int) -> float:
        """Return where the middle of a place is in the view."""
        return self.frame.label + self._range.x_of(place)

    def place_at(self, x: float) -> int:
        """Return the place at a pixel of the view; beyond the ends: the end."""
        return self._range.step_at(x - self.frame.label)

    def fit(self) -> None:
        """Show all places, if that is what the user wants."""
        if self._is_fitted or self._range.steps > self.end + 1:
            self._is_fitted = True
            self._range = Range(0, self.end, self.grid().inner)

    def hold(self, place: int) -> None:
        """Have a place on screen."""
        self.fit()
        self._range = self._range.holding(place, self.end)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Fit the lanes into the new size."""
        super().resizeEvent(event)
        self._range = Range(self._range.first, self._range.last, self.grid().inner)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer places, wider; 0: all of them."""
        self._is_fitted = not factor
        if factor:
            if at is None:  # the cursor stays where it is
                has_cursor = self._range.has(self.place)
                at = self._range.x_of(self.place) if has_cursor else self._range.width / 2
            self._range = self._range.zoomed(factor, at, self.end)
            self._is_fitted = self._range.steps > self.end
        self.fit()
        self.update()

    def pan(self, part: float) -> bool:
        """Show later or earlier places; False: all are shown."""
        if self._is_fitted:
            return False
        places = round(part * self._range.steps) or (1 if part > 0 else -1)
        self._range = self._range.moved(places, self.end)
        self.update()
        return True

    def turn_page(self, pages: int) -> None:
        """Go on by a part of what is on screen."""
        self.advance(pages * max(1, self._range.steps // PAGE))

    # ---------------------------------------------------------------- painting

    def forget(self) -> None:
        """Draw the lanes anew."""
        self._image = None
        super().forget()

    def image(self) -> QImage:
        """Return the lanes."""
        wanted = (self._range, self.grid())
        if self._image is None or wanted != self._drawn:
            self._image, self._drawn = self.picture(wanted[1]), wanted
            self._image.setDevicePixelRatio(wanted[1].ratio)
        return self._image

    def draw_lanes(self, painter: QPainter, grid: Grid) -> None:
        """Draw what is in the lanes."""
        del grid
        painter.drawImage(QPointF(self.frame.label, self.frame.top), self.image())

    def draw_scale(self, painter: QPainter, grid: Grid) -> None:
        """Draw which place is where."""
        self.draw_ticks(painter, grid)

    def draw_ticks(
        self, painter: QPainter, grid: Grid, taken: tuple[float, float] = NOWHERE
    ) -> None:
        """Draw figures below the lanes, each where the one before leaves room.

        Args:
            painter: Of the view.
            grid: Where the lanes are.
            taken: Where something else stands, from x to x.
        """
        painter.setFont(self.theme.font(-2))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self.theme[Role.TEXT_DIM])
        y, free_from = grid.bottom + metrics.ascent() + BELOW, 0.0
        for place in self._range.ticks():
            words = self.tick(place)
            width = metrics.horizontalAdvance(words)
            left = min(self.x_of(place) - width / 2, self.width() - width - BELOW)
            is_free = left + width < taken[0] or left > taken[1]
            if left > free_from and is_free:
                painter.drawText(QPointF(left, y), words)
                free_from = left + width + APART
