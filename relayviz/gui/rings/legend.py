"""What colours and marks mean, in lines below the rings or beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from relayviz.gui.inside.reaches import draw_badge
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.raster import Paint, inks
from relayviz.gui.rings.texts import LEGEND, LEGEND_WRITTEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QBrush

    from relayviz.gui.look.theme import Theme

SWATCH = 13.0
GAP = 6.0
SPACE = 13.0
LEADING = 3.0  # between two lines
MARGIN = 8  # at both sides together
BEING_WRITTEN = "being written"  # what is outlined, and not a position
MARKS = {
    "write position": Role.WRITE_POSITION,
    BEING_WRITTEN: Role.WRITE_POSITION,
    "consumer position": Role.CONSUMER_POSITION,
}
MORE = "…"
_CONSUMER = Role.CONSUMER_POSITION
DOTTED = "not there"  # of what an actor writes, has reserved or reads
CHANGED = {"changed": Role.CHANGED}  # by the last step: not of a live channel


def hatch(stripe: int, ground: int) -> QImage:
    """Return a tile of the raster's hatch."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    for y in range(8):
        for x in range(8):
            image.setPixel(x, y, stripe if (x + y) & 4 == 0 else ground)
    return image


class Legend(QWidget):
    """The legend; as high as its words need at its width, or folded into one line.

    Attributes:
        is_folded: It has a line; its tooltip says all.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._marks, self._paints = MARKS | CHANGED, LEGEND
        self._actors: list[str] = []
        self.is_folded = False
        self.setAccessibleName("Legend of the rings")
        self._tell()

    def show_marks(self, *, live: bool, consumed: bool = True) -> None:
        """Tell the marks of a live channel, or of a stepped one.

        Args:
            live: It runs.
            consumed: It is known what was consumed.
        """
        marks = MARKS if live else MARKS | CHANGED
        paints = LEGEND
        if not consumed:
            marks = {words: role for words, role in marks.items() if role is not _CONSUMER}
            paints = LEGEND_WRITTEN
        if (marks, paints) != (self._marks, self._paints):
            self._marks, self._paints = marks, paints
            self._tell()

    def show_actors(self, names: Sequence[str]) -> None:
        """Tell whose arcs there are; none: there are no actors."""
        if list(names) == self._actors:
            return
        self._actors = list(names)
        self._tell()

    def fold(self, is_folded: bool) -> None:
        """Have one line only, or as many as there are."""
        self.is_folded = is_folded
        self._tell()

    def _tell(self) -> None:
        """Say all in words, and lay it out anew."""
        words = ", ".join(self._items())
        self.setAccessibleDescription(words)
        self.setToolTip(words if self.is_folded else "")
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    @property
    def _line(self) -> float:
        """The height of a line: that of the words, and no less than a swatch's."""
        return max(QFontMetricsF(self._theme.font(-1)).height(), SWATCH) + LEADING

    def _items(self) -> list[str]:
        arcs = [DOTTED] if self._actors else []
        return [*self._paints.values(), *self._marks, *self._actors, *arcs]

    def _lengths(self) -> list[float]:
        metrics = QFontMetricsF(self._theme.font(-1))
        return [SWATCH + GAP + metrics.horizontalAdvance(words) for words in self._items()]

    def _flow(self, width: float) -> list[QPointF]:
        """Return the upper left corner of each item; folded, of those that a line has room for."""
        line, room = self._line, width - MARGIN
        x = y = 0.0
        corners = []
        for length in self._lengths():
            if x and x + length > room:
                if self.is_folded:
                    break
                x, y = 0.0, y + line
            corners.append(QPointF(x + MARGIN / 2, y + (line - SWATCH) / 2))
            x += length + SPACE
        return corners

    @property
    def column_width(self) -> int:
        """The width at which each item has a line of its own."""
        return math.ceil(max(self._lengths())) + MARGIN

    @property
    def line_height(self) -> int:
        """The height of one line."""
        return math.ceil(self._line)

    def height_of_all(self, width: int) -> int:
        """Return the height that all words need, folded or not."""
        is_folded, self.is_folded = self.is_folded, False
        height = self.heightForWidth(width)
        self.is_folded = is_folded
        return height

    def draw_all(self, painter: QPainter, width: int) -> None:
        """Draw all of it at a width, folded or not."""
        is_folded, self.is_folded = self.is_folded, False
        self._paint(painter, width)
        self.is_folded = is_folded

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Whether the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Return the height that all words need."""
        below = (self._line + SWATCH) / 2
        return math.ceil(self._flow(width)[-1].y() + below)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of one line."""
        return QSize(400, self.line_height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw swatches and words."""
        with QPainter(self) as painter:
            self._paint(painter, self.width())

    def _paint(self, painter: QPainter, width: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(-1))
        colours = inks(self._theme)
        corners = self._flow(width)
        for (paint, words), corner in zip(self._paints.items(), corners, strict=False):
            self._swatch(painter, corner, colours[paint], paint)
            self._words(painter, corner, words)
        left = corners[len(self._paints) :]
        for (words, role), corner in zip(self._marks.items(), left, strict=False):
            self._mark(painter, corner, role, is_outline=words in (BEING_WRITTEN, *CHANGED))
            self._words(painter, corner, words)
        self._draw_actors(painter, left[len(self._marks) :])
        if len(corners) < len(self._items()):
            end = QRectF(0, 0, width, self._line)
            painter.drawText(end, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, MORE)

    def _draw_actors(self, painter: QPainter, corners: Sequence[QPointF]) -> None:
        for (number, name), corner in zip(enumerate(self._actors), corners, strict=False):
            middle = corner + QPointF(SWATCH / 2, SWATCH / 2)
            draw_badge(painter, middle, number, self._theme)
            painter.setFont(self._theme.font(-1))
            self._words(painter, corner, name)
        if self._actors and len(corners) > len(self._actors):
            corner = corners[-1]
            painter.setPen(QPen(self._theme[Role.TEXT_DIM], 3, Qt.PenStyle.DotLine))
            y = corner.y() + SWATCH / 2
            painter.drawLine(QPointF(corner.x(), y), QPointF(corner.x() + SWATCH, y))
            self._words(painter, corner, DOTTED)

    def _words(self, painter: QPainter, corner: QPointF, words: str) -> None:
        painter.setPen(self._theme[Role.TEXT_DIM])
        top = corner.y() - (self._line - SWATCH) / 2
        box = QRectF(corner.x() + SWATCH + GAP, top, 400, self._line)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _swatch(
        self, painter: QPainter, corner: QPointF, ink: tuple[int, int], paint: Paint
    ) -> None:
        box = QRectF(corner.x(), corner.y(), SWATCH, SWATCH)
        fill: QColor | QBrush | QImage = QColor(ink[0])
        if ink[0] != ink[1]:
            fill = hatch(*ink)
        painter.fillRect(box, fill)
        if paint is Paint.FREE:
            painter.setPen(QPen(self._theme[Role.BORDER], 1))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    def _mark(self, painter: QPainter, corner: QPointF, role: Role, *, is_outline: bool) -> None:
        x, y, colour = corner.x(), corner.y(), self._theme[role]
        if is_outline:
            painter.setPen(QPen(colour, 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(x + 1, y + 1, SWATCH - 2, SWATCH - 2))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        points = [(0.0, 2.0), (SWATCH, 2.0), (SWATCH / 2, SWATCH - 1)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in points]))
