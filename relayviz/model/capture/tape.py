"""All records of a capture in the order in which they were written, and those of each buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.model.capture.gaps import Gap
    from relayviz.model.capture.layout import Layout

    Places = NDArray[np.uint32]
    Rows = NDArray[np.void]

NO_CPU = -1
LATEST = 1 << 62
"""Nanoseconds: what a damaged record says beyond is taken for this."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the capture.

    Attributes:
        path: Where it is.
        order: "little" or "big": the byte order of its numbers.
        begin: Its first row.
    """

    path: Path
    order: str
    begin: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A gap among the places of a tape.

    Attributes:
        gap: What is missing.
        buffer: Whose it is; NO_CPU: one counter numbers the records of all.
        before: Place of the last record before it.
        after: Place of the first one behind it.
    """

    gap: Gap
    buffer: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Records at places 0, 1, 2, … Nothing of it ever changes.

    Attributes:
        layout: How they look.
        sources: The files, by their first rows.
        rows: All rows of the index, as they stand in the files.
        order: For each place the row of its record.
        cpus: The CPU of each buffer; NO_CPU: one buffer serves all, or nobody says.
        places: For each buffer the places of its records.
        lost: What is provably missing, by where it is found out.
        tallies: For each buffer, and behind them for what no CPU is known of: the places at which a
            loss is found out, and how many records are known to be lost then.
        backwards: How many records say an earlier time than one before them on their CPU.
        is_whole: All of the files is in it; else the beginning of each.
    """

    layout: Layout
    sources: tuple[Source, ...]
    rows: Rows
    order: Places
    cpus: tuple[int, ...]
    places: tuple[Places, ...]
    lost: tuple[Lost, ...]
    tallies: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    backwards: int = 0
    is_whole: bool = True

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.order)

    @property
    def has_time(self) -> bool:
        """Whether records say when they were written."""
        return self.layout.time is not None

    def row(self, place: int) -> np.void:
        """Return the row of the record at a place."""
        found: np.void = self.rows[self.order[place]]
        return found

    def time(self, place: int) -> int:
        """Return when a record was written, in nanoseconds; without times its place."""
        return min(int(self.row(place)["time"]), LATEST) if self.has_time else place

    def span(self) -> tuple[int, int]:
        """Return the times of the first and the last record."""
        return (self.time(0), self.time(self.count - 1)) if self.count else (0, 0)

    def losses(self, buffer: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the places before and behind each gap of a buffer, or of those without a CPU."""
        mine = [(one.before, one.after) for one in self.lost if one.buffer == buffer]
        found = np.array(mine, np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def place_of(self, time: int) -> int:
        """Return how many records were written before a time."""
        return int(self.places_of(np.array([time]))[0])

    def places_of(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the same for several times: order and times are searched, not copied."""
        low = np.zeros(len(times), np.int64)
        high = np.full(len(times), self.count, np.int64)
        while np.any(open_ := low < high):
            middle = (low + high) // 2
            at = middle[open_]
            found = at
            if self.has_time:
                said = self.rows["time"][self.order[at]]
                found = np.minimum(said, np.uint64(LATEST)).astype(np.int64)
            is_before = found < times[open_]
            low[open_] = np.where(is_before, at + 1, low[open_])
            high[open_] = np.where(is_before, high[open_], at)
        return low

    def written(self, buffer: int, place: int) -> int:
        """Return how many of a buffer's records are among the first `place` of all."""
        return int(np.searchsorted(self.places[buffer], place))

    def lost_before(self, buffer: int, place: int) -> int:
        """Return how many records of a buffer are known to be lost once `place` are written.

        NO_CPU in place of a buffer: of those whose CPU nobody knows.
        """
        after, missing = self.tallies[buffer]
        found = int(np.searchsorted(after, place))
        return int(missing[found - 1]) if found else 0

    def source_of(self, row: int) -> Source:
        """Return the file that a row is of."""
        begins = [source.begin for source in self.sources]
        return self.sources[int(np.searchsorted(begins, row, "right")) - 1]

    def buffer_of(self, place: int) -> int:
        """Return whose record is at a place."""
        for buffer, places in enumerate(self.places):
            at = int(np.searchsorted(places, place))
            if at < len(places) and int(places[at]) == place:
                return buffer
        return NO_CPU
