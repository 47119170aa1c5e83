"""The time line of a live channel: a lane for each CPU, the newest at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QScrollBar, QWidget

from relayviz.gui.lanes.columns import fitted
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.view import Label, LaneView
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import LIVE_LOOKS, draw_lanes
from relayviz.gui.timeline.live_order import arranged, lossy, say, span_after
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

FRAME = Frame(label=66, right=8, top=2, foot=18, best=34.0, least=12.0)
HEIGHT = 70  # at least
SPAN, TICKS = 10.0, 5
SCROLLED = 30.0  # lanes, if the wheel is turned by as much as pans by all that is on screen


class LiveLanes(LaneView):
    """Lanes of the last seconds; where not all fit they scroll, and those with a loss come first.

    Zooming changes the seconds shown; a click selects the CPU, up and down the one beside it, and L
    the next with a loss.

    Signals:
        span_changed: Other seconds are wanted.
    """

    span_changed = Signal()
    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Timeline, live", theme, parent)
        self.span = SPAN
        self._lanes: NDArray[np.uint32] = np.zeros((0, 1), np.uint32)
        self._lost: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._cpus: list[int] = []
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.setAccessibleName("Which CPUs are on screen")
        self.bar.valueChanged.connect(self.update)
        self.bar.hide()
        self.setMinimumHeight(HEIGHT)

    # ---------------------------------------------------------------- what is shown

    @property
    def columns(self) -> int:
        """How many columns can be told apart: device pixels."""
        return self.grid().columns

    @property
    def order(self) -> list[int]:
        """The buffers from top to bottom."""
        return [int(row) for row in self._order]

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
        self.update()

    @property
    def rows(self) -> int:
        """How many lanes are on screen: those that fit."""
        room = self.height() - FRAME.top - FRAME.foot
        return min(max(1, int(room // FRAME.least)), len(self._lanes))

    def _arrange(self) -> None:
        """Put the lanes in order, and have a bar to scroll if not all fit."""
        rows, count = self.rows, len(self._lanes)
        self._order = arranged(self._lost, max(1, rows))
        self.bar.setRange(0, count - rows)
        self.bar.setPageStep(max(1, rows))
        self.bar.setVisible(count > rows)
        wide = self.bar.sizeHint().width()
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())

    def area(self) -> QSize:
        """Return what the bar leaves."""
        return self.size() - QSize(0 if self.bar.isHidden() else self.bar.width(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Show as many lanes as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _visible(self) -> NDArray[np.intp]:
        """Return the buffers on screen."""
        first = self.bar.value()
        return self._order[first : first + self.rows]

    def label(self, row: int) -> Label:
        """Return the CPU's name; one that lost something has a sign."""
        buffer = int(self._visible()[row])
        name = f"cpu {self._cpus[buffer]}" if self._cpus else "all"
        is_selected = buffer == self.selected
        if self._lost[buffer]:
            return Label(f"▲ {name}", Role.ERROR, is_selected)
        return Label(name, Role.TEXT_STRONG if is_selected else Role.TEXT_DIM, is_selected)

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

    # ---------------------------------------------------------------- painting

    def draw_lanes(self, painter: QPainter, grid: Grid) -> None:
        """Draw the lanes on screen."""
        lanes = fitted(self._lanes[self._visible()], grid.columns)
        image = draw_lanes(lanes, grid.pixels, grid.gap, self.theme, LIVE_LOOKS)
        image.setDevicePixelRatio(grid.ratio)
        painter.drawImage(QPointF(FRAME.label, FRAME.top), image)

    def draw_scale(self, painter: QPainter, grid: Grid) -> None:
        """Draw the seconds."""
        painter.setFont(self.theme.font(-2))
        painter.setPen(self.theme[Role.TEXT_DIM])
        metrics = QFontMetricsF(painter.font())
        y = grid.bottom + metrics.ascent()
        for tick in range(TICKS + 1):
            ago = self.span * (1 - tick / TICKS)
            words = f"−{ago:g} s" if tick < TICKS else "now"
            width = metrics.horizontalAdvance(words)
            x = FRAME.label + grid.inner * tick / TICKS - width / 2
            x = min(max(x, FRAME.label), FRAME.label + grid.inner - width)
            painter.drawText(QPointF(x, y), words)

    # ---------------------------------------------------------------- pointer and keyboard

    def _buffer_at(self, y: float) -> int | None:
        """Return the buffer whose lane is at a height of the view."""
        row = self.grid().row_at(y)
        return None if row is None else int(self._visible()[row])

    def words_at(self, position: QPointF) -> str:
        """Say what happened at a point of the view."""
        buffer, grid = self._buffer_at(position.y()), self.grid()
        part = (position.x() - FRAME.label) / grid.inner
        if buffer is None or not 0 <= part < 1:
            return ""
        marks = int(fitted(self._lanes[[buffer]], grid.columns)[0, int(part * grid.columns)])
        name = f"cpu {self._cpus[buffer]}" if self._cpus else "all CPUs"
        return f"{name}, {(1 - part) * self.span:.2f} s ago: {say(marks)}"

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Select the CPU."""
        buffer = self._buffer_at(position.y())
        if buffer is not None and button == Qt.MouseButton.LeftButton:
            self.row_chosen.emit(buffer)
        return False

    def _choose(self, place: int) -> None:
        """Select the CPU at a place of the order, and scroll there."""
        first, rows = self.bar.value(), self.rows
        self.bar.setValue(min(max(first, place - rows + 1), place))
        self.row_chosen.emit(int(self._order[place]))

    @property
    def _place(self) -> int:
        """Where the selected CPU is in the order; -1: nowhere."""
        found = np.flatnonzero(self._order == self.selected)
        return int(found[0]) if len(found) else -1

    def move_row(self, rows: int) -> None:
        """Select the CPU above or below."""
        self._choose(min(max(self._place + rows, 0), len(self._order) - 1))

    def turn_page(self, pages: int) -> None:
        """Scroll by as many lanes as are on screen."""
        self.bar.setValue(self.bar.value() + pages * self.rows)

    def go_to_loss(self, *, back: bool) -> None:
        """Select the next CPU with a loss, or the one before."""
        lost, place = np.flatnonzero(self._lost[self._order]), self._place
        found = lost[lost < place][::-1] if back else lost[lost > place]
        if len(found):
            self._choose(int(found[0]))

    def pan(self, part: float) -> bool:
        """Scroll."""
        before = self.bar.value()
        self.bar.setValue(before + round(part * SCROLLED))
        return self.bar.value() != before

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer or more seconds; 0: ten of them."""
        del at
        self.span = span_after(self.span, -1 if factor > 1 else 1) if factor else SPAN
        self.span_changed.emit()
