"""The core's snapshot of a channel as a state of the model: how every engine looks at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from relayviz.model.channel.state import State

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.channel.state import Mapping, OpenFile, Reserved
    from relayviz.relay import Snapshot


class Observed(Protocol):
    """What can be looked at: a channel, or a machine with one."""

    def snapshot(self) -> Snapshot:
        """Return what the channel looks like now."""


def state_of(
    channel: Observed,
    config: ChannelConfig,
    mode: Mode,
    *,
    source: str = "",
    reserved: tuple[Reserved, ...] = (),
    files: tuple[OpenFile, ...] = (),
    mappings: tuple[Mapping, ...] = (),
) -> State:
    """Return the state of a channel; exact while nobody works on it.

    Args:
        channel: What is looked at.
        config: What it was opened with.
        mode: What its subbuf_start does now.
        source: Its Python text, if it is in Python.
        reserved: Slots reserved and not filled, oldest first.
        files: Open descriptors by slot.
        mappings: Mappings by slot.
    """
    seen = channel.snapshot()
    seen.buffers.flags.writeable = False
    seen.subbufs.flags.writeable = False
    return State(
        config=config,
        buffers=seen.buffers,
        subbufs=seen.subbufs,
        base_filename=seen.base_filename,
        alloc_size=seen.alloc_size,
        online=seen.online,
        is_global=seen.is_global,
        last_toobig=seen.last_toobig,
        closed=seen.closed,
        mode=mode,
        source=source,
        reserved=reserved,
        files=files,
        mappings=mappings,
    )
