"""What a live channel is put under: who writes, who reads, and what stops it. Plain frozen data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Self

MIN_EVENT = 16  # bytes: CPU, number, length and checksum; a test compares it with the core's
MAX_EVENT = 65_536  # bytes
MAX_READ = 1 << 20  # bytes of one read
MIN_FLUSH = 1e-4  # seconds between two flushes
MAX_RATE = 1e9  # events a second; more is "as fast as it goes"
MAX_SECONDS = 3600.0
MAX_LIST = 1_000_000
MAX_PIECES = 65_535  # of a record
AS_FAST_AS_IT_GOES = math.inf


class SizeKind(StrEnum):
    """How the sizes of events are drawn."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    EXPONENTIAL = "exponential"
    LIST = "list"


class ReaderKind(StrEnum):
    """How the consumer of a CPU gets at its data."""

    NONE = "none"
    READ = "read"
    MMAP = "mmap"


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of events, in bytes.

    Attributes:
        kind: How they are drawn.
        smallest: FIXED: the size. UNIFORM and EXPONENTIAL: no smaller one is drawn.
        largest: UNIFORM and EXPONENTIAL: no larger one is drawn.
        mean: EXPONENTIAL: the mean before the others cut it.
        recorded: LIST: taken in turn, from the first again after the last.
    """

    kind: SizeKind = SizeKind.FIXED
    smallest: int = 64
    largest: int = 64
    mean: int = 64
    recorded: tuple[int, ...] = ()

    @property
    def longest(self) -> int:
        """The longest event that can come."""
        if self.kind is SizeKind.LIST:
            return max(self.recorded, default=0)
        return self.smallest if self.kind is SizeKind.FIXED else self.largest

    def problem(self) -> str:
        """Say why events cannot be drawn so, with the remedy; empty: they can."""
        if self.kind is SizeKind.LIST:
            if not 1 <= len(self.recorded) <= MAX_LIST:
                return f"Give 1 to {MAX_LIST} sizes."
            return _event_problem(min(self.recorded), max(self.recorded))
        largest = self.smallest if self.kind is SizeKind.FIXED else self.largest
        if problem := _event_problem(self.smallest, largest):
            return problem
        if self.kind is not SizeKind.FIXED and self.largest < self.smallest:
            return f"The largest event is smaller than the smallest: give at least {self.smallest}."
        if self.kind is SizeKind.EXPONENTIAL and not self.smallest <= self.mean <= self.largest:
            return f"The mean lies between {self.smallest} and {self.largest} B."
        return ""


_TOO_SMALL = (
    f"An event has at least {MIN_EVENT} B: its CPU, number, length and checksum, by which readers"
    " verify what they get."
)


def _event_problem(smallest: int, largest: int) -> str:
    if smallest < MIN_EVENT:
        return _TOO_SMALL
    return "" if max(smallest, largest) <= MAX_EVENT else f"An event has at most {MAX_EVENT} B."


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written to one CPU.

    Attributes:
        rate: Events a second; 0: none; infinite: as fast as it goes.
        sizes: Their sizes.
        burst_on: Seconds of writing ...
        burst_off: ... that take turns with seconds of silence; 0: no bursts.
        flush_after: Events tried, behind which the writer calls relay_flush; 0: never.
        pieces: Events in a row that make one record and are due together; 1: each stands alone.
    """

    rate: float = 10_000.0
    sizes: Sizes = field(default_factory=Sizes)
    burst_on: float = 0.0
    burst_off: float = 0.0
    flush_after: int = 0
    pieces: int = 1

    def problems(self) -> dict[str, str]:
        """Say what is wrong, by field; empty: nothing."""
        bursts = (self.burst_on > 0) == (self.burst_off > 0)
        found = {
            "rate": "" if 0 <= self.rate <= MAX_RATE or math.isinf(self.rate) else _RATE,
            "sizes": self.sizes.problem(),
            "burst_on": _seconds(self.burst_on) or ("" if bursts else _BURSTS),
            "burst_off": _seconds(self.burst_off),
            "flush_after": "" if 0 <= self.flush_after < _LIMIT else f"Give 0 to {_LIMIT - 1}.",
            "pieces": "" if 1 <= self.pieces <= MAX_PIECES else f"Give 1 to {MAX_PIECES} pieces.",
        }
        return {name: text for name, text in found.items() if text}


