"""A stepped channel at one moment as plain data, and a stepped channel made from it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.step.channel.channel import Slot, StepChannel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.engines.step.channel.client import Client
    from relayviz.engines.step.channel.files import Held
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.channel.state import Mapping as Mapped
    from relayviz.model.channel.state import OpenFile, Reserved


@dataclass(frozen=True, slots=True)
class SavedChannel:
    """All that a stepped channel is.

    Attributes:
        data: The relay channel, as Channel.save returns it.
        mode: What subbuf_start does.
        source: Its Python text in the mode "python".
        resets: How often it was reset.
        slots: What is reserved and not filled, oldest first, each with `resets` of then.
        files: The open descriptors.
        mappings: The mappings.
    """

    data: bytes
    mode: Mode
    source: str = ""
    resets: int = 0
    slots: tuple[tuple[Reserved, int], ...] = ()
    files: tuple[OpenFile, ...] = ()
    mappings: tuple[Mapped, ...] = ()


def save(channel: StepChannel) -> SavedChannel:
    """Return what a channel is now."""
    consumer = channel.consumer
    return SavedChannel(
        channel.channel.save(),
        channel.mode,
        channel.source,
        channel.resets,
        tuple((slot.shown, slot.resets) for slot in channel.slots.values()),
        tuple(file.shown for file in consumer.files.values()),
        tuple(view.shown for view in consumer.mappings.values()),
    )


def load(config: ChannelConfig, client: Client, saved: SavedChannel) -> StepChannel:
    """Make a channel that goes on as the saved one would have.

    Args:
        config: What that one was opened with.
        client: The user's subbuf_start, for the mode "python".
        saved: What it was.

    Raises:
        relay.RelayError, OSError, MemoryError: It cannot be made; nothing is left behind.
    """
    channel = StepChannel(config, client, saved.data, saved.mode, saved.source)
    try:
        held = channel.consumer.ready(saved.files, saved.mappings)
        _go_on(channel, saved, held, _slots(channel, saved))
    except BaseException:
        channel.close()
        raise
    return channel


def restore(channel: StepChannel, saved: SavedChannel) -> bool:
    """Make an open channel go on as the saved one would have, in its own memory.

    Args:
        channel: A channel of the same configuration.
        saved: What it is to be.

    Returns:
        False: it cannot become that, and is as it was: it is closed, or other buffers and files
        came meanwhile. `load` makes another one.
    """
    if channel.channel.closed:
        return False
    consumer = channel.consumer
    try:
        held = consumer.ready(saved.files, saved.mappings)
    except (relay.RelayError, OSError, MemoryError):
        return False
    try:
        slots = _slots(channel, saved)
        channel.channel.restore(saved.data)
    except (relay.RelayError, LookupError, MemoryError):
        consumer.let_go(held)
        return False
    channel.use_mode(saved.mode, saved.source)
    _go_on(channel, saved, held, slots)
    return True


def again(channel: StepChannel, client: Client, saved: SavedChannel) -> StepChannel:
    """Return a channel that goes on as the saved one would have.

    Args:
        channel: What becomes it, if it can.
        client: The user's subbuf_start of another one, which is made if not.
        saved: What is wanted.

    Raises:
        relay.RelayError, OSError, MemoryError: There is none; the given one is as it was.
    """
    return channel if restore(channel, saved) else load(channel.config, client, saved)


def _go_on(
    channel: StepChannel, saved: SavedChannel, held: Held, slots: Mapping[int, Slot]
) -> None:
    """Give a channel what is not in the bytes; what it had of that goes."""
    channel.consumer.hold(held)
    channel.slots = dict(slots)
    channel.resets = saved.resets
    if channel.buffers[0].finalized:  # the saved one was closed
        channel.channel.close()


def _slots(channel: StepChannel, saved: SavedChannel) -> dict[int, Slot]:
    """Return the reserved slots again; LookupError: a buffer is not there."""
    return {shown.event: _slot_again(channel, shown, resets) for shown, resets in saved.slots}


def _slot_again(channel: StepChannel, shown: Reserved, resets: int) -> Slot:
    buf = channel.buffer(shown.buffer)
    if buf is None:
        raise LookupError(f"cpu {shown.buffer} has no buffer for the slot of event {shown.event}")
    return Slot(buf.slot(shown.start, shown.end - shown.start), shown, resets)
