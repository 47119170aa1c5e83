"""The words above a plot: a piece of each curve beside its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rates.plot import Series

SAMPLE, GAP, SPACE = 18.0, 5.0, 14.0


class PlotLegend(QWidget):
    """Names of curves in a line; what has no room is left out, the tooltip has all."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[tuple[Series, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def show_entries(self, entries: Sequence[tuple[Series, str]]) -> None:
        """Show curves with the words for each."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            words = ", ".join(text for _, text in entries)
            self.setToolTip(words)
            self.setAccessibleDescription(words)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a line's height."""
        return QSize(60, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a line's height: the width may be cut."""
        return QSize(20, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name
        """Draw each entry in its colour."""
        metrics, x = self.fontMetrics(), 2.0
        middle = self.height() / 2
        with QPainter(self) as painter:
            for series, text in self._entries:
                width = metrics.horizontalAdvance(text)
                if x > SPACE and x + SAMPLE + GAP + width > self.width():
                    painter.setPen(self._theme[Role.TEXT_DIM])
                    painter.drawText(QPointF(x, middle + metrics.ascent() / 2 - 1), "…")
                    return
                pen = series.pen(self._theme)
                pen.setWidth(2)
                painter.setPen(pen)
                painter.drawLine(QPointF(x, middle), QPointF(x + SAMPLE, middle))
                painter.setPen(self._theme[series.role])
                left = x + SAMPLE + GAP
                painter.drawText(QPointF(left, middle + metrics.ascent() / 2 - 1), text)
                x = left + width + SPACE
