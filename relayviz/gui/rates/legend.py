"""The words above a plot: a piece of each curve beside its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.exported import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rates.plot import Series

    Entry = tuple[Series, str]

SAMPLE, GAP, SPACE = 18.0, 5.0, 14.0


class PlotLegend(QWidget):
    """Names of curves in a line; what has no room is left out, the tooltip has all."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def show_entries(self, entries: Sequence[Entry]) -> None:
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
        """Draw each entry in its colour, as many as fit into a line."""
        x = 0.0
        with QPainter(self) as painter:
            for entry, at in zip(self._entries, self._flow(self.width()), strict=True):
                if at.y() > 0:  # the tooltip has it
                    painter.setPen(self._theme[Role.TEXT_DIM])
                    painter.drawText(QPointF(x, self.fontMetrics().ascent()), "…")
                    return
                room = self.width() - at.x() - SAMPLE - GAP
                words = self.fontMetrics().elidedText(
                    entry[1], Qt.TextElideMode.ElideRight, int(room)
                )
                self._draw(painter, (entry[0], words), at)
                x = at.x() + self._wide(entry) + GAP

    def drawing(self, width: int) -> Drawing:
        """Return all of it in a width, in as many lines as that takes."""
        flow = self._flow(width)
        height = self.sizeHint().height()

        def draw(painter: QPainter, ratio: float) -> None:
            del ratio
            painter.setFont(self.font())
            for entry, at in zip(self._entries, flow, strict=True):
                self._draw(painter, entry, at)

        lowest = max((at.y() for at in flow), default=0.0)
        widest = max(map(self._wide, self._entries), default=0.0)
        return Drawing(max(width, int(widest)), int(lowest) + height, draw)

    def _wide(self, entry: Entry) -> float:
        return SAMPLE + GAP + self.fontMetrics().horizontalAdvance(entry[1])

    def _flow(self, width: float) -> list[QPointF]:
        """Return the upper left corner of each entry, in lines of a width."""
        x, y, corners = 2.0, 0.0, []
        for entry in self._entries:
            wide = self._wide(entry)
            if x > SPACE and x + wide > width:
                x, y = 2.0, y + self.sizeHint().height()
            corners.append(QPointF(x, y))
            x += wide + SPACE
        return corners

    def _draw(self, painter: QPainter, entry: Entry, at: QPointF) -> None:
        series, text = entry
        middle = at.y() + self.sizeHint().height() / 2
        pen = series.pen(self._theme)
        pen.setWidth(2)
        painter.setPen(pen)
        painter.drawLine(QPointF(at.x(), middle), QPointF(at.x() + SAMPLE, middle))
        painter.setPen(self._theme[series.role])
        base = middle + self.fontMetrics().ascent() / 2 - 1
        painter.drawText(QPointF(at.x() + SAMPLE + GAP, base), text)
