"""From stretches of time with figures to columns of equal length. Whatever happened is in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

INSTANT = 1e-9  # seconds: what is shorter is no overlap


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Where stretches begin and end, one behind the other, and the edges of the columns wanted.

    Attributes:
        begins: Shape (stretches,).
        ends: The same.
        wanted: Shape (columns + 1,).
    """

    begins: Times
    ends: Times
    wanted: Times

    def touched(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return for each column the first stretch that it touches, and the one behind the last."""
        first = np.searchsorted(self.ends, self.wanted[:-1] + INSTANT, side="right")
        behind = np.searchsorted(self.begins, self.wanted[1:] - INSTANT, side="left")
        return first, np.maximum(first, behind)


def sums_in(edges: Edges, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share sums out to columns by time, shape (columns, figures); what is outside is left out."""
    if not len(sums):
        return np.zeros((len(edges.wanted) - 1, sums.shape[1]))
    times = np.append(edges.begins, edges.ends[-1])
    grown = np.vstack([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    at = [np.interp(edges.wanted, times, column) for column in grown.T]
    return np.diff(np.stack(at, axis=1), axis=0)


def most_in(edges: Edges, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest value that each column touches; 0 where it touches nothing."""
    found: NDArray[np.float64] = _reduced(edges, values, np.maximum)
    return found


def union_in(edges: Edges, marks: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return all marks that each column touches, shape (columns, lanes)."""
    found: NDArray[np.uint32] = _reduced(edges, marks, np.bitwise_or)
    return found


def _reduced(edges: Edges, values: NDArray[Any], unite: np.ufunc) -> NDArray[Any]:
    first, behind = edges.touched()
    nothing = np.zeros((1, *values.shape[1:]), values.dtype)
    padded = np.concatenate([values, nothing])  # one behind the last may be asked for
    pairs = np.stack([first, behind], axis=1).ravel()
    found: NDArray[Any] = unite.reduceat(padded, np.minimum(pairs, len(values)), axis=0)[0::2]
    found[first >= behind] = 0
    return found
