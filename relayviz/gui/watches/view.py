"""The widget that plots the watches: a lane for each, with the step shown as a line through all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from relayviz.gui.lanes import keys
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.steps import StepView
from relayviz.gui.lanes.view import OVER, Label
from relayviz.gui.look.roles import Role
from relayviz.gui.watches.curves import Curves
from relayviz.gui.widgets.exported import Drawing, drawing_of
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.range import Range
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.watches.watch import Watch

FRAME = Frame(label=150.0, right=52.0, top=3.0, foot=18.0, best=46.0, least=46.0, gap=0.13)
REMOVES = frozenset({keys.Key.Key_Delete, keys.Key.Key_Backspace})


def number_of(row: int) -> str:
    """Return what stands beside a curve whose expression has no room."""
    return f"curve {row + 1}"


class WatchView(StepView):
    """Curves over the steps of a branch. Up and down choose one, Del removes it.

    Signals:
        dropped: The user wants a watch away.  arg: its text.
    """

    dropped = Signal(str)
    frame = FRAME
    own_keys = keys.OWN - {keys.LOSS}  # a figure has no losses

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Watches", theme, parent)
        self._watches: tuple[Watch, ...] = ()
        self._curves = Curves(self)
        self._curves.hide()
        self._is_numbered = False  # while it is drawn for a file
        self._plotted: tuple[tuple[Watch, ...], Range, Grid] | None = None
        self.selected = 0
        self.row_chosen.connect(self.select)

    # ---------------------------------------------------------------- what is shown

    def show_watches(self, watches: Sequence[Watch], step: int, last: int) -> None:
        """Show figures, seen from a step of a branch that has `last` as its last."""
        self._watches = tuple(watches)
        self.select(min(self.selected, max(0, len(watches) - 1)))
        self.setMinimumHeight(self.sizeHint().height())
        words = [f"{one.text} is {one.at(step)}" for one in self._watches]
        self.setAccessibleDescription(f"At step {step}: {', '.join(words)}")
        self.show_step(step, last)
        self._curves.setVisible(bool(watches))

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for all rows."""
        high = self.frame.top + self.frame.best * max(1, len(self._watches)) + self.frame.foot
        return QSize(int(self.frame.label * 2), int(high))

    @property
    def rows(self) -> int:
        """A lane for each figure."""
        return len(self._watches)

    @property
    def end(self) -> int:
        """The last step: a curve goes from side to side."""
        return self.last

    def label(self, row: int) -> Label:
        """Return the figure's expression."""
        is_chosen = self.hasFocus() and row == self.selected
        return Label(self._watches[row].text, Role.ACCENT if is_chosen else Role.TEXT)

    def words_at(self, position: QPointF) -> str:
        """Return the figure at a step."""
        row = self.grid().row_at(position.y())
        if row is None or not self.is_on_lanes(position):
            return ""
        watch, step = self._watches[row], self.step_at(position.x())
        return watch.problem or f"step {grouped(step)}: {watch.text} is {watch.at(step)}"

    # ---------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw lanes and words; the curves lie over them."""
        wanted = (self._watches, self.range, self.grid())
        if wanted != self._plotted:
            self._plotted = wanted
            self._curves.show_curves(*wanted, self.theme)
        super().paintEvent(event)

    def forget(self) -> None:
        """Plot anew."""
        self._plotted = None
        super().forget()

    def draw_lanes(self, painter: QPainter, grid: Grid) -> None:
        """Draw the ground of each curve, and its scale."""
        painter.setFont(self.theme.font(-2))
        painter.setPen(self.theme[Role.TEXT_DIM])
        left = Qt.AlignmentFlag.AlignLeft
        for row, watch in enumerate(self._watches):
            box = QRectF(self.frame.label, grid.top_of(row), grid.inner, grid.bar)
            painter.fillRect(box, self.theme[Role.LANE])
            if len(watch.values):
                low, high = watch.extent
                beside = QRectF(box.right() + 5, box.top(), self.frame.right - 5, box.height())
                painter.drawText(beside, left | Qt.AlignmentFlag.AlignTop, f"{high:.5g}")
                painter.drawText(beside, left | Qt.AlignmentFlag.AlignBottom, f"{low:.5g}")

    def draw_labels(self, painter: QPainter, grid: Grid) -> None:
        """Draw each figure's expression, and below it the value or why there is none."""
        font = self.theme.mono(-1)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        for row, watch in enumerate(self._watches):
            middle, label = grid.top_of(row) + grid.bar / 2, self.label(row)
            value = watch.problem or watch.at(self.place)
            role = Role.ERROR if watch.problem else Role.TEXT_STRONG
            lines = (
                (label.words, label.role, middle - 3),
                (value, role, middle + metrics.ascent()),
            )
            for words, colour, y in lines:
                room = self.frame.label - 3 * OVER
                shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
                if self._is_numbered and shown != words:
                    shown = number_of(row)
                painter.setPen(self.theme[colour])
                painter.drawText(QPointF(OVER, y), shown)

    def drawing(self) -> Drawing:
        """Return the curves for a file; what is too long to stand beside one gets a number."""
        on_screen = drawing_of(self)

        def draw(painter: QPainter, ratio: float) -> None:
            self._is_numbered = True
            on_screen.draw(painter, ratio)
            self._is_numbered = False

        return Drawing(on_screen.width, on_screen.height, draw)

    def draw_cursor(self, painter: QPainter, grid: Grid) -> None:
        """Draw the step shown."""
        if self.range.has(self.place):
            x = self.x_of(self.place)
            painter.setPen(QPen(self.theme[Role.CURSOR], 1.0))
            painter.drawLine(QPointF(x, self.frame.top), QPointF(x, grid.bottom))

    # ---------------------------------------------------------------- pointer and keyboard

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Choose the lane; on its curve: go to the step as well."""
        row = self.grid().row_at(position.y())
        if row is not None:
            self.select(row)
        return super().press(position, button)

    def do_key(self, key: Qt.Key, *, shift: bool) -> bool:
        """Del removes the chosen figure."""
        if key not in REMOVES or not self.rows:
            return super().do_key(key, shift=shift)
        self.dropped.emit(self._watches[self.selected].text)
        return True
