"""All that answers are made from: a state, and what the history of its branch says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.marks import Mark
from relayviz.model.why.why import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History, Step
    from relayviz.model.ledger.ledger import Ledger


class Sources:
    """What a branch's history says, by its ledger.

    Threads: one, any.

    Args:
        ledger: The ledger, which has followed the branch.
        history: The history.
        branch: The branch.

    Attributes:
        fates: Its events.
        timeline: Its marks.
        events: Where events lie.
    """

    def __init__(self, ledger: Ledger, history: History, branch: int) -> None:
        self.fates, self.timeline, self.events = ledger.fates, ledger.timeline, ledger.events
        self._history, self._branch = history, branch

    def releases(self, buffer: int, first: int, last: int) -> NDArray[np.void]:
        """Return what moved consumed on (RELEASE) from a step to another, both included."""
        return self.fates.counts.releases(buffer, first, last)

    def last_reset(self, step: int) -> int:
        """Return the last step up to `step` at which counting began: a reset, or the opening."""
        return self.fates.counts.last_reset(step)

    def counted(self, buffer: int, step: int) -> tuple[int, int]:
        """Return produced and consumed of a buffer after a step, counted from the history."""
        begin = self.last_reset(step)
        produced = len(self.timeline.steps(begin, step, buffer, Mark.SWITCHED))
        found = self.releases(buffer, begin, step)
        return produced, sum(int(found[how].sum()) for how in ("read", "skipped", "reported"))

    def has_switched(self, buffer: int, step: int) -> bool:
        """Return whether a step finished a sub-buffer of a buffer."""
        return len(self.timeline.steps(step, step, buffer, Mark.SWITCHED)) > 0

    def step(self, depth: int) -> Step:
        """Return a step of the branch."""
        return self._history.at(self._branch, depth)

    def cause(self, depth: int, lead: str) -> Cause:
        """Return a step as a cause: what was done, and what became of it."""
        step = self.step(depth)
        return Cause(depth, f"{step.title()}: {step.result.words}", lead)


class Context(NamedTuple):
    """A state and its sources."""

    snapshot: Snapshot
    sources: Sources

    @property
    def step(self) -> int:
        """The step shown."""
        return self.snapshot.step

    def buffer(self, row: int) -> int:
        """Return the CPU number of a row."""
        return int(self.snapshot.buffers["cpu"][row])

    def last(self, row: int, marks: int) -> int | None:
        """Return the last step with any of these marks on a buffer."""
        return self.sources.timeline.last(self.step, self.buffer(row), marks)

    def counted(self, row: int, step: int) -> tuple[int, int]:
        """Return produced and consumed after a step, counted from the history."""
        return self.sources.counted(self.buffer(row), step)

    def stood_at(self, buffer: int, step: int) -> tuple[int, int]:
        """Return produced and consumed after a step, of a channel that may have been taken over.

        What it had before the history is what the state has more than was counted.
        """
        produced, consumed = self.sources.counted(buffer, step)
        row = self.snapshot.row_of(buffer)
        if row is None or self.sources.last_reset(step) != self.sources.last_reset(self.step):
            return produced, consumed
        counted = self.counted(row, self.step)
        now = self.snapshot.buffers[row]
        before = int(now["produced"]) - counted[0], int(now["consumed"]) - counted[1]
        return produced + before[0], consumed + before[1]

    def last_change(self, row: int, marks: int, figure: Callable[[int, int], int]) -> int | None:
        """Return the last step that changed a figure made of produced and consumed.

        Args:
            row: The buffer's row.
            marks: Those of steps that change it; a reset does unless it was 0 before.
            figure: Gives it from produced and consumed.
        """
        step = self.last(row, marks | Mark.RESET)
        while step is not None and step == self.sources.last_reset(step) > 0:
            if figure(*self.counted(row, step - 1)):
                return step
            step = self.sources.timeline.last(step - 1, self.buffer(row), marks | Mark.RESET)
        return step

    def causes(self, step: int | None, lead: str = "Last changed by") -> tuple[Cause, ...]:
        """Return a step as the only cause; None: there is none."""
        return () if step is None else (self.sources.cause(step, lead),)
