"""Advice on sizes: told as an estimate, tried by running it, right in what it says."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live import advice
from relayviz.engines.live.advice import advise, lost_for_room
from relayviz.engines.live.exact import Search
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.findings.finding import Fault
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)
from tests.engines.running import (
    await_that,
    faults_of,
    left_over,
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


STALLING = Load(Writing(12_800.0), Reading(ReaderKind.MMAP, pace=0.002, stall_every=0.2, stall=0.4))
"""While it stays away 80 sub-buffers of 4 KiB fill: 96 are enough if it is not late, 64 never."""
FILLED = 80
SHORT_OF = ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=1)


def good_news(engine: LiveEngine) -> str:
    """The finding that names no fault."""
    return " ".join(one.text for one in live_of(engine.snapshot).findings if one.fault is None)


def test_advice_is_an_estimate_until_it_was_tried(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.8)
    assert faults_of(engine.snapshot) == {Fault.STALLED}
    assert "should lose nothing" in good_news(engine)
    engine.advise(seconds=0.8)
    await_that(lambda: "lose nothing;" in good_news(engine))
    assert "should" not in good_news(engine)


def test_the_advised_size_loses_nothing_and_the_next_smaller_one_does(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.8)
    found = advise(SHORT_OF, STALLING, engine.measured(), 0.8)
    assert found.lossless
    assert found.simulated
    assert FILLED < found.config.n_subbufs <= FILLED + 2  # two that are filled in part
    assert found.smaller == replace(SHORT_OF, n_subbufs=found.config.n_subbufs - 1)
    assert found.smaller_lost > 0


@pytest.mark.soak
def test_the_advised_size_is_right_in_10_of_10_runs(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 2.0)
    number = advise(SHORT_OF, STALLING, engine.measured(), 2.0).config.n_subbufs
    spared = replace(SHORT_OF, n_subbufs=number + number // 4)  # 100 ms, for threads that are late
    less = replace(SHORT_OF, n_subbufs=number - 2)
    for _ in range(10):
        assert lost_for_room(spared, STALLING, 2.0) == 0
        assert lost_for_room(less, STALLING, 2.0) > 0


def test_what_cannot_be_simulated_is_tried_by_running(live: Make) -> None:
    load = replace(FAST, reading=Reading(ReaderKind.MMAP))
    engine = live(CONFIG, load)
    run_for(engine, 0.2)
    found = advise(CONFIG, load, engine.measured(), 0.02)
    assert not found.simulated
    assert found.runs > 0


def test_no_size_helps_a_consumer_that_never_reports(live: Make) -> None:
    load = Load(Writing(20_000.0), Reading(ReaderKind.MMAP, pace=0.002, forget_every=1))
    engine = live(SHORT_OF, load)
    engine.start()
    await_that(lambda: Fault.NOT_REPORTING in faults_of(engine.snapshot))
    stand(engine)
    assert good_news(engine) == ""
    found = advise(SHORT_OF, load, engine.measured(), 60.0)
    assert found.runs == 0
    assert found.reason == "No size helps before this is mended: consumer does not report."


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


def test_searches_that_several_threads_begin_all_end(live: Make) -> None:
    engine = live(SHORT_OF, STALLING)
    run_for(engine, 0.7)
    threads = [threading.Thread(target=engine.advise, args=(60.0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left_over().count("live-adviser") == 1
    engine.close()
    engine.advise(60.0)
    assert left_over() == []


def test_a_search_by_running_ends_where_every_run_loses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = list[int]()

    def losing(config: ChannelConfig, *_: object) -> int:
        tried.append(config.n_subbufs)
        return 3

    monkeypatch.setattr(advice, "lost_for_room", losing)
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
    found = advice._by_running(config, FAST, 0.1, stop=threading.Event(), watch=str)
    assert (found.runs, found.config.n_subbufs) == (16, tried[-1])
    assert tried == sorted(set(tried)), "each time more of them"


@pytest.mark.parametrize(
    ("rate", "tried"), [(10.0, 400), (1_000.0, 400), (1_001.0, 399), (10_000.0, 40), (1e6, 16)]
)
def test_sizes_are_tried_as_near_as_the_time_allows(rate: float, tried: int) -> None:
    """All runs together have 40 million events at most, but there are 16 at least."""
    load = Load(Writing(rate, Sizes(SizeKind.FIXED, 64)))
    search = Search(load, Simulated(), 100.0, threading.Event())
    config = ChannelConfig(subbuf_size=4096, n_subbufs=1000, cpus=1)
    length = 64
    assert search._step(config) == length * -(-4096 * 1000 // (length * tried))
