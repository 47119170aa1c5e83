"""The live engine: what is asked for happens, pauses are exact, and it ends at any moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.protocol import OpenError
from relayviz.model.findings.finding import Fault
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    BreakOn,
    Counter,
    Load,
    ReaderKind,
    Reading,
    Writing,
)
from tests.engines.running import (
    await_that,
    faults_of,
    live_of,
    run_for,
    stand,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.live.engine import LiveEngine

    Make = Callable[..., LiveEngine]

CONFIG = ChannelConfig(subbuf_size=1024, n_subbufs=8, cpus=2)
FAST = Load(Writing(AS_FAST_AS_IT_GOES), Reading(pace=0.001))
SILENT = Load(Writing(0.0), Reading(ReaderKind.NONE))


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
            "event lost: overwritten",
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
    whole = engine.rates(128.0, 1280)  # longer than the pool has: from what is kept of the run
    assert whole.written.sum() == pytest.approx(count(engine, "accepted"))
    for kind, name in enumerate(LOSSES):
        assert whole.lost[kind].sum() == pytest.approx(count(engine, name))
    assert Mark(int(np.bitwise_or.reduce(engine.lanes(128.0, 50), axis=None))) == met


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


def test_a_start_waits_for_a_state_that_is_being_handed_over(
    live: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So all buffers of the state are of one moment."""
    engine = live(CONFIG, FAST)
    run_for(engine, 0.02)
    channel, pool = engine._channel.channel, engine._channel.pool

    class Slow:
        def save(self) -> bytes:
            engine.start()
            assert not engine.wait_idle(0.05)
            assert not pool.running
            return channel.save()

        def __getattr__(self, name: str) -> object:
            return getattr(channel, name)

    monkeypatch.setattr(engine._channel, "channel", Slow())
    engine.step_from_here().close()
    monkeypatch.undo()
    await_that(lambda: pool.running)


def test_a_closed_engine_has_no_state_to_step_from(live: Make) -> None:
    engine = live(CONFIG, FAST)
    engine.close()
    with pytest.raises(OpenError, match="closed"):
        engine.step_from_here()


def test_a_notice_goes_when_something_else_is_done(
    live: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = live(CONFIG, SILENT)

    def fail(_load: Load) -> None:
        raise ValueError("no room")

    changes: tuple[Callable[[], None], ...] = (
        lambda: engine.set_load(SILENT),
        lambda: engine.set_mode(Mode.OVERWRITE),
        engine.start,
    )
    for change in changes:
        with monkeypatch.context() as broken:
            broken.setattr(engine._channel, "put_under", fail)
            engine.set_load(SILENT)
            assert engine.wait_idle(20.0)
        assert engine.snapshot.notice == "This could not be done: no room."
        change()
        await_that(lambda: not engine.snapshot.notice, "the end of the notice")
