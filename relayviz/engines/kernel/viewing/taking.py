"""What is seen of a kernel's channel is taken along: saved, or stepped from where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError, UnreadableError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.saving import save
from relayviz.engines.kernel.viewing.state import position_in, rows_of
from relayviz.engines.step.engine import StepEngine
from relayviz.model.engine.kernel import How
from relayviz.model.kernel.position import Writer
from relayviz.model.numbers import about, plural
from relayviz.relay import Found, FoundBuffer, RelayError

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.contents import Contents
    from relayviz.engines.kernel.source import Source
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.kernel import Where
    from relayviz.model.kernel.look import Channel

COUNTED = "what it began with counts as one event a sub-buffer"
TRIES = 5  # of a buffer whose writer is in the middle of a switch


def can_be_saved(where: Where) -> bool:
    """Tell whether what is seen is pages of memory: an agent gives none."""
    return where.how in (How.DUMP, How.GUEST)


def save_seen(source: Source, channel: Channel, path: Path) -> str:
    """Write a dump with the pages that a look at a channel needs, and say what is in it.

    Raises:
        KernelError: It cannot be written, or this kernel's memory cannot be saved.
    """
    if not isinstance(source, Kernel):
        raise KernelError("relay-agent gives no pages of memory: a dump or a guest can be saved.")

    def see(kernel: Kernel) -> None:
        now = _same(kernel, channel)
        for buffer in now.buffers:
            try:
                kernel.contents(now, buffer)
            except UnreadableError:  # what is damaged is damaged in the saved one, too
                continue

    saved = save(path, source, see)
    return (
        f"{path.name} has {plural(saved.pages, 'page')} of that kernel's memory"
        f" ({about(saved.size)}): the list of channels, this one's buffers and what is in them,"
        " names of files, page tables. Only you can read it."
    )


def stepped_from(source: Source, config: ChannelConfig, channel: Channel) -> StepEngine:
    """Return a stepped channel in the state that a kernel's is in.

    Args:
        source: The kernel.
        config: As the channel is shown.
        channel: As it was looked at.

    Raises:
        KernelError: The kernel is gone, or the channel is, or it is in no state to go on from.
    """
    now = _same(source, channel)
    buffers = tuple(_found(source, now, at) for at in range(len(now.buffers)))
    found = Found(
        now.subbuf_size,
        now.n_subbufs,
        config.cpus,
        config.is_global,
        now.last_toobig or 0,
        config.base_filename,
        buffers,
    )
    try:
        data = found.save()
    except RelayError as error:
        raise KernelError(f"Its counters are in no state to go on from: {error}.") from error
    return StepEngine.from_state(config, data, counted=COUNTED)


def _same(source: Source, channel: Channel) -> Channel:
    """Look for a channel once more."""
    for one in source.look().channels:
        if one.addr == channel.addr and one.buffers:
            return one
    raise KernelError("The kernel has this channel no more.")


def _found(source: Source, channel: Channel, at: int) -> FoundBuffer:
    """Read a buffer, again if its writer is found in the middle of a switch."""
    buffer = rows_of(channel)[at]
    for _ in range(TRIES):
        contents = source.contents(channel, buffer)
        position = position_in(channel, contents.buffer)
        if position is not None and position.writer is not Writer.SWITCHING:
            return _as_found(channel, contents)
    why = "its counters contradict each other"
    if position is not None:
        why = "its writer is in the middle of a switch"
    raise KernelError(f"CPU {buffer.percpu_slot} is in no state to go on from: {why}.")


def _as_found(channel: Channel, contents: Contents) -> FoundBuffer:
    buffer = contents.buffer
    return FoundBuffer(
        cpu=buffer.percpu_slot,
        finalized=False,
        has_file=bool(channel.has_base_filename and channel.base_filename),
        offset=buffer.offset,
        produced=buffer.subbufs_produced,
        consumed=buffer.subbufs_consumed,
        bytes_consumed=buffer.bytes_consumed,
        prev_padding=buffer.prev_padding or 0,
        file_size=max(buffer.i_size or 0, 0),
        stat_full=buffer.full_count or 0,
        stat_big=buffer.big_count or 0,
        padding=buffer.padding or (),
        memory=_believed(channel, contents),
    )


def _believed(channel: Channel, contents: Contents) -> bytes:
    """Return the memory, with zeros where the writer may have come to while it was read."""
    held = position_in(channel, contents.buffer)
    if contents.held is None or held is None or not contents.held.left_out:
        return contents.memory
    memory = bytearray(contents.memory)
    kept = {span.number for span in contents.held.spans}
    for span in held.held():
        if span.number not in kept:
            memory[span.begin : span.end] = bytes(span.end - span.begin)
    return bytes(memory)
