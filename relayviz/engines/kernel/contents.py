"""The bytes of a buffer, and which of them are to be believed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.model.kernel.look import PAGE_SIZE, size_damage
from relayviz.model.kernel.position import Writer, cut, position_of
from relayviz.model.kernel.trust import Trust, trusted

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.walk.channels import Walk
    from relayviz.model.kernel.look import Buffer, Channel

_TRIES = 3  # of a look that falls into a switch


@dataclass(frozen=True, slots=True)
class Contents:
    """A buffer with its memory, read at one moment as far as that can be.

    Attributes:
        buffer: As it was before its memory was read.
        memory: All of it, in the order of its sub-buffers.
        held: What of the data there can be believed, consumed or not; None: the counters are
            damaged and do not say where data is.
        unread: The same of what no consumer was given yet.
        after: The buffer as it was when its memory had been read.
    """

    buffer: Buffer
    memory: bytes
    held: Trust | None
    unread: Trust | None
    after: Buffer

    @property
    def crc32(self) -> int:
        """Of the memory, as crc32 of zlib."""
        return zlib.crc32(self.memory)

    @property
    def unread_bytes(self) -> bytes | None:
        """What read(2) would deliver; None: it is not known."""
        return None if self.unread is None else cut(self.memory, self.unread.spans)


def read_contents(memory: Memory, walk: Walk, channel: Channel, buffer: Buffer) -> Contents:
    """Read counters, bytes, and the counters again.

    Args:
        memory: Of the kernel.
        walk: Reads the counters.
        channel: Whose buffer it is.
        buffer: Which one.

    Raises:
        UnreadableError: A part of it is not there, or it is damaged.
    """
    found = _read_once(memory, walk, channel, buffer)
    for _ in range(_TRIES - 1):
        if found.held is None or found.held.is_consistent:
            break
        found = _read_once(memory, walk, channel, buffer)
    return found


def _read_once(memory: Memory, walk: Walk, channel: Channel, buffer: Buffer) -> Contents:
    first = walk.buffer(channel, buffer)
    refuse_impossible(memory.extent, channel, first)
    content = memory.read(first.start, channel.alloc_size)
    return judged(channel, first, content, walk.buffer(channel, buffer))


def judged(channel: Channel, first: Buffer, content: bytes, second: Buffer) -> Contents:
    """Return contents with what of them can be believed.

    Args:
        channel: Whose buffer it is.
        first: Its counters before its memory was read.
        content: That memory.
        second: The counters after.
    """
    before, after = position_of(channel, first), position_of(channel, second)
    if before is None or after is None or before.writer is Writer.DAMAGED:
        return Contents(first, content, None, None, second)
    held, unread = (trusted(spans, before, after) for spans in (before.held(), before.unread()))
    return Contents(first, content, held, unread, second)


def refuse_impossible(extent: int, channel: Channel, buffer: Buffer) -> None:
    """Refuse to read what cannot be the memory of a buffer.

    Raises:
        UnreadableError: It cannot.
    """
    impossible = size_damage(channel)
    if impossible is None and buffer.page_count * PAGE_SIZE != channel.alloc_size:
        impossible = "its pages are not as many as the channel says"
    if impossible is None and buffer.chan != channel.addr:
        impossible = "it belongs to another channel"
    if impossible is None and channel.alloc_size > extent:
        impossible = "it is larger than the whole dump"
    if impossible is not None:
        raise UnreadableError(impossible)
