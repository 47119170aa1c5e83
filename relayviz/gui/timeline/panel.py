"""The dock's content: the time line of the branch shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from relayviz.gui.desk import commands
from relayviz.gui.lanes.stretch import WHOLE
from relayviz.gui.look import theme as themes
from relayviz.gui.timeline.actor_lanes import ActorLanes
from relayviz.gui.timeline.flags import FlagStrip
from relayviz.gui.timeline.live_view import LiveLanes
from relayviz.gui.timeline.tape_view import TapeView
from relayviz.gui.timeline.view import TimelineView
from relayviz.gui.widgets.catching_up import CatchingUp
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Picture, drawing_of
from relayviz.gui.widgets.panel import Panel
from relayviz.model.engine.taped import taped
from relayviz.model.inside.acting import acting
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.lanes.steps import StepView
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.engine.taped import TapedEngine
    from relayviz.model.history.history import History
    from relayviz.model.ledger.timeline import Timeline

QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own name for "as high as there is room"
EMPTY = "No channel is open. Each operation becomes a step here, and you can go back to any."


class TimelinePanel(Panel):
    """Shows what happened at each step, and goes to any of them; or the last seconds, live.

    Attributes:
        view: The steps of a stepped channel.
        live_view: The lanes of a live one.
        tape_view: The records of a capture.
        actors: The steps of each actor inside operations.
    """

    live_interval_ms = 50

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Timeline")
        self.view = TimelineView(themes.current(), self)
        self.live_view = LiveLanes(themes.current(), self)
        self._views = QStackedWidget(self)
        self._views.addWidget(self.view)
        self._views.addWidget(self.live_view)
        self.tape_view = TapeView(themes.current(), self)
        self._views.addWidget(self.tape_view)
        self.actors = ActorLanes(themes.current(), self)
        self._views.addWidget(self.actors)
        self.actors.sought.connect(controller.seek)
        self._stack = Stack(self._views, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._flags = FlagStrip(self.view, controller, self)
        layout.addWidget(self._flags)
        layout.addStretch()
        self.view.sought.connect(controller.seek)
        self.tape_view.place_wanted.connect(lambda step: commands.show_moment(controller, step))
        for view in (self.view, self.live_view, self.tape_view):
            view.row_chosen.connect(controller.select)
        controller.notebook.changed.connect(self._show_again)
        self.live_view.stretch_changed.connect(self._show_again)
        self.live_view.moment_chosen.connect(controller.running.choose_moment)
        controller.running.moment_changed.connect(self._show_again)
        self.live_view.setToolTip(f"Drag, or press ← and →, to go along the run: {WHOLE}.")
        self.setFocusProxy(self.view)
        self._catching_up = CatchingUp(self, self._show_again, self.set_detail)
        self._stack.show_content(False)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state."""
        self._stack.show_content(snapshot is not None)
        stepping = acting(self.controller.shown)
        self.actors.show_state(snapshot, stepping)
        if snapshot is not None and stepping is not None:
            self._show_actors(snapshot)
            return
        source, engine = self.controller.source, taped(self.controller.shown)
        if snapshot is not None and engine is not None and snapshot.foreign is not None:
            self._show_tape(snapshot, engine)
            return
        self.tape_view.show_nothing()
        history = source.history if source is not None else None
        marks = source.ledger.timeline if source is not None and source.ledger is not None else None
        if snapshot is not None and (snapshot.live is not None or history is None):
            self._show_lanes(snapshot)
            return
        self._show_view(self.view)
        if snapshot is None or history is None or marks is None:
            self._show_steps(None, None, None)
            self.set_detail("")
        elif self._catching_up.has_all(marks, history, snapshot.branch):
            self._show_steps(snapshot, history, marks)
            self.set_detail(f"step {grouped(snapshot.step)} of {grouped(snapshot.last_step)}")
        elif not self.view.shows(history):
            self._show_steps(None, None, None)  # half of the marks would be no time line

    def _show_steps(
        self, snapshot: Snapshot | None, history: History | None, marks: Timeline | None
    ) -> None:
        self.view.show_state(snapshot, history, marks)
        self._make_room(snapshot, self.view)

    def _make_room(self, snapshot: Snapshot | None, view: StepView) -> None:
        """Keep the flags close below the lanes; without any the lanes have all there is."""
        self._flags.follow(view)
        self._flags.show_notes(snapshot.last_step if snapshot is not None else 0)
        has_flags = snapshot is not None and not self._flags.isHidden()
        frame = view.frame
        height = int(frame.top + view.rows * frame.best + frame.foot)
        room = height if has_flags else QWIDGETSIZE_MAX
        self._stack.setMaximumHeight(max(room, view.minimumHeight()))

    def _show_lanes(self, snapshot: Snapshot) -> None:
        self._flags.hide_notes()
        self._stack.setMaximumHeight(QWIDGETSIZE_MAX)
        view, source = self.live_view, self.controller.source
        self._show_view(view)
        view.show_run(_seconds(snapshot), self.controller.running.moment, snapshot.seen_from)
        stretch = view.stretch
        lanes = None
        if source is not None:
            lanes = source.lanes(stretch.span, view.columns, stretch.back)
        cpus = snapshot.buffers["cpu"].astype(np.intp)
        if lanes is None or len(lanes) <= cpus.max(initial=-1):  # or the state is of the tab before
            view.show_lanes(snapshot, np.zeros((0, 1), np.uint32))
            self.set_detail("nothing is told of when it happened")
            return
        if len(lanes) != snapshot.rows:  # a lane for each possible CPU: take those with a buffer
            lanes = lanes[cpus]
        view.show_lanes(snapshot, lanes)
        is_recorded = snapshot.foreign is not None and snapshot.foreign.is_recorded
        self.set_detail(view.words("recorded" if is_recorded else "live"))

    def _show_actors(self, snapshot: Snapshot) -> None:
        self.tape_view.show_nothing()
        self.view.show_state(None, None, None)
        self._show_view(self.actors)
        self._make_room(snapshot, self.actors)
        words = f"step {grouped(snapshot.step)} of {grouped(snapshot.last_step)}"
        self.set_detail(f"{words} · hatched: inside an operation, while others moved")

    def _show_tape(self, snapshot: Snapshot, engine: TapedEngine) -> None:
        self._flags.hide_notes()
        self._stack.setMaximumHeight(QWIDGETSIZE_MAX)
        self.tape_view.show_tape(snapshot, engine)
        self._show_view(self.tape_view)
        lost = sum(one.gap.missing for one in engine.tape.lost)
        words = f"record {grouped(snapshot.step)} of {grouped(snapshot.last_step)}"
        if engine.tape.layout.sequence is not None:
            hatched = "" if engine.tape.layout.is_common else " · hatched: not known"
            words += f" · {plural(lost, 'record')} missing{hatched}"
        self.set_detail(words)

    def _show_view(self, view: QWidget) -> None:
        if self._views.currentWidget() is not view:
            self._views.setCurrentWidget(view)
            self.setFocusProxy(view)

    @Slot()
    def _show_again(self) -> None:
        self.show_snapshot(self.controller.snapshot)

    def show_selection(self, row: int, index: int) -> None:
        """Mark the lane of the selected buffer."""
        del index
        self.view.select(row)
        self.live_view.select(row)
        self.tape_view.select(row)

    def picture(self) -> Picture:
        """Return the lanes, and what has a name."""
        drawings = [drawing_of(self._views.currentWidget())]
        if self._flags.isVisible():
            drawings.append(drawing_of(self._flags))
        return Picture(drawings, [self._flags.accessibleDescription()] if drawings[1:] else [])

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)
        self.live_view.set_theme(shown)
        self.tape_view.set_theme(shown)
        self.actors.set_theme(shown)


def _seconds(snapshot: Snapshot) -> float:
    """Return how long a channel has run, or been looked at."""
    if snapshot.live is not None:
        return snapshot.live.seconds
    looks = snapshot.foreign.looks if snapshot.foreign is not None else None
    return looks.seconds if looks is not None else 0.0
