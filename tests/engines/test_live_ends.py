"""How a live engine ends, and what it refuses to begin."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.engine.protocol import OpenError
from relayviz.model.load import load as load_limits
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    BreakOn,
    Counter,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)
from tests.engines.running import (
    LIMIT,
    await_that,
    live_of,
    run_for,
    threads_now,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., LiveEngine]

CONFIG = ChannelConfig(subbuf_size=1024, n_subbufs=8, cpus=2)
FAST = Load(Writing(AS_FAST_AS_IT_GOES), Reading(pace=0.001))
SILENT = Load(Writing(0.0), Reading(ReaderKind.NONE))


@pytest.mark.parametrize(
    ("config", "field", "words"),
    [
        (replace(CONFIG, mode=Mode.PYTHON, source="x"), "mode", "stepped"),
        (replace(CONFIG, base_filename=None), "base_filename", "late set-up"),
        (replace(CONFIG, n_subbufs=0), "n_subbufs", "Give 1"),
        (replace(CONFIG, subbuf_size=2**26, n_subbufs=32, cpus=4000), "subbuf_size", "memory"),
    ],
)
def test_a_channel_that_cannot_run_is_refused_with_the_field(
    config: ChannelConfig, field: str, words: str
) -> None:
    before = threads_now()
    with pytest.raises(OpenError, match=words) as caught:
        LiveEngine(config, FAST)
    assert caught.value.field == field
    await_that(lambda: threads_now() <= before, "the end of all threads")


def test_a_load_that_cannot_run_is_refused() -> None:
    with pytest.raises(OpenError, match=r"writing\.rate"):
        LiveEngine(CONFIG, Load(Writing(-1.0)))


def test_the_limits_of_loads_are_the_pool_s() -> None:
    with relay.Channel("x", subbuf_size=64, n_subbufs=2, cpus=1) as channel:
        with relay.Live(channel) as pool:
            for size in (load_limits.MIN_EVENT, load_limits.MAX_EVENT):
                pool.set_writing(relay.Writing(1.0, relay.Sizes.fixed(size)))
            for size in (load_limits.MIN_EVENT - 1, load_limits.MAX_EVENT + 1):
                with pytest.raises(relay.RelayError):
                    pool.set_writing(relay.Writing(1.0, relay.Sizes.fixed(size)))
            pool.set_reading(relay.Reading("read", batch=load_limits.MAX_READ))
            with pytest.raises(relay.RelayError):
                pool.set_reading(relay.Reading("read", batch=load_limits.MAX_READ + 1))
            pool.set_flush(load_limits.MIN_FLUSH)
            with pytest.raises(relay.RelayError):
                pool.set_flush(load_limits.MIN_FLUSH / 2)
        with pytest.raises(relay.RelayError):
            relay.Live(channel, writer_threads=load_limits.MAX_THREADS + 1)


def test_what_cannot_be_done_is_noticed_and_the_run_goes_on(live: Make) -> None:
    engine = live(CONFIG, FAST)
    engine.start()
    engine.set_break(BreakOn(losses=frozenset({"rain"})))
    await_that(lambda: "could not be done" in engine.snapshot.notice)
    assert live_of(engine.snapshot).running


def test_a_break_that_cannot_be_met_is_refused(live: Make) -> None:
    engine = live(CONFIG, FAST)
    for where, why in (
        (BreakOn(full=True, cpu=99), "no CPU 99: give 0 to 1"),
        (BreakOn(counter=Counter.LOST, value=2**70), "reaches 1 to"),
        (BreakOn(counter=Counter.LOST), "reaches 1 to"),
    ):
        with pytest.raises(ValueError, match=why):
            engine.set_break(where)


def test_an_error_of_its_own_ends_the_run_and_is_told(
    live: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = live(CONFIG, FAST)
    engine.start()
    monkeypatch.setattr(engine._looker, "look", lambda **_: 1 / 0)
    await_that(lambda: live_of(engine.snapshot).error != "")
    assert "ZeroDivisionError" in live_of(engine.snapshot).error
    assert not engine.running
    assert engine.wait_idle()
    engine.start()  # what is asked for then is no error
    engine.close()


# -- ending ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("looks", [0, 1, 3])
def test_it_can_be_closed_at_any_moment(live: Make, looks: int) -> None:
    for _ in range(8):
        engine = live(replace(CONFIG, cpus=8), replace(FAST, writer_threads=2, reader_threads=2))
        engine.start()
        await_that(lambda now=engine: now.snapshot.generation > looks)  # type: ignore[misc]
        engine.close()
        engine.close()
        assert engine.bytes_of(engine.snapshot, 0) is None
        assert not engine.running
        for ask in (engine.start, engine.pause, lambda now=engine: now.set_load(SILENT)):
            ask()


def test_closing_while_others_ask_hangs_nobody(live: Make) -> None:
    engine = live(CONFIG, FAST)
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            engine.start()
            engine.set_load(FAST)
            engine.rates(10.0, 100)
            engine.lanes(10.0, 100)
            engine.pause()

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        first = engine.snapshot.generation
        await_that(lambda: engine.snapshot.generation > first + 3)
        engine.close()
    finally:
        stop.set()
        for asker in askers:
            asker.join(LIMIT)
    assert not any(asker.is_alive() for asker in askers)


def test_a_forgotten_engine_gives_its_memory_back(live: Make) -> None:
    engine = live(CONFIG, FAST)
    run_for(engine, 0.02)
    names = set(relay.Directory.root().names())
    engine.close()
    gc.collect()
    assert len(names - set(relay.Directory.root().names())) == 1


def test_a_torn_record_stops_the_run_in_the_visit_that_finds_it() -> None:
    """Where each event stands alone none can be torn; with pieces the first one ends it."""
    for pieces in (1, 3):
        load = Load(Writing(12_000.0, Sizes(SizeKind.FIXED, 96), pieces=pieces), Reading(pace=0.5))
        engine = Simulation(replace(CONFIG, cpus=1), load, Simulated())
        engine.set_break(BreakOn(torn_records=True))
        engine.run(10.0)
        live = engine.snapshot.live
        engine.close()
        assert live is not None
        assert (live.hit is not None) is (pieces == 3)
        if live.hit is not None:
            assert live.hit.what == "a reader got some events of a record and not the others"
            assert live.verified.torn_records.tolist() == [live.hit.value]
            assert live.seconds == live.hit.seconds
