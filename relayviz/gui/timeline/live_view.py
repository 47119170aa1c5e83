"""The time line of a live channel: a lane for each CPU, the newest at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QScrollBar, QWidget

from relayviz.gui.lanes import keys
from relayviz.gui.lanes.columns import fitted
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.stretch import UNSEEN, Stretch
from relayviz.gui.lanes.view import Label, LaneView
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import LIVE_LOOKS, draw_lanes
from relayviz.gui.timeline.live_order import arranged, lossy, say
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

FRAME = Frame(label=66, right=8, top=2, foot=18, best=34.0, least=12.0)
HEIGHT = 40  # at least: a lane, and the seconds below it
SPAN, TICKS = 10.0, 5
DRAG_FROM = 4  # pixels
SCROLLED = 30.0  # lanes, if the wheel is turned by as much as pans by all that is on screen


class LiveLanes(LaneView):
    """Lanes of some seconds; where not all fit they scroll, and those with a loss come first.

    Zooming changes the seconds shown; dragging, left and right, and the wheel with Shift go back
    over the run, 0 to the newest. A click selects the CPU and the moment, up and down the CPU
    beside it, and L the next with a loss.

    Attributes:
        stretch: The seconds shown.
        moment: The moment of the run that was clicked; None: none.

    Signals:
        stretch_changed: Other seconds are wanted, or more or fewer columns of them.
        moment_chosen: A moment was clicked.  arg: seconds of the run.
    """

    stretch_changed = Signal()
    moment_chosen = Signal(float)
    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Timeline, live", theme, parent)
        self.stretch = Stretch(SPAN, SPAN)
        self.moment: float | None = None
        self._pressed: float | None = None  # where a drag has got to
        self._is_dragged = False
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

    def show_run(self, seconds: float, moment: float | None, first: float = 0.0) -> None:
        """Take over how long the run is, which moment of it was chosen, from when it was seen."""
        self.stretch, self.moment = self.stretch.at(seconds, first), moment

    def show_lanes(self, snapshot: Snapshot, lanes: NDArray[np.uint32]) -> None:
        """Show the marks of each buffer, shape (rows, columns), the newest last."""
        self._lanes, self._lost = lanes, lossy(lanes)
        cpus = snapshot.buffers["cpu"].tolist()
        self._cpus = cpus if not snapshot.is_global else []
        self._arrange()
        count = int(self._lost.sum())
        self.setAccessibleDescription(
            f"{self.stretch.words()}, {len(cpus)} CPUs, {count} of them with a loss"
        )
        self.update()

    @property
    def rows(self) -> int:
        """How many lanes are on screen: those that fit."""
        room = self.height() - self.frame.top - self.frame.foot
        return min(max(1, int(room // self.frame.least)), len(self._lanes))

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
        """Show as many lanes as there is room for, in as many columns: also of one that waits."""
        super().resizeEvent(event)
        self._arrange()
        if self._lanes.shape[1] != self.columns:
            self.stretch_changed.emit()

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

    def words(self, how: str = "live") -> str:
        """Say what is shown, and what is not on screen.

        Args:
            how: "live", or "recorded".
        """
        shown = f"{how}, {self.stretch.words()}"
        if self.stretch.end is None:
            shown = f"{how}, newest at the right, {self.stretch.words()}"
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
        painter.drawImage(QPointF(self.frame.label, self.frame.top), image)

    def draw_scale(self, painter: QPainter, grid: Grid) -> None:
        """Draw the seconds."""
        painter.setFont(self.theme.font(-2))
        painter.setPen(self.theme[Role.TEXT_DIM])
        metrics = QFontMetricsF(painter.font())
        y = grid.bottom + metrics.ascent()
        for tick in range(TICKS + 1):
            ago = self.stretch.span * (1 - tick / TICKS)
            words = f"−{ago:g} s" if tick < TICKS else "now"
            if self.stretch.end is not None:
                words = f"{max(0.0, self.stretch.right - ago):.1f} s"
            width = metrics.horizontalAdvance(words)
            x = self.frame.label + grid.inner * tick / TICKS - width / 2
            x = min(max(x, self.frame.label), self.frame.label + grid.inner - width)
            painter.drawText(QPointF(x, y), words)

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw the moment that was chosen."""
        if self.moment is None:
            return
        part = 1 - (self.stretch.right - self.moment) / self.stretch.span
        if 0 <= part <= 1:
            x = self.frame.label + part * grid.inner
            painter.setPen(QPen(self.theme[Role.CURSOR], 1.0))
            painter.drawLine(QPointF(x, self.frame.top), QPointF(x, grid.bottom))

    # ---------------------------------------------------------------- pointer and keyboard

    def _moment_at(self, x: float) -> float:
        """Return the moment of the run at a pixel."""
        return max(0.0, self._unclamped(x))

    def _unclamped(self, x: float) -> float:
        """Return the same, below 0 where the run had not begun."""
        part = min(max((x - self.frame.label) / self.grid().inner, 0.0), 1.0)
        return self.stretch.right - (1 - part) * self.stretch.span

    def _buffer_at(self, y: float) -> int | None:
        """Return the buffer whose lane is at a height of the view."""
        row = self.grid().row_at(y)
        return None if row is None else int(self._visible()[row])

    def words_at(self, position: QPointF) -> str:
        """Say what happened at a point of the view."""
        buffer, grid = self._buffer_at(position.y()), self.grid()
        part = (position.x() - self.frame.label) / grid.inner
        if buffer is None or not 0 <= part < 1:
            return ""
        marks = int(fitted(self._lanes[[buffer]], grid.columns)[0, int(part * grid.columns)])
        name = f"cpu {self._cpus[buffer]}" if self._cpus else "all CPUs"
        if self.stretch.end is None:
            when = f"{(1 - part) * self.stretch.span:.2f} s ago"
        else:
            when = f"at {self._moment_at(position.x()):.2f} s"
        is_seen = self.stretch.has_seen(self._unclamped(position.x()))
        return f"{name}, {when}: {say(marks) if is_seen or marks else UNSEEN}"

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Select the CPU; what is held can be dragged."""
        if button != Qt.MouseButton.LeftButton:
            return False
        buffer = self._buffer_at(position.y())
        if buffer is not None:
            self.row_chosen.emit(buffer)
        self._pressed, self._is_dragged = position.x(), False
        return self.is_on_lanes(position)

    def drag(self, position: QPointF) -> None:
        """Take the run along."""
        if self._pressed is None:
            return
        moved = position.x() - self._pressed
        if self._is_dragged or abs(moved) >= DRAG_FROM:
            self._is_dragged, self._pressed = True, position.x()
            self._show(self.stretch.moved(-moved / self.grid().inner * self.stretch.span))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Choose the moment, unless it was a drag."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._is_dragged and self.is_on_lanes(event.position()):
            self.moment_chosen.emit(self._moment_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """With Shift, or turned sideways, go along the run."""
        turned, shift = event.angleDelta(), Qt.KeyboardModifier.ShiftModifier
        if keys.zooms(event) or not (event.modifiers() & shift or turned.x()):
            super().wheelEvent(event)
            return
        self.advance(-round(keys.notches(event)) or -1)
        event.accept()

    def advance(self, places: int) -> None:
        """Go along the run by tenths of what is on screen."""
        self._show(self.stretch.moved(places * keys.PANNED * self.stretch.span))

    def _show(self, stretch: Stretch) -> None:
        if stretch != self.stretch:
            self.stretch = stretch
            self.stretch_changed.emit()

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
        part = 1.0 if at is None else min(max(at / self.grid().inner, 0.0), 1.0)
        self._show(self.stretch.zoomed(factor, part))
