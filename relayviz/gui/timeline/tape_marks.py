"""A stretch of a capture as columns of marks. Plain figures: no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.capture.tape import NO_CPU
from relayviz.model.channel.marks import Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from relayviz.model.capture.tape import Tape

    Borders = Callable[[int], NDArray[np.int64]]
    Edges = NDArray[np.int64]


class TapeMarks:
    """What happened on each lane of a tape: one for each buffer, one for losses without a CPU.

    Args:
        tape: The records.
        borders: Gives the first record of each sub-buffer of a buffer.
    """

    def __init__(self, tape: Tape, borders: Borders) -> None:
        self.tape = tape
        self.begin, self.end = tape.span()
        buffers = range(len(tape.places))
        self._switches = [tape.places[each][borders(each)[1:]] for each in buffers]
        self._losses = [tape.losses(each) for each in buffers]
        without = tape.losses(NO_CPU)
        if len(without[0]):
            self._losses.append(without)

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return len(self._losses)

    @property
    def length(self) -> int:
        """How many units, nanoseconds or records, there are from the first to the last."""
        return self.end - self.begin

    def edges(self, first: int, last: int, width: int) -> Edges:
        """Return how many records come before each of so many columns, and behind the last."""
        steps = last - first + 1
        units = [self.begin + first + steps * column // width for column in range(width + 1)]
        return self.tape.places_of(np.array(units, np.int64))

    def columns(self, first: int, last: int, width: int) -> NDArray[np.uint32]:
        """Return the marks of each lane on so many columns."""
        edges = self.edges(first, last, width)
        grid = np.zeros((self.lanes, width), np.uint32)
        for lane, places in enumerate(self.tape.places):
            grid[lane] |= _has(places, edges) * np.uint32(Mark.STORED)
            grid[lane] |= _has(self._switches[lane], edges) * np.uint32(Mark.SWITCHED)
        for lane, (before, after) in enumerate(self._losses):
            grid[lane] |= _covered(before, after, edges) * np.uint32(Mark.LOST_FULL)
        return grid

    def last_of(self, lane: int) -> int | None:
        """Return the unit of a lane's last record; None: it has none."""
        if lane >= len(self.tape.places) or not len(self.tape.places[lane]):
            return None
        return self.tape.time(int(self.tape.places[lane][-1])) - self.begin


def _has(places: NDArray[np.uint32], edges: Edges) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.diff(np.searchsorted(places, edges)) > 0
    return found


def _covered(before: Edges, after: Edges, edges: Edges) -> NDArray[np.bool_]:
    """Return which columns lie between the two records of a gap, those of both included."""
    width = len(edges) - 1
    # a column has the records from its edge on up to the next edge
    first = np.searchsorted(edges, before, "right") - 1
    last = np.searchsorted(edges, after, "right") - 1
    there = (last >= 0) & (first < width)
    change = np.zeros(width + 1, np.int64)
    np.add.at(change, np.clip(first[there], 0, width - 1), 1)
    np.add.at(change, np.clip(last[there], 0, width - 1) + 1, -1)
    found: NDArray[np.bool_] = np.cumsum(change)[:width] > 0
    return found
