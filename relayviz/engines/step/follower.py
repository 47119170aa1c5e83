"""Two channels in lock step: whatever is done on one is done on another, of other mode or sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.operation import Kind
from relayviz.model.engine.protocol import BEGAN_RUNNING, OpenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import Step


class Follower:
    """A channel that does what a leader has done, step for step, in every branch.

    A step of the leader is one of the follower's, with the same operation; only a change of the
    mode leaves the follower's as it is, for the mode is what is compared. `follow` has to be called
    again and again: it asks for what is missing and never waits.

    Threads: one, any.

    Args:
        leader: The engine to follow; its history may grow, it may go anywhere in it.
        config: What the follower is opened with.
        clients: For the mode "python": its subbuf_start, confirmed.
        branch: The leader's branch that the follower does; None: always the one shown. While the
            leader stands at the end of its own, the follower stands at the end of that one.

    Attributes:
        engine: The follower's engine; nobody else should ask it for operations.

    Raises:
        OpenError: The follower's channel cannot be opened, or the leader's history does not begin
            with an opening.
    """

    def __init__(
        self,
        leader: SteppedEngine,
        config: ChannelConfig,
        clients: Iterable[SubbufStart] = (),
        branch: int | None = None,
    ) -> None:
        if leader.root is not None:
            raise OpenError(None, BEGAN_RUNNING)
        self._leader, self._config, self._branch = leader, config, branch
        self.engine = StepEngine(config, clients)
        # of two branches of one channel the changes of the mode belong to what is compared
        self._follows_mode = branch is not None and config.mode is leader.config.mode
        self._ids = {0: 0}  # steps of the leader: those of the follower, made or asked for
        self._next = 1

    def follow(self) -> tuple[Snapshot, Snapshot] | None:
        """Ask for what is missing.

        Returns:
            The states of leader and follower after steps of the same number, or both at the end
            of their branches; None: it is not there yet.
        """
        if self.engine.busy:  # asked before the states: what is seen then is the newest
            return None
        ours, theirs = self._leader.snapshot, self.engine.snapshot
        history = self._leader.history
        branch = history.line_of(ours.branch if self._branch is None else self._branch)
        end = history.at(branch, history.length(branch))
        if end.id not in self._ids:
            self._extend(branch, end)
            return None
        own = self.engine.history.steps[self._ids[end.id]].branch
        wanted = own, self.step_beside(ours)
        if (theirs.branch, theirs.step) != wanted:
            self.engine.go(*wanted)
            return None
        return ours, theirs

    def step_beside(self, ours: Snapshot) -> int:
        """Return the number of the follower's step that stands beside a state of the leader."""
        if self._branch is None:
            return ours.step
        history = self._leader.history
        last = history.length(history.line_of(self._branch))
        return last if ours.step == ours.last_step else min(ours.step, last)

    @property
    def progress(self) -> float:
        """How much of what was asked for is done, 0 to 1."""
        return len(self.engine.history.steps) / self._next

    def close(self) -> None:
        """End the follower; the leader goes on."""
        self.engine.close()

    def _extend(self, branch: int, end: Step) -> None:
        """Do what the leader did on the way to the end of a branch."""
        history = self._leader.history
        low, high = 0, end.depth
        while low < high:  # the steps that are known come before the others
            middle = (low + high + 1) // 2
            if history.at(branch, middle).id in self._ids:
                low = middle
            else:
                high = middle - 1
        self.engine.goto(self._ids[history.at(branch, low).id])
        missing = history.path(branch, low + 1, end.depth)
        for step in missing:
            self._ids[step.id] = self._next
            self._next += 1
        self.engine.submit(*(self._own(step.operation) for step in missing))

    def _own(self, operation: Operation) -> Operation:
        if operation.kind is not Kind.SET_MODE or self._follows_mode:
            return operation
        return replace(operation, text=self._config.mode, source=self._config.source)
