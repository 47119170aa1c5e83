"""What a channel looks like at one moment: its buffers, its files, and what is not finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig, Mode

LOSS_WORDS = {
    "refused_full": "refused",
    "too_big": "too big",
    "busy": "buffer busy",
    "written_late": "written while closing",
    "overwritten": "overwritten",
    "discarded_reset": "discarded by reset",
    "discarded_close": "discarded by close",
    "released_unread": "released too early",
}
"""The ways to lose an event, by the account's names, in words: not why one was refused, nor whether
a reader got it all the same. See model.ledger.words for a single event."""

LOSSES = tuple(LOSS_WORDS)


class Count(NamedTuple):
    """A number of events and of their bytes."""

    events: int
    bytes: int


class Position(NamedTuple):
    """A place in a buffer: a sub-buffer, and bytes from its start."""

    subbuf: int
    offset: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """A slot that was handed out and has not been filled.

    Attributes:
        event: The event's number.
        cpu: Who reserved it.
        buffer: The CPU number of the buffer.
        index: The sub-buffer.
        lap: The number of the sub-buffer, counted from open or reset.
        start: First byte, from the start of the buffer.
        end: Behind the last.
        is_current: The sub-buffer still holds that lap; else filling it goes over other bytes.
    """

    event: int
    cpu: int
    buffer: int
    index: int
    lap: int
    start: int
    end: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open descriptor: its slot, the CPU number of its buffer, its flags."""

    fd: int
    cpu: int
    flags: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping: its slot, the CPU number of its buffer, "shared", "writable" or "private"."""

    fd: int
    cpu: int
    kind: str


def overwritten(buffers: NDArray[np.void], config: ChannelConfig) -> NDArray[np.int64]:
    """Return how many ready sub-buffers of each buffer are there no more.

    The ring holds the newest; the place that is being written is one less, unless the writer is
    blocked.
    """
    ready = buffers["produced"].astype(np.int64) - buffers["consumed"].astype(np.int64)
    held = config.n_subbufs - (buffers["offset"] <= config.subbuf_size)
    found: NDArray[np.int64] = np.maximum(ready - held, 0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A channel at one moment. Nothing of it ever changes; arrays are read-only.

    Attributes:
        config: What the channel was opened with.
        buffers: A row for each buffer by CPU number, relay.BUFFER_DTYPE, shape (rows,).
        subbufs: A row for each sub-buffer, relay.SUBBUF_DTYPE, shape (rows, n_subbufs).
        base_filename: None while there are no files.
        alloc_size: Bytes of one buffer, whole pages.
        online: The CPUs on line.
        is_global: One buffer serves all CPUs.
        last_toobig: Bytes of the last event that was too big.
        closed: The channel was closed; its buffers show what they were left with.
        mode: What subbuf_start does now.
        source: Its Python text, if the mode is "python".
        reserved: Slots reserved and not filled, oldest first.
        files: Open descriptors by slot.
        mappings: Mappings by slot.
    """

    config: ChannelConfig
    buffers: NDArray[np.void]
    subbufs: NDArray[np.void]
    base_filename: str | None
    alloc_size: int
    online: tuple[int, ...]
    is_global: bool
    last_toobig: int
    closed: bool
    mode: Mode
    source: str
    reserved: tuple[Reserved, ...]
    files: tuple[OpenFile, ...]
    mappings: tuple[Mapping, ...]

    def is_gone(self, row: int) -> bool:
        """Return whether no file or mapping holds a closed channel's buffer any more."""
        cpu = int(self.buffers["cpu"][row])
        held = {one.cpu for one in self.files} | {one.cpu for one in self.mappings}
        return self.closed and cpu not in held

    @property
    def subbuf_size(self) -> int:
        """Bytes of a sub-buffer."""
        return self.config.subbuf_size

    @property
    def n_subbufs(self) -> int:
        """Sub-buffers of a buffer."""
        return self.config.n_subbufs

    @property
    def cpus(self) -> int:
        """Possible CPUs."""
        return self.config.cpus

    @property
    def named(self) -> bool:
        """Whether the channel has files."""
        return self.base_filename is not None

    @property
    def rows(self) -> int:
        """How many buffers there are."""
        return len(self.buffers)

    def row_of(self, cpu: int) -> int | None:
        """Return the row of a CPU's buffer; None if it has none."""
        if self.is_global:
            return 0 if 0 <= cpu < self.cpus and self.rows else None
        row = int(np.searchsorted(self.buffers["cpu"], cpu))
        return row if row < self.rows and self.buffers["cpu"][row] == cpu else None

    def ready(self, row: int) -> int:
        """Return the finished sub-buffers not yet consumed; overwriting it can exceed n_subbufs."""
        return int(self.buffers["produced"][row]) - int(self.buffers["consumed"][row])

    def overwritten(self, row: int) -> int:
        """Return how many of the ready sub-buffers are there no more: see overwritten."""
        return int(overwritten(self.buffers[row : row + 1], self.config)[0])

    def is_full(self, row: int) -> bool:
        """Return whether no sub-buffer is free for the writer."""
        return self.ready(row) >= self.n_subbufs

    def is_blocked(self, row: int) -> bool:
        """Return whether the last switch was refused and nothing has got past it since."""
        return int(self.buffers["offset"][row]) > self.subbuf_size

    def count(self, row: int, entry: str) -> Count:
        """Return an entry of a buffer's account by its name."""
        events, size = self.buffers["account"][entry][row].item()
        return Count(events, size)

    def account(self, row: int) -> dict[str, Count]:
        """Return a buffer's account: what became of all events since open."""
        names = self.buffers.dtype["account"].names or ()
        entries = self.buffers["account"][row].item()  # one by one takes many times as long
        return {name: Count(*entry) for name, entry in zip(names, entries, strict=True)}

    def lost(self, row: int) -> dict[str, Count]:
        """Return what a buffer lost, by kind, in the order of LOSSES."""
        account = self.account(row)
        return {name: account[name] for name in LOSSES}

    def total_lost(self, row: int) -> Count:
        """Return what a buffer lost in all."""
        counts = self.lost(row).values()
        return Count(sum(one.events for one in counts), sum(one.bytes for one in counts))

    def lost_events(self) -> int:
        """Return how many events all buffers together lost."""
        account = self.buffers["account"]
        return sum(int(account[name]["events"].sum()) for name in LOSSES)

    def write_position(self, row: int) -> Position:
        """Return where the next byte goes; blocked: the end of the last sub-buffer written."""
        offset = min(int(self.buffers["offset"][row]), self.subbuf_size)
        return Position(int(self.buffers["current"][row]), offset)

    def read_position(self, row: int) -> Position:
        """Return where the consumer is."""
        consumed = int(self.buffers["consumed"][row])
        return Position(consumed % self.n_subbufs, int(self.buffers["bytes_consumed"][row]))
