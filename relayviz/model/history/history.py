"""The history of a channel: a tree of steps. Acting in the past grows a branch; nothing is lost.

A step is an operation and what was decided meanwhile, not a state: replaying the operations with
the same decisions gives any past state exactly. What is undone or deleted is forgotten: it is kept
aside (`kept`), and no branch changes but by growing.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.history.branch import Branch
from relayviz.model.history.kept import Forgotten, Kept, forgotten
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

__all__ = ["Branch", "Decision", "History", "Kept", "Step", "Store"]


class History:
    """All steps of all branches.

    A step is known by its id: older ones are packed, and made again when they are asked for.

    Threads: one writer; any thread may read at any time, for everything only ever grows.
    """

    def __init__(self) -> None:
        self._steps = StepStore()
        self._branches = [Branch(0, None, -1, "main line")]
        self._own = [array("Q")]  # of each branch: the ids of the steps behind its fork
        self._forgotten = Forgotten({}, {}, 0)

    @property
    def steps(self) -> Sequence[Step]:
        """All steps in the order they were made, what is forgotten among them."""
        return self._steps

    @property
    def branches(self) -> Sequence[Branch]:
        """All branches in the order they began; those to choose from are `lines`."""
        return self._branches

    @property
    def has_records(self) -> bool:
        """Whether any step wrote a piece of a record."""
        return self._steps.has_records

    def length(self, branch: int) -> int:
        """Return the number of the last step of a branch that is not forgotten."""
        end = self._forgotten.ends.get(branch)
        return self._branches[branch].fork + len(self._own[branch]) if end is None else end

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

    def ids(self, branch: int, first: int, last: int) -> list[int]:
        """Return the ids of the steps from `first` to `last` of a branch, both included."""
        return list(self._ids(branch, first, last))

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
        """Give a branch another name, with those that it continues."""
        while True:
            self._branches[branch] = line = replace(self._branches[branch], title=title)
            if not line.continues or line.parent is None:
                return
            branch = line.parent

    def branch_for(self, branch: int, depth: int) -> int:
        """Return the branch that what is done now belongs to.

        Args:
            branch: The one that is shown.
            depth: The number of the step that is shown.

        Returns:
            The branch itself at its end, else a new one that leaves it here. Where the end is
            forgotten a new one continues it: what was forgotten is not written over.
        """
        is_end = depth == self.length(branch)
        if is_end and branch not in self._forgotten.ends:
            return branch
        number = len(self._branches)
        owner = branch
        while (parent := self._branches[owner].parent) is not None:
            if depth > self._branches[owner].fork:
                break
            owner = parent
        continues = is_end and owner == branch
        title = self._branches[owner].title if continues else f"branch {number}, from step {depth}"
        self._own.append(array("Q"))
        self._branches.append(Branch(number, owner, depth, title, continues))
        if continues:
            self._forgotten = self._forgotten.with_heir(owner, number)
        return number

    # -- what is kept --------------------------------------------------------------------------

    @property
    def lines(self) -> list[Branch]:
        """The branches that are not forgotten, in the order they began.

        One that continues others is given as one with these: it has its own number, and parent
        and fork of the first of them.
        """
        found = []
        for branch in list(self._branches):
            is_there = branch.number == 0 or self.length(branch.number) > branch.fork
            if is_there and not branch.continues:
                tip = self._branches[self.line_of(branch.number)]
                found.append(replace(tip, parent=branch.parent, fork=branch.fork))
        return found

    def line_of(self, branch: int) -> int:
        """Return the branch that stands for one: what continues it, or what is left of it."""
        forgotten = self._forgotten
        while True:
            line, heir = self._branches[branch], forgotten.heirs.get(branch)
            if line.parent is not None and forgotten.ends.get(branch) == line.fork:
                branch = line.parent
            elif heir is not None and self._own[heir]:
                branch = heir
            else:
                return branch

    @property
    def kept(self) -> Kept:
        """Of each branch that is not forgotten the number of its last step: what `keep` takes."""
        lengths = ((one.number, one.fork, self.length(one.number)) for one in list(self._branches))
        return {number: length for number, fork, length in lengths if not number or length > fork}

    def keep(self, kept: Kept) -> None:
        """Forget all steps but some, or take back what was forgotten before.

        Args:
            kept: What `kept` was, or a part of it. A branch whose fork it leaves out goes too.
        """
        self._forgotten = forgotten(self._branches, self._lasts(), kept, self.changes + 1)

    def without(self, branch: int) -> Kept:
        """Return what is kept once one of `lines` is deleted, with all that grew on it."""
        first = self._branches[branch]
        while first.continues and first.parent is not None:
            first = self._branches[first.parent]
        kept = {number: last for number, last in self.kept.items() if number != first.number}
        ends = forgotten(self._branches, self._lasts(), kept, 0).ends
        return {
            number: last
            for number, last in kept.items()
            if not number or ends.get(number) != self._branches[number].fork
        }

    @property
    def changes(self) -> int:
        """How many times `keep` was called."""
        return self._forgotten.changes

    def kept_ids(self) -> tuple[NDArray[np.uint64] | None, int]:
        """Return the ids of the steps that are kept, in order, and the id of the next step.

        None instead of the ids: all are kept.
        """
        count = len(self._steps)
        if not self._forgotten.ends:
            return None, count
        own = [
            np.array(self._own[number][: last - self._branches[number].fork], np.uint64)
            for number, last in self.kept.items()
        ]
        ids = np.sort(np.concatenate(own))
        return ids[ids < count], count

    def _lasts(self) -> list[int]:
        return [one.fork + len(own) for one, own in zip(self._branches, self._own, strict=True)]
