"""The core's snapshot of a channel as a state of the model: how every engine looks at one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import State
from relayviz.model.history.step import Step

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.channel.result import Result
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


def only_step(result: Result, next_event: int = 0, made: float | None = None) -> Step:
    """Return the only step of a channel on which others work: its opening.

    Args:
        result: What is said of it.
        next_event: The number that the first event gets that is written by hand.
        made: When that was, in seconds since the epoch; None: now.
    """
    return Step(
        id=0,
        parent=0,
        branch=0,
        depth=0,
        time=time.time() if made is None else made,
        operation=Operation(Kind.OPEN),
        event=None,
        next_event=next_event,
        decisions=(),
        result=result,
    )
