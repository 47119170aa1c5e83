"""Whether a hole in the numbers proves a loss: not where bytes of the file are damaged.

A record that was damaged on disk leaves the same hole as one that the channel refused. So a hole
is doubtful if something that is no record lies within it, or a record that says to be of another
CPU of which there are hardly any, or if so many that say to have no number lie within it
that they would fill it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.capture.gaps import Gap

_FEW = 3  # records of a CPU in a file: fewer may be one whose CPU is damaged


class Proof:
    """Judges the gaps of one capture.

    Args:
        rows: All rows, of RECORD_DTYPE.
        bounds: The first row of each file, and behind the last.
        misplaced: Records whose number cannot be right.
        has_cpu: Records say which CPU they are of.
    """

    def __init__(
        self,
        rows: NDArray[np.void],
        bounds: Sequence[tuple[int, int]],
        misplaced: NDArray[np.intp],
        *,
        has_cpu: bool,
    ) -> None:
        self._rows, self._bounds, self._has_cpu = rows, bounds, has_cpu
        damage = np.flatnonzero(rows["kind"] >= RecordKind.DAMAGE)
        self._damage = np.sort(np.concatenate((damage, misplaced)))
        self._few: dict[tuple[int, int], bool] = {}

    def holds(self, gap: Gap) -> bool:
        """Tell whether a gap of one CPU's records proves that they were lost."""
        first, second = gap.rows
        part, other = self._part(first), self._part(second)
        if self._is_few(part, first) or self._is_few(other, second):
            return False
        if part != other:
            return not self._damaged(first, self._bounds[part][1]) and not self._damaged(
                self._bounds[other][0], second
            )
        if second < first or self._damaged(first, second):
            return False
        between = self._rows[first + 1 : second]
        fills = (between["sequence"] > gap.before) & (between["sequence"] < gap.after)
        strange = between["kind"] == RecordKind.UNNUMBERED
        if np.count_nonzero(strange & self._mine(between, first)) >= gap.missing:
            return False  # records that say to have no number may be those that are missing
        if self._has_cpu:
            # one whose number is damaged as well as its CPU fills the hole, too
            _, foreign = np.unique(between["cpu"], return_index=True)
            if any(self._is_few(part, first + 1 + int(row)) for row in foreign):
                return False
        return not bool(np.any(fills & strange))

    def _mine(self, between: NDArray[np.void], first: int) -> NDArray[np.bool_]:
        """Return which rows may be of the CPU of one."""
        if not self._has_cpu:
            return np.ones(len(between), bool)
        same: NDArray[np.bool_] = between["cpu"] == self._rows["cpu"][first]
        return same

    def holds_for_all(self, gaps: Sequence[Gap]) -> list[bool]:
        """Tell the same of gaps in one counter of all CPUs, each of which damage may be of."""
        holes = [hole for begin, end in self._bounds for hole in self._holes(begin, end)]
        return [
            not any(gap.before < high and low < gap.after for low, high in holes) for gap in gaps
        ]

    def _holes(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return between which numbers of one file something is damaged."""
        numbers = self._rows["sequence"]
        # neither damage nor records without a number say where they belong
        sound = begin + np.flatnonzero(self._rows["kind"][begin:end] == RecordKind.WHOLE)
        sound = sound[~np.isin(sound, self._damage)]
        damage = self._damage[(self._damage >= begin) & (self._damage < end)]
        return [
            (
                int(numbers[sound[at - 1]]) if at else 0,
                int(numbers[sound[at]]) if at < len(sound) else 1 << 64,
            )
            for at in np.searchsorted(sound, damage).tolist()
        ]

    def _part(self, row: int) -> int:
        begins = [begin for begin, _ in self._bounds]
        return int(np.searchsorted(begins, row, "right")) - 1

    def _damaged(self, begin: int, end: int) -> bool:
        at = int(np.searchsorted(self._damage, begin))
        return at < len(self._damage) and int(self._damage[at]) < end

    def _is_few(self, part: int, row: int) -> bool:
        """Tell whether a file has hardly any record of the CPU that one says."""
        if not self._has_cpu:
            return False
        cpu = int(self._rows["cpu"][row])
        if (part, cpu) not in self._few:
            begin, end = self._bounds[part]
            mine = self._rows[begin:end]
            here = (mine["cpu"] == cpu) & (mine["kind"] < RecordKind.DAMAGE)
            self._few[part, cpu] = int(np.count_nonzero(here)) < _FEW
        return self._few[part, cpu]
