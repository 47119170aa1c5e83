"""What is told of a kernel's channels: each with its mode, each buffer with its bytes summed up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.model.kernel.evidence import Losses, Mode, losses_of, mode_of
from relayviz.model.kernel.position import Writer, position_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.engines.kernel.source import Source
    from relayviz.model.kernel.look import Buffer, Channel


@dataclass(frozen=True, slots=True)
class BufferReport:
    """A buffer and its bytes. None: not known.

    Attributes:
        buffer: Its counters.
        writer: What its writer is at.
        mid_switch: The writer was inside a switch.
        losses: What it lost.
        crc32: Of its memory.
        unread_bytes: How many bytes no consumer was given yet.
        unread_sha256: Of these.
        may_be_unwritten: Where in memory the newest event ends, which a client of relay_reserve
            may not have written yet.
        damage: What is wrong with it.
    """

    buffer: Buffer
    writer: Writer | None
    mid_switch: bool | None
    losses: Losses
    crc32: int | None
    unread_bytes: int | None
    unread_sha256: str | None
    may_be_unwritten: int | None
    damage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """A channel, the mode that was inferred, and its buffers."""

    channel: Channel
    mode: Mode
    buffers: tuple[BufferReport, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of a kernel."""

    release: str | None
    channels: tuple[ChannelReport, ...]
    damage: tuple[str, ...]


def report_of(kernel: Source, channels: Iterable[Channel], damage: tuple[str, ...]) -> Report:
    """Read the bytes of channels and sum them up.

    Args:
        kernel: Whose channels they are.
        channels: Of a look.
        damage: Of that look.
    """
    # buffers share no memory: what claims more than there is would only take time
    left = kernel.extent
    told = []
    for channel in channels:
        buffers = []
        for buffer in channel.buffers:
            size = channel.alloc_size + 8 * channel.n_subbufs
            fits = 0 <= size <= left
            left -= size if fits else 0
            buffers.append(_buffer(kernel, channel, buffer, fits=fits))
        told.append(ChannelReport(channel, mode_of(channel), tuple(buffers)))
    return Report(kernel.release, tuple(told), damage)


def _buffer(kernel: Source, channel: Channel, buffer: Buffer, *, fits: bool) -> BufferReport:
    contents, damage = None, buffer.damage
    if fits:
        try:
            contents = kernel.contents(channel, buffer)
        except UnreadableError as error:
            damage = (*damage, f"its memory cannot be read: {error}")
    else:
        damage = (*damage, "its memory is not read: all buffers together are larger than the dump")
    unread = contents.unread_bytes if contents else None
    position = position_of(channel, buffer)
    return BufferReport(
        buffer=buffer,
        writer=position.writer if position else None,
        mid_switch=position.mid_switch if position else None,
        losses=losses_of(channel, buffer),
        crc32=contents.crc32 if contents else None,
        unread_bytes=None if unread is None else len(unread),
        unread_sha256=None if unread is None else hashlib.sha256(unread).hexdigest(),
        may_be_unwritten=contents.unread.may_be_unwritten if contents and contents.unread else None,
        damage=damage,
    )
