"""A table of figures that grows at its end: room is made for many rows at once."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import DTypeLike, NDArray

_ROOM = 64  # rows of a new table
_SMALL = 2**15


class Table:
    """Rows of one kind, in order.

    Threads: one, any.

    Args:
        kind: Of a row.
    """

    def __init__(self, kind: DTypeLike) -> None:
        self._all = np.empty(_ROOM, kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> NDArray[Any]:
        """All rows; a view that holds until some are added or cut off."""
        return self._all[: self._count]

    def until(self, step: int) -> int:
        """Return how many rows are of steps up to one; the first column is the step, in order."""
        return bisect_right(self.rows["step"], step)

    def append(self, row: tuple[int, ...]) -> None:
        """Add a row."""
        self._added(1)[0] = row

    def extend(self, rows: NDArray[Any]) -> None:
        """Add several rows."""
        self._added(len(rows))[:] = rows

    def expect(self, count: int) -> None:
        """Make room for so many more rows at once; what stays unused is no memory to speak of."""
        if self._count + count > len(self._all):
            grown = np.empty(max(2 * len(self._all), self._count + count), self._all.dtype)
            grown[: self._count] = self.rows
            self._all = grown  # who has a view of the rows keeps it

    def cut(self, count: int) -> None:
        """Keep so many rows."""
        self._count = count

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Keep the rows that are chosen."""
        rows = self.rows[chosen]
        self._all[: len(rows)], self._count = rows, len(rows)

    def copy(self) -> Table:
        """Return a table of its own with the same rows."""
        result = Table(self._all.dtype)
        result._all, result._count = self.rows.copy(), self._count
        return result

    def _added(self, count: int) -> NDArray[Any]:
        """Return new rows at the end, to be filled in."""
        self.expect(count)
        begin, self._count = self._count, self._count + count
        return self._all[begin : self._count]


def joined(stretches: Iterable[Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    """Return columns that come in stretches, of which there is one at least, as whole ones."""
    return [np.concatenate(parts) for parts in zip(*stretches, strict=True)]


def rows_of(kind: np.dtype[np.void], *columns: NDArray[Any] | int) -> NDArray[np.void]:
    """Return rows of a kind, of which the columns are given; a number is that of all rows."""
    rows = np.empty(np.size(columns[0]), kind)
    for name, column in zip(kind.names or (), columns, strict=True):
        rows[name] = column
    return rows


def spread(begins: NDArray[np.integer[Any]], counts: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Return all numbers of some ranges, one range behind the other.

    Args:
        begins: Of each range the first number.
        counts: Of each how many.
    """
    ends = np.cumsum(counts)
    inside = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    found: NDArray[np.intp] = np.repeat(begins, counts) + inside
    return found


def groups(keys: NDArray[np.integer[Any]]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Give each key, in order, and the places that have it, in order."""
    if len(keys) and keys.min() >= -_SMALL and keys.max() < _SMALL:
        keys = keys.astype(np.int16)  # sorted by their digits, which takes far less long
    order = np.argsort(keys, kind="stable")
    found = keys[order]
    cuts = (np.flatnonzero(np.diff(found)) + 1).tolist()
    for begin, end in zip((0, *cuts), (*cuts, len(found)), strict=True):
        if begin < end:
            yield int(found[begin]), order[begin:end]
