"""A channel under load: native threads that write, read, verify, count and stop all at once."""

from __future__ import annotations

import atexit
import weakref
from typing import TYPE_CHECKING, Self

import numpy as np

from relayviz import _relay
from relayviz.relay._live_data import LIVE_BINS_DTYPE, LIVE_COUNTERS, LIVE_TOTALS_DTYPE, Hit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from numpy.typing import NDArray

    from relayviz.relay._channel import Channel
    from relayviz.relay._live_data import Reading, Writing

_SIZES = ("fixed", "uniform", "exponential", "list")
_READERS = ("none", "read", "mmap")


class Live(_relay.Live):
    """A pool of threads that write to a channel and read it; a context manager that closes it.

    CPU c is served by writer thread c % writer_threads and reader thread c % reader_threads; a
    global channel has one of each. At first nothing is written or read, and the threads stand.
    Events have a CPU, a number given at the attempt, a length and a checksum, and a payload made
    from these: readers know of each byte whether it is as written. Bytes of other writers are
    unwritten to them.

    Source: none in the kernel; relay_live.h.

    Args:
        channel: An open channel.
        writer_threads: 1 to 64.
        reader_threads: 1 to 64.
        seed: Of the sizes that are drawn.
        simulated: No threads: the clock is moved by simulate.
        event_seconds: Simulated: how long a write takes at least.

    Raises:
        ClosedError: The channel is closed.
        RelayError: More than 64 threads, a negative time, or the system gave no thread.
        BusyError: Called from inside a callback.

    Threads: any. run, pause, simulate, drain, close and break_on raise BusyError inside callbacks.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        writer_threads: int = 1,
        reader_threads: int = 1,
        seed: int = 0,
        simulated: bool = False,
        event_seconds: float = 0.0,
    ) -> None:
        if writer_threads < 1 or reader_threads < 1:
            raise _relay.RelayError(
                f"writer_threads={writer_threads}, reader_threads={reader_threads}: 1 to 64"
            )
        super().__init__(
            channel, writer_threads, reader_threads, seed % 2**64, simulated, float(event_seconds)
        )
        self._channel = channel
        _open.add(self)

    @property
    def channel(self) -> Channel:
        """The channel."""
        return self._channel

    def set_writing(self, writing: Writing, cpus: Iterable[int] | None = None) -> None:
        """Change what CPUs write, running or not; threads take it up within a few hundred events.

        Args:
            writing: What.
            cpus: Which; None: all.

        Raises:
            CpuError: The channel has no such CPU.
            RelayError: A rate, size or time is out of range; nothing has changed.
            ClosedError: The pool is closed.
        """
        sizes = writing.sizes
        self._set_writing(
            float(writing.rate),
            _index(_SIZES, sizes.kind),
            _size(sizes.min),
            _size(sizes.max),
            float(sizes.mean),
            np.array([_size(size) for size in sizes.recorded], np.uint32),
            float(writing.burst_on),
            float(writing.burst_off),
            _count("flush_after", writing.flush_after),
            _count("pieces", writing.pieces),
            _numbers(cpus),
        )

    def set_reading(self, reading: Reading, cpus: Iterable[int] | None = None) -> None:
        """Change how buffers are read, running or not; a global channel has one reader.

        Args:
            reading: How.
            cpus: Whose; None: all.

        Raises:
            CpuError, RelayError, ClosedError: As set_writing.
            FileNotFoundError: A buffer has no file to read.
        """
        self._set_reading(
            _index(_READERS, reading.kind),
            float(reading.pace),
            _count("batch", reading.batch),
            float(reading.stall_every),
            float(reading.stall),
            _count("forget_every", reading.forget_every),
            _count("report_extra", reading.report_extra),
            _numbers(cpus),
        )

    def set_flush(self, seconds: float) -> None:
        """Flush the channel every so many seconds, 100 µs at least; 0: never.

        Raises:
            RelayError: Less than 100 µs, or more than a day.
            ClosedError: The pool is closed.
        """
        self._set_flush(float(seconds))

    def simulate(self, seconds: float) -> None:
        """Let so many seconds of a simulated clock go by, and do all that falls due in them.

        Nothing takes time but a write of event_seconds, and nothing is waited for. The same
        settings and seed give the same counts, in one call or in many. When what is due and who is
        first at equal times: relay_live.h.

        Args:
            seconds: 0 to a day; a break, or a pause by another thread, ends them early.

        Raises:
            RelayError: The pool has threads, another thread simulates it, or a time out of range.
            ClosedError: The pool is closed.
            BusyError: Called from inside a callback.
        """
        self._simulate(float(seconds))

    def break_on(
        self,
        fates: Iterable[str] = (),
        *,
        full: bool = False,
        lapped: bool = False,
        torn: bool = False,
        twice: bool = False,
        torn_records: bool = False,
        counter: str | None = None,
        value: int = 0,
        cpu: int | None = None,
    ) -> None:
        """Stop all threads when one of these is met; without arguments: at nothing.

        The writer or reader that meets it tests it behind its operation, before its next one. What
        is there already does not count: changes are measured from this call and from each run.

        Args:
            fates: The next event with one of these fates (or growth of another of LIVE_COUNTERS).
            full: A buffer becomes full.
            lapped: A reader is lapped.
            torn: A reader gets a torn event.
            twice: A reader gets an event again.
            torn_records: A reader gets an event of a record and has not got all of the one before.
            counter: The one of LIVE_COUNTERS that reaches ...
            value: ... this, from below.
            cpu: Only on this CPU; None: on any.

        Raises:
            ValueError: An unknown counter, or no value for it.
            CpuError: The channel has no such CPU.
            BusyError, ClosedError: As run.
        """
        wanted = {"full": full, "lapped": lapped, "torn": torn, "twice": twice}
        wanted["torn_records"] = torn_records
        names = [*fates, *(name for name, is_wanted in wanted.items() if is_wanted)]
        grows = 0
        for name in names:
            grows |= 1 << _counter(name)
        if counter is not None and value < 1:
            raise ValueError(f"value={value}: what {counter} reaches is 1 or more")
        reaches = 0 if counter is None else _counter(counter)
        self._set_break(grows, reaches, 0 if counter is None else value, cpu)

    @property
    def hit(self) -> Hit | None:
        """What stopped the threads; None: nothing since the last run."""
        hit = self._hit()
        return None if hit is None else Hit(*hit)

    def wait_hit(self, timeout: float | None = None) -> Hit | None:
        """Wait until a break is met and all threads stand; None: time is up, or closed.

        Args:
            timeout: Seconds; None: for ever.
        """
        hit = self._wait_hit(-1.0 if timeout is None else max(0.0, timeout))
        return None if hit is None else Hit(*hit)

    def totals(self) -> NDArray[np.void]:
        """Return all counters since open, LIVE_TOTALS_DTYPE, shape (cpus,). Exact while paused.

        In a global channel those of the buffer and its reader are in the row of its first CPU.
        """
        rows = np.zeros(self._channel.cpus * LIVE_TOTALS_DTYPE.itemsize, np.uint8)
        self._totals(rows)
        return rows.view(LIVE_TOTALS_DTYPE)

    def bins(self, columns: int, seconds: float = 60.0) -> NDArray[np.void]:
        """Return the last seconds in columns of equal length, LIVE_BINS_DTYPE, shape (columns,).

        Counts of one sample may be shared out between columns; sums are exact. `seconds` of a
        column says how much of it is known: 0 before the start. Columns begin at multiples of
        their length.
        """
        rows = np.zeros(columns * LIVE_BINS_DTYPE.itemsize, np.uint8)
        self._bins(float(seconds), rows)
        return rows.view(LIVE_BINS_DTYPE)

    def lanes(
        self, columns: int, seconds: float = 60.0, cpus: Iterable[int] | None = None
    ) -> NDArray[np.uint32]:
        """Return what happened when, flags of Lane, shape (cpus, columns); nothing is left out.

        Raises:
            CpuError: The channel has no such CPU.
        """
        chosen = _numbers(cpus)
        rows = self._channel.cpus if chosen is None else len(chosen)
        flags = np.zeros((rows, columns), np.uint32)
        self._lanes(float(seconds), chosen, flags, columns)
        return flags

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_open: weakref.WeakSet[Live] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End all threads before the interpreter's end: one in a callback would never return."""
    for live in list(_open):
        live.close()


def _counter(name: str) -> int:
    if name not in LIVE_COUNTERS:
        raise ValueError(f"{name!r} is none of {', '.join(LIVE_COUNTERS)}")
    return LIVE_COUNTERS.index(name)


def _index(names: tuple[str, ...], kind: str) -> int:
    if kind not in names:
        raise ValueError(f"kind={kind!r}: it is one of {', '.join(names)}")
    return names.index(kind)


def _size(size: int) -> int:
    """Return a size as far as it fits the native type; what is out of range stays so."""
    return min(max(size, 0), 2**32 - 1)


def _count(name: str, value: int) -> int:
    if value < 0:
        raise _relay.RelayError(f"{name}={value}: a number from 0 on")
    return min(value, 2**32 - 1)


def _numbers(cpus: Iterable[int] | None) -> NDArray[np.uint32] | None:
    if cpus is None:
        return None
    chosen = list(cpus)
    wrong = [cpu for cpu in chosen if not 0 <= cpu < 2**32]
    if wrong:
        raise _relay.CpuError(f"cpu={wrong[0]}: no such CPU")
    return np.array(chosen, np.uint32)
