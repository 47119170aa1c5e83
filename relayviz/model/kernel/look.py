"""One look at a kernel's relay channels: frozen plain data, with the kernel's own names.

None means that memory does not say. What was damaged or missing is told by sentences in `damage`
of the smallest thing that it concerns; everything else is as it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE_SIZE = 4096
VERSION = 7
"""Of relay's structures, in each channel of every kernel so far."""

MAX_SUBBUFS = 524_288
"""The kernel's own limit for sub-buffers of a buffer, on x86-64."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """A `struct rchan_buf` and what it points to.

    Attributes:
        addr: Where it is in memory.
        percpu_slot: The CPU under which the channel has it.
        start: Address of the first byte of its memory.
        data: Address of the sub-buffer being written.
        offset: Bytes used in that; size of a sub-buffer + 1: the last switch was refused.
        subbufs_produced: Sub-buffers finished since opening or reset.
        subbufs_consumed: Sub-buffers reported as consumed.
        chan: Address of the channel that it says it belongs to.
        bytes_consumed: Bytes already read of the sub-buffer being read.
        early_bytes: Bytes finished before there was a file.
        finalized: The channel was closed.
        cpu: Its CPU, as it says itself.
        page_count: Pages of its memory.
        page_array: Address of the list of these pages.
        kref: References.
        waiters: Somebody sleeps in poll.
        padding: For each sub-buffer the unused bytes at its end, true of finished ones; None: it
            could not be read.
        page0: Address of the first page's `struct page`.
        pagelast: The same of the last one.
        file: Path of its file below the root of its file system; None: it has none, or it could
            not be read.
        i_size: Size of that file; -1: there is no file.
        prev_padding: The padding last computed; None: this kernel does not keep it.
        full_count: How often a sub-buffer was asked for while all were ready; None: this kernel
            does not count it (before 6.17).
        big_count: How many events were larger than a sub-buffer; None: not counted.
        damage: What is wrong with it.
    """

    addr: int
    percpu_slot: int
    start: int
    data: int
    offset: int
    subbufs_produced: int
    subbufs_consumed: int
    chan: int
    bytes_consumed: int
    early_bytes: int
    finalized: int
    cpu: int
    page_count: int
    page_array: int
    kref: int
    waiters: bool
    padding: tuple[int, ...] | None = None
    page0: int | None = None
    pagelast: int | None = None
    file: str | None = None
    i_size: int | None = -1
    prev_padding: int | None = None
    full_count: int | None = None
    big_count: int | None = None
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The names of a client's functions; None: it has none, hexadecimal: no symbol is there."""

    subbuf_start: str | None
    create_buf_file: str | None
    remove_buf_file: str | None


@dataclass(frozen=True, slots=True)
class Client:
    """What a known client keeps beside its channel.

    Attributes:
        kind: Its name, such as blktrace.
        struct: The structure that `private_data` points to.
        dropped: Events that it counted as lost.
        device: The block device that it traces, major:minor.
    """

    kind: str
    struct: str
    dropped: int
    device: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A `struct rchan` and its buffers.

    Attributes:
        addr: Where it is in memory.
        version: Of relay's structures.
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: Sub-buffers of each buffer.
        alloc_size: Bytes of memory of each buffer, whole pages.
        cb: Address of the client's callbacks.
        callbacks: Their names; None: the table could not be read.
        kref: References.
        private_data: The client's pointer.
        is_global: One buffer serves all CPUs.
        has_base_filename: It has files, or may have them.
        base_filename: What their names begin with.
        parent: Path of the folder of its files; None: it has none, or it could not be read.
        last_toobig: Size of the last event that was larger than a sub-buffer, 0: none since
            opening; None: this kernel does not keep it (from 6.17 on).
        buffers: In the order of CPUs.
        client: What its client keeps, where that is known.
        damage: What is wrong with it.
    """

    addr: int
    version: int
    subbuf_size: int
    n_subbufs: int
    alloc_size: int
    cb: int
    callbacks: Callbacks | None
    kref: int
    private_data: int
    is_global: int
    has_base_filename: int
    base_filename: str
    parent: str | None
    last_toobig: int | None
    buffers: tuple[Buffer, ...] = ()
    client: Client | None = None
    damage: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: the folder of its files, or their name, or its address."""
        if self.parent is not None and (last := self.parent.rstrip("/").rsplit("/", 1)[-1]):
            return f"{last}/{self.base_filename}"
        return self.base_filename or f"{self.addr:#x}"


@dataclass(frozen=True, slots=True)
class Look:
    """All relay channels of a kernel at one moment.

    Attributes:
        release: Of the kernel, such as 6.1.0-56-amd64; None: memory does not say.
        channels: In the order of the kernel's list, the newest last.
        damage: What is wrong with the list itself.
    """

    release: str | None
    channels: tuple[Channel, ...]
    damage: tuple[str, ...] = ()


def unlikely_types(channels: Sequence[Channel]) -> str | None:
    """Return that channels as a whole do not look as the types say; None: they may."""
    if not channels or any(map(_is_likely, channels)):
        return None
    return (
        f"no channel has version {VERSION}, or a buffer that belongs to it: the types may be those"
        " of another kernel, and then no figure here is right"
    )


def _is_likely(channel: Channel) -> bool:
    belongs = any(buffer.chan == channel.addr for buffer in channel.buffers)
    return channel.version == VERSION or belongs


def size_damage(channel: Channel) -> str | None:
    """Return what is impossible about a channel's sizes; None: nothing."""
    size, number = channel.subbuf_size, channel.n_subbufs
    if not 0 < number <= MAX_SUBBUFS or not 0 < size <= 2**32 - 1 or size * number > 2**32 - 1:
        return f"{number} sub-buffers of {size} bytes cannot be"
    if channel.alloc_size != -(-size * number // PAGE_SIZE) * PAGE_SIZE:
        return f"alloc_size {channel.alloc_size} is not {number} × {size} in whole pages"
    return None
