"""The time line: what happened at each step on each CPU, gathered into columns of pixels."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.marks import LOSS
from relayviz.model.channel.operation import ALL
from relayviz.model.ledger.following import Following
from relayviz.model.ledger.table import Table, joined, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.history.history import History

MARK = np.dtype([("step", np.int32), ("cpu", np.int32), ("mark", np.uint32)])
"""What happened at a step: to a buffer, by its CPU number, or to ALL."""

BLOCK = 4096  # marks looked at in one go


class Losses:
    """The steps that lost something, in order. The time line fills it."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def add(self, steps: NDArray[np.integer[Any]], marks: NDArray[np.integer[Any]]) -> None:
        """Take in marks of steps."""
        self.steps += np.unique(steps[marks & LOSS != 0]).tolist()

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        del self.steps[bisect_right(self.steps, step) :]

    @property
    def first(self) -> int | None:
        """The first of them."""
        return self.steps[0] if self.steps else None

    def after(self, step: int) -> int | None:
        """Return the next one behind a step."""
        at = bisect_right(self.steps, step)
        return self.steps[at] if at < len(self.steps) else None

    def before(self, step: int) -> int | None:
        """Return the last one before a step."""
        at = bisect_left(self.steps, step)
        return self.steps[at - 1] if at else None


class Timeline(Following):
    """The marks of a branch, kept up to date as it grows.

    Threads: one, any; the history may grow meanwhile.

    Attributes:
        losses: The steps that lost something.
    """

    def __init__(self) -> None:
        super().__init__()
        self._table = Table(MARK)
        self._lanes: set[int] = set()
        self.losses = Losses()

    def take(self, history: History, branch: int, first: int, last: int, looks: int | None) -> int:
        """Take in the steps from `first` to `last` of a branch; none has to be looked at."""
        del looks
        self._table.expect(history.length(branch) + 1 - first)
        steps, cpus, marks = joined(history.marks(branch, first, last))
        self._table.extend(rows_of(MARK, steps, cpus, marks))
        self._lanes.update(np.unique(cpus).tolist())
        self.losses.add(steps, marks)
        self._lanes.discard(ALL)
        return last

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._table.cut(self._table.until(step))
        self._lanes = set(np.unique(self._table.rows["cpu"]).tolist()) - {ALL}
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
        rows = self._table.rows[self._table.until(first - 1) : self._table.until(last)]
        if not grid.size or not len(rows):
            return grid
        cpus, marks = rows["cpu"], rows["mark"]
        column = (rows["step"].astype(np.int64) - first) * width // (last - first + 1)
        one = cpus != ALL
        np.bitwise_or.at(grid, (np.searchsorted(lanes, cpus[one]), column[one]), marks[one])
        everywhere = np.zeros_like(grid[0])
        np.bitwise_or.at(everywhere, column[~one], marks[~one])
        np.bitwise_or(grid, everywhere, out=grid)
        return grid

    def last(self, step: int, cpu: int, marks: int) -> int | None:
        """Return the last step up to `step` with any of these marks on a buffer; None: none."""
        end = self._table.until(step)
        while end > 0:  # it is seldom far away
            rows = self._table.rows[max(0, end - BLOCK) : end]
            found = np.flatnonzero(_have(rows, cpu, marks))
            if len(found):
                return int(rows["step"][found[-1]])
            end -= len(rows)
        return None

    def steps(self, first: int, last: int, cpu: int, marks: int) -> NDArray[np.int64]:
        """Return the steps from `first` to `last` with any of these marks on a buffer, in order."""
        rows = self._table.rows[self._table.until(first - 1) : self._table.until(last)]
        return rows["step"][_have(rows, cpu, marks)].astype(np.int64)

    def step_at(self, first: int, last: int, width: int, column: int) -> int:
        """Return the first step that a column stands for; one outside counts as the nearest."""
        column = min(max(column, 0), width - 1)
        return min(first - (-column * (last - first + 1) // width), last)


def _have(rows: NDArray[np.void], cpu: int, marks: int) -> NDArray[np.bool_]:
    """Return which rows have any of these marks on a buffer."""
    cpus = rows["cpu"]
    found: NDArray[np.bool_] = (rows["mark"] & marks != 0) & ((cpus == cpu) | (cpus == ALL))
    return found
