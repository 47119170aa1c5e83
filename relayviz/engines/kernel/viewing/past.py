"""The looks at a channel so far: what came between two of them, in bins and as marks of lanes.

Nothing tells when between two looks something happened. Old looks are thinned out: sums stay,
moments become coarser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.kernel.changes import change
from relayviz.model.live.live import Rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.kernel.changes import Change
    from relayviz.model.kernel.position import Position

    Look = tuple[float, list[Change | None], float]  # when, what is new by row, how full

MOST_CELLS = 1 << 19  # looks times buffers that are kept
LEAST_LOOKS = 256
GATHERED = 64  # looks that are put into columns together
FIGURES = ("finished", "consumed", "stored")


@dataclass(frozen=True, slots=True)
class Counted:
    """What looks of a stretch found.

    Attributes:
        time: When each was taken, seconds since the first.
        figures: By name: new since the look before, shape (looks, buffers).
        marks: Of each, flags of Mark.
        fill: The highest share of sub-buffers that was ready.
    """

    time: NDArray[np.float64]
    figures: dict[str, NDArray[np.int64]]
    marks: NDArray[np.uint32]
    fill: NDArray[np.float64]


class Past:
    """Looks at the buffers of a channel, in their order.

    Args:
        rows: How many buffers.

    Threads: one adds; any may ask.
    """

    def __init__(self, rows: int) -> None:
        self._rows = max(1, rows)
        self._room = max(LEAST_LOOKS, MOST_CELLS // self._rows)
        self._last: Sequence[Position | None] = ()
        nothing = Counted(
            np.zeros(0),
            {name: np.zeros((0, self._rows), np.int64) for name in FIGURES},
            np.zeros((0, self._rows), np.uint32),
            np.zeros(0),
        )
        self._kept: tuple[Counted, tuple[Look, ...]] = nothing, ()  # counted, and what is not yet

    def add(self, time: float, positions: Sequence[Position | None]) -> list[Change | None]:
        """Take a look in, and return what is new in it, by row.

        Args:
            time: Seconds since the first.
            positions: Where writer and consumer are, by row; None: it is not known.
        """
        before = self._last if len(self._last) == len(positions) else positions
        changes = [change(*pair) for pair in zip(before, positions, strict=True)]
        self._last = positions
        ready = [
            (one.produced - one.consumed) / one.n_subbufs for one in positions if one is not None
        ]
        counted, new = self._kept
        self._kept = counted, (*new, (time, changes, max(ready, default=0.0)))
        if len(new) >= GATHERED:
            counted = self._all()
            self._kept = thinned(counted) if len(counted.time) > self._room else counted, ()
        return changes

    def rates(self, seconds: float, columns: int, end: float) -> Rates:
        """Return a stretch in bins, the newest last. There was a look at least.

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
        sums: dict[str, NDArray[np.float64]] = {
            name: np.diff(np.interp(edges, counted.time, values.sum(axis=1).cumsum()))
            for name, values in counted.figures.items()
        }
        newest = np.searchsorted(counted.time, edges[1:], side="right") - 1
        fill = np.where(newest >= 0, counted.fill[newest], 0.0)
        at = self._bins(counted, width, columns, end)
        inside = (at >= 0) & (at < columns)
        np.maximum.at(fill, at[inside], counted.fill[inside])
        lost = np.zeros((len(LOSSES), columns))
        written, stored, consumed = (sums[name] for name in ("finished", "stored", "consumed"))
        return Rates(width, written, stored, consumed, fill, lost, unit="sub-buffers")

    def lanes(self, seconds: float, columns: int, end: float) -> NDArray[np.uint32]:
        """Return what each look found on each buffer, shape (buffers, columns)."""
        counted = self._all()
        at = self._bins(counted, seconds / columns, columns, end)
        inside = (at >= 0) & (at < columns)
        found = np.zeros((columns, self._rows), np.uint32)
        np.bitwise_or.at(found, at[inside], counted.marks[inside])
        return found.T

    @staticmethod
    def _bins(counted: Counted, width: float, columns: int, end: float) -> NDArray[np.int64]:
        # bins begin at multiples of their width, so that none changes as time goes on
        last = np.ceil(end / width)
        found: NDArray[np.int64] = (np.floor(counted.time / width) - last + columns).astype(
            np.int64
        )
        return found

    def _all(self) -> Counted:
        old, new = self._kept
        if not new:
            return old
        shape = (len(new), self._rows)
        figures = {name: np.zeros(shape, np.int64) for name in FIGURES}
        marks = np.zeros(shape, np.uint32)
        for look, (_time, changes, _fill) in enumerate(new):
            for row, one in enumerate(changes[: self._rows]):
                if one is not None:
                    for name, values in figures.items():
                        values[look, row] = getattr(one, name)
                    marks[look, row] = marks_of(one)
        return Counted(
            np.concatenate([old.time, [time for time, _changes, _fill in new]]),
            {name: np.concatenate([old.figures[name], figures[name]]) for name in FIGURES},
            np.concatenate([old.marks, marks]),
            np.concatenate([old.fill, [fill for _time, _changes, fill in new]]),
        )


def marks_of(one: Change) -> int:
    """Return a change as the flags of a lane."""
    marks = Mark(0)
    for is_so, mark in (
        (one.stored, Mark.STORED),
        (one.finished, Mark.SWITCHED),
        (one.read, Mark.READ),
        (one.consumed, Mark.CONSUMED),
        (one.refused, Mark.LOST_FULL),
        (one.overwritten, Mark.OVERWRITTEN),
    ):
        if is_so:
            marks |= mark
    return int(marks)


def thinned(counted: Counted) -> Counted:
    """Return the same with one look in the place of two in its older half."""
    half = len(counted.time) // 4 * 2
    pairs = (-1, 2)

    def sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
        old = values[:half].reshape(*pairs, values.shape[1]).sum(axis=1)
        return np.concatenate([old, values[half:]])

    marks = np.bitwise_or.reduce(
        counted.marks[:half].reshape(*pairs, counted.marks.shape[1]), axis=1
    )
    fill = counted.fill[:half].reshape(pairs).max(axis=1)
    return Counted(
        np.concatenate([counted.time[1:half:2], counted.time[half:]]),
        {name: sums(values) for name, values in counted.figures.items()},
        np.concatenate([marks, counted.marks[half:]]),
        np.concatenate([fill, counted.fill[half:]]),
    )
