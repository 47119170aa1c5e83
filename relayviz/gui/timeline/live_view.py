"""The time line of a live channel: a lane for each CPU, the newest at the right, as one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import LIVE_LOOKS, draw_lanes
from relayviz.gui.timeline.live_order import arranged, lossy, say, span_after
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

LABEL, RIGHT, TOP, FOOT = 66, 8, 2, 18
BEST_LANE, LEAST_LANE = 34.0, 12.0  # heights, the gap below included
GAP = 0.2  # of a lane
SPAN, TICKS = 10.0, 5
WHEEL_STEP = 120
Key = Qt.Key


class LiveLanes(QAbstractScrollArea):
    """Lanes of the last seconds; where not all fit they scroll, and those with a loss come first.

    Up and down scroll; Ctrl with the wheel, + and - change the seconds shown, 0: ten of them. A
    click selects the CPU.

    Signals:
        chosen: The user chose a CPU.  arg: the row of its buffer.
        span_changed: Other seconds are wanted.
    """

    chosen = Signal(int)
    span_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.span = SPAN
        self._lanes: NDArray[np.uint32] = np.zeros((0, 1), np.uint32)
        self._lost: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._cpus: list[int] = []
        self._selected = -1
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(200, 70)
        self.setAccessibleName("Timeline, live")
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # ---------------------------------------------------------------- what is shown

    @property
    def columns(self) -> int:
        """How many columns can be told apart: device pixels."""
        width = self.viewport().width() - LABEL - RIGHT
        return max(1, round(width * self.devicePixelRatioF()))

    @property
    def order(self) -> list[int]:
        """The rows from top to bottom."""
        return [int(row) for row in self._order]

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.viewport().update()

    def show_lanes(self, snapshot: Snapshot, lanes: NDArray[np.uint32]) -> None:
        """Show the marks of each buffer, shape (rows, columns), the newest last."""
        self._lanes, self._lost = lanes, lossy(lanes)
        cpus = snapshot.buffers["cpu"].tolist()
        self._cpus = cpus if not snapshot.is_global else []
        self._arrange()
        count = int(self._lost.sum())
        self.setAccessibleDescription(
            f"the last {self.span:.0f} s of {len(cpus)} CPUs, {count} of them with a loss"
        )
        self.viewport().update()

    def select(self, row: int) -> None:
        """Mark the lane of the selected buffer."""
        self._selected = row
        self.viewport().update()

    def _room(self) -> int:
        """Return how many lanes fit."""
        height = self.viewport().height() - TOP - FOOT
        return max(1, min(int(height // LEAST_LANE), max(1, len(self._lanes))))

    def _lane(self) -> float:
        """Return the height of a lane: what there is, shared."""
        return max(1.0, min(BEST_LANE, (self.viewport().height() - TOP - FOOT) / self._room()))

    def _arrange(self) -> None:
        room, rows = self._room(), len(self._lanes)
        self._order = arranged(self._lost, room)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows - room))
        bar.setPageStep(room)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Show as many lanes as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _visible(self) -> NDArray[np.intp]:
        first = self.verticalScrollBar().value()
        return self._order[first : first + self._room()]

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name
        """Draw the lanes on screen, their names, and the seconds below."""
        rows, ratio = self._visible(), self.devicePixelRatioF()
        with QPainter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), self._theme[Role.PANEL])
            if not len(rows):
                return
            height = max(1, int(self._lane() * ratio))
            lanes, gap = self._fitted(self._lanes[rows]), round(height * GAP)
            image = draw_lanes(lanes, height, gap, self._theme, LIVE_LOOKS)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(LABEL, TOP), image)
            lane = height / ratio
            for at, row in enumerate(rows.tolist()):
                self._draw_label(
                    painter, row, QRectF(2, TOP + at * lane, LABEL - 10, lane * (1 - GAP))
                )
            self._draw_foot(painter, TOP + len(rows) * lane)

    def _fitted(self, lanes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return lanes as wide as the view: fewer columns stand at the right, more are united."""
        width, have = self.columns, lanes.shape[1]
        if have > width:
            starts = np.unique(np.arange(width) * have // width)
            united: NDArray[np.uint32] = np.bitwise_or.reduceat(lanes, starts, axis=1)
            return united
        return np.pad(lanes, ((0, 0), (width - have, 0)))

    def _draw_label(self, painter: QPainter, row: int, box: QRectF) -> None:
        theme = self._theme
        lost, selected = bool(self._lost[row]), row == self._selected
        font = theme.mono(-1)
        font.setBold(selected)
        painter.setFont(font)
        role = Role.TEXT_STRONG if selected else Role.TEXT_DIM
        painter.setPen(theme[Role.ERROR if lost else role])
        name = f"cpu {self._cpus[row]}" if self._cpus else "all"
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(0, -3, 0, 3), flags, f"▲ {name}" if lost else name)

    def _draw_foot(self, painter: QPainter, bottom: float) -> None:
        theme = self._theme
        painter.setFont(theme.font(-2))
        painter.setPen(theme[Role.TEXT_DIM])
        metrics = QFontMetricsF(painter.font())
        y = bottom + metrics.ascent()
        width = self.viewport().width() - LABEL - RIGHT
        for tick in range(TICKS + 1):
            ago = self.span * (1 - tick / TICKS)
            words = f"−{ago:g} s" if tick < TICKS else "now"
            x = LABEL + width * tick / TICKS
            half = metrics.horizontalAdvance(words) / 2
            x = min(max(x - half, float(LABEL)), LABEL + width - 2 * half)
            painter.drawText(QPointF(x, y), words)

    def words(self) -> str:
        """Say what is shown, and what is not on screen."""
        shown = f"live, newest at the right, last {self.span:g} s"
        visible = self._visible()
        hidden = len(self._order) - len(visible)
        if not hidden:
            return shown
        lost = int(self._lost.sum()) - int(self._lost[visible].sum())
        more = f"{grouped(lost) if lost else 'none'} of them with a loss"
        if hidden == 1:
            more = f"with{'' if lost else 'out'} a loss"
        return f"{shown} · {plural(hidden, 'CPU')} below, {more}"

    # ---------------------------------------------------------------- pointer and keyboard

    def row_at(self, y: float) -> int | None:
        """Return the row whose lane is at a height of the view."""
        ratio = self.devicePixelRatioF()
        lane = max(1, int(self._lane() * ratio)) / ratio
        at, rows = int((y - TOP) // lane), self._visible()
        return int(rows[at]) if 0 <= at < len(rows) else None

    def words_at(self, x: float, y: float) -> str:
        """Say what happened at a point of the view."""
        row, width = self.row_at(y), self.viewport().width() - LABEL - RIGHT
        part = (x - LABEL) / max(1, width)
        if row is None or not 0 <= part < 1:
            return ""
        marks = int(self._fitted(self._lanes[[row]])[0, int(part * self.columns)])
        name = f"cpu {self._cpus[row]}" if self._cpus else "all CPUs"
        return f"{name}, {(1 - part) * self.span:.2f} s ago: {say(marks)}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Say what is under the pointer."""
        words = self.words_at(event.position().x(), event.position().y())
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Select the CPU."""
        row = self.row_at(event.position().y())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take what belongs to the press."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Change the seconds shown with Ctrl, else scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(-1 if event.angleDelta().y() > 0 else 1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Change the seconds shown, or scroll."""
        zooms = {Key.Key_Plus: -1, Key.Key_Equal: -1, Key.Key_Minus: 1}
        if event.key() in zooms:
            self._zoom(zooms[Key(event.key())])
        elif event.key() == Key.Key_0:
            self.span = SPAN
            self.span_changed.emit()
        else:
            super().keyPressEvent(event)

    def _zoom(self, by: int) -> None:
        self.span = span_after(self.span, by)
        self.span_changed.emit()
