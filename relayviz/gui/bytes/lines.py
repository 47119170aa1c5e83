"""Where the bytes of a sub-buffer stand: offset, hex digits, ASCII, line below line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

PER_LINE = (32, 16, 8)  # bytes in a line: as many as there is room for
USUAL = 16
MARGIN = 8.0
SPACED = 1.18  # height of a line in heights of the font
LEAST_DIGITS = 4
MOST_LINES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a size of bytes in a font. All in pixels, from the top of line 0.

    Attributes:
        size: How many bytes there are.
        per_line: How many are in a line.
        char: Width of a digit.
        height: Of a line.
        ascent: From the top of a line to its base.
    """

    size: int
    per_line: int
    char: float
    height: float
    ascent: float

    @classmethod
    def fitted(cls, size: int, font: QFont, room: float) -> Lines:
        """Return lines of as many bytes as there is room for."""
        metrics = QFontMetricsF(font)
        height = metrics.height() * SPACED
        ascent = metrics.ascent() + (height - metrics.height()) / 2
        for per_line in PER_LINE:
            lines = cls(size, per_line, metrics.horizontalAdvance("0"), height, ascent)
            if lines.width(per_line) <= room:
                break
        return lines

    @property
    def count(self) -> int:
        """How many lines there are."""
        return min(MOST_LINES, -(-self.size // self.per_line))

    @property
    def left(self) -> float:
        """Where the hex digits begin, right of the offset."""
        return MARGIN + self.char * (max(LEAST_DIGITS, len(f"{self.size:x}")) + 2)

    def width(self, per_line: int) -> float:
        """Return how wide lines of so many bytes are."""
        return self.left + self.char * (per_line * 4 + 2)

    def page(self, height: float) -> int:
        """Return how many whole lines fit."""
        return max(1, int(height / self.height))

    def cell(self, offset: int) -> QRectF:
        """Return where a byte's hex digits are."""
        line, column = divmod(offset, self.per_line)
        x = self.left + column * 3 * self.char
        return QRectF(x, line * self.height, 3 * self.char, self.height)

    def ascii_x(self, column: int) -> float:
        """Return where a column of the ASCII part begins."""
        return self.left + (self.per_line * 3 + 1 + column) * self.char

    def runs(self, first: int, end: int) -> tuple[QRectF, QRectF]:
        """Return where bytes of one line stand: as hex digits, as ASCII."""
        cell, length = self.cell(first), end - first
        digits = QRectF(cell.x() - self.char / 2, cell.y(), length * cell.width(), self.height)
        x = self.ascii_x(first % self.per_line)
        return digits, QRectF(x, cell.y(), length * self.char, self.height)

    def offset_at(self, position: QPointF) -> int | None:
        """Return the byte at a point, in the hex or the ASCII part."""
        line = int(position.y() // self.height)
        if position.x() >= self.ascii_x(0):
            column = int((position.x() - self.ascii_x(0)) // self.char)
        else:
            column = int((position.x() - self.left + self.char / 2) // (3 * self.char))
        offset = line * self.per_line + column
        return offset if 0 <= column < self.per_line and 0 <= offset < self.size else None
