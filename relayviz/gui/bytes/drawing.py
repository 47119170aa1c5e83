"""Draws lines of bytes in the inks of what they are, and the cursor over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QPen

from relayviz.gui.bytes.copying import printable
from relayviz.gui.bytes.lines import MARGIN, Lines
from relayviz.gui.inside.colours import colour_of
from relayviz.gui.inside.reaches import sign_of
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from relayviz.gui.bytes.content import Content
    from relayviz.gui.bytes.inks import Inks
    from relayviz.gui.look.theme import Theme


THICK = 2.5  # pixels: what stands below bytes for one actor


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

    def draw_reaches(self, line: int) -> None:
        """Underline where actors stand, dotted what is not there yet; their number goes before it.

        Each actor has a height of its own, so that what several do at one place is seen.
        """
        content, lines = self._content, self._lines
        base, start = content.index * content.size, line * lines.per_line
        actors = sorted({one.actor for one in content.reaches})
        for one in content.reaches:
            whole = one.within(content.row, base + start, lines.per_line)
            if whole is None:
                continue
            y = lines.cell(start).bottom() - 1.5 - THICK * actors.index(one.actor)
            colour = colour_of(self._theme, one.actor)
            self._underline(line, whole, y, QPen(colour, THICK - 0.5, Qt.PenStyle.DotLine))
            for there in one.there:
                first = max(there[0] - base - start, 0)
                end = min(there[1] - base - start, lines.per_line)
                if first < end:
                    self._underline(line, (first, end), y, QPen(colour, THICK - 0.5))
            if one.first >= base + start:
                self._sign(line, whole[0], one.actor, actors.index(one.actor))

    def _underline(self, line: int, span: tuple[int, int], y: float, pen: QPen) -> None:
        lines, start = self._lines, line * self._lines.per_line
        left = lines.cell(start + span[0]).x()
        right = lines.cell(start + span[1] - 1).x() + 2 * lines.char
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._painter.setPen(pen)
        self._painter.drawLine(QPointF(left, y), QPointF(right, y))

    def _sign(self, line: int, column: int, actor: int, rank: int) -> None:
        """Write an actor's number small into the gap before a byte, two below each other."""
        cell = self._lines.cell(line * self._lines.per_line + column)
        font = QFont(self._theme.font(bold=True))
        font.setPixelSize(max(7, int(self._lines.height * 0.5)))
        self._painter.setFont(font)
        self._painter.setPen(colour_of(self._theme, actor))
        at = QPointF(
            cell.x() - 0.85 * self._lines.char,
            cell.y() + (0.45 + rank % 2 * 0.5) * self._lines.height,
        )
        self._painter.drawText(at, sign_of(actor))

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
