"""A stepped channel at one moment as plain data, and a stepped channel made from it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.step.channel.channel import Slot, StepChannel

if TYPE_CHECKING:
    from relayviz.engines.step.channel.client import Client
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.channel.state import Mapping, OpenFile, Reserved


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
    mappings: tuple[Mapping, ...] = ()


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
        for shown in saved.files:
            channel.consumer.open_again(shown)
        for mapping in saved.mappings:
            channel.consumer.map_again(mapping)
        for reserved, resets in saved.slots:
            channel.slots[reserved.event] = _slot_again(channel, reserved, resets)
        channel.resets = saved.resets
        if channel.buffers[0].finalized:  # the saved one was closed
            channel.channel.close()
    except BaseException:
        channel.close()
        raise
    return channel


def _slot_again(channel: StepChannel, shown: Reserved, resets: int) -> Slot:
    buf = channel.buffer(shown.buffer)
    if buf is None:
        raise LookupError(f"cpu {shown.buffer} has no buffer for the slot of event {shown.event}")
    return Slot(buf.slot(shown.start, shown.end - shown.start), shown, resets)
