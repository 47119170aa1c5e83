"""A lane for each actor along the steps: operations as bars, steps as ticks, waiting hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from relayviz.gui.inside.colours import colour_of
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.steps import StepView
from relayviz.gui.lanes.view import Label
from relayviz.gui.look.roles import Role
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.acting import ActingEngine

FRAME = Frame(label=84.0, right=14.0, top=14.0, foot=20.0, best=26.0, least=2.0)
HEIGHT = 70  # at least
BAR = 110  # opacity of an operation's bar
TICK = 3.0  # pixels that a step has at least to be drawn apart


class ActorLanes(StepView):
    """What each actor did, and while others moved inside its operation: hatched."""

    frame = FRAME

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Timeline of the actors", theme, parent)
        self._engine: ActingEngine | None = None
        self._branch = 0
        self._seen: object = None
        self._actors: list[int] = []  # of each step of the branch, from 1
        self._ends: list[bool] = []  # … whether an operation ended with it
        self.setMinimumHeight(HEIGHT)

    def show_state(self, snapshot: Snapshot | None, engine: ActingEngine | None) -> None:
        """Show the branch of a state, and the state's step as the cursor."""
        if engine is not self._engine:
            self._is_fitted = True
            self._seen = None
        self._engine = engine
        if snapshot is None or engine is None:
            self._actors, self._ends = [], []
            self.update()
            return
        seen = (engine, snapshot.branch, snapshot.last_step)
        if seen != self._seen:
            self._read(engine, snapshot)
            self._seen = seen
            self.forget()
        self.show_step(snapshot.step, snapshot.last_step)
        self.setAccessibleDescription(
            f"step {snapshot.step} of {snapshot.last_step}: {snapshot.result.words}"
        )

    def _read(self, engine: ActingEngine, snapshot: Snapshot) -> None:
        """Take in the steps of the branch; where only some came, only these."""
        known = len(self._actors)
        if snapshot.branch != self._branch or self._seen is None or known > snapshot.last_step:
            self._actors, self._ends, known = [], [], 0
        self._branch = snapshot.branch
        for step in engine.steps.path(snapshot.branch, known + 1, snapshot.last_step):
            self._actors.append(engine.actor_of(step.id))
            self._ends.append(engine.ends(step.id))

    @property
    def rows(self) -> int:
        """A lane for each actor."""
        return 0 if self._engine is None else len(self._engine.session.actors)

    def label(self, row: int) -> Label:
        """Return the actor's name."""
        if self._engine is None:
            return Label("")
        actor = self._engine.session.actors[row]
        return self.cpu_label(row, f"{row + 1} {actor.name}")

    def words_at(self, position: QPointF) -> str:
        """Return what was done in a step."""
        engine = self._engine
        if engine is None or not self.is_on_lanes(position) or not self._actors:
            return ""
        first = max(self.step_at(position.x()), 0)
        last = max(first, self.step_at(position.x() + 1) - 1)
        step = engine.steps.at(self._branch, first)
        lines = [f"step {grouped(first)}: {step.title()}", step.result.words]
        if last > first:
            lines.append(
                f"and {plural(last - first, 'more step')} here: zoom in to tell them apart"
            )
        return "\n".join(lines)

    def move_row(self, rows: int) -> None:
        """Lanes are actors, not buffers: none is chosen by keys."""

    def press(self, position: QPointF, button: Qt.MouseButton) -> bool:
        """Go to a step, and hold the cursor."""
        return self.is_on_lanes(position) and super().press(position, button)

    # ---------------------------------------------------------------- painting

    def picture(self, grid: Grid) -> QImage:
        """Draw bars of operations, hatched where the actor stood, and a tick for each step."""
        height = max(1, grid.shown * grid.pixels)
        image = QImage(grid.columns, height, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        with QPainter(image) as painter:
            for row in range(self.rows):
                top = grid.lane_of(row) * grid.pixels
                lane = QRectF(0, top, grid.columns, max(1, grid.pixels - grid.gap))
                painter.fillRect(lane, self.theme[Role.LANE])
                self._draw_row(painter, row, lane, grid.ratio)
        return image

    def _draw_row(self, painter: QPainter, row: int, lane: QRectF, ratio: float) -> None:
        colour = colour_of(self.theme, row)
        faint = QColor(colour)
        faint.setAlpha(BAR)
        width = self.range.pixels * ratio
        for first, last in self._operations(row):
            if last < self.range.first or first > self.range.last:
                continue
            left = (self.range.x_of(first) - self.range.pixels / 2) * ratio
            right = (self.range.x_of(last) + self.range.pixels / 2) * ratio
            bar = QRectF(left, lane.top(), right - left, lane.height())
            painter.fillRect(bar, QBrush(faint, Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(colour, 1))
            painter.drawRect(bar.adjusted(0, 0, -1, -1))
        for step in self._own(row):
            left = (self.range.x_of(step) - self.range.pixels / 2) * ratio
            gap = 1.0 if width >= TICK * ratio else 0.0
            tick = QRectF(left + gap, lane.top(), max(width - 2 * gap, 1.0), lane.height())
            painter.fillRect(tick, colour)

    def _own(self, row: int) -> list[int]:
        """Return the steps on screen that an actor made."""
        first, last = max(self.range.first, 1), min(self.range.last, len(self._actors))
        return [step for step in range(first, last + 1) if self._actors[step - 1] == row]

    def _operations(self, row: int) -> list[tuple[int, int]]:
        """Return the first and last step of each operation of an actor, also of one not over."""
        found, begun, last = [], 0, 0
        for place, actor in enumerate(self._actors, 1):
            if actor != row:
                continue
            begun = begun or place
            last = place
            if self._ends[place - 1]:
                found.append((begun, place))
                begun = 0
        if begun:
            found.append((begun, max(last, len(self._actors))))
        return found
