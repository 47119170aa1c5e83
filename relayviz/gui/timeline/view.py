"""The time line: what each step did to which buffer, losses above all, and the step shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from relayviz.gui.lanes.columns import grouped_lanes, widened
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.ranged import NOWHERE
from relayviz.gui.lanes.steps import StepView
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.lanes import draw_lanes
from relayviz.model.ledger.timeline import Timeline
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.view import Label
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History
    from relayviz.model.ledger.timeline import Losses

FRAME = Frame(label=72.0, right=14.0, top=14.0, foot=20.0, best=26.0, least=2.0)
HEIGHT = 70  # at least
WIDEST_MARK = 4.0
LOSS_SIGN, SIGN_ROOM = 4.0, 12.0  # pixels: radius, and where the words beside it begin


class TimelineView(StepView):
    """Lanes of marks, one for each buffer; dragging the cursor goes back and forth in time."""

    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Timeline", theme, parent)
        self._snapshot: Snapshot | None = None
        self._history: History | None = None
        self._marks = Timeline()
        self._seen: object = None  # what the lanes are drawn from
        self.setMinimumHeight(HEIGHT)

    # ---------------------------------------------------------------- what is shown

    @property
    def losses(self) -> Losses:
        """The steps that lost something."""
        return self._marks.losses

    def show_state(
        self, snapshot: Snapshot | None, history: History | None, marks: Timeline | None
    ) -> None:
        """Show the branch of a state, and the state's step as the cursor.

        Args:
            snapshot: The state.
            history: The history that it is from.
            marks: The marks of that, all that there are.
        """
        if history is not self._history:
            self._marks = Timeline() if marks is None else marks
            self._is_fitted = True
        self._snapshot, self._history = snapshot, history
        if snapshot is not None and history is not None:
            # what was taken in, not what there is: meanwhile the history grows
            seen = (history, self._marks.step, snapshot.branch, snapshot.rows)
            if seen != self._seen:
                self._seen = seen
                self.forget()
            self.show_step(snapshot.step, snapshot.last_step)
            self.setAccessibleDescription(self._spoken(snapshot))
        self.update()

    def shows(self, history: History) -> bool:
        """Return whether the steps shown are of a history."""
        return history is self._history

    def _spoken(self, snapshot: Snapshot) -> str:
        lost = len(self.losses.steps)
        return (
            f"step {snapshot.step} of {snapshot.last_step}: {snapshot.made_by.title()}; "
            f"{lost} steps lost something"
        )

    @property
    def rows(self) -> int:
        """A lane for each buffer."""
        return 0 if self._snapshot is None else self._snapshot.rows

    def label(self, row: int) -> Label:
        """Return the CPU's name."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.is_global:
            return self.cpu_label(row, "all")
        return self.cpu_label(row, f"cpu {int(snapshot.buffers['cpu'][row])}")

    def words_at(self, position: QPointF) -> str:
        """Return what happened at a pixel: a loss first, if there are several steps."""
        snapshot, history = self._snapshot, self._history
        if snapshot is None or history is None or not self.is_on_lanes(position):
            return ""
        first = self.step_at(position.x())
        last = max(first, self.step_at(position.x() + 1) - 1)
        lost = self.losses.after(first - 1)
        shown = lost if lost is not None and lost <= last else first
        if shown > history.length(snapshot.branch):
            return ""  # it was just undone
        step = history.at(snapshot.branch, shown)
        lines = [f"step {grouped(shown)}: {step.title()}", step.result.words]
        if last > first:
            lines.append(f"and {grouped(last - first)} more steps here: zoom in to tell them apart")
        return "\n".join(lines)

    def go_to_loss(self, *, back: bool) -> None:
        """Go to the next step that lost something, or the one before."""
        found = self.losses.before(self.place) if back else self.losses.after(self.place)
        if found is not None:
            self.seek(found)

    # ---------------------------------------------------------------- painting

    def _columns(self, snapshot: Snapshot, width: int) -> NDArray[np.uint32]:
        """Return the marks on screen for every buffer, those without any too."""
        cpus = snapshot.buffers["cpu"].astype(np.int64)
        grid = np.zeros((len(cpus), width), np.uint32)
        seen = np.array(self._marks.lanes, np.int64)
        if len(seen):
            rows = np.searchsorted(cpus, seen)
            known = (rows < len(cpus)) & (cpus[np.minimum(rows, len(cpus) - 1)] == seen)
            columns = self._marks.columns(self.range.first, self.range.last, width)
            grid[rows[known]] = columns[known]
        return grid

    def picture(self, grid: Grid) -> QImage:
        """Draw the marks, wide enough to be seen."""
        if self._snapshot is None:
            return QImage()
        marks = grouped_lanes(self._columns(self._snapshot, grid.columns), grid.shown)
        within = self.range.pixels * grid.ratio
        wide = int(max(1.0, min(WIDEST_MARK * grid.ratio, within * 0.6)))
        marks = widened(marks, wide, within)
        return draw_lanes(marks, grid.pixels, grid.gap, self.theme)

    def draw_scale(self, painter: QPainter, grid: Grid) -> None:
        """Draw step numbers, and where the first loss is."""
        self.draw_ticks(painter, grid, self._draw_first_loss(painter, grid))

    def _draw_first_loss(self, painter: QPainter, grid: Grid) -> tuple[float, float]:
        """Draw it if it is on screen, and return the room it takes."""
        first = self.losses.first
        if first is None or not self.range.has(first):
            return NOWHERE
        painter.setFont(self.theme.font(-2))
        metrics = QFontMetricsF(painter.font())
        x, words = self.x_of(first), f"first loss: step {grouped(first)}"
        width = metrics.horizontalAdvance(words)
        left = min(x - LOSS_SIGN, self.width() - width - SIGN_ROOM - LOSS_SIGN)
        y = grid.bottom + metrics.ascent() + 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme[Role.LOST])
        painter.drawEllipse(QPointF(x, y - metrics.ascent() / 2 + 1), LOSS_SIGN, LOSS_SIGN)
        painter.setPen(self.theme[Role.ERROR])
        painter.drawText(QPointF(left + SIGN_ROOM, y), words)
        return left - 8, left + width + 20
