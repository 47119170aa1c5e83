"""What a live pool is told and what it tells: settings, hits, rows of counters, lanes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import numpy as np

from relayviz import _relay

if TYPE_CHECKING:
    from collections.abc import Iterable

_FATES_DTYPE = np.dtype([(name, np.float64) for name in _relay.FATES])


def _dtype(layout: tuple[int, list[tuple[str, str, int, int]]]) -> np.dtype[np.void]:
    """Return the type of a native row: (name, format, offset, count) of each field."""
    size, fields = layout
    return np.dtype(
        {
            "names": [name for name, *_ in fields],
            "formats": [
                _FATES_DTYPE if name == "fate" else (form, count) if count > 1 else form
                for name, form, _, count in fields
            ],
            "offsets": [offset for _, _, offset, _ in fields],
            "itemsize": size,
        }
    )


#: A row of Live.totals (struct relay_live_counts); `gaps` has an element for each power of 2 of µs.
LIVE_TOTALS_DTYPE = _dtype(_relay.LIVE_TOTALS_LAYOUT)
#: A row of Live.bins (struct relay_live_bin); `fate` has a field for each fate.
LIVE_BINS_DTYPE = _dtype(_relay.LIVE_BINS_LAYOUT)
#: What break_on can look at: the fates first.
LIVE_COUNTERS = _relay.LIVE_COUNTERS
#: Live.totals["last_report"] of a reader that has not reported.
NO_REPORT = 2**64 - 1


class Lane(IntFlag):
    """What happened on a CPU in a stretch of time: elements of Live.lanes."""

    REFUSED_FULL = 1 << 0
    TOO_BIG = 1 << 1
    BUSY = 1 << 2
    WRITTEN_LATE = 1 << 3
    OVERWRITTEN = 1 << 4
    DISCARDED_RESET = 1 << 5
    DISCARDED_CLOSE = 1 << 6
    CONSUMED = 1 << 7
    RELEASED_UNREAD = 1 << 8
    STORED = 1 << 9
    SWITCHED = 1 << 10
    FLUSHED = 1 << 11
    READ = 1 << 12
    RELEASED = 1 << 13
    FULL = 1 << 14
    LAPPED = 1 << 15
    TORN = 1 << 16
    TWICE = 1 << 17
    MISSING = 1 << 18
    UNWRITTEN = 1 << 19


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of events in bytes, 16 to 65536; use the class methods.

    Attributes:
        kind: Where they come from.
        min: The smallest; the only one of "fixed".
        max: The largest.
        mean: Of "exponential".
        recorded: Of "list".
    """

    kind: Literal["fixed", "uniform", "exponential", "list"] = "fixed"
    min: int = 64
    max: int = 64
    mean: float = 64.0
    recorded: tuple[int, ...] = ()

    @classmethod
    def fixed(cls, size: int) -> Self:
        """Return always the same size."""
        return cls("fixed", size, size, float(size))

    @classmethod
    def uniform(cls, least: int, most: int) -> Self:
        """Return sizes from `least` to `most`, each as likely as the others."""
        return cls("uniform", least, most, (least + most) / 2)

    @classmethod
    def exponential(cls, mean: float, least: int = 16, most: int = 65536) -> Self:
        """Return many small sizes and few large ones, cut at `least` and `most`."""
        return cls("exponential", least, most, mean)

    @classmethod
    def listed(cls, sizes: Iterable[int]) -> Self:
        """Return recorded sizes, in order, over and over."""
        recorded = tuple(int(size) for size in sizes)
        if not recorded:
            raise _relay.RelayError("sizes=(): a list has 1 to 1048576 sizes")
        mean = sum(recorded) / len(recorded)
        return cls("list", min(recorded), max(recorded), mean, recorded)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a CPU writes.

    Attributes:
        rate: Events a second; 0: none; math.inf: as fast as it goes.
        sizes: Of the events.
        burst_on: Seconds of writing, then ...
        burst_off: ... seconds of silence, and so on; either 0: steady.
        flush_after: Events tried, behind which the writer flushes the channel; 0: never.
        pieces: Events in a row that make one record and are due together, 65535 at most.
    """

    rate: float = 0.0
    sizes: Sizes = Sizes()
    burst_on: float = 0.0
    burst_off: float = 0.0
    flush_after: int = 0
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """How a CPU's buffer is read.

    Attributes:
        kind: By read, by mmap and subbufs_consumed, or not at all.
        pace: Seconds from a visit to the next; 0: as soon as there is something.
        batch: "read": bytes of the one read call of a visit; "mmap": sub-buffers of a visit;
            0: all there is.
        stall_every: Seconds of work, then ...
        stall: ... seconds without a visit; either 0: no stalls.
        forget_every: "mmap": every so many reports one is not made; 1: none is; 0: all are.
        report_extra: "mmap": sub-buffers that each report says too much.
    """

    kind: Literal["none", "read", "mmap"] = "none"
    pace: float = 0.0
    batch: int = 0
    stall_every: float = 0.0
    stall: float = 0.0
    forget_every: int = 0
    report_extra: int = 0


class Hit(NamedTuple):
    """What stopped the threads.

    Attributes:
        what: The counter, of LIVE_COUNTERS.
        cpu: Where; of a global channel's buffer: its first CPU.
        seq: Number of the last event that was attempted on this CPU; -1: none.
        value: Of the counter.
        time: Seconds of the pool's clock.
    """

    what: str
    cpu: int
    seq: int
    value: int
    time: float
