"""What a look at other processes' channels says, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.attach.looking import BufferTold, ChannelTold, Told


def lines(told: Told) -> Iterator[str]:
    """Give a line for each channel, buffer and problem."""
    for channel in told.channels:
        yield (
            f"{channel.name}: {channel.n_subbufs} sub-buffers of {channel.subbuf_size} bytes, "
            f"process {channel.pid} {_life(channel)}"
        )
        for buf in channel.bufs:
            yield f"  cpu {buf.cpu}: {_figures(buf, channel)}"
    for problem in told.errors:
        yield f"{problem.file}: {problem.why}"


def _life(channel: ChannelTold) -> str:
    if channel.alive is None:
        return "of another PID namespace: whether it runs cannot be told from here"
    return "runs" if channel.alive else "is gone"


def _figures(buf: BufferTold, channel: ChannelTold) -> str:
    blocked = buf.offset > channel.subbuf_size
    where = "blocked" if blocked else f"offset {buf.offset}"
    told = (
        f"produced {buf.produced}, consumed {buf.consumed}, {where}; "
        f"{buf.written} events written, {buf.unread} unread"
    )
    if buf.torn:
        told += ", 1 torn: it was being written"
    elif buf.doing:
        told += f"; {'found' if channel.alive else 'it died'} {buf.doing}"
    return told
