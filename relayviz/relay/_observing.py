"""What can be seen of a channel: accounts, statistics, snapshots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from relayviz import _relay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Count(NamedTuple):
    """A number of events and of their bytes (headers and padding not counted)."""

    events: int
    bytes: int


class Account(NamedTuple):
    """What became of all events of a buffer since open.

    At every quiet moment: attempted = accepted + refused_full + too_big + busy + written_late,
    and accepted = unread + consumed + released_unread + overwritten + discarded_reset +
    discarded_close.

    Attributes:
        attempted: Writes and reservations that were tried.
        accepted: Of these: stored.
        unread: Of these: still there.
        refused_full: Lost, subbuf_start refused.
        too_big: Lost, longer than a sub-buffer or than what its header leaves.
        busy: Lost, written by a callback or signal handler inside a write of the same buffer.
        written_late: Lost, the channel was being closed.
        overwritten: Lost unread, the sub-buffer was used again.
        discarded_reset: Lost unread by a reset.
        discarded_close: Lost unread when the last who could read went after close.
        consumed: Read, and its sub-buffer released.
        released_unread: Lost, its sub-buffer was released before it was read.
    """

    attempted: Count
    accepted: Count
    unread: Count
    refused_full: Count
    too_big: Count
    busy: Count
    written_late: Count
    overwritten: Count
    discarded_reset: Count
    discarded_close: Count
    consumed: Count
    released_unread: Count

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int]]) -> Self:
        """Return the account whose fields are the (events, bytes) of `rows`, in order."""
        return cls._make(map(Count._make, rows))


class Stats(NamedTuple):
    """The two counters of later kernels: subbuf_start asked while full, and too big."""

    full: int
    big: int


class SubbufState(IntEnum):
    """What a sub-buffer is at the moment: Snapshot.subbufs["state"]."""

    FREE = 0  # not used since open or reset
    CURRENT = 1  # being written
    UNREAD = 2  # finished, not yet consumed
    DONE = 3  # finished and released; its bytes are still there


_COUNT_DTYPE = np.dtype([("events", np.uint64), ("bytes", np.uint64)])
#: A row of Snapshot.buffers (struct relay_buf_info).
BUFFER_DTYPE = np.dtype(
    [
        *((name, np.uint64) for name in ("produced", "consumed", "offset", "bytes_consumed")),
        *((name, np.uint64) for name in ("prev_padding", "file_size", "stat_full", "stat_big")),
        *((name, np.uint32) for name in ("cpu", "current", "waiters")),
        *((name, np.uint8) for name in ("online", "finalized", "has_file", "mapped")),
        ("account", [(name, _COUNT_DTYPE) for name in Account._fields]),
    ]
)
#: A row of Snapshot.subbufs (struct relay_subbuf_info).
SUBBUF_DTYPE = np.dtype(
    [
        *((name, np.uint64) for name in ("lap", "events", "lost")),
        *((name, np.uint32) for name in ("used", "header", "padding", "reserved", "read", "state")),
    ]
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A channel at one moment, taken without stopping anybody.

    Each buffer is consistent with itself as far as switches go; at a quiet moment all is exact.

    Attributes:
        buffers: A row for each distinct buffer by CPU number, BUFFER_DTYPE, shape (buffers,).
        subbufs: A row for each sub-buffer, SUBBUF_DTYPE, shape (buffers, n_subbufs); `lap` is
            NO_LAP where nothing was written since open or reset.
        base_filename, subbuf_size, n_subbufs, alloc_size, cpus, online, is_global, last_toobig,
        closed: As of the Channel.
    """

    buffers: NDArray[np.void]
    subbufs: NDArray[np.void]
    base_filename: str | None
    subbuf_size: int
    n_subbufs: int
    alloc_size: int
    cpus: int
    online: tuple[int, ...]
    is_global: bool
    last_toobig: int
    closed: bool


class Alive(IntEnum):
    """Whether the process that made a buffer is there: enum relay_alive."""

    NO = 0
    YES = 1
    UNKNOWN = 2  # it is in another PID namespace


class Doing(IntEnum):
    """What was found half done in a buffer: enum relay_doing."""

    NOTHING = 0
    SWITCH = 1
    RELEASE = 2
    START = 3
    DISCARD = 4
    RESTORE = 5


@dataclass(frozen=True, slots=True)
class AttachedLook:
    """What one look at a buffer of another process says.

    Attributes:
        buffer: The figures, a row of BUFFER_DTYPE; None: they cannot be, the block is damaged.
        subbufs: The sub-buffers, SUBBUF_DTYPE.
        pid, cpus, channel, is_global: Of the maker; `channel` is a number that no other one has.
        subbuf_size, n_subbufs, alloc_size, cpu: Of the buffer.
        alive: Whether the maker is there.
        doing: What was found half done; it is in order in the figures.
        holder: The thread that has the buffer's lock, 0: none.
        writing: Writers without lock that are inside.
        is_torn: The maker died while it had the buffer for writing an event.
        is_moving: Changes fell into many tries: figures may not fit each other, or are those of the
            look before.
        is_consumer: The holder is of another process than the maker.
    """

    buffer: np.void | None
    subbufs: NDArray[np.void]
    pid: int
    cpus: int
    channel: int
    is_global: bool
    subbuf_size: int
    n_subbufs: int
    alloc_size: int
    cpu: int
    alive: Alive
    doing: Doing
    holder: int
    writing: int
    is_torn: bool
    is_moving: bool
    is_consumer: bool


class Attached(_relay.Attached):
    """A buffer of another process, running or dead, looked at only.

    Its files are opened for reading; nothing that they say is believed before it was checked.

    Args:
        path: Of the buffer's data file.

    Raises:
        OSError: ENOENT, EACCES, EPROTO (another version of the library), EBADMSG (no control block,
            or a damaged one).

    Threads: one at a time. Source: none in the kernel; relay_attach.h.
    """

    _last: AttachedLook | None = None

    def look(self, *, is_new: bool = False) -> AttachedLook:
        """Look at it now.

        Args:
            is_new: The look before shall not be told instead where it never held still.

        Raises:
            OSError: EAGAIN, it never held still, and there is no look before to tell instead.
        """
        try:
            self._last = self._look_now()
        except BlockingIOError:
            if self._last is None or is_new:
                raise
            return replace(self._last, is_moving=True)
        return self._last

    def _look_now(self) -> AttachedLook:
        buffer = np.empty(BUFFER_DTYPE.itemsize, np.uint8)
        subbufs = np.empty(self.n_subbufs * SUBBUF_DTYPE.itemsize, np.uint8)
        said = self._look(buffer, subbufs)
        is_damaged = said.pop("is_damaged")
        said["alive"], said["doing"] = Alive(said["alive"]), _doing(said["doing"])
        row = None if is_damaged else buffer.view(BUFFER_DTYPE)[0]
        return AttachedLook(row, subbufs.view(SUBBUF_DTYPE), **said)


def _doing(number: int) -> Doing:
    """Whatever a damaged block says there."""
    return Doing(number) if number in set(Doing) else Doing.NOTHING