_RATE = f"Give 0 to {MAX_RATE:.0f} events a second, or as fast as it goes."
_BURSTS = "Bursts need both: how long is written, and how long not."


@dataclass(frozen=True, slots=True)
class Reading:
    """How one CPU's buffer is consumed.

    Attributes:
        kind: By read, by mmap and relay_subbufs_consumed, or not at all.
        pace: Seconds between two visits; 0: no pause.
        batch: READ: bytes of one read; MMAP: sub-buffers of a visit; 0: all there is.
        stall_every: Every so many seconds ...
        stall: ... the consumer stays away for so many; 0: never.
        forget_every: MMAP: each so many-th report is not made; 1: never reports; 0: makes all.
        report_extra: MMAP: reports so many sub-buffers more than it has read.
    """

    kind: ReaderKind = ReaderKind.READ
    pace: float = 0.01
    batch: int = 0
    stall_every: float = 0.0
    stall: float = 0.0
    forget_every: int = 0
    report_extra: int = 0

    def problems(self) -> dict[str, str]:
        """Say what is wrong, by field; empty: nothing."""
        stalls = (self.stall > 0) == (self.stall_every > 0)
        reports = self.kind is ReaderKind.MMAP
        most = MAX_READ if self.kind is ReaderKind.READ else _LIMIT - 1
        found = {
            "pace": _seconds(self.pace),
            "batch": "" if 0 <= self.batch <= most else f"Give 0 (all there is) to {most}.",
            "stall_every": _seconds(self.stall_every) or ("" if stalls else _STALLS),
            "stall": _seconds(self.stall),
            "forget_every": _report(self.forget_every, reports=reports),
            "report_extra": _report(self.report_extra, reports=reports),
        }
        return {name: text for name, text in found.items() if text}


_LIMIT = 2**31
_STALLS = "Stalls need both: how often the consumer stays away, and how long."


def _seconds(value: float) -> str:
    return "" if 0 <= value <= MAX_SECONDS else f"Give 0 to {MAX_SECONDS:.0f} seconds."


def _report(value: int, *, reports: bool) -> str:
    if not 0 <= value < _LIMIT:
        return f"Give 0 to {_LIMIT - 1}."
    return "" if reports or value == 0 else "Only a reader by mmap reports sub-buffers as consumed."


