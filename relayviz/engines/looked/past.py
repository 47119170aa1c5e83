"""The looks at a channel so far: what came between two of them, in bins and as marks of lanes.

Nothing tells when between two looks something happened. Old looks are thinned out: sums stay,
moments become coarser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.channel.marks import Mark

MOST_CELLS = 1 << 19  # looks times buffers that are kept
LEAST_LOOKS = 256
GATHERED = 64  # looks that are put into columns together


class New(NamedTuple):
    """What one look found: when, what is new on all buffers by figure, marks by row, how full."""

    time: float
    figures: Sequence[int]
    marks: Sequence[int]
    fill: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What looks of a stretch found.

    Attributes:
        time: When each was taken, seconds since the first.
        figures: New since the look before, shape (looks, figures).
        marks: Of each, flags of Mark, shape (looks, buffers).
        fill: The highest share of sub-buffers that was ready.
    """

    time: NDArray[np.float64]
    figures: NDArray[np.int64]
    marks: NDArray[np.uint32]
    fill: NDArray[np.float64]


class Bins(NamedTuple):
    """A stretch in bins of `seconds`, the newest last: sums by figure, and the highest fill."""

    seconds: float
    sums: NDArray[np.float64]
    fill: NDArray[np.float64]


class LookedPast:
    """Looks at the buffers of a channel, in their order.

    Args:
        rows: How many buffers.
        figures: How many figures are counted.

    Threads: one keeps; any may ask.
    """

    def __init__(self, rows: int, figures: int) -> None:
        self._rows, self._figures = max(1, rows), figures
        self._room = max(LEAST_LOOKS, MOST_CELLS // self._rows)
        nothing = Counted(
            np.zeros(0),
            np.zeros((0, figures), np.int64),
            np.zeros((0, self._rows), np.uint32),
            np.zeros(0),
        )
        self._kept: tuple[Counted, tuple[New, ...]] = nothing, ()  # counted, and what is not yet

    def keep(self, new: New) -> None:
        """Take a look in."""
        counted, others = self._kept
        self._kept = counted, (*others, new)
        if len(others) >= GATHERED:
            counted = self._all()
            self._kept = thinned(counted) if len(counted.time) > self._room else counted, ()

    def bins(self, seconds: float, columns: int, end: float) -> Bins:
        """Return a stretch in bins. There was a look at least.

        Args:
            seconds: How long it is.
            columns: How many bins, at most: there are none from before the first look.
            end: When it ends, on the clock of the looks.
        """
        counted, width = self._all(), seconds / columns
        # of what was before the first look nothing is known, so there are no bins for it
        columns = min(columns, max(1, int(np.ceil(end / width))))
        edges = (np.ceil(end / width) + np.arange(-columns, 1)) * width
        # what came between two looks is shared out to the bins that these cover
        sums = np.array(
            [np.diff(np.interp(edges, counted.time, one.cumsum())) for one in counted.figures.T]
        )
        newest = np.searchsorted(counted.time, edges[1:], side="right") - 1
        fill = np.where(newest >= 0, counted.fill[newest], 0.0)
        at = _bins(counted, width, columns, end)
        inside = (at >= 0) & (at < columns)
        np.maximum.at(fill, at[inside], counted.fill[inside])
        return Bins(width, sums, fill)

    def lanes(self, seconds: float, columns: int, end: float) -> NDArray[np.uint32]:
        """Return what each look found on each buffer, shape (buffers, columns)."""
        counted = self._all()
        at = _bins(counted, seconds / columns, columns, end)
        inside = (at >= 0) & (at < columns)
        found = np.zeros((columns, self._rows), np.uint32)
        np.bitwise_or.at(found, at[inside], counted.marks[inside])
        return found.T

    def _all(self) -> Counted:
        old, new = self._kept
        if not new:
            return old
        return Counted(
            np.concatenate([old.time, [one.time for one in new]]),
            np.concatenate([old.figures, np.array([one.figures for one in new], np.int64)]),
            np.concatenate([old.marks, np.array([one.marks for one in new], np.uint32)]),
            np.concatenate([old.fill, [one.fill for one in new]]),
        )


def marks_of(told: Sequence[tuple[object, Mark]]) -> int:
    """Return as flags which of several things are so."""
    return sum(int(mark) for is_so, mark in told if is_so)


def thinned(counted: Counted) -> Counted:
    """Return the same with one look in the place of two in its older half."""
    half = len(counted.time) // 4 * 2
    pairs = (-1, 2)
    sums = counted.figures[:half].reshape(*pairs, counted.figures.shape[1]).sum(axis=1)
    marks = np.bitwise_or.reduce(
        counted.marks[:half].reshape(*pairs, counted.marks.shape[1]), axis=1
    )
    fill = counted.fill[:half].reshape(pairs).max(axis=1)
    return Counted(
        np.concatenate([counted.time[1:half:2], counted.time[half:]]),
        np.concatenate([sums, counted.figures[half:]]),
        np.concatenate([marks, counted.marks[half:]]),
        np.concatenate([fill, counted.fill[half:]]),
    )


def _bins(counted: Counted, width: float, columns: int, end: float) -> NDArray[np.int64]:
    # bins begin at multiples of their width, so that none changes as time goes on
    last = np.ceil(end / width)
    found: NDArray[np.int64] = (np.floor(counted.time / width) - last + columns).astype(np.int64)
    return found
