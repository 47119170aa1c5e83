"""Two channels in lock step: whatever is done on one is done on another, of other mode or sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step import StepEngine
from relayviz.model.engine import OpenError
from relayviz.model.operation import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.channel_config import ChannelConfig
    from relayviz.model.client import SubbufStart
    from relayviz.model.history import Step
    from relayviz.model.operation import Operation
    from relayviz.model.snapshot import Snapshot


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

    Attributes:
        engine: The follower's engine; nobody else should ask it for operations.

    Raises:
        OpenError: The follower's channel cannot be opened, or the leader's history does not begin
            with an opening.
    """

    def __init__(
        self, leader: StepEngine, config: ChannelConfig, clients: Iterable[SubbufStart] = ()
    ) -> None:
        if leader.root is not None:
            raise OpenError(
                None,
                "This channel began in the state of a running one: no operations lead there, so"
                " another channel cannot do the same.",
            )
        self._leader, self._config = leader, config
        self.engine = StepEngine(config, clients)
        self._ids = {0: 0}  # steps of the leader: those of the follower, made or asked for
        self._next = 1

    def follow(self) -> tuple[Snapshot, Snapshot] | None:
        """Ask for what is missing.

        Returns:
            The states of leader and follower after the same step; None: it is not there yet.
        """
        if self.engine.busy:  # asked before the states: what is seen then is the newest
            return None
        ours, theirs = self._leader.snapshot, self.engine.snapshot
        history = self._leader.history
        end = history.at(ours.branch, history.length(ours.branch))
        if end.id not in self._ids:
            self._extend(ours.branch, end)
            return None
        wanted = self._ids[ours.made_by.id]
        if theirs.made_by.id != wanted:
            self.engine.goto(wanted)
            return None
        return ours, theirs

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
        if operation.kind is not Kind.SET_MODE:
            return operation
        return replace(operation, text=self._config.mode, source=self._config.source)
