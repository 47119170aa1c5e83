"""A picture of a view: a heading, drawings, sentences, a table. All text has the room it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from relayviz.gui.exports.columns import shared, wrapped
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.exported import ON_A_PICTURE
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtGui import QFont

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.widgets.exported import Picture, Rows

MARGIN, GAP, CELL_GAP, ROW_GAP = 16, 10, 18, 3
NARROWEST, WIDEST = 480, 1100  # pixels of what is no drawing
FINE = 3  # pixels of an SVG in one of the screen
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of text; all in logical pixels.

    Attributes:
        x: Where it begins.
        y: Its upper end.
    """

    words: str
    x: float
    y: float
    font: QFont
    role: Role


class Sheet:
    """Lays a picture out, and draws it.

    Args:
        heading: What it is a picture of.
        detail: A line below.
        picture: What it shows.
        theme: Its colours.

    Attributes:
        size: Of the whole, in logical pixels.
    """

    def __init__(self, heading: str, detail: str, picture: Picture, theme: Theme) -> None:
        self._theme = theme
        self._texts: list[_Text] = []
        self._drawn: list[tuple[float, Callable[[QPainter, float], None]]] = []
        self._width = float(max([NARROWEST, *(each.width for each in picture.drawings)]))
        self._right, self._y = 0.0, float(MARGIN)
        self._say(heading, theme.font(2, bold=True), Role.TEXT_STRONG)
        self._say(detail, theme.font(), Role.TEXT_DIM)
        for each in picture.drawings:
            self._drawn.append((self._y, each.draw))
            self._right = max(self._right, MARGIN + each.width)
            self._y += each.height + GAP
        for sentence in picture.said:
            self._say(sentence, theme.font(), Role.TEXT)
        if picture.rows is not None:
            self._tabulate(picture.rows)
        self.size = QSize(int(self._right) + MARGIN + 1, int(self._y) + MARGIN)

    # ---------------------------------------------------------------- layout

    def _say(self, words: str, font: QFont, role: Role) -> None:
        metrics = QFontMetricsF(font)
        for line in words.splitlines():
            for piece in wrapped(line, metrics.horizontalAdvance, self._width):
                self._put(piece, MARGIN, font, role)
                self._y += metrics.lineSpacing()
        if words:
            self._y += GAP

    def _put(self, words: str, x: float, font: QFont, role: Role) -> None:
        self._texts.append(_Text(words, x, self._y, font, role))
        self._right = max(self._right, x + QFontMetricsF(font).horizontalAdvance(words))

    def _tabulate(self, rows: Rows) -> None:
        font, bold = self._theme.font(), self._theme.font(bold=True)
        lines = [[_cell(each) for each in line] for line in islice(rows.lines, ON_A_PICTURE)]
        metrics, wide = QFontMetricsF(font), QFontMetricsF(bold)
        needs = [
            max([wide.horizontalAdvance(heading), *map(metrics.horizontalAdvance, cells)])
            for heading, cells in zip(
                rows.headings, self._columns(rows.headings, lines), strict=True
            )
        ]
        widths = shared(needs, max(self._width, WIDEST) - CELL_GAP * (len(needs) - 1))
        self._line(rows.headings, widths, bold, Role.TEXT_DIM)
        for line in lines:
            self._line(line, widths, font, Role.TEXT)
        if rows.count > len(lines):
            words = f"{grouped(len(lines))} of {grouped(rows.count)} rows. A CSV file has all."
            self._y += GAP
            self._say(words, font, Role.TEXT_DIM)

    @staticmethod
    def _columns(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        for place in range(len(headings)):
            yield [line[place] for line in lines]

    def _line(self, cells: Sequence[str], widths: Sequence[float], font: QFont, role: Role) -> None:
        metrics = QFontMetricsF(font)
        top, x, high = self._y, float(MARGIN), 1
        for words, width in zip(cells, widths, strict=True):
            pieces = wrapped(words, metrics.horizontalAdvance, width)
            for place, piece in enumerate(pieces):
                self._y = top + place * metrics.lineSpacing()
                self._put(piece, x, font, role)
            high = max(high, len(pieces))
            x += width + CELL_GAP
        self._y = top + high * metrics.lineSpacing() + ROW_GAP

    # ---------------------------------------------------------------- drawing

    def draw(self, painter: QPainter, ratio: float) -> None:
        """Draw it.

        Args:
            painter: Its origin is the upper left corner.
            ratio: Pixels of the picture in one of the painter's.
        """
        painter.fillRect(QRect(QPoint(), self.size), self._theme[Role.PANEL])
        for y, draw in self._drawn:
            painter.save()
            painter.translate(MARGIN, y)
            draw(painter, ratio)
            painter.restore()
        for text in self._texts:
            painter.setFont(text.font)
            painter.setPen(self._theme[text.role])
            base = text.y + QFontMetricsF(text.font).ascent()
            painter.drawText(QPointF(text.x, base), text.words)

    def image(self, scale: int) -> QImage:
        """Return it as an image, so many times as large as on screen."""
        image = QImage(self.size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        with QPainter(image) as painter:
            self.draw(painter, scale)
        return image

    def svg(self) -> str:
        """Return it as an SVG document; what is made of pixels is in it three times as fine."""
        inside = QBuffer()
        inside.open(QBuffer.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(inside)
        generator.setSize(self.size)
        generator.setViewBox(QRect(QPoint(), self.size))
        generator.setResolution(round(QGuiApplication.primaryScreen().logicalDotsPerInchY()))
        with QPainter(generator) as painter:
            self.draw(painter, FINE)
        return NO_XML.sub("?", bytes(inside.data().data()).decode())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return grouped(value)
    if isinstance(value, float):
        return f"{value:.3f}"
    return " ".join(str(value).split())
