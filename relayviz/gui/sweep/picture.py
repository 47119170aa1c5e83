"""A sweep as a picture: its heat maps below each other, for PNG and SVG. Needs no window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from relayviz.gui.exports.sheet import Sheet
from relayviz.gui.look.roles import Role
from relayviz.gui.sweep.heat import paint
from relayviz.gui.sweep.model import CELL_SPACE, LONGEST, ROW_SPACE
from relayviz.gui.widgets.exported import Drawing, Picture
from relayviz.model.numbers import grouped, size
from relayviz.model.sweep.told import HEADING, about, blocks, notes

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from relayviz.gui.look.theme import Theme
    from relayviz.model.sweep.plan import Plan
    from relayviz.model.sweep.told import Found, Line

BESIDE = 8  # pixels between a size and its line


def sheet(plan: Plan, found: Found, theme: Theme) -> Sheet:
    """Return a sweep as a sheet that is written as PNG or SVG.

    Args:
        plan: What was swept over.
        found: What each cell came to; None: not measured.
        theme: The colours.
    """
    maps = [_Map(title, lines, theme).drawing() for title, lines in blocks(plan, found)]
    return Sheet(HEADING, about(plan), Picture(maps, notes(found)), theme)


class _Map:
    """The heat map of a load and a mode."""

    def __init__(self, title: str, lines: list[Line], theme: Theme) -> None:
        self._title, self._lines, self._theme = title, lines, theme
        self._metrics = QFontMetricsF(theme.font())
        self._sizes = [size(line[0][0].config.subbuf_size) for line in lines]
        self._numbers = [f"{grouped(cell.config.n_subbufs)} ×" for cell, _ in lines[0]]
        self._high = self._metrics.height() + ROW_SPACE
        measure = self._metrics.horizontalAdvance
        self._wide = max(map(measure, (LONGEST, *self._numbers))) + CELL_SPACE
        self._left = max(map(measure, self._sizes)) + BESIDE

    def drawing(self) -> Drawing:
        """Return it as something to be drawn."""
        title = QFontMetricsF(self._theme.font(bold=True)).horizontalAdvance(self._title)
        width = max(title, self._left + self._wide * len(self._numbers))
        return Drawing(int(width) + 1, int(self._high * (len(self._lines) + 2)) + 1, self._draw)

    def _draw(self, painter: QPainter, _ratio: float) -> None:
        painter.setFont(self._theme.font(bold=True))
        painter.setPen(self._theme[Role.TEXT_STRONG])
        painter.drawText(0, int(self._metrics.ascent()), self._title)
        painter.setFont(self._theme.font())
        for column, number in enumerate(self._numbers):
            self._say(painter, self._room(column, -1), number, Qt.AlignmentFlag.AlignHCenter)
        for row, (name, line) in enumerate(zip(self._sizes, self._lines, strict=True)):
            beside = QRectF(0, self._room(0, row).y(), self._left - BESIDE, self._high)
            self._say(painter, beside, name, Qt.AlignmentFlag.AlignRight)
            for column, (_, one) in enumerate(line):
                paint(painter, self._room(column, row), one, self._theme)

    def _room(self, column: int, row: int) -> QRectF:
        x, y = self._left + column * self._wide, (row + 2) * self._high
        return QRectF(x, y, self._wide, self._high)

    def _say(self, painter: QPainter, room: QRectF, words: str, side: Qt.AlignmentFlag) -> None:
        painter.setPen(self._theme[Role.TEXT_DIM])
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, words)
