"""From places along lanes to columns of pixels: whatever stands for many hides none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Curve = NDArray[np.float64]


def grouped_lanes(grid: NDArray[np.uint32], most: int) -> NDArray[np.uint32]:
    """Unite neighbouring lanes until there are at most `most`; all marks of them stay."""
    lanes = len(grid)
    if lanes <= most:
        return grid
    starts = np.unique(np.arange(most) * lanes // most)
    united: NDArray[np.uint32] = np.bitwise_or.reduceat(grid, starts, axis=0)
    return united


def fitted(grid: NDArray[np.uint32], columns: int) -> NDArray[np.uint32]:
    """Return lanes of so many columns: more are united, fewer stand at the right."""
    have = grid.shape[1]
    if have > columns:
        starts = np.unique(np.arange(columns) * have // columns)
        united: NDArray[np.uint32] = np.bitwise_or.reduceat(grid, starts, axis=1)
        return united
    return np.pad(grid, ((0, 0), (columns - have, 0)))


def widened(grid: NDArray[np.uint32], pixels: int, within: float) -> NDArray[np.uint32]:
    """Make each mark some pixels wide, in the middle of the `within` pixels that its place has."""
    shift = max(0, int((within - pixels) / 2))
    result = np.zeros_like(grid)
    for wide in range(shift, min(shift + pixels, grid.shape[1])):
        result[:, wide:] |= grid[:, : grid.shape[1] - wide]
    return result


class Bins(NamedTuple):
    """A figure gathered into columns.

    Attributes:
        low: The smallest value in each column, shape (columns,).
        high: The largest.
        edges: The place at which each column begins, and the end, shape (columns + 1,).
    """

    low: Curve
    high: Curve
    edges: NDArray[np.int64]


def binned(values: Curve, columns: int) -> Bins:
    """Gather the values at all places into at most so many columns of pixels.

    Args:
        values: A number for each place; what is none counts as 0.
        columns: How many there is room for, 1 or more.
    """
    values = np.nan_to_num(values)
    count = min(columns, len(values))
    edges = np.arange(count + 1, dtype=np.int64) * len(values) // max(1, count)
    if not count:
        return Bins(values, values, edges)
    starts = edges[:-1]
    return Bins(np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), edges)
