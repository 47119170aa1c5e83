"""The whole run of a live channel, in columns that get longer as it does.

The pool keeps the last minute in fine bins. From there columns of a tenth of a second are taken
over; when there is no more room, each two become one. So a run of any length is kept whole in
memory that does not grow, and no loss and no mark is left out.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.live import figures
from relayviz.engines.live.past.columns import Edges, most_in, sums_in, union_in
from relayviz.model.channel.state import LOSSES
from relayviz.model.live.live import Rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.relay import Live as Pool

WIDTH = 0.1  # seconds of a column, at first
MOST, LEAST, LARGEST = 8192, 512, 1 << 22  # columns; and marks of all CPUs together
LAG = 0.15  # seconds: what is younger may still be shared out anew
AT_ONCE = 2  # columns that are worth a look at the pool
REACH = 600  # columns that the pool still has
RECENT = 60.0  # seconds that the pool has in finer bins


class Counted(NamedTuple):
    """What columns that follow each other counted.

    Attributes:
        sums: Events stored, their bytes, events consumed, each loss; shape (columns, figures).
        fill: The highest share of sub-buffers that was ready.
        marks: Of each CPU, shape (columns, cpus).
    """

    sums: NDArray[np.float64]
    fill: NDArray[np.float64]
    marks: NDArray[np.uint32]

    def part(self, first: int, last: int | None = None) -> Counted:
        """Return a copy of some columns."""
        sums, fill, marks = self
        return Counted(sums[first:last].copy(), fill[first:last].copy(), marks[first:last].copy())

    def followed_by(self, other: Counted) -> Counted:
        """Return the columns of both."""
        return Counted(
            np.concatenate([self.sums, other.sums]),
            np.concatenate([self.fill, other.fill]),
            np.concatenate([self.marks, other.marks]),
        )


class Past:
    """Takes over what a pool counted, and gives any stretch of it.

    Threads: `follow` is for one; any may ask.

    Args:
        pool: What counts.
        cpus: Of its channel.
        n_subbufs: Of each buffer.
    """

    def __init__(self, pool: Pool, cpus: int, n_subbufs: int) -> None:
        self._pool, self._n_subbufs = pool, n_subbufs
        most = min(MOST, max(LEAST, LARGEST // max(1, cpus)))
        self._most = most = most & ~1  # each has one to be united with
        self._doubled = 0  # how often each two columns became one
        self._next = 0  # the first column of WIDTH that is not here yet
        self._kept = Counted(
            np.zeros((most, 3 + len(LOSSES))), np.zeros(most), np.zeros((most, cpus), np.uint32)
        )
        self._guard = threading.Lock()  # held for copying only

    @property
    def width(self) -> float:
        """Seconds of a column now."""
        return WIDTH * (1 << self._doubled)

    def follow(self) -> None:
        """Take over what the pool has counted since."""
        now = self._pool.time
        complete = math.floor((now - LAG) / WIDTH)
        if complete - self._next < AT_ONCE:
            return
        self._next = max(self._next, complete - REACH)
        first, fresh = self._counted(self._next, now)
        with self._guard:
            for number in range(max(self._next, first), min(complete, first + len(fresh.fill))):
                self._add(number, fresh, number - first)
            self._next = complete

    def _counted(self, number: int, now: float) -> tuple[int, Counted]:
        """Return what the pool has from a column on, and the number of the first."""
        count = max(1, math.ceil(now / WIDTH) - number + 1)
        bins = self._pool.bins(count, count * WIDTH)
        marks = figures.marked(self._pool.lanes(count, count * WIDTH))
        lost = [bins["fate"][name] for name in LOSSES]
        sums = [bins["stored"], bins["stored_bytes"], bins["fate"]["consumed"], *lost]
        counted = Counted(
            np.stack(sums, axis=1),
            bins["most_ready"] / self._n_subbufs,
            np.ascontiguousarray(marks.T),
        )
        return round(float(bins["begin"][0]) / WIDTH), counted

    def _add(self, number: int, fresh: Counted, at: int) -> None:
        while (place := number >> self._doubled) >= self._most:
            self._unite()
        kept = self._kept
        kept.sums[place] += fresh.sums[at]
        kept.fill[place] = max(kept.fill[place], fresh.fill[at])
        kept.marks[place] |= fresh.marks[at]

    def _unite(self) -> None:
        """Make one of each two columns."""
        half, kept = self._most // 2, self._kept
        kept.sums[:half] = kept.sums[0::2] + kept.sums[1::2]
        kept.fill[:half] = np.maximum(kept.fill[0::2], kept.fill[1::2])
        kept.marks[:half] = kept.marks[0::2] | kept.marks[1::2]
        for each in kept:
            each[half:] = 0
        self._doubled += 1

    # -- asked for by any thread ---------------------------------------------------------------

    def rates(self, seconds: float, columns: int, back: float) -> Rates:
        """Return a stretch of the run in columns of equal length; see Source.rates."""
        edges, counted = self._stretch(seconds, columns, back)
        shared = sums_in(edges, counted.sums)
        return Rates(
            seconds=seconds / columns,
            written=shared[:, 0],
            bytes=shared[:, 1],
            consumed=shared[:, 2],
            fill=most_in(edges, counted.fill),
            lost=shared[:, 3:].T,
        )

    def lanes(self, seconds: float, columns: int, back: float) -> NDArray[np.uint32]:
        """Return the marks of a stretch of the run; see Source.lanes."""
        edges, counted = self._stretch(seconds, columns, back)
        return union_in(edges, counted.marks).T

    def _stretch(self, seconds: float, columns: int, back: float) -> tuple[Edges, Counted]:
        """Return what is known around a stretch: what is here, and behind it what the pool has."""
        now, step = self._pool.time, seconds / columns
        end = math.ceil(max(0.0, now - back) / step) * step
        with self._guard:
            width, known = self.width, self._next
            last = -(-known >> self._doubled)
            first = min(max(0, math.floor((end - seconds) / width)), last)
            last = min(last, max(first, math.ceil(end / width)))
            counted = self._kept.part(first, last)
        begins = np.arange(first, last, dtype=np.float64) * np.float64(width)
        ends = np.minimum(begins + width, known * WIDTH)
        if end > known * WIDTH:
            number, fresh = self._counted(known, now)
            fresh = fresh.part(max(0, known - number))
            counted = counted.followed_by(fresh)
            newest = (max(known, number) + np.arange(len(fresh.fill))) * WIDTH
            begins, ends = np.append(begins, newest), np.append(ends, newest + WIDTH)
        wanted = np.linspace(end - seconds, end, columns + 1)
        return Edges(begins, ends, wanted), counted
