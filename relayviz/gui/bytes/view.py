"""Hex and ASCII of a sub-buffer. Only the lines on screen are fetched and drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from relayviz.gui.bytes.content import Content, describe
from relayviz.gui.bytes.drawing import LinePainter
from relayviz.gui.bytes.inks import Inks
from relayviz.gui.bytes.lines import USUAL, Lines
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QResizeEvent

    from relayviz.gui.look.theme import Theme

    Fetch = Callable[[int, int], bytes | None]

RETRY_MS = 16
Key = Qt.Key


class BytesView(QAbstractScrollArea):
    """The bytes of one sub-buffer, with a cursor.

    Arrow keys move by bytes and lines, with Ctrl by events; Shift selects.

    Signals:
        pointed: The cursor is at another byte, or what is there has changed.  arg: its offset.
        moved: The cursor was put somewhere, by a click, a key, or the program.
        copy_wanted: The keys for copying were pressed here.
    """

    spoken_as: ClassVar = QAccessible.Role.Document
    pointed = Signal(int)
    moved = Signal()
    copy_wanted = Signal()

    def __init__(self, theme: Theme, fetch: Fetch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fetch = fetch
        self._content: Content | None = None
        self._bytes: dict[int, bytes] = {}  # lines that were fetched, by their number
        self._cursor = self._anchor = 0
        self._inks = Inks(theme)
        self._lines = Lines.fitted(0, self._inks.font, 0)
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

    def set_content(self, content: Content | None, marked: tuple[int, int] | None = None) -> None:
        """Show a sub-buffer; where the view is scrolled to stays.

        Args:
            content: The sub-buffer.
            marked: Where the selection begins, and the cursor; None: where they are.
        """
        before, self._content = self._content, content
        self._bytes.clear()
        if content is not None:
            if before is None or before.size != content.size:
                self._fit()
            at = (min(place, content.size - 1) for place in marked or self.marked)
            self._anchor, self._cursor = at
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
    def marked(self) -> tuple[int, int]:
        """Where the selection begins, and the cursor."""
        return self._anchor, self._cursor

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
        size = 0 if self._content is None else self._content.size
        room = self.width() - self._beside()  # with or without a scroll bar, so that none flickers
        self._lines = Lines.fitted(size, self._inks.font, room)
        self._bytes.clear()
        page = self._page()
        self.verticalScrollBar().setRange(0, max(0, self._lines.count - page))
        self.verticalScrollBar().setPageStep(page)
        self.viewport().update()

    def _beside(self) -> int:
        return self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a size with room for the usual lines."""
        width = math.ceil(self._lines.width(USUAL)) + self._beside()
        return QSize(width, super().sizeHint().height())

    def _page(self) -> int:
        """Return how many whole lines fit."""
        return self._lines.page(self.viewport().height())

    def _scrolled(self) -> QPointF:
        """Return where the viewport begins, from the top of line 0."""
        return QPointF(0, self.verticalScrollBar().value() * self._lines.height)

    @property
    def lines(self) -> Lines:
        """Where the bytes stand."""
        return self._lines

    def cell(self, offset: int) -> QRectF:
        """Return where a byte's hex digits are in the viewport."""
        return self._lines.cell(offset).translated(-self._scrolled())

    def offset_at(self, position: QPointF) -> int | None:
        """Return the byte at a point of the viewport, in the hex or the ASCII part."""
        return self._lines.offset_at(position + self._scrolled())

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
        step = self._lines.per_line
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
            last = min(first + self._page() + 1, self._lines.count)
            self._line_bytes(first, last)
            painter.translate(-self._scrolled())
            draw = LinePainter(painter, self._content, self._lines, self._inks, self._theme)
            low, high = sorted((self._anchor, self._cursor))
            for line in range(first, last):
                draw.draw_line(line, self._bytes.get(line, b""), self._cursor)
                draw.draw_reaches(line)
                if low < high:
                    draw.draw_selected(line, low, high)
            if first <= self._cursor // self._lines.per_line < last:
                has_focus = self.hasFocus()
                style = Qt.PenStyle.SolidLine if has_focus else Qt.PenStyle.DotLine
                draw.draw_cursor(self._cursor, style)

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
        line, bar = self._cursor // self._lines.per_line, self.verticalScrollBar()
        if line < bar.value():
            bar.setValue(line)
        elif line >= bar.value() + self._page():
            bar.setValue(line - self._page() + 1)
        self.pointed.emit(self._cursor)
        self.moved.emit()
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
            Key.Key_Up: -self._lines.per_line,
            Key.Key_Down: self._lines.per_line,
            Key.Key_PageUp: -self._page() * self._lines.per_line,
            Key.Key_PageDown: self._page() * self._lines.per_line,
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
