"""Words that are painted many times: shaped once, measured, and drawn around a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QStaticText

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPainter

MOST_TEXTS = 1024  # kept ready for each font


def sized(font: QFont, pixels: float) -> QFont:
    """Return a font of a size in logical pixels."""
    result = QFont(font)
    result.setPixelSize(max(1, round(pixels)))
    return result


class Face:
    """A font, and what was drawn in it lately: shaping words again costs more than drawing them."""

    def __init__(self, font: QFont, pixels: float) -> None:
        self.font = sized(font, pixels)
        self._metrics = QFontMetricsF(self.font)
        self.height = self._metrics.height()
        self._above = (self._metrics.ascent() + self._metrics.descent()) / 2
        self._texts: dict[str, tuple[QStaticText, float]] = {}

    def _shaped(self, words: str) -> tuple[QStaticText, float]:
        """Return words ready to be drawn, and how long they are."""
        found = self._texts.get(words)
        if found is None:
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            text = QStaticText(words)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.prepare(font=self.font)
            found = self._texts[words] = text, self._metrics.horizontalAdvance(words)
        return found

    def width(self, words: str) -> float:
        """Return how long words are."""
        return self._shaped(words)[1]

    def draw(
        self, painter: QPainter, middle: tuple[float, float], colour: QColor, words: str
    ) -> None:
        """Draw words around a point."""
        text, width = self._shaped(words)
        painter.setFont(self.font)
        painter.setPen(colour)
        painter.drawStaticText(QPointF(middle[0] - width / 2, middle[1] - self._above), text)
