"""The widget of the strips: events in the order they were tried, with a cursor, zoom and pan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.fate.strip import draw_strips, gathered
from relayviz.gui.fate.words import bin_words, spoken_event
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import grouped_lanes
from relayviz.gui.timeline.range import Range, nice
from relayviz.model.fate.lane import LOSS_BITS
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.fate.fate import FateIndex

LABEL, RIGHT, TOP, FOOT = 62.0, 10.0, 6.0, 20.0
LANE, LEAST_LANE, GAP = 30.0, 2.0, 0.22
ZOOM_STEP, WHEEL_STEP = 1.3, 120
Key, Modifier = Qt.Key, Qt.KeyboardModifier
SHIFT_OR_PAD = Modifier.ShiftModifier | Modifier.KeypadModifier
OWN_KEYS = frozenset({Key.Key_L, Key.Key_0, Key.Key_Plus, Key.Key_Equal, Key.Key_Minus})


def roomy(events: int) -> int:
    """Return the next of 16, 18, 20, …, 32, 36, … that is not smaller: so strips seldom jump."""
    step = 2
    while events > step * 16:
        step *= 2
    return max(-(-events // step) * step, 16)


class FateView(QWidget):
    """A strip for each buffer; an event keeps its place there whatever step is shown.

    Left and right go from event to event, up and down from buffer to buffer, L to the next loss,
    Shift+L to the one before; Return goes to the step that decided; Ctrl with the wheel, + and -
    zoom, 0 shows all.

    Signals:
        chosen: The cursor is at another event.  args: buffer, row.
        wanted: The user wants to see what decided it.  args: buffer, row.
    """

    chosen = Signal(int, int)
    wanted = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._index: FateIndex | None = None
        self._step = 0
        self._cursor = (0, -1)  # buffer, row
        self._range = Range(0, nice(0), 1)
        self._is_fitted = True
        self._image: QImage | None = None
        self._drawn: tuple[object, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 50)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Fate of every event")

    # ---------------------------------------------------------------- what is shown

    @property
    def range(self) -> Range:
        """The rows on screen."""
        return self._range

    @property
    def cursor_place(self) -> tuple[int, int]:
        """Buffer and row of the event that the cursor is at; row -1: none."""
        return self._cursor

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self._image = None
        self.update()

    def show_fates(self, index: FateIndex | None, step: int) -> None:
        """Show the events of a branch as they were at a step."""
        if index is not self._index:
            self._cursor, self._is_fitted = (0, -1), True
        self._index, self._step = index, step
        self._image = None
        if self._is_fitted:
            self._fit()
        self._tell()
        self.update()

    def set_cursor(self, buffer: int, row: int) -> None:
        """Put the cursor to an event, and show it."""
        if (buffer, row) == self._cursor:
            return
        self._cursor = (buffer, row)
        if not self._range.first <= row <= self._range.last:
            self._range = self._range.holding(row, self._longest())
            self._image = None
        self._tell()
        self.update()

    def _tell(self) -> None:
        buffer, row = self._cursor
        if self._index is None or not 0 <= row < len(self._index.lane(buffer).rows):
            self.setAccessibleDescription("no event is chosen")
            return
        self.setAccessibleDescription(spoken_event(self._index.at(buffer, row, self._step)))

    def _longest(self) -> int:
        """Return the number of the last row of the longest strip."""
        if self._index is None:
            return 0
        counts = [len(self._index.lane(buffer).rows) for buffer in self._index.buffers]
        return max(counts, default=1) - 1

    def _fit(self) -> None:
        width = max(1, int(self.width() - LABEL - RIGHT))
        self._range = Range(0, roomy(self._longest() + 1) - 1, width)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the strips into the new size."""
        super().resizeEvent(event)
        width = max(1, int(self.width() - LABEL - RIGHT))
        self._range = Range(self._range.first, self._range.last, width)
        self._image = None

    def _lane_height(self, lanes: int) -> float:
        room = max(1.0, self.height() - TOP - FOOT)
        return max(LEAST_LANE, min(LANE, room / max(1, lanes)))

    # ---------------------------------------------------------------- painting

    def image(self) -> QImage | None:
        """Return the strips, drawn anew only when something about them is different."""
        index, ratio = self._index, self.devicePixelRatioF()
        if index is None or not index.buffers:
            return None
        drawn = (self._range, self.height(), ratio)
        if self._image is not None and drawn == self._drawn:
            return self._image
        lanes = [index.lane(buffer) for buffer in index.buffers]
        height = self._lane_height(len(lanes))
        room = max(1, int((self.height() - TOP - FOOT) / height))
        width = max(1, round(self._range.width * ratio))
        grid = gathered(lanes, self._step, self._range.first, self._range.last, width)
        pixels = max(1, round(height * ratio))
        gap = round(pixels * GAP) if height > LEAST_LANE * 2 else 0
        image = draw_strips(
            grouped_lanes(grid.astype(np.uint32), room), self._range.steps, pixels, gap, self._theme
        )
        image.setDevicePixelRatio(ratio)
        self._image, self._drawn = image, drawn
        return image

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw strips, labels and the cursor."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme[Role.PANEL])
            image = self.image()
            if image is None or self._index is None:
                return
            painter.drawImage(QPointF(LABEL, TOP), image)
            buffers = self._index.buffers
            self._draw_labels(painter, buffers)
            self._draw_foot(painter, TOP + image.height() / image.devicePixelRatio())
            self._draw_cursor(painter, buffers)

    def _draw_labels(self, painter: QPainter, buffers: tuple[int, ...]) -> None:
        font = self._theme.mono(-1)
        painter.setFont(font)
        painter.setPen(self._theme[Role.TEXT_DIM])
        lane, line = self._lane_height(len(buffers)), QFontMetricsF(font).height()
        every = max(1, int(np.ceil(line / lane)))
        shown = min(len(buffers), int((self.height() - TOP - FOOT) / lane))
        for at in range(0, shown, every):
            buffer = buffers[at * len(buffers) // max(1, shown)]
            box = QRectF(4, TOP + at * lane - 4, LABEL - 12, lane * (1 - GAP) + 8)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            is_global = self._index is not None and self._index.config.is_global
            painter.drawText(box, flags, "all" if is_global else f"cpu {buffer}")

    def _draw_foot(self, painter: QPainter, bottom: float) -> None:
        """Draw which event of its buffer is where, counted from 1."""
        painter.setFont(self._theme.font(-2))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self._theme[Role.TEXT_DIM])
        free_from = 0.0
        for row in self._range.ticks():
            words, x = grouped(row + 1), LABEL + self._range.x_of(row)
            half = metrics.horizontalAdvance(words) / 2
            if x - half > free_from:
                painter.drawText(QPointF(x - half, bottom + metrics.ascent() + 1), words)
                free_from = x + half + 8

    def _draw_cursor(self, painter: QPainter, buffers: tuple[int, ...]) -> None:
        buffer, row = self._cursor
        if buffer not in buffers or not self._range.first <= row <= self._range.last:
            return
        lane = self._lane_height(len(buffers))
        width = max(3.0, self._range.pixels)
        x = LABEL + self._range.x_of(row) - width / 2
        box = QRectF(x, TOP + buffers.index(buffer) * lane, width, lane * (1 - GAP))
        painter.setPen(QPen(self._theme[Role.ACCENT if self.hasFocus() else Role.SELECTION], 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-1, -1, 1, 1))

    # ---------------------------------------------------------------- pointer

    def event_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return buffer and row of the event at a point; None: there is none."""
        if self._index is None or position.x() < LABEL:
            return None
        buffers = self._index.buffers
        at = int((position.y() - TOP) // self._lane_height(len(buffers)))
        row = self._range.step_at(position.x() - LABEL)
        if not 0 <= at < len(buffers) or row >= len(self._index.lane(buffers[at]).rows):
            return None
        return buffers[at], row

    def _first_loss(self, buffer: int, row: int) -> int:
        """Return the first lost event of those that the column of a row stands for."""
        if self._index is None or self._range.pixels >= 1:
            return row
        many = int(np.ceil(1 / self._range.pixels))
        lane = self._index.lane(buffer)
        found = np.flatnonzero(lane.bits(self._step, row, row + many) & LOSS_BITS)
        return row + int(found[0]) if len(found) else row

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Choose an event; where a column stands for many, a lost one."""
        found = self.event_at(event.position())
        if found is None:
            return
        buffer, row = found[0], self._first_loss(*found)
        self._choose(buffer, row)
        if event.button() == Qt.MouseButton.LeftButton:  # another one asks for a menu
            self.wanted.emit(buffer, row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say what is under the pointer."""
        words = self.words_at(event.position())
        if words:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()

    def words_at(self, position: QPointF) -> str:
        """Return what the pointer would be told at a point."""
        found = self.event_at(position)
        if found is None or self._index is None:
            return ""
        many = max(1, int(np.ceil(1 / self._range.pixels)))
        return bin_words(self._index, *found, many, self._step)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom with Ctrl, else pan."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP ** (turned / WHEEL_STEP), event.position().x() - LABEL)
        elif not self._is_fitted:
            rows = round(-turned / WHEEL_STEP * 0.1 * self._range.steps) or -turned // WHEEL_STEP
            self._range = self._range.moved(rows, self._longest())
            self.update()
        event.accept()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer events, wider; 0: all of them."""
        self._is_fitted = not factor
        if self._is_fitted:
            self._fit()
        else:
            middle = self._range.x_of(max(self._cursor[1], 0)) if at is None else at
            self._range = self._range.zoomed(factor, middle, self._longest())
            self._is_fitted = self._range.steps > nice(self._longest())
        self.update()

    # ---------------------------------------------------------------- keyboard

    def event(self, event: QEvent) -> bool:
        """Take the keys that have a meaning here before the window's shortcuts do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~SHIFT_OR_PAD
            if plain and Key(event.key()) in OWN_KEYS:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move, zoom, go to the deciding step."""
        key, buffers = Key(event.key()), self._index.buffers if self._index else ()
        far = max(1, self._range.steps // 10)
        moves = {Key.Key_Left: -1, Key.Key_Right: 1, Key.Key_PageUp: -far, Key.Key_PageDown: far}
        zooms = {Key.Key_Plus: ZOOM_STEP, Key.Key_Equal: ZOOM_STEP, Key.Key_Minus: 1 / ZOOM_STEP}
        if not buffers:
            super().keyPressEvent(event)
        elif key in moves:
            self._move(moves[key])
        elif key in (Key.Key_Up, Key.Key_Down):
            self._move_lane(buffers, 1 if key == Key.Key_Down else -1)
        elif key in zooms or key == Key.Key_0:
            self.zoom(zooms.get(key, 0))
        elif key == Key.Key_L:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_to_loss(back=back)
        elif key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space) and self._cursor[1] >= 0:
            self.wanted.emit(*self._cursor)
        else:
            super().keyPressEvent(event)

    def _lane_of_cursor(self) -> int:
        """Return the buffer that the cursor is in, the first if it is nowhere."""
        buffers = self._index.buffers if self._index else ()
        return self._cursor[0] if self._cursor[0] in buffers else next(iter(buffers), 0)

    def _move(self, rows: int) -> None:
        if self._index is not None:
            buffer = self._lane_of_cursor()
            last = len(self._index.lane(buffer).rows) - 1
            self._choose(buffer, min(max(self._cursor[1] + rows, 0), last))

    def _move_lane(self, buffers: tuple[int, ...], lanes: int) -> None:
        at = min(max(buffers.index(self._lane_of_cursor()) + lanes, 0), len(buffers) - 1)
        if self._index is not None:
            last = len(self._index.lane(buffers[at]).rows) - 1
            self._choose(buffers[at], min(max(self._cursor[1], 0), last))

    def _move_to_loss(self, *, back: bool) -> None:
        if self._index is None:
            return
        buffer, row = self._lane_of_cursor(), self._cursor[1]
        lane = self._index.lane(buffer)
        lost = np.flatnonzero(lane.bits(self._step, 0, lane.rows_at(self._step)) & LOSS_BITS)
        at = (
            int(np.searchsorted(lost, row)) - 1
            if back
            else int(np.searchsorted(lost, row, "right"))
        )
        if 0 <= at < len(lost):
            self._choose(buffer, int(lost[at]))

    def _choose(self, buffer: int, row: int) -> None:
        self.set_cursor(buffer, row)
        self.chosen.emit(buffer, row)