@dataclass(frozen=True, slots=True)
class Load:
    """What a channel is put under.

    Attributes:
        writing: What is written to a CPU that is not named in `writers`.
        reading: How a CPU is consumed that is not named in `readers`.
        writers: CPUs that are written to otherwise.
        readers: CPUs that are consumed otherwise.
        flush_every: Seconds between two calls of relay_flush; 0: none.
        writer_threads: Native threads that write; CPU c is served by thread c modulo that.
        reader_threads: Native threads that read.
        title: The name of the preset, for people; empty: it has none.
    """

    writing: Writing = field(default_factory=Writing)
    reading: Reading = field(default_factory=Reading)
    writers: tuple[tuple[int, Writing], ...] = ()
    readers: tuple[tuple[int, Reading], ...] = ()
    flush_every: float = 0.0
    writer_threads: int = 1
    reader_threads: int = 1
    title: str = ""

    def writing_of(self, cpu: int) -> Writing:
        """Return what is written to a CPU."""
        return dict(self.writers).get(cpu, self.writing)

    def reading_of(self, cpu: int) -> Reading:
        """Return how a CPU is consumed."""
        return dict(self.readers).get(cpu, self.reading)

    @property
    def every_writing(self) -> tuple[Writing, ...]:
        """What is written to any CPU."""
        return (self.writing, *(writing for _, writing in self.writers))

    @property
    def every_reading(self) -> tuple[Reading, ...]:
        """How any CPU is consumed."""
        return (self.reading, *(reading for _, reading in self.readers))

    def with_writing(self, writing: Writing, cpu: int | None = None) -> Self:
        """Return the same load with another writer on one CPU; None: on all."""
        if cpu is None:
            return replace(self, writing=writing, writers=())
        others = tuple(one for one in self.writers if one[0] != cpu)
        mine = () if writing == self.writing else ((cpu, writing),)
        return replace(self, writers=tuple(sorted((*others, *mine), key=_cpu)))

    def with_reading(self, reading: Reading, cpu: int | None = None) -> Self:
        """Return the same load with another consumer on one CPU; None: on all."""
        if cpu is None:
            return replace(self, reading=reading, readers=())
        others = tuple(one for one in self.readers if one[0] != cpu)
        mine = () if reading == self.reading else ((cpu, reading),)
        return replace(self, readers=tuple(sorted((*others, *mine), key=_cpu)))

    def problems(self) -> dict[str, str]:
        """Say what is wrong, by field such as "writing.rate" or "readers.3.pace"."""
        parts = {
            "writing": self.writing.problems(),
            "reading": self.reading.problems(),
            **{f"writers.{cpu}": one.problems() for cpu, one in self.writers},
            **{f"readers.{cpu}": one.problems() for cpu, one in self.readers},
        }
        found = {
            f"{part}.{name}": text for part, texts in parts.items() for name, text in texts.items()
        }
        found["flush_every"] = _seconds(self.flush_every) or (
            "" if self.flush_every == 0 or self.flush_every >= MIN_FLUSH else _FLUSH
        )
        for name in ("writer_threads", "reader_threads"):
            threads = getattr(self, name)
            found[name] = "" if 1 <= threads <= MAX_THREADS else f"Give 1 to {MAX_THREADS} threads."
        return {name: text for name, text in found.items() if text}


MAX_THREADS = 64
MOST_COUNTED = 2**63 - 1
_FLUSH = f"Flush every {MIN_FLUSH} s at most; 0: never."


def _cpu(pair: tuple[int, object]) -> int:
    return pair[0]


class Counter(StrEnum):
    """A number of one CPU that a run can be stopped at."""

    PRODUCED = "produced"
    CONSUMED = "consumed"
    READY = "ready"
    ATTEMPTED = "attempted"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class BreakOn:
    """What stops all threads at once, within the operation that meets it.

    Attributes:
        losses: Names of model.state.LOSSES: the first loss of any of these kinds.
        full: A buffer gets full (ready = n_subbufs).
        lapped: A reader finds that it was lapped.
        torn: A reader gets an event with bytes that do not belong together.
        twice: A reader gets an event again.
        torn_records: A reader gets an event of a record, and not all of the one before came: where
            records are written in pieces.
        counter: A counter that reaches `value`; None: none.
        value: See counter.
        cpu: Only on this CPU; None: on any.
    """

    losses: frozenset[str] = frozenset()
    full: bool = False
    lapped: bool = False
    torn: bool = False
    twice: bool = False
    torn_records: bool = False
    counter: Counter | None = None
    value: int = 0
    cpu: int | None = None

    def problem(self, cpus: int) -> str:
        """Say why a channel with so many CPUs cannot be stopped so; empty: it can."""
        if self.cpu is not None and not 0 <= self.cpu < cpus:
            return f"There is no CPU {self.cpu}: give 0 to {cpus - 1}."
        if self.counter is not None and not 1 <= self.value <= MOST_COUNTED:
            return f"A counter reaches 1 to {MOST_COUNTED}."
        return ""

    @property
    def is_set(self) -> bool:
        """Whether anything can stop the run."""
        return any(bool(getattr(self, each.name)) for each in fields(self) if each.name != "cpu")
