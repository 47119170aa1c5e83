"""The live engine: what is asked for happens, pauses are exact, and it ends at any moment."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.live import LiveEngine
from relayviz.model import load as load_limits
from relayviz.model.channel_config import ChannelConfig, Mode
from relayviz.model.engine import OpenError
from relayviz.model.finding import Fault, Severity
from relayviz.model.load import (
    AS_FAST_AS_IT_GOES,
    BreakOn,
    Counter,
    Load,
    ReaderKind,
    Reading,
    Writing,
)
from relayviz.model.operation import Kind, Operation
from relayviz.model.state import LOSSES
from relayviz.model.timeline import Mark
from tests.engines.running import (
    LIMIT,
    await_that,
    faults_of,
    left_over,
    live_of,
    run_for,
    stand,
    threads_now,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., LiveEngine]

CONFIG = ChannelConfig(subbuf_size=1024, n_subbufs=8, cpus=2)
FAST = Load(Writing(AS_FAST_AS_IT_GOES), Reading(pace=0.001))
SILENT = Load(Writing(0.0), Reading(ReaderKind.NONE))


@pytest.fixture
def live() -> Iterator[Make]:
    """Give a function that makes engines as LiveEngine does; no thread is left over."""
    engines: list[LiveEngine] = []
    before = threads_now()

    def make(*arguments: object, **named: object) -> LiveEngine:
        engines.append(LiveEngine(*arguments, **named))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
    assert left_over() == []
    await_that(lambda: threads_now() <= before, "the end of all threads")


def count(engine: LiveEngine, name: str) -> int:
    return int(engine.snapshot.buffers["account"][name]["events"].sum())


# -- running and pausing ---------------------------------------------------------------------------


def test_it_stands_until_it_is_started(live: Make) -> None:
    engine = live(CONFIG, FAST)
    assert not engine.running
    assert engine.snapshot.step == 0
    assert engine.snapshot.made_by.title() == "relay_open()"
    assert engine.snapshot.result.words.endswith("live.")
    assert live_of(engine.snapshot).seconds == 0
    assert count(engine, "attempted") == 0


def test_snapshots_come_while_it_runs(live: Make) -> None:
    engine = live(CONFIG, FAST)
    engine.start()
    first = engine.snapshot.generation
    await_that(lambda: engine.snapshot.generation > first + 3)
    shown = engine.snapshot
    assert live_of(shown).running
    assert not shown.buffers.flags.writeable
    assert not shown.changed.rows.any()


def test_a_pause_is_exact(live: Make) -> None:
    engine = live(CONFIG, FAST)
    for _ in range(5):
        snapshot = run_for(engine, live_of(engine.snapshot).seconds + 0.02)
        now = engine._channel.channel.snapshot()
        assert np.array_equal(snapshot.buffers, now.buffers)
        assert np.array_equal(snapshot.subbufs, now.subbufs)
        for row, buf in enumerate(engine._channel.buffers):
            assert snapshot.account(row) == buf.account._asdict()
            shown = engine.bytes_of(snapshot, row)
            assert shown is not None
            assert np.array_equal(shown, buf.data)
        assert engine.snapshot is snapshot


def test_pause_and_start_in_quick_succession_end_as_asked(live: Make) -> None:
    engine = live(CONFIG, FAST)
    for _ in range(50):
        engine.start()
        engine.pause()
    engine.start()
    assert engine.running
    await_that(lambda: live_of(engine.snapshot).running)
    assert not live_of(stand(engine)).running


def test_going_on_adds_to_what_was(live: Make) -> None:
    engine = live(CONFIG, FAST)
    run_for(engine, 0.02)
    before = count(engine, "attempted")
    run_for(engine, live_of(engine.snapshot).seconds + 0.02)
    assert count(engine, "attempted") > before > 0


# -- changes while it runs -------------------------------------------------------------------------


def test_a_load_is_changed_while_it_runs(live: Make) -> None:
    engine = live(CONFIG, SILENT)
    engine.start()
    louder = SILENT.with_writing(Writing(AS_FAST_AS_IT_GOES), 1)
    engine.set_load(louder)
    assert engine.load == louder
    await_that(lambda: count(engine, "attempted") > 0)
    snapshot = stand(engine)
    assert live_of(snapshot).load == louder
    assert snapshot.count(0, "attempted").events == 0  # cpu 0 is as it was


def test_a_load_with_a_problem_is_refused_and_changes_nothing(live: Make) -> None:
    engine = live(CONFIG, SILENT)
    with pytest.raises(ValueError, match=r"writing\.rate"):
        engine.set_load(Load(Writing(-1.0)))
    assert engine.load == SILENT


def test_findings_are_about_the_load_that_is_there(live: Make) -> None:
    engine = live(CONFIG, Load(Writing(AS_FAST_AS_IT_GOES), Reading(ReaderKind.NONE)))
    engine.start()
    await_that(lambda: Fault.NO_READER in faults_of(engine.snapshot))
    engine.set_load(Load(Writing(0.0), Reading(pace=0.001)))
    await_that(lambda: not faults_of(engine.snapshot))


def test_the_mode_is_changed_while_it_runs(live: Make) -> None:
    engine = live(CONFIG, Load(Writing(AS_FAST_AS_IT_GOES), Reading(ReaderKind.NONE)))
    engine.start()
    await_that(lambda: count(engine, "refused_full") > 0)
    assert count(engine, "overwritten") == 0
    engine.set_mode(Mode.OVERWRITE)
    await_that(lambda: count(engine, "overwritten") > 0)
    assert stand(engine).mode is Mode.OVERWRITE
    with pytest.raises(ValueError, match="stepped"):
        engine.set_mode(Mode.PYTHON)


# -- breaks ----------------------------------------------------------------------------------------

RESTLESS = Load(Writing(AS_FAST_AS_IT_GOES), Reading(ReaderKind.MMAP, pace=0.2))


@pytest.mark.parametrize(
    ("mode", "where", "entry", "words"),
    [
        (Mode.NO_OVERWRITE, BreakOn(full=True), "full", "the buffer got full"),
        (Mode.OVERWRITE, BreakOn(lapped=True), "lapped", "the reader was lapped"),
        (
            Mode.NO_OVERWRITE,
            BreakOn(counter=Counter.PRODUCED, value=5, cpu=1),
            "produced",
            "subbufs_produced reached 5",
        ),
        (
            Mode.NO_OVERWRITE,
            BreakOn(counter=Counter.ATTEMPTED, value=100),
            "attempted",
            "the number of attempted events reached 100",
        ),
        (
            Mode.NO_OVERWRITE,
            BreakOn(counter=Counter.CONSUMED, value=3),
            "released",
            "subbufs_consumed reached",
        ),
        (
            Mode.OVERWRITE,
            BreakOn(losses=frozenset(LOSSES)),
            "overwritten",
            "event lost: overwritten unread",
        ),
    ],
)
def test_what_it_is_broken_on_is_told(
    live: Make, mode: Mode, where: BreakOn, entry: str, words: str
) -> None:
    engine = live(replace(CONFIG, mode=mode), RESTLESS)
    engine.set_break(where)
    engine.start()
    await_that(lambda: not engine.running and engine.wait_idle(0), words)
    found = live_of(engine.snapshot)
    assert not found.running
    assert found.break_on == where
    assert found.hit is not None
    assert (found.hit.entry, found.hit.what[: len(words)]) == (entry, words)
    assert where.cpu in (None, found.hit.cpu)
    if entry == "attempted":
        row = engine.snapshot.row_of(found.hit.cpu)
        assert row is not None
        assert engine.snapshot.count(row, "attempted").events == 100
        assert found.hit.event == 99


def test_after_a_break_it_goes_on(live: Make) -> None:
    engine = live(CONFIG, RESTLESS)
    engine.set_break(BreakOn(full=True))
    engine.start()
    await_that(lambda: not engine.running)
    assert live_of(stand(engine)).hit is not None
    engine.set_break(BreakOn())
    engine.start()
    await_that(lambda: count(engine, "consumed") > 0)
    assert live_of(engine.snapshot).hit is None


# -- figures over time -----------------------------------------------------------------------------


def test_rates_and_lanes_add_up_to_the_account(live: Make) -> None:
    engine = live(CONFIG, FAST)
    snapshot = run_for(engine, 0.3)
    rates = engine.rates(60.0, 50)
    assert rates.written.shape == (50,)
    assert rates.lost.shape == (len(LOSSES), 50)
    assert rates.seconds == pytest.approx(60 / 50)
    assert rates.written.sum() == pytest.approx(count(engine, "accepted"))
    for kind, name in enumerate(LOSSES):
        assert rates.lost[kind].sum() == pytest.approx(count(engine, name))
    lanes = engine.lanes(60.0, 50)
    assert lanes.shape == (snapshot.config.cpus, 50)
    met = Mark(int(np.bitwise_or.reduce(lanes, axis=None)))
    assert Mark.STORED | Mark.SWITCHED | Mark.READ | Mark.CONSUMED | Mark.LOST_FULL in met
    assert not met & (Mark.OVERWRITTEN | Mark.LOST_TOO_BIG)


# -- from live to step by step ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_stepping_goes_on_from_exactly_this_state(live: Make, mode: Mode) -> None:
    engine = live(replace(CONFIG, header=8), FAST)
    engine.set_mode(mode)
    run_for(engine, 0.05)
    engine.start()
    await_that(lambda: live_of(engine.snapshot).running)
    stepped = engine.step_from_here()
    try:
        seen, here = stand(engine), stepped.snapshot
        assert here.mode is mode
        assert np.array_equal(here.subbufs, seen.subbufs)
        for name in ("produced", "consumed", "offset", "bytes_consumed", "prev_padding"):
            assert np.array_equal(here.buffers[name], seen.buffers[name]), name
        for row in range(seen.rows):
            mine, theirs = engine.bytes_of(seen, row), stepped.bytes_of(here, row)
            assert mine is not None
            assert theirs is not None
            assert np.array_equal(mine, theirs)
            assert seen.account(row) == here.account(row)
        before = count(engine, "attempted")
        stepped.submit(Operation(Kind.WRITE, cpu=0, length=40))
        assert stepped.wait_idle()
        assert stepped.snapshot.step == 1
        assert engine.snapshot is seen  # the live channel does not notice
        engine.start()  # back to live: it goes on where it stood
        await_that(lambda: count(engine, "attempted") > before)
    finally:
        stepped.close()


def test_a_closed_engine_has_no_state_to_step_from(live: Make) -> None:
    engine = live(CONFIG, FAST)
    engine.close()
    with pytest.raises(OpenError, match="closed"):
        engine.step_from_here()


# -- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "field", "words"),
    [
        (replace(CONFIG, mode=Mode.PYTHON, source="x"), "mode", "stepped"),
        (replace(CONFIG, base_filename=None), "base_filename", "give a name"),
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
    engine.set_break(BreakOn(full=True, cpu=99))
    await_that(lambda: "could not be done" in engine.snapshot.notice)
    assert live_of(engine.snapshot).running


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


# -- advice ----------------------------------------------------------------------------------------

STALLING = Load(
    Writing(12_800.0),
    Reading(ReaderKind.MMAP, pace=0.002, stall_every=0.2, stall=0.4),
    title="stalls",
)
"""While it stays away 82 sub-buffers of 4 KiB fill: 96 are enough, 64 are not."""
SHORT_OF = ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=1)


def test_advice_is_tried_and_told(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.8)
    good = [one for one in live_of(engine.snapshot).findings if one.fault is None]
    assert [one.text for one in good] == [
        "At this load 96 sub-buffers of 4 KiB should lose nothing."
    ]
    engine.advise(seconds=0.8)
    await_that(lambda: "tried" in live_of(engine.snapshot).findings[-1].text)
    told = live_of(engine.snapshot).findings[-1]
    assert told.severity is Severity.GOOD
    assert told.text.startswith("At this load 96 sub-buffers of 4 KiB lose nothing (tried 2 times")
    assert "64 of them lost" in told.text


def test_advice_is_forgotten_when_the_load_changes(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.7)
    engine.advise(seconds=60.0)
    engine.set_load(SILENT)
    assert engine.wait_idle()
    assert left_over() == ["live-engine"]


def test_closing_ends_a_search_for_advice(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.7)
    engine.advise(seconds=60.0)
    assert "live-adviser" in left_over()
    engine.close()
    assert left_over() == []
