"""A pool on a simulated clock: no threads, exact counts, the same from any seed again."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from tests.relay.live_kit import accounts, opened, sums

if TYPE_CHECKING:
    from collections.abc import Iterator

STEADY = relay.Writing(1000.0, relay.Sizes.fixed(64))
DRAWN = relay.Writing(2000.0, relay.Sizes.uniform(16, 300), 0.05, 0.03)


@pytest.fixture
def live(directory: relay.Directory) -> Iterator[relay.Live]:
    with opened(directory) as channel, relay.Live(channel, simulated=True) as pool:
        yield pool


def test_time_goes_by_as_told(live: relay.Live) -> None:
    before = threading.active_count()
    live.set_writing(STEADY)
    live.set_reading(relay.Reading("read", pace=0.25))
    live.simulate(0.5)
    assert live.time == 0.5
    live.simulate(2.5)
    assert live.time == 3.0
    assert not live.running
    assert threading.active_count() == before
    found = live.totals()
    assert (found["attempted"] == 3000).all()
    assert (found["visits"] == 12).all()
    assert sums(live)["attempted"] == accounts(live.channel)["attempted"]


def test_a_seed_makes_the_same_again(directory: relay.Directory) -> None:
    def totals(seed: int) -> bytes:
        with (
            opened(directory) as channel,
            relay.Live(channel, seed=seed, simulated=True) as pool,
        ):
            pool.set_writing(DRAWN)
            pool.set_reading(relay.Reading("mmap", pace=0.02, stall=0.3, stall_every=1.0))
            pool.simulate(5.0)
            return pool.totals().tobytes()

    assert totals(3) == totals(3) != totals(4)


def test_a_break_is_met_at_its_time(live: relay.Live) -> None:
    live.set_writing(STEADY)
    live.break_on(counter="attempted", value=101)
    live.simulate(60.0)
    hit = live.hit
    assert hit is not None
    assert (hit.what, hit.seq, hit.time, live.time) == ("attempted", 100, 0.1, 0.1)


def test_a_write_takes_its_time(directory: relay.Directory) -> None:
    with (
        opened(directory) as channel,
        relay.Live(channel, simulated=True, event_seconds=0.001) as pool,
    ):
        pool.set_writing(relay.Writing(math.inf))
        pool.simulate(2.0)
        assert (pool.totals()["attempted"] == 2000).all()


def test_each_pool_has_one_clock(live: relay.Live) -> None:
    with pytest.raises(relay.RelayError, match="simulated clock"):
        live.run()
    with pytest.raises(relay.RelayError, match="give a rate"):
        live.set_writing(relay.Writing(math.inf))
    with pytest.raises(relay.RelayError, match="a time is"):
        live.simulate(-1.0)
    with (
        relay.Live(live.channel) as threads,
        pytest.raises(relay.RelayError, match="any other is run"),
    ):
        threads.simulate(1.0)
    live.close()
    with pytest.raises(relay.ClosedError):
        live.simulate(1.0)


def test_not_inside_a_callback(directory: relay.Directory) -> None:
    errors: list[Exception] = []

    def subbuf_start(
        buf: relay.Buffer, new: memoryview, prev: memoryview | None, padding: int
    ) -> bool:
        del buf, new, prev, padding
        if pools:
            with pytest.raises(relay.BusyError) as caught:
                pools[0].simulate(1.0)
            errors.append(caught.value)
        return True

    pools: list[relay.Live] = []
    callbacks = relay.Callbacks(subbuf_start)
    with relay.Channel(
        "cpu", directory, subbuf_size=1024, n_subbufs=4, callbacks=callbacks, cpus=1
    ) as channel:
        with relay.Live(channel, simulated=True) as pool:
            pools.append(pool)
            pool.set_writing(STEADY)
            pool.simulate(0.1)
        pools.clear()
    assert len(errors) == 6  # 100 events, 16 to a sub-buffer
