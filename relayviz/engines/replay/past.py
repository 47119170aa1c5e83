"""Rates and lanes of a recording: what was counted between frames, in columns of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.live.past.columns import Edges, most_in, sums_in, union_in
from relayviz.model.live.live import Rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.replay.file.summary import Summary


class RecordedPast:
    """What was counted in the course of a recorded run, by the run's own seconds.

    Args:
        summary: Of the recording.
        unit: What was written and consumed.

    Threads: any; it never changes.
    """

    def __init__(self, summary: Summary, unit: str) -> None:
        self._unit = unit
        seconds = np.maximum.accumulate(summary.seconds)
        # of frames at one moment of the run, the last has all that was counted until then
        kept = np.append(np.flatnonzero(np.diff(seconds) > 0), len(seconds) - 1)
        groups = np.searchsorted(kept, np.arange(len(seconds)))
        self._ends, sums = seconds[kept], summary.sums[kept]
        self._sums = np.diff(sums, axis=0)
        self._fill = np.zeros(len(kept))
        np.maximum.at(self._fill, groups, summary.fill)
        self._marks = np.zeros((len(kept), summary.marks.shape[1]), np.uint32)
        np.bitwise_or.at(self._marks, groups, summary.marks)

    def rates(self, end: float, seconds: float, columns: int) -> Rates:
        """Return a stretch of the run that ends at a moment; see Source.rates."""
        edges = self._edges(end, seconds, columns)
        shared = sums_in(edges, self._sums)
        fill = most_in(edges, self._fill[1:])
        at = int(np.searchsorted(edges.wanted, self._ends[0])) - 1
        if 0 <= at < columns:  # the first frame is a moment, and stands for no time before it
            fill[at] = max(fill[at], self._fill[0])
        return Rates(
            seconds=seconds / columns,
            written=shared[:, 0],
            bytes=shared[:, 1],
            consumed=shared[:, 2],
            fill=fill,
            lost=shared[:, 3:].T,
            unit=self._unit,
        )

    def lanes(self, end: float, seconds: float, columns: int) -> NDArray[np.uint32]:
        """Return the marks of a stretch; see Source.lanes."""
        return union_in(self._edges(end, seconds, columns), self._marks[1:]).T

    def _edges(self, end: float, seconds: float, columns: int) -> Edges:
        wanted = np.linspace(end - seconds, end, columns + 1)
        return Edges(self._ends[:-1], self._ends[1:], wanted)
