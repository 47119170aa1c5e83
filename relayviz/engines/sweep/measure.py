"""Measures one cell of a sweep: a real channel on the simulated clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.live.channel import LiveChannel
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.protocol import OpenError
from relayviz.model.sweep.plan import Outcome
from relayviz.model.sweep.sweeper import for_ever

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.sweep.plan import Cell

_STEP = 500_000  # events between two looks of Python: Ctrl-C comes there


def measure(cell: Cell, goes_on: Callable[[], bool] = for_ever) -> Outcome | None:
    """Return what a cell comes to: the same on any machine; None: `goes_on` said no."""
    try:
        channel = LiveChannel(cell.config, cell.load, cell.simulated)
    except OpenError as error:
        return Outcome(error=error.message)
    try:
        rate = cell.config.cpus * cell.simulated.rate(cell.load)
        while channel.simulate(cell.seconds, _STEP / max(rate, 1.0)):
            if not goes_on():
                return None
        account = channel.look().buffers["account"]
        events = {name: int(account[name]["events"].sum()) for name in account.dtype.names or ()}
        return Outcome(
            attempted=events["attempted"],
            consumed=events["consumed"],
            unread=events["unread"],
            lost=sum(events[name] for name in LOSSES),
            refused_full=events["refused_full"],
            overwritten=events["overwritten"],
            most_ready=int(channel.pool.totals()["most_ready"].max()),
        )
    finally:
        channel.close()
