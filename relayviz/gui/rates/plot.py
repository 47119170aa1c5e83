"""A plot of the last seconds with a fixed time axis: curves, a reading line, no more.

Pens are of width 1 and without antialiasing, and there is one point for each pixel column: more
costs frames and shows nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from relayviz.gui.lanes import keys
from relayviz.gui.look.roles import Role
from relayviz.gui.rates.scale import Scale
from relayviz.model.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme

    Values = NDArray[np.float64]

SEEN = 2.0  # pixels that something is high at least, where it is not nothing
BELOW = 0.03  # of the axis lies below 0, so that a line at 0 is seen
PARTS = (0.0, 0.5, 1.0)  # of the axis, with a line each
LABELS_FROM = 3.2  # lines of text; below that the label in the middle is left out
AXIS_LETTERS = "0000 M"
DRAG_FROM = 4  # pixels
Key = Qt.Key


@dataclass(frozen=True, slots=True)
class Series:
    """A curve.

    Attributes:
        words: What it shows.
        role: Its colour.
        style: Its dashes, the second sign.
        stepped: A bin is a column, not a point of a line.
    """

    words: str
    role: Role
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    stepped: bool = False

    def pen(self, theme: Theme) -> QPen:
        """Return the pen, one pixel wide at any scale."""
        pen = QPen(theme[self.role], 1, self.style)
        pen.setCosmetic(True)
        return pen


class TimePlot(QWidget):
    """Curves over some seconds, the newest at the right.

    Left and right move the reading line, Escape removes it; so does the pointer. A click or Return
    leaves it there. Dragging and the wheel go along the run; Ctrl with the wheel, + and - zoom, 0
    shows the newest again.

    Attributes:
        rest: Where the reading line is left, in bins before the newest shown; -1: nowhere.

    Signals:
        pointed: The reading line is elsewhere.  arg: bins before the newest; -1: there is none.
        chosen: It is to be left there.  arg: the same.
        zoomed: args: a factor, 0: as at first; where, as a part of the width.
        moved: Later seconds are wanted.  arg: a part of those shown.
    """

    spoken_as: ClassVar = QAccessible.Role.Chart
    pointed = Signal(int)
    chosen = Signal(int)
    zoomed = Signal(float, float)
    moved = Signal(float)

    def __init__(
        self,
        name: str,
        series: Sequence[Series],
        theme: Theme,
        parent: QWidget | None = None,
        *,
        seconds: float = 60.0,
        label: Callable[[float], str] = short,
        least: float = 1.0,
        most: float = math.inf,
    ) -> None:
        super().__init__(parent)
        self._series, self._theme, self._label = tuple(series), theme, label
        self._seconds = seconds
        self._bin = seconds
        self._bins = 0
        self._at = self.rest = -1
        self._pressed: float | None = None
        self._is_dragged = False
        self._scale, self._most = Scale(least), most
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(24)
        self._plot: Any = pg.PlotWidget(self, antialias=False)  # pyqtgraph is not typed
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setMinimumSize(10, 10)
        self._set_up()
        self._add_items()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.viewport().installEventFilter(self)
        self._plot.viewport().setMouseTracking(True)
        self.set_theme(theme)
        self._rescale()

    def _add_items(self) -> None:
        self._curves = [pg.PlotCurveItem(skipFiniteCheck=True) for _ in self._series]
        self._lines = [pg.InfiniteLine(angle=0) for _ in PARTS]
        self._reading: Any = pg.InfiniteLine(angle=90)
        self._reading.hide()
        for item in (*self._lines, *self._curves, self._reading):
            self._plot.addItem(item, ignoreBounds=True)

    def _set_up(self) -> None:
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.disableAutoRange()
        item.setContentsMargins(0, 4, 6, 0)
        self._plot.setXRange(-self._seconds, 0, padding=0)
        axis = item.getAxis("left")
        axis.setWidth(self.fontMetrics().horizontalAdvance(AXIS_LETTERS) + 6)
        axis.setStyle(tickLength=0, autoExpandTextSpace=False)
        item.getAxis("bottom").setStyle(showValues=False, tickLength=0)
        item.getAxis("bottom").setHeight(2)

    # ---------------------------------------------------------------- what is shown

    @property
    def columns(self) -> int:
        """How many bins can be told apart: the pixels of the time axis."""
        width = self._plot.getViewBox().width() * self.devicePixelRatioF()
        return max(1, int(width))

    @property
    def top(self) -> float:
        """The upper end of the axis."""
        return self._scale.top

    @property
    def reading(self) -> int:
        """Where the reading line is, in bins before the newest; -1: nowhere."""
        return self._at if self._at < self._bins else -1

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self._plot.setBackground(theme[Role.PANEL])
        for curve, series in zip(self._curves, self._series, strict=True):
            curve.setPen(series.pen(theme))
        for line in self._lines:
            line.setPen(theme[Role.LANE])
        self._reading.setPen(theme[Role.CURSOR])
        for side in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(theme[Role.PANEL])
            axis.setTextPen(theme[Role.TEXT_DIM])
            axis.setTickFont(theme.font(-2))

    def show_values(self, seconds: float, values: Sequence[Values], now: float) -> None:
        """Show the bins of each curve, the newest last.

        Args:
            seconds: How long a bin is.
            values: For each curve.
            now: A time that goes on, in seconds: the axis shrinks only after a while.
        """
        values = [np.minimum(one, self._most) for one in values]
        self._bin, self._bins = seconds, max((len(one) for one in values), default=0)
        highest = max((float(one.max()) for one in values if len(one)), default=0.0)
        if self._scale.show(highest, now):
            self._rescale()
        least = SEEN * self._scale.top / max(1.0, self._plot.getViewBox().height())
        for curve, series, one in zip(self._curves, self._series, values, strict=True):
            seen: Values = np.where(one > 0, np.maximum(one, least), 0.0)
            edges: Values = np.arange(-len(one), 1, dtype=np.float64) * seconds
            if series.stepped:
                curve.setVisible(bool(seen.any()))
                x, y, connected = columns_of(edges, seen)
                curve.setData(x, y, connect=connected)
            else:
                curve.setData(edges[1:] - seconds / 2, seen)
        self._place_reading()

    def _rescale(self) -> None:
        top = self._scale.top
        self._plot.setYRange(-BELOW * top, top * 1.02, padding=0)
        for line, part in zip(self._lines, PARTS, strict=True):
            line.setPos(part * top)
        room = self.height() >= LABELS_FROM * self.fontMetrics().height()
        told = PARTS if room else PARTS[::2]
        ticks = [(part * top, self._label(part * top)) for part in told]
        self._plot.getPlotItem().getAxis("left").setTicks([ticks, []])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave the label in the middle out where it would touch the others."""
        super().resizeEvent(event)
        self._rescale()

    def show_span(self, seconds: float) -> None:
        """Have so many seconds along the axis."""
        if seconds != self._seconds:
            self._seconds = seconds
            self._plot.setXRange(-seconds, 0, padding=0)

    # ---------------------------------------------------------------- the reading line

    def leave_at(self, back: int) -> None:
        """Leave the reading line so many bins before the newest, unless it is being moved."""
        is_there = self._at == self.rest
        self.rest = back
        if is_there:
            self.point_at(back)

    def point_at(self, back: int) -> None:
        """Put the reading line so many bins before the newest; -1: nowhere."""
        at = min(back, self._bins - 1)
        if at != self._at:
            self._at = at
            self._place_reading()
            self.pointed.emit(at)

    def _place_reading(self) -> None:
        self._reading.setVisible(self.reading >= 0)
        if self.reading >= 0:
            self._reading.setPos(-(self._at + 0.5) * self._bin)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the pointer over the plot."""
        if isinstance(event, QWheelEvent):
            self._wheel(event)
            return True
        if isinstance(event, QMouseEvent) and self._mouse(event):
            return True
        if event.type() == QEvent.Type.Leave:
            self.point_at(self.rest)
        return super().eventFilter(watched, event)

    def _part_at(self, x: float) -> float:
        """Return where a pixel of the plot is, as a part of the axis."""
        view = self._plot.getViewBox()
        at = view.mapSceneToView(self._plot.mapToScene(QPoint(int(x), 0)))
        return float(1 + at.x() / self._seconds)

    def _wheel(self, event: QWheelEvent) -> None:
        turned = keys.notches(event)
        if keys.zooms(event):
            self.zoomed.emit(keys.ZOOM_STEP**turned, self._part_at(event.position().x()))
        else:
            self.moved.emit(-turned * keys.PANNED)
        event.accept()

    def _mouse(self, event: QMouseEvent) -> bool:
        """Point, drag, or leave the line where it is; True: that is all that it means."""
        x, part = event.position().x(), self._part_at(event.position().x())
        back = int((1 - part) * self._seconds / self._bin) if 0 <= part <= 1 else -1
        if event.type() == QEvent.Type.MouseMove:
            if self._pressed is not None:
                self._drag(x)
            else:
                self.point_at(back)
        elif event.button() != Qt.MouseButton.LeftButton:
            return False
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._pressed, self._is_dragged = x, False
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            pressed, self._pressed = self._pressed, None
            if pressed is not None and not self._is_dragged:
                self.chosen.emit(min(back, self._bins - 1))
        return event.type() != QEvent.Type.MouseMove

    def _drag(self, x: float) -> None:
        moved = x - (x if self._pressed is None else self._pressed)
        if self._is_dragged or abs(moved) >= DRAG_FROM:
            self._is_dragged, self._pressed = True, x
            self.moved.emit(-moved / max(1.0, self._plot.getViewBox().width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move the reading line."""
        moves = {Key.Key_Left: 1, Key.Key_Right: -1, Key.Key_PageUp: 20, Key.Key_PageDown: -20}
        key = Key(event.key())
        if key in moves:
            self.point_at(max(0, self._at + moves[key]))
        elif key == Key.Key_Escape and max(self._at, self.rest) >= 0:
            self.point_at(-1)
            self.chosen.emit(-1)
        elif key in keys.ENTERS and self.reading >= 0:
            self.chosen.emit(self.reading)
        elif key in keys.ZOOMS:
            self.zoomed.emit(keys.ZOOMS[key], 1.0)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take the keys that have a meaning here before the window's commands do."""
        if keys.takes(event, keys.OWN - {keys.LOSS}):
            event.accept()
            return True
        return super().event(event)

    @Slot(int)
    def follow(self, back: int) -> None:
        """Have the reading line where another plot has it."""
        self.point_at(back)


def columns_of(edges: Values, heights: Values) -> tuple[Values, Values, NDArray[np.int32]]:
    """Return the outline of columns as points, and from which of them a line goes to the next.

    Nothing is drawn where there is no column.

    Args:
        edges: Where the columns begin and the last one ends, shape (columns + 1,).
        heights: Shape (columns,).
    """
    x = np.repeat(edges, 2)
    y = np.repeat(np.concatenate([[0.0], heights, [0.0]]), 2)[1:-1]
    connected = np.zeros(len(y), np.int32)
    connected[:-1] = (y[:-1] > 0) | (y[1:] > 0)
    return x, y, connected
