"""Hex and ASCII of a sub-buffer. Only the lines on screen are fetched and drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from relayviz.gui.bytes.content import Content, describe
from relayviz.gui.bytes.copying import FIRST_PRINTED, LAST_PRINTED
from relayviz.gui.bytes.inks import Inks
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QResizeEvent

    from relayviz.gui.look.theme import Theme

    Fetch = Callable[[int, int], bytes | None]

PER_LINE = (32, 16, 8)  # bytes in a line: as many as there is room for
USUAL = 16
RETRY_MS = 16
MARGIN = 8.0
MOST_LINES = 2**31 - 1
Key = Qt.Key


class BytesView(QAbstractScrollArea):
    """The bytes of one sub-buffer, with a cursor.

    Arrow keys move by bytes and lines, with Ctrl by events; Shift selects.

    Signals:
        pointed: The cursor is at another byte, or what is there has changed.  arg: its offset.
        copy_wanted: The keys for copying were pressed here.
    """

    pointed = Signal(int)
    copy_wanted = Signal()

    def __init__(self, theme: Theme, fetch: Fetch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fetch = fetch
        self._content: Content | None = None
        self._bytes: dict[int, bytes] = {}  # lines that were fetched, by their number
        self._cursor = self._anchor = 0
        self._inks = Inks(theme)
        self._per_line = USUAL
        self._retry = QTimer(self)  # the engine was busy when bytes were asked for
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self._ask_again)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Bytes of the sub-buffer")
        self.set_theme(theme)

    # ---------------------------------------------------------------- what is shown

    def set_theme(self, theme: Theme) -> None:
        """Use other colours and fonts."""
        self._theme = theme
        self._inks = Inks(theme)
        self._fit()

    def set_content(self, content: Content | None) -> None:
        """Show a sub-buffer; the cursor and the place scrolled to stay where they are."""
        before, self._content = self._content, content
        self._bytes.clear()
        if content is not None:
            if before is None or before.size != content.size:
                self._cursor = self._anchor = 0
                self._fit()
            self.pointed.emit(self._cursor)
        self.viewport().update()

    @property
    def content(self) -> Content | None:
        """What is shown."""
        return self._content

    @property
    def caret(self) -> int:
        """The byte that the keyboard is at, from the start of the sub-buffer."""
        return self._cursor

    @property
    def selection(self) -> tuple[int, int] | None:
        """First byte and end of what is selected; None: there is nothing."""
        if self._content is None:
            return None
        if self._anchor == self._cursor:
            return self._content.span_at(self._cursor)
        low, high = sorted((self._anchor, self._cursor))
        return low, high + 1

    # ---------------------------------------------------------------- geometry

    def _fit(self) -> None:
        """Fit lines and scroll bar to size and font."""
        metrics = QFontMetricsF(self._inks.font)
        self._char, self._line = metrics.horizontalAdvance("0"), metrics.height() * 1.18
        self._ascent = metrics.ascent() + (self._line - metrics.height()) / 2
        room = self.width() - self._beside()  # with or without a scroll bar, so that none flickers
        fitting = (each for each in PER_LINE if self._wide(each) <= room)
        self._per_line = next(fitting, PER_LINE[-1])
        self._bytes.clear()
        lines = self._lines()
        self.verticalScrollBar().setRange(0, max(0, lines - self._page()))
        self.verticalScrollBar().setPageStep(max(1, self._page()))
        self.viewport().update()

    def _wide(self, per_line: int) -> float:
        """Return how wide lines of so many bytes are."""
        return self._left() + self._char * (per_line * 4 + 2)

    def _beside(self) -> int:
        return self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a size with room for the usual lines."""
        return QSize(math.ceil(self._wide(USUAL)) + self._beside(), super().sizeHint().height())

    def _lines(self) -> int:
        if self._content is None:
            return 0
        return min(MOST_LINES, -(-self._content.size // self._per_line))

    def _page(self) -> int:
        """Return how many whole lines fit."""
        return max(1, int(self.viewport().height() / self._line))

    def _left(self) -> float:
        digits = 4 if self._content is None else max(4, len(f"{self._content.size:x}"))
        return MARGIN + self._char * (digits + 2)

    def cell(self, offset: int) -> QRectF:
        """Return where a byte's hex digits are in the viewport."""
        line, column = divmod(offset, self._per_line)
        y = (line - self.verticalScrollBar().value()) * self._line
        return QRectF(self._left() + column * 3 * self._char, y, 3 * self._char, self._line)

    def _ascii_x(self, column: int) -> float:
        return self._left() + (self._per_line * 3 + 1 + column) * self._char

    def offset_at(self, position: QPointF) -> int | None:
        """Return the byte at a point of the viewport, in the hex or the ASCII part."""
        if self._content is None:
            return None
        line = self.verticalScrollBar().value() + int(position.y() // self._line)
        if position.x() >= self._ascii_x(0):
            column = int((position.x() - self._ascii_x(0)) // self._char)
        else:
            column = int((position.x() - self._left() + self._char / 2) // (3 * self._char))
        offset = line * self._per_line + column
        inside = 0 <= column < self._per_line and 0 <= offset < self._content.size
        return offset if inside else None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the lines into the new size."""
        super().resizeEvent(event)
        self._fit()

    # ---------------------------------------------------------------- painting

    def _line_bytes(self, first: int, last: int) -> bool:
        """Have the bytes of these lines at hand; False: the engine is busy."""
        if all(line in self._bytes for line in range(first, last)):
            return True
        size = self._content.size if self._content else 0
        step = self._per_line
        data = self._fetch(first * step, min(last * step, size))
        if data is None:
            self._retry.start()
            return False
        self._bytes = {
            line: data[(line - first) * step : (line - first + 1) * step]
            for line in range(first, last)
        }
        return True

    @Slot()
    def _ask_again(self) -> None:
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the lines on screen."""
        with QPainter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), self._theme[Role.PANEL])
            if self._content is None:
                return
            first = self.verticalScrollBar().value()
            last = min(first + self._page() + 1, self._lines())
            self._line_bytes(first, last)
            for line in range(first, last):
                self._draw_line(painter, self._content, line)

    def _draw_line(self, painter: QPainter, content: Content, line: int) -> None:
        start = line * self._per_line
        end = min(start + self._per_line, content.size)
        y = (line - self.verticalScrollBar().value()) * self._line
        painter.setFont(self._inks.font)
        painter.setPen(self._theme[Role.TEXT_DIM])
        painter.drawText(QPointF(MARGIN, y + self._ascent), f"{start:04x}")
        data = self._bytes.get(line, b"")
        at = start
        while at < end:
            position = content.position_at(at)
            stop = min(end, content.regions[position].end)
            self._draw_run(painter, position, (at, stop), data[at - start : stop - start])
            at = stop
        self._draw_selection(painter, start, end, y)

    def _draw_run(
        self,
        painter: QPainter,
        position: int,
        span: tuple[int, int],
        data: bytes,
    ) -> None:
        """Draw the bytes of one region in one line."""
        content = self._content
        if content is None:
            return
        at, stop = span
        region = content.regions[position]
        line, column = divmod(at, self._per_line)
        y = (line - self.verticalScrollBar().value()) * self._line
        x, length = self._left() + column * 3 * self._char, stop - at
        ink = self._inks.of(region.role, position)
        boxes = (
            QRectF(x - self._char / 2, y, length * 3 * self._char, self._line),
            QRectF(self._ascii_x(column), y, length * self._char, self._line),
        )
        is_current = region.event is not None and region.event is content.event_at(self._cursor)
        for box in boxes:
            if is_current:
                painter.fillRect(box, self._inks.current)
            if ink.brush is not None:
                painter.fillRect(box, ink.brush)
        painter.setFont(ink.font)
        painter.setPen(ink.colour)
        digits = data.hex(" ") if data else " ".join(["··"] * length)
        painter.drawText(QPointF(x, y + self._ascent), digits)
        text = "".join(chr(byte) if FIRST_PRINTED <= byte <= LAST_PRINTED else "." for byte in data)
        painter.drawText(QPointF(self._ascii_x(column), y + self._ascent), text)

    def _draw_selection(self, painter: QPainter, start: int, end: int, y: float) -> None:
        """Draw the cursor, and a range that was selected with Shift or by dragging."""
        if self._anchor != self._cursor:
            low, high = sorted((self._anchor, self._cursor))
            low, high = max(low, start), min(high + 1, end)
            if low < high:
                box = QRectF(self.cell(low).x() - self._char / 2, y, 0, self._line)
                box.setWidth((high - low) * 3 * self._char)
                painter.fillRect(box, self._inks.selected)
        if start <= self._cursor < end:
            style = Qt.PenStyle.SolidLine if self.hasFocus() else Qt.PenStyle.DotLine
            painter.setPen(QPen(self._theme[Role.SELECTION], 1.2, style))
            box = self.cell(self._cursor)
            box.setWidth(2 * self._char)
            painter.drawRect(box.adjusted(-1.5, 0.5, 1.5, -0.5))
            x = self._ascii_x(self._cursor % self._per_line)
            painter.drawRect(QRectF(x, y, self._char, self._line).adjusted(0, 0.5, 0, -0.5))

    # ---------------------------------------------------------------- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Put the cursor to a byte."""
        offset = self.offset_at(event.position())
        if offset is not None and event.button() == Qt.MouseButton.LeftButton:
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.move_to(offset, extend=extend)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Name what is under the pointer, or select."""
        offset = self.offset_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            if offset is not None:
                self.move_to(offset, extend=True)
        else:
            self._name(offset, event.globalPosition().toPoint())

    def _name(self, offset: int | None, where: QPoint) -> None:
        if offset is None or self._content is None:
            QToolTip.hideText()
            return
        box = self.cell(offset).toAlignedRect()
        QToolTip.showText(where, f"{describe(self._content, offset)}", self.viewport(), box)

    # ---------------------------------------------------------------- keyboard

    def move_to(self, offset: int, *, extend: bool = False) -> None:
        """Put the cursor to a byte, and scroll there."""
        if self._content is None:
            return
        self._cursor = min(max(offset, 0), self._content.size - 1)
        if not extend:
            self._anchor = self._cursor
        line, bar = self._cursor // self._per_line, self.verticalScrollBar()
        if line < bar.value():
            bar.setValue(line)
        elif line >= bar.value() + self._page():
            bar.setValue(line - self._page() + 1)
        self.pointed.emit(self._cursor)
        self.viewport().update()

    @Slot(int, int)
    def select(self, first: int, end: int) -> None:
        """Select bytes, and scroll to the first of them."""
        self.move_to(max(first, end - 1))
        self.move_to(first, extend=True)

    def event(self, event: QEvent) -> bool:
        """Take the keys for copying before the window does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move the cursor."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
            return
        key, modifiers = Key(event.key()), event.modifiers()
        moves = {
            Key.Key_Left: -1,
            Key.Key_Right: 1,
            Key.Key_Up: -self._per_line,
            Key.Key_Down: self._per_line,
            Key.Key_PageUp: -self._page() * self._per_line,
            Key.Key_PageDown: self._page() * self._per_line,
        }
        extend = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if key not in moves or self._content is None:
            super().keyPressEvent(event)
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self.move_to(self._next_region(forward=moves[key] > 0), extend=extend)
        elif 0 <= self._cursor + moves[key] < self._content.size or key in (
            Key.Key_PageUp,
            Key.Key_PageDown,
        ):
            self.move_to(self._cursor + moves[key], extend=extend)

    def _next_region(self, *, forward: bool) -> int:
        """Return where the next event, or what else there is, begins; or the one before."""
        if self._content is None:
            return 0
        position = self._content.position_at(self._cursor) + (1 if forward else -1)
        regions = self._content.regions
        return regions[min(max(position, 0), len(regions) - 1)].start

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the cursor as active."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the cursor as inactive."""
        super().focusOutEvent(event)
        self.viewport().update()
