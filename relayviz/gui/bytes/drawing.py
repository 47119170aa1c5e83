"""Draws lines of bytes in the inks of what they are, and the cursor over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from relayviz.gui.bytes.copying import printable
from relayviz.gui.bytes.lines import MARGIN, Lines
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from relayviz.gui.bytes.content import Content
    from relayviz.gui.bytes.inks import Inks
    from relayviz.gui.look.theme import Theme


class LinePainter:
    """Draws one sub-buffer with a painter that stands at the top of line 0.

    Args:
        painter: What draws.
        content: The sub-buffer.
        lines: Where its bytes stand.
        inks: How they look.
        theme: Colours.
    """

    def __init__(
        self, painter: QPainter, content: Content, lines: Lines, inks: Inks, theme: Theme
    ) -> None:
        self._painter, self._content, self._lines = painter, content, lines
        self._inks, self._theme = inks, theme

    def draw_line(self, line: int, data: bytes, cursor: int) -> None:
        """Draw a line: its offset, then run after run of what belongs together."""
        lines, content = self._lines, self._content
        start = line * lines.per_line
        end = min(start + lines.per_line, content.size)
        self._painter.setFont(self._inks.font)
        self._painter.setPen(self._theme[Role.TEXT_DIM])
        base = line * lines.height + lines.ascent
        self._painter.drawText(QPointF(MARGIN, base), f"{start:04x}")
        at = start
        while at < end:
            position = content.position_at(at)
            stop = min(end, content.regions[position].end)
            self._draw_run(position, (at, stop), data[at - start : stop - start], cursor)
            at = stop

    def _draw_run(self, position: int, span: tuple[int, int], data: bytes, cursor: int) -> None:
        """Draw the bytes of one region in one line."""
        painter, lines, region = self._painter, self._lines, self._content.regions[position]
        ink = self._inks.of(region.role, position)
        is_current = region.event is not None and region.event is self._content.event_at(cursor)
        boxes = lines.runs(*span)
        for box in boxes:
            if is_current:
                painter.fillRect(box, self._inks.current)
            if ink.brush is not None:
                painter.fillRect(box, ink.brush)
        painter.setFont(ink.font)
        painter.setPen(ink.colour)
        digits = data.hex(" ") if data else " ".join(["··"] * (span[1] - span[0]))
        base = boxes[0].y() + lines.ascent
        painter.drawText(QPointF(lines.cell(span[0]).x(), base), digits)
        painter.drawText(QPointF(boxes[1].x(), base), printable(data))

    def draw_selected(self, line: int, low: int, high: int) -> None:
        """Draw what of a range of bytes is in a line; `high` is the last of them."""
        start = line * self._lines.per_line
        first, end = max(low, start), min(high + 1, start + self._lines.per_line)
        if first < end:
            self._painter.fillRect(self._lines.runs(first, end)[0], self._inks.selected)

    def draw_cursor(self, cursor: int, style: Qt.PenStyle) -> None:
        """Draw a frame around a byte, in both parts."""
        self._painter.setPen(QPen(self._theme[Role.SELECTION], 1.2, style))
        box = self._lines.cell(cursor)
        box.setWidth(2 * self._lines.char)
        self._painter.drawRect(box.adjusted(-1.5, 0.5, 1.5, -0.5))
        self._painter.drawRect(self._lines.runs(cursor, cursor + 1)[1].adjusted(0, 0.5, 0, -0.5))
