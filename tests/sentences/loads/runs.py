"""Runs of loads on the simulated clock, with all that was counted beside what was said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.look import Looker
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz import relay
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.finding import Finding
    from relayviz.model.live.live import Hit
    from relayviz.model.load.load import Load, Reading

    Between = Callable[[relay.Channel], object]


@dataclass(frozen=True)
class Ran:
    """A run of one buffer: what was counted, by the core and by the pool, and what was said.

    Attributes:
        config: The channel.
        load: What it was put under.
        seconds: How long.
        snapshot: The state at the end.
        totals: What the pool counted.
        hit: What stopped it; None: nothing.
    """

    config: ChannelConfig
    load: Load
    seconds: float
    snapshot: Snapshot
    totals: dict[str, int]
    hit: Hit | None = None

    def events(self, *entries: str) -> int:
        """Events of some entries of the core's account."""
        account = self.snapshot.account(0)
        return sum(account[one].events for one in entries)

    @property
    def crowded_out(self) -> int:
        return self.events("refused_full", "overwritten")

    @property
    def findings(self) -> tuple[Finding, ...]:
        assert self.snapshot.live is not None
        return self.snapshot.live.findings


def ran(
    config: ChannelConfig,
    load: Load,
    seconds: float,
    between: Between | None = None,
    break_on: BreakOn | None = None,
    *,
    before: Iterable[Reading] = (),
) -> Ran:
    """Run a load on the simulated clock.

    Args:
        config: A channel of one CPU.
        load: What it is put under.
        seconds: How long.
        between: Is called with the channel every 50 ms: somebody else who uses it.
        break_on: What stops it.
        before: How it is read at first, half a second each.
    """
    channel = LiveChannel(config, load, Simulated())
    try:
        for reading in before:
            channel.put_under(replace(load, reading=reading))
            channel.pool.simulate(0.5)
        channel.put_under(load)
        looker, stops = Looker(channel), break_on or BreakOn()
        channel.break_on(stops)
        while channel.simulate(seconds, 0.05):
            if between is not None:
                between(channel.channel)
        snapshot = looker.look(running=False, break_on=stops)
        totals = channel.pool.totals()
        counted = {
            name: int(totals[name][0])
            for name in totals.dtype.names or ()
            if totals[name].ndim == 1
        }
        assert snapshot.live is not None
        return Ran(config, load, channel.pool.time, snapshot, counted, snapshot.live.hit)
    finally:
        channel.close()
