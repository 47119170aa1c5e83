"""Random live runs: every event is accounted for, and the readers' own verification agrees."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.engine import LiveEngine
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.state import LOSSES
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    MIN_EVENT,
    BreakOn,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)
from tests.engines.running import await_that, left_over, live_of, run_for, stand, threads_now

if TYPE_CHECKING:
    import numpy as np

    from relayviz.model.channel.state import State
    from relayviz.model.engine.snapshot import Snapshot

REFUSED = ("refused_full", "too_big", "busy", "written_late")
GONE = ("overwritten", "discarded_reset", "discarded_close", "released_unread")
SHORT, LONG = 12, 100


def some_sizes(chance: random.Random) -> Sizes:
    least = chance.choice([16, 40, 100])
    return chance.choice(
        [
            Sizes(smallest=least, largest=least, mean=least),
            Sizes(SizeKind.UNIFORM, least, least + 300),
            Sizes(SizeKind.EXPONENTIAL, least, 900, least + 50),
            Sizes(SizeKind.LIST, recorded=(16, 500, 64, 1500)),
        ]
    )


def some_run(seed: int, mode: Mode, kind: ReaderKind) -> tuple[ChannelConfig, Load]:
    """Make up a channel and a load; mapping readers may forget and report too much."""
    chance = random.Random(seed)  # noqa: S311
    config = ChannelConfig(
        subbuf_size=chance.choice([300, 1024, 4096]),
        n_subbufs=chance.choice([1, 2, 7, 16]),
        cpus=chance.choice([1, 3]),
        mode=mode,
        header=chance.choice([0, 8]),
        is_global=chance.random() < 0.1,
    )
    rate = chance.choice([500.0, 50_000.0, AS_FAST_AS_IT_GOES])
    writing = Writing(rate, some_sizes(chance))
    reading = Reading(kind, chance.choice([0.0, 0.001, 0.02]), chance.choice([0, 0, 1, 700]))
    if kind is ReaderKind.MMAP and chance.random() < 0.3:
        reading = replace(reading, forget_every=2, report_extra=1)
    flush = chance.choice([0.0, 0.0, 0.01])
    return config, Load(writing, reading, flush_every=flush, writer_threads=2, reader_threads=2)


def column(state: State, name: str) -> int:
    return int(state.buffers["account"][name]["events"].sum())


def check_account(state: State, totals: np.ndarray) -> None:
    """Conservation in each buffer, and the pool's own count of the same."""
    for row in range(state.rows):
        account = {name: one.events for name, one in state.account(row).items()}
        refused = sum(account[name] for name in REFUSED)
        assert account["attempted"] == account["accepted"] + refused
        gone = sum(account[name] for name in GONE)
        assert account["accepted"] == account["unread"] + account["consumed"] + gone
        lost = sum(account[name] for name in LOSSES)
        assert account["attempted"] == account["unread"] + account["consumed"] + lost
    assert column(state, "attempted") == totals["attempted"].sum()
    assert column(state, "accepted") == totals["stored"].sum()
    for name in REFUSED:
        assert column(state, name) == totals[name].sum(), name


def drained(engine: LiveEngine) -> np.ndarray:
    """Let the readers take all that is left, and return the pool's counters."""
    channel = engine._channel
    for _ in range(2):  # a full buffer cannot be flushed before some of it is read
        channel.pool.drain()
        channel.channel.flush()
    channel.pool.drain()
    return channel.pool.totals()


def check_readers(engine: LiveEngine, config: ChannelConfig, load: Load) -> None:
    """What readers found agrees with the account."""
    state = engine._channel.look()
    totals = drained(engine)
    found = {name: int(totals[name].sum()) for name in ("intact", "torn", "twice", "unwritten")}
    assert found["intact"] <= column(state, "accepted") + found["twice"]
    honest = load.reading.forget_every == load.reading.report_extra == 0
    if config.mode is Mode.OVERWRITE or not honest or load.reading.kind is ReaderKind.NONE:
        return
    misread = load.flush_every > 0 and load.reading.kind is ReaderKind.READ
    if not misread:  # the kernel's D1 and D2
        assert found["torn"] == found["twice"] == found["unwritten"] == 0
        assert found["intact"] == column(state, "accepted")
        missing = int(totals["missing"].sum()) - int(totals["late"].sum())
        assert missing == column(state, "attempted") - column(state, "accepted")


