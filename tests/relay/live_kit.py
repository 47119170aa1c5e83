"""What the tests of the live pool share: loads that are run up to an event, not for a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz import relay
from tests.relay.kit import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAT_OUT = relay.Writing(math.inf, relay.Sizes.uniform(16, 96))


def opened(
    directory: relay.Directory,
    start: Any = relay.NO_OVERWRITE,  # noqa: ANN401
    **more: Any,  # noqa: ANN401
) -> relay.Channel:
    """Open a channel of 4 x 1024 bytes on 2 CPUs."""
    return relay.Channel(
        "cpu",
        directory,
        **{
            "subbuf_size": 1024,
            "n_subbufs": 4,
            "cpus": 2,
            "callbacks": relay.Callbacks(subbuf_start=start),
            **more,
        },
    )


def run_to_break(live: relay.Live) -> relay.Hit:
    """Run until the break is met."""
    live.run()
    hit = live.wait_hit(PATIENCE)
    assert hit is not None, "the break was not met"
    return hit


def run_for(live: relay.Live, events: int) -> None:
    """Run until some CPU has attempted so many events more."""
    most = int(live.totals()["attempted"].max())
    live.break_on(counter="attempted", value=most + events)
    run_to_break(live)


def sums(live: relay.Live) -> Mapping[str, int]:
    """Return the counters of all CPUs together."""
    rows = live.totals()
    return {name: int(np.sum(rows[name])) for name in rows.dtype.names or () if name != "gaps"}


def accounts(channel: relay.Channel) -> Mapping[str, int]:
    """Return the events of all buffers by what became of them; each account is conserved."""
    total = dict.fromkeys(relay.Account._fields, 0)
    for buffer in channel.buffers:
        account = buffer.account
        lost = sum(count.events for count in account[3:])
        assert account.attempted.events == account.unread.events + lost
        for name, count in zip(account._fields, account, strict=True):
            total[name] += count.events
    return total
