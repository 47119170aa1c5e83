"""The history of a channel: a tree of steps. Acting in the past grows a branch; nothing is lost.

A step is an operation and what was decided meanwhile, not a state: replaying the operations with
the same decisions gives any past state exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.events import EventPlace
    from relayviz.model.operation import Operation
    from relayviz.model.result import CallbackError, Result
    from relayviz.model.timeline import Mark
    from relayviz.model.trail import Trail


@dataclass(frozen=True, slots=True)
class Store:
    """Bytes that a callback put into a sub-buffer.

    Attributes:
        into: The new sub-buffer or the one just finished.
        offset: Bytes from its start.
        data: The bytes.
    """

    into: Literal["new", "previous"]
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """What one call of a Python subbuf_start did.

    Attributes:
        accepted: What it returned; False if it raised.
        reserved: Bytes of header it reserved; None: it did not ask.
        stores: What it stored.
        error: What it raised.
    """

    accepted: bool
    reserved: int | None = None
    stores: tuple[Store, ...] = ()
    error: CallbackError | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One operation done.

    Attributes:
        id: Its place in History.steps.
        parent: The id of the step before; the root's own is 0.
        branch: The number of the branch that it made longer.
        depth: Its number on its path; 0: the channel was opened.
        time: When, in seconds since the epoch.
        operation: What was done; CPU, slot and event are the ones that were meant.
        event: The number of the event that it tried to store.
        next_event: The number that the next such step on this path gets.
        decisions: What the Python subbuf_start did, call by call.
        result: What became of it.
        place: Where its event was put.
        marks: What to show on the time line: (CPU number of the buffer, mark); ALL: every buffer.
        trail: What it did to events stored before it; None: nothing.
    """

    id: int
    parent: int
    branch: int
    depth: int
    time: float
    operation: Operation
    event: int | None
    next_event: int
    decisions: tuple[Decision, ...]
    result: Result
    place: EventPlace | None = None
    marks: tuple[tuple[int, Mark], ...] = ()
    trail: Trail | None = None

    def title(self) -> str:
        """Name the call, and the event if there is one."""
        title = self.operation.title()
        return title if self.event is None else f"{title}, event {self.event}"


@dataclass(frozen=True, slots=True)
class Branch:
    """A run of steps without fork.

    Attributes:
        number: Its place in History.branches.
        parent: The branch it grew out of; None: the first.
        fork: The number of the last step it shares with that.
        title: Its name for people.
    """

    number: int
    parent: int | None
    fork: int
    title: str


class History:
    """All steps of all branches.

    Threads: one writer; any thread may read at any time, for everything only ever grows.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._branches = [Branch(0, None, -1, "main line")]
        self._own: list[list[Step]] = [[]]  # of each branch: the steps behind its fork

    @property
    def steps(self) -> Sequence[Step]:
        """All steps in the order they were made: the log."""
        return self._steps

    @property
    def branches(self) -> Sequence[Branch]:
        """All branches in the order they began."""
        return self._branches

    def length(self, branch: int) -> int:
        """Return the number of the last step of a branch."""
        return self._branches[branch].fork + len(self._own[branch])

    def at(self, branch: int, depth: int) -> Step:
        """Return a step of a branch by its number; IndexError if there is none."""
        line = self._branches[branch]
        while depth <= line.fork and line.parent is not None:
            line = self._branches[line.parent]
        if depth < 0:
            raise IndexError(f"step {depth} of branch {branch}: steps are numbered from 0")
        return self._own[line.number][depth - line.fork - 1]

    def path(self, branch: int, first: int = 0, last: int | None = None) -> list[Step]:
        """Return the steps from `first` to `last` of a branch, both included.

        Args:
            branch: The branch; its steps begin at the opening of the channel.
            first: Number of a step, 0 or more.
            last: Number of a step; None: to the end.
        """
        end = (self.length(branch) if last is None else min(last, self.length(branch))) + 1
        pieces: list[list[Step]] = []
        line = self._branches[branch]
        while True:
            begin = line.fork + 1
            if end > begin:
                pieces.append(self._own[line.number][max(first, begin) - begin : end - begin])
                end = begin
            if line.parent is None or first >= begin:
                break
            line = self._branches[line.parent]
        return [step for piece in reversed(pieces) for step in piece]

    def on_path(self, step: Step, branch: int) -> bool:
        """Return whether a branch goes through a step."""
        return step.depth <= self.length(branch) and self.at(branch, step.depth) is step

    def operations(self, branch: int, depth: int) -> list[Operation]:
        """Return what was done on the way to a step, without the opening."""
        return [step.operation for step in self.path(branch, 1, depth)]

    def append(self, step: Step) -> None:
        """Add a step whose id is the number of steps, at the end of its branch."""
        if step.id != len(self._steps) or step.depth != self.length(step.branch) + 1:
            raise ValueError(f"step {step.id} cannot stand at {step.depth} of {step.branch}")
        self._steps.append(step)
        self._own[step.branch].append(step)

    def branch_for(self, branch: int, depth: int) -> int:
        """Return the branch that what is done now belongs to.

        Args:
            branch: The one that is shown.
            depth: The number of the step that is shown.

        Returns:
            The branch itself at its end, else a new one that leaves it here.
        """
        if depth == self.length(branch):
            return branch
        number = len(self._branches)
        owner = branch
        while (parent := self._branches[owner].parent) is not None:
            if depth > self._branches[owner].fork:
                break
            owner = parent
        title = f"branch {number}, from step {depth}"
        self._own.append([])
        self._branches.append(Branch(number, owner, depth, title))
        return number