def one_random_run(seed: int, mode: Mode, kind: ReaderKind) -> None:
    config, load = some_run(seed, mode, kind)
    engine = LiveEngine(config, load)
    try:
        snapshot = run_for(engine, 0.06)
        check_account(snapshot, engine._channel.pool.totals())
        check_readers(engine, config, load)
    finally:
        engine.close()
    assert left_over() == []


MODES_AND_READERS = [
    (mode, kind) for mode in (Mode.NO_OVERWRITE, Mode.OVERWRITE) for kind in ReaderKind
]


@pytest.mark.parametrize("seed", range(SHORT))
def test_every_event_is_accounted_for(seed: int) -> None:
    one_random_run(seed, *MODES_AND_READERS[seed % len(MODES_AND_READERS)])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SHORT, LONG))
def test_every_event_is_accounted_for_in_many_runs(seed: int) -> None:
    for mode, kind in MODES_AND_READERS:
        one_random_run(seed, mode, kind)


def broken_off(seed: int, mode: Mode, loss: str) -> Snapshot:
    """Run until the first loss of a kind; return the state that it left."""
    chance = random.Random(seed)  # noqa: S311
    recorded = (16, 300, 32) if loss == "too_big" else (16, 90, 32)
    config = ChannelConfig(
        subbuf_size=256,
        n_subbufs=chance.choice([1, 4, 8]),
        cpus=chance.choice([1, 2, 5]),
        mode=mode,
    )
    load = Load(
        Writing(AS_FAST_AS_IT_GOES, Sizes(SizeKind.LIST, recorded=recorded)),
        Reading(ReaderKind.READ, pace=0.5) if loss != "too_big" else Reading(pace=0.0),
    )
    engine = LiveEngine(config, load)
    try:
        engine.set_break(BreakOn(losses=frozenset({loss})))
        engine.start()
        await_that(lambda: not engine.running, f"a stop at {loss}")
        snapshot = stand(engine)
    finally:
        engine.close()
    return snapshot


def one_break(seed: int, mode: Mode, loss: str) -> None:
    snapshot = broken_off(seed, mode, loss)
    hit = live_of(snapshot).hit
    assert hit is not None
    assert hit.entry == loss
    lost = snapshot.buffers["account"][loss]["events"]
    met = snapshot.row_of(hit.cpu)
    assert met is not None
    assert int(lost.sum()) == int(lost[met]) == hit.value
    if loss in ("refused_full", "too_big"):
        assert hit.value == 1
        assert hit.what.startswith("first event lost")
    else:  # one switch gives up one sub-buffer, with all its events
        assert 1 <= hit.value <= snapshot.subbuf_size // MIN_EVENT


BREAKS = [
    (Mode.NO_OVERWRITE, "refused_full"),
    (Mode.OVERWRITE, "too_big"),
    (Mode.OVERWRITE, "overwritten"),
]


@pytest.mark.parametrize(("mode", "loss"), BREAKS)
def test_the_first_loss_stops_everything_within_its_operation(mode: Mode, loss: str) -> None:
    for seed in range(4):
        one_break(seed, mode, loss)


@pytest.mark.soak
@pytest.mark.parametrize(("mode", "loss"), BREAKS)
def test_the_first_loss_stops_everything_in_100_runs(mode: Mode, loss: str) -> None:
    before = threads_now()
    for seed in range(100):
        one_break(seed, mode, loss)
    await_that(lambda: threads_now() <= before, "the end of all threads")
