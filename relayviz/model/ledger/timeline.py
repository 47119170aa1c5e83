"""The time line: what happened at each step on each CPU, gathered into columns of pixels."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.operation import ALL
from relayviz.model.ledger.following import Following
from relayviz.model.ledger.losses import Losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.history.history import History


BLOCK = 4096  # marks looked at in one go


class Timeline(Following):
    """The marks of a branch, kept up to date as it grows.

    Threads: one, any; the history may grow meanwhile.

    Attributes:
        losses: The steps that lost something.
    """

    def __init__(self) -> None:
        super().__init__()
        # three parallel columns: step, CPU, mark
        self._steps, self._cpus, self._marks = array("q"), array("q"), array("Q")
        self._lanes: set[int] = set()
        self.losses = Losses()

    def take(self, history: History, branch: int, first: int, last: int) -> None:
        """Take in the steps from `first` to `last` of a branch."""
        for steps, cpus, marks in history.marks(branch, first, last):
            self._steps.frombytes(steps.astype(np.int64).tobytes())
            self._cpus.frombytes(cpus.astype(np.int64).tobytes())
            self._marks.frombytes(marks.astype(np.uint64).tobytes())
            self._lanes.update(np.unique(cpus).tolist())
            self.losses.add(steps, marks)
        self._lanes.discard(ALL)

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        end = bisect_right(self._steps, step)
        for column in (self._steps, self._cpus, self._marks):
            del column[end:]
        self._lanes = set(self._cpus) - {ALL}
        self.losses.truncate(step)

    @property
    def lanes(self) -> tuple[int, ...]:
        """The CPU numbers of the buffers that something happened to, in order."""
        return tuple(sorted(self._lanes))

    def columns(self, first: int, last: int, width: int) -> NDArray[np.uint32]:
        """Gather the steps from `first` to `last`, both included, into `width` columns.

        Returns:
            For each lane and column the union of all marks, shape (lanes, width): however many
            steps a column stands for, none of their losses is missing.
        """
        lanes = np.array(self.lanes, np.int64)
        grid = np.zeros((len(lanes), max(width, 0)), np.uint32)
        steps = np.array(self._steps, np.int64)  # a copy: an array that is lent cannot grow
        begin, end = np.searchsorted(steps, [first, last + 1])
        if not grid.size or begin >= end:
            return grid
        cpus = np.array(self._cpus[begin:end], np.int64)
        marks = np.array(self._marks[begin:end], np.uint32)
        column = (steps[begin:end] - first) * width // (last - first + 1)
        one = cpus != ALL
        np.bitwise_or.at(grid, (np.searchsorted(lanes, cpus[one]), column[one]), marks[one])
        everywhere = np.zeros_like(grid[0])
        np.bitwise_or.at(everywhere, column[~one], marks[~one])
        np.bitwise_or(grid, everywhere, out=grid)
        return grid

    def last(self, step: int, cpu: int, marks: int) -> int | None:
        """Return the last step up to `step` with any of these marks on a buffer; None: none."""
        end = bisect_right(self._steps, step)
        while end > 0:  # it is seldom far away
            begin = max(0, end - BLOCK)
            found = np.flatnonzero(self._have(begin, end, cpu, marks))
            if len(found):
                return self._steps[begin + int(found[-1])]
            end = begin
        return None

    def steps(self, first: int, last: int, cpu: int, marks: int) -> NDArray[np.int64]:
        """Return the steps from `first` to `last` with any of these marks on a buffer, in order."""
        begin, end = bisect_left(self._steps, first), bisect_right(self._steps, last)
        steps: NDArray[np.int64] = np.array(self._steps[begin:end], np.int64)
        return steps[self._have(begin, end, cpu, marks)]

    def _have(self, begin: int, end: int, cpu: int, marks: int) -> NDArray[np.bool_]:
        """Return which entries have any of these marks on a buffer."""
        cpus = np.array(self._cpus[begin:end], np.int64)
        there = np.array(self._marks[begin:end], np.int64)
        found: NDArray[np.bool_] = (there & marks != 0) & ((cpus == cpu) | (cpus == ALL))
        return found

    def step_at(self, first: int, last: int, width: int, column: int) -> int:
        """Return the first step that a column stands for; one outside counts as the nearest."""
        column = min(max(column, 0), width - 1)
        return min(first - (-column * (last - first + 1) // width), last)
