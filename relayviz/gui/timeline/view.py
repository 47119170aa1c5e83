"""The widget of the time line: lanes, the step shown as a cursor to drag, zoom and pan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import draw_lanes, grouped_lanes, widened
from relayviz.gui.timeline.losses import Losses
from relayviz.gui.timeline.range import Range, nice
from relayviz.model.history.timeline import Timeline
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History

LABEL, RIGHT, TOP, FOOT = 72.0, 14.0, 14.0, 20.0
LANE, LEAST_LANE = 26.0, 2.0
WIDEST_MARK = 4.0
ZOOM_STEP, WHEEL_STEP = 1.3, 120
Key = Qt.Key


class TimelineView(QWidget):
    """Lanes of marks, one for each buffer; dragging the cursor goes back and forth in time.

    Left and right go a step back or on, Page keys further, L to the next loss, Shift+L to the one
    before; Ctrl with the wheel, + and - zoom, 0 shows all.

    Signals:
        sought: The user wants to see a step.  arg: its number.
    """

    sought = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._snapshot: Snapshot | None = None
        self._history: History | None = None
        self._marks, self.losses = Timeline(), Losses()
        self._range = Range(0, nice(0), 1)
        self._is_fitted = True  # the range follows the length of the branch
        self._lanes: QImage | None = None
        self._drawn: tuple[object, ...] = ()
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 70)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Timeline")

    # ---------------------------------------------------------------- what is shown

    @property
    def range(self) -> Range:
        """The steps on screen."""
        return self._range

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self._lanes = None
        self.update()

    def show_state(self, snapshot: Snapshot | None, history: History | None) -> None:
        """Show the branch of a state, and the state's step as the cursor."""
        if history is not self._history:
            self._marks, self.losses = Timeline(), Losses()
            self._is_fitted = True
        self._snapshot, self._history = snapshot, history
        if snapshot is not None and history is not None:
            self._marks.follow(history, snapshot.branch)
            self.losses.follow(history, snapshot.branch)
            if self._is_fitted:
                self._fit()
            else:
                self._range = self._range.holding(snapshot.step, snapshot.last_step)
            self.setAccessibleDescription(self._spoken(snapshot))
        self.update()

    def _spoken(self, snapshot: Snapshot) -> str:
        lost = len(self.losses.steps)
        return (
            f"step {snapshot.step} of {snapshot.last_step}: {snapshot.made_by.title()}; "
            f"{lost} steps lost something"
        )

    def _fit(self) -> None:
        last = 0 if self._snapshot is None else self._snapshot.last_step
        self._range = Range(0, nice(last), max(1, int(self.width() - LABEL - RIGHT)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the lanes into the new size."""
        super().resizeEvent(event)
        width = max(1, int(self.width() - LABEL - RIGHT))
        self._range = Range(self._range.first, self._range.last, width)

    # ---------------------------------------------------------------- lanes

    def _lane_height(self, lanes: int) -> float:
        room = max(1.0, self.height() - TOP - FOOT)
        return max(LEAST_LANE, min(LANE, room / max(1, lanes)))

    def _grid(self, snapshot: Snapshot, width: int) -> NDArray[np.uint32]:
        """Return the marks on screen for every buffer, those without any too."""
        cpus = snapshot.buffers["cpu"].astype(np.int64)
        grid = np.zeros((len(cpus), width), np.uint32)
        seen = np.array(self._marks.lanes, np.int64)
        if len(seen):
            rows = np.searchsorted(cpus, seen)
            known = (rows < len(cpus)) & (cpus[np.minimum(rows, len(cpus) - 1)] == seen)
            columns = self._marks.columns(self._range.first, self._range.last, width)
            grid[rows[known]] = columns[known]
        return grid

    def _image(self, snapshot: Snapshot) -> QImage:
        """Return the lanes, drawn anew only when something about them is different."""
        ratio = self.devicePixelRatioF()
        steps = len(self._history.steps) if self._history is not None else 0
        drawn = (steps, snapshot.branch, snapshot.rows, self._range, self.height(), ratio)
        if self._lanes is not None and drawn == self._drawn:
            return self._lanes
        height = self._lane_height(snapshot.rows)
        room = max(1, int((self.height() - TOP - FOOT) / height))
        grid = self._grid(snapshot, max(1, round(self._range.width * ratio)))
        grid = grouped_lanes(grid, room)
        pixels = self._range.pixels * ratio
        grid = widened(grid, int(max(1.0, min(WIDEST_MARK * ratio, pixels * 0.6))))
        gap = max(0, round(height * ratio * 0.2)) if height > LEAST_LANE * 2 else 0
        image = draw_lanes(grid, max(1, round(height * ratio)), gap, self._theme)
        image.setDevicePixelRatio(ratio)
        self._lanes, self._drawn = image, drawn
        return image

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw lanes, marks below them, and the cursor."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme[Role.PANEL])
            snapshot = self._snapshot
            if snapshot is None:
                return
            image = self._image(snapshot)
            height = image.height() / image.devicePixelRatio()
            painter.drawImage(QPointF(LABEL, TOP), image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_labels(painter, snapshot)
            self._draw_foot(painter, TOP + height)
            self._draw_cursor(painter, snapshot, TOP + height)

    def _draw_labels(self, painter: QPainter, snapshot: Snapshot) -> None:
        font = self._theme.mono(-1)
        painter.setFont(font)
        painter.setPen(self._theme[Role.TEXT_DIM])
        lane, line = self._lane_height(snapshot.rows), QFontMetricsF(font).height()
        every = max(1, int(np.ceil(line / lane)))
        shown = min(snapshot.rows, int((self.height() - TOP - FOOT) / lane))
        for at in range(0, shown, every):
            row = at * snapshot.rows // max(1, shown)  # several lanes may have been united
            words = "all" if snapshot.is_global else f"cpu {int(snapshot.buffers['cpu'][row])}"
            box = QRectF(4, TOP + at * lane - 4, LABEL - 12, max(lane * 0.8, line * 0.6) + 8)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, words)

    def _draw_foot(self, painter: QPainter, bottom: float) -> None:
        """Draw step numbers, and where the first loss is."""
        theme = self._theme
        painter.setFont(theme.font(-2))
        metrics = QFontMetricsF(painter.font())
        y = bottom + metrics.ascent() + 4
        free_from, free_to = self.width() * 2.0, 0.0
        first = self.losses.first
        if first is not None and self._range.first <= first <= self._range.last:
            x, words = LABEL + self._range.x_of(first), f"first loss: step {grouped(first)}"
            width = metrics.horizontalAdvance(words)
            left = min(x - 4, self.width() - width - 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme[Role.LOST])
            painter.drawEllipse(QPointF(x, y - metrics.ascent() / 2 + 1), 4, 4)
            painter.setPen(theme[Role.ERROR])
            painter.drawText(QPointF(left + 12, y), words)
            free_from, free_to = left - 8, left + width + 20
        painter.setPen(theme[Role.TEXT_DIM])
        for step in self._range.ticks():
            words = grouped(step)
            half = metrics.horizontalAdvance(words) / 2
            x = LABEL + self._range.x_of(step)
            if x + half < free_from or x - half > free_to:
                left = min(x - half, self.width() - 2 * half - 2)
                painter.drawText(QPointF(left, y), words)

    def _draw_cursor(self, painter: QPainter, snapshot: Snapshot, bottom: float) -> None:
        theme = self._theme
        x = LABEL + self._range.x_of(snapshot.step)
        future = QColor(theme[Role.PANEL])
        future.setAlpha(130)
        if snapshot.step < snapshot.last_step:
            left = x + self._range.pixels / 2
            painter.fillRect(QRectF(left, TOP, self.width() - left, bottom - TOP), future)
        if not LABEL - 1 <= x <= self.width():
            return
        colour = theme[Role.ACCENT if self.hasFocus() else Role.CURSOR]
        painter.setPen(QPen(colour, 1.4))
        painter.drawLine(QPointF(x, 6), QPointF(x, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 2), QPointF(x + 6, 2), QPointF(x, 11)]))

    # ---------------------------------------------------------------- pointer

    def step_at(self, x: float) -> int:
        """Return the step at a pixel of the view, one there is."""
        last = 0 if self._snapshot is None else self._snapshot.last_step
        return min(self._range.step_at(x - LABEL), last)

    def _seek(self, step: int) -> None:
        snapshot = self._snapshot
        if snapshot is not None:
            self.sought.emit(min(max(step, 0), snapshot.last_step))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go to a step, and hold the cursor."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._seek(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the cursor along, or say what happened under the pointer."""
        if self._dragging:
            self._seek(self.step_at(event.position().x()))
        elif (words := self.words_at(event.position().x())) and event.position().x() >= LABEL:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802
        """Let the cursor go."""
        self._dragging = False

    def words_at(self, x: float) -> str:
        """Return what happened at a pixel: a loss first, if there are several steps."""
        snapshot, history = self._snapshot, self._history
        if snapshot is None or history is None:
            return ""
        first = self.step_at(x)
        last = max(first, self.step_at(x + 1) - 1)
        lost = self.losses.after(first - 1)
        shown = lost if lost is not None and lost <= last else first
        step = history.at(snapshot.branch, shown)
        lines = [f"step {grouped(shown)}: {step.title()}", step.result.words]
        if last > first:
            lines.append(f"and {grouped(last - first)} more steps here: zoom in to tell them apart")
        return "\n".join(lines)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom with Ctrl, else pan."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP ** (turned / WHEEL_STEP), event.position().x() - LABEL)
        else:
            self._pan(-turned / WHEEL_STEP * 0.1)
        event.accept()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer steps, wider; 0: all of them."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        self._is_fitted = not factor
        if self._is_fitted:
            self._fit()
        else:
            middle = self._range.x_of(snapshot.step) if at is None else at
            self._range = self._range.zoomed(factor, middle, snapshot.last_step)
            self._is_fitted = self._range.steps > nice(snapshot.last_step)
        self.update()

    def _pan(self, part: float) -> None:
        if self._snapshot is not None and not self._is_fitted:
            steps = round(part * self._range.steps) or (1 if part > 0 else -1)
            self._range = self._range.moved(steps, self._snapshot.last_step)
            self.update()

    # ---------------------------------------------------------------- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go to another step, zoom."""
        snapshot, key = self._snapshot, Key(event.key())
        far = max(1, self._range.steps // 10)
        steps = {Key.Key_Left: -1, Key.Key_Right: 1, Key.Key_PageUp: -far, Key.Key_PageDown: far}
        zooms = {Key.Key_Plus: ZOOM_STEP, Key.Key_Equal: ZOOM_STEP, Key.Key_Minus: 1 / ZOOM_STEP}
        if snapshot is None:
            super().keyPressEvent(event)
        elif key in steps:
            self._seek(snapshot.step + steps[key])
        elif key in zooms or key == Key.Key_0:
            self.zoom(zooms.get(key, 0))
        elif key == Key.Key_L:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            found = self.losses.before(snapshot.step) if back else self.losses.after(snapshot.step)
            if found is not None:
                self._seek(found)
        else:
            super().keyPressEvent(event)
