"""How many sub-buffers would have been enough: what was done, done again with more of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from relayviz.model.engine.enough import Enough
from relayviz.model.engine.protocol import OpenError
from relayviz.model.ledger.fate import FateIndex

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.protocol import SteppedEngine

MOST_DONE = 2_000_000  # operations, in all trials together
MOST_ROOM = 1 << 28  # bytes of all buffers
_LOOK = 0.02  # seconds between two looks whether to stop


def enough(
    config: ChannelConfig,
    operations: Sequence[Operation],
    event: int,
    open_engine: Callable[[ChannelConfig], SteppedEngine],
    stop: threading.Event,
) -> Enough | None:
    """Return the smallest numbers of sub-buffers that keep an event, and that lose nothing.

    Each number from the present one on is tried.

    Args:
        config: The channel.
        operations: What was done up to the step of which is asked, without Python.
        event: The number of an event that is lost there.
        open_engine: Opens a channel.
        stop: Set by another thread to end it.

    Returns:
        None: It was ended, or would take too long or too much room.
    """
    keeps, less_lost = None, 0
    for tried, number in enumerate(count(config.n_subbufs), 1):
        trial = replace(config, n_subbufs=number)
        room = number * config.subbuf_size * config.cpus
        if trial.problems() or room > MOST_ROOM or tried * len(operations) > MOST_DONE:
            return None
        try:
            came = _try(open_engine(trial), operations, event, stop)
        except OpenError:
            return None
        if came is None:
            return None
        is_kept, lost = came
        if keeps is None and is_kept:
            keeps = number
        if not lost:
            return Enough(config.n_subbufs, keeps, number, less_lost) if less_lost else None
        less_lost = lost
    raise AssertionError  # the loop has no end


def _try(
    engine: SteppedEngine, operations: Sequence[Operation], event: int, stop: threading.Event
) -> tuple[bool, int] | None:
    """Return whether a channel keeps an event, and how many it loses for want of room."""
    try:
        engine.submit(*operations)
        while not engine.wait_idle(_LOOK):
            if stop.is_set():
                return None
        if stop.is_set():
            return None
        fates = FateIndex(engine.config)
        fates.follow(engine.history, 0)
        found = fates.find(event, len(operations))
        account = engine.snapshot.buffers["account"]
        lost = sum(int(account[name]["events"].sum()) for name in ("refused_full", "overwritten"))
        return found is not None and not found.is_lost, lost
    finally:
        engine.close()
