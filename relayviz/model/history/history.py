"""The history of a channel: a tree of steps. Acting in the past grows a branch; nothing is lost.

A step is an operation and what was decided meanwhile, not a state: replaying the operations with
the same decisions gives any past state exactly.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.history.lanes import NOWHERE
from relayviz.model.history.step import Decision, Step, Store
from relayviz.model.history.store import StepStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.attempts import Attempts
    from relayviz.model.history.pack import Block
    from relayviz.model.history.store import Deed

    Tried = tuple[int, NDArray[np.int64], int, int, Attempts | None]
    Columns = tuple[NDArray[np.integer[Any]], ...]

__all__ = ["Branch", "Decision", "History", "Step", "Store"]


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

    A step is known by its id: older ones are packed, and made again when they are asked for.

    Threads: one writer; any thread may read at any time, for everything only ever grows.
    """

    def __init__(self) -> None:
        self._steps = StepStore()
        self._branches = [Branch(0, None, -1, "main line")]
        self._own = [array("Q")]  # of each branch: the ids of the steps behind its fork

    @property
    def steps(self) -> Sequence[Step]:
        """All steps in the order they were made: the log."""
        return self._steps

    @property
    def branches(self) -> Sequence[Branch]:
        """All branches in the order they began."""
        return self._branches

    @property
    def has_records(self) -> bool:
        """Whether any step wrote a piece of a record."""
        return self._steps.has_records

    def length(self, branch: int) -> int:
        """Return the number of the last step of a branch."""
        return self._branches[branch].fork + len(self._own[branch])

    def at(self, branch: int, depth: int) -> Step:
        """Return a step of a branch by its number; IndexError if there is none."""
        return self._steps[self.id_at(branch, depth)]

    def id_at(self, branch: int, depth: int) -> int:
        """Return the id of a step of a branch by its number; IndexError if there is none."""
        line = self._branches[self.owner(branch, depth)]
        return self._own[line.number][depth - line.fork - 1]

    def owner(self, branch: int, depth: int) -> int:
        """Return the branch that a step of another was made on: that itself, or one before."""
        line = self._branches[branch]
        while depth <= line.fork and line.parent is not None:
            line = self._branches[line.parent]
        if depth < 0:
            raise IndexError(f"step {depth} of branch {branch}: steps are numbered from 0")
        return line.number

    def _ids(self, branch: int, first: int, last: int | None) -> array[int]:
        """Return the ids of the steps from `first` to `last` of a branch, both included."""
        end = (self.length(branch) if last is None else min(last, self.length(branch))) + 1
        pieces: list[array[int]] = []
        line = self._branches[branch]
        while True:
            begin = line.fork + 1
            if end > begin:
                pieces.append(self._own[line.number][max(first, begin) - begin : end - begin])
                end = begin
            if line.parent is None or first >= begin:
                break
            line = self._branches[line.parent]
        return sum(reversed(pieces), array("Q"))

    def path(self, branch: int, first: int = 0, last: int | None = None) -> list[Step]:
        """Return the steps from `first` to `last` of a branch, both included.

        Of a long way `deeds`, `operations`, `marks` and `spots` tell their part much faster.

        Args:
            branch: The branch; its steps begin at the opening of the channel.
            first: Number of a step, 0 or more.
            last: Number of a step; None: to the end.
        """
        return [self._steps[number] for number in self._ids(branch, first, last)]

    def on_path(self, step: Step, branch: int) -> bool:
        """Return whether a branch goes through a step."""
        return step.depth <= self.length(branch) and self.id_at(branch, step.depth) == step.id

    def operations(self, branch: int, depth: int) -> list[Operation]:
        """Return what was done on the way to a step, without the opening."""
        return self._steps.operations(self._ids(branch, 1, depth))

    def deeds(self, branch: int, first: int, last: int) -> list[Deed]:
        """Return what a replay of steps needs, as `path`: operation, event, decisions of each."""
        return self._steps.deeds(self._ids(branch, first, last))

    def marks(self, branch: int, first: int, last: int) -> Iterator[Columns]:
        """Give the marks of the steps from `first` to `last` of a branch, both included.

        Returns:
            In stretches: of each mark the number of its step, the CPU number of the buffer (or
            ALL), the mark.
        """
        for at, begin, end, lanes in self._steps.lanes(self._ids(branch, first, last)):
            counts = lanes.counts[begin:end]
            start = int(lanes.counts[:begin].sum())
            steps = np.repeat(np.arange(first + at, first + at + end - begin), counts)
            chosen = slice(start, start + len(steps))
            yield steps, lanes.cpus[chosen], lanes.marks[chosen]

    def spots(self, branch: int, first: int, last: int) -> Iterator[Columns]:
        """Give where the events of the steps from `first` to `last` went to, both included.

        Returns:
            In stretches: of each event that was stored the number of its step, the CPU number of
            the buffer, the sub-buffer, the first byte in it, and behind the last.
        """
        for at, begin, end, lanes in self._steps.lanes(self._ids(branch, first, last)):
            there = begin + np.flatnonzero(lanes.buffers[begin:end] != NOWHERE)
            steps = there + (first + at - begin)
            columns = lanes.buffers, lanes.subbufs, lanes.starts, lanes.ends
            yield steps, *(column[there] for column in columns)

    def attempts(self, branch: int, first: int, last: int) -> Iterator[Tried]:
        """Give what fates are told from of the steps from `first` to `last`, both included.

        Returns:
            In stretches: the number of the first step, the events that the steps tried to store,
            the rows of the stretch in the attempts (first, behind the last), and these; None: the
            steps have to be looked at.
        """
        ids = self._ids(branch, first, last)
        for at, begin, end, attempts in self._steps.attempts(ids):
            events = self._steps.events(ids[at], end - begin)
            yield first + at, events, begin, end, attempts

    def next_event(self, branch: int, depth: int) -> int:
        """Return the number of the next event that is tried behind a step of a branch."""
        return self._steps.next_event(self.id_at(branch, depth))

    def code_of(self, operation: Operation) -> int:
        """Return the number by which `extend` knows an operation."""
        return self._steps.code_of(operation)

    def append(self, step: Step) -> None:
        """Add a step whose id is the number of steps, at the end of its branch."""
        if step.id != len(self._steps) or step.depth != self.length(step.branch) + 1:
            raise ValueError(f"step {step.id} cannot stand at {step.depth} of {step.branch}")
        self._steps.append(step)
        self._own[step.branch].append(step.id)

    def extend(
        self,
        branch: int,
        block: Block,
        codes: NDArray[np.uint32],
        events: NDArray[np.int64],
        nexts: NDArray[np.int64],
    ) -> None:
        """Add steps that were recorded together, at the end of a branch.

        Args:
            branch: The branch.
            block: The steps; their ids begin with the number of steps.
            codes: Of each that of its operation (code_of).
            events: The number of the event that it tried to store; -1: none.
            nexts: The number that the next such step gets.
        """
        first = len(self._steps)
        self._steps.extend(block, codes, events, nexts)
        ids = np.arange(first, first + len(block), dtype=np.uint64)
        self._own[branch].frombytes(ids.tobytes())

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name."""
        self._branches[branch] = replace(self._branches[branch], title=title)

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
        self._own.append(array("Q"))
        self._branches.append(Branch(number, owner, depth, title))
        return number
