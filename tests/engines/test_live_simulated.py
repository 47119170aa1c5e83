"""Loads on the simulated clock: equal to a model in plain Python, and exact in what they advise."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import relay
from relayviz.engines.live.advice import advise
from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.exact import Search, Stopped
from relayviz.engines.live.simulation import SimulatedEngine, Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.engine.protocol import OpenError
from relayviz.model.load.clock import NEEDS_A_RATE, Simulated
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
from tests.engines.chances import any_load, any_lossless
from tests.engines.clockwork import Figures, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT, LONG = 40, 200  # random loads in everyday runs, and in the soak ...
FEW, MANY = 16, 100  # ... and those of which every number is tried
TRIED = 0.5  # seconds of them

STALLING = Load(
    Writing(12_000.0, Sizes(SizeKind.FIXED, 96)),
    Reading(ReaderKind.READ, pace=0.05, stall_every=2.0, stall=0.4),
)
"""0.45 s between two visits are 5,400 events, 42 to a sub-buffer of 4 KiB: 128.6 of them."""
SHORT_OF = ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=1)


def seeds(short: int, long: int) -> list[Any]:
    marks = [pytest.mark.soak, pytest.mark.timeout(3600)]
    return [range(short), pytest.param(range(short, long), marks=marks)]


def simulated(config: ChannelConfig, load: Load, seconds: float) -> list[Figures]:
    """What the native clock makes of a load, in the model's words."""
    channel = LiveChannel(config, load, Simulated())
    try:
        channel.pool.simulate(seconds)
        totals, buffers = channel.pool.totals(), channel.look().buffers
    finally:
        channel.close()
    return [
        Figures(
            **{
                name: int(row[name])
                for name in ("attempted", "stored", "refused_full", "too_big", "visits", "stalls")
            },
            overwritten=int(buffer["account"]["overwritten"]["events"]),
            bytes=int(row["bytes"]),
            produced=int(buffer["produced"]),
            consumed=int(buffer["consumed"]),
        )
        for row, buffer in zip(totals, buffers, strict=True)
    ]


def search(load: Load, seconds: float, stop: threading.Event | None = None) -> Search:
    return Search(load, Simulated(), seconds, stop or threading.Event())


# -- the same as a model ---------------------------------------------------------------------------


@pytest.mark.parametrize("chances", seeds(SHORT, LONG))
def test_any_load_comes_to_what_the_model_says(chances: range) -> None:
    lossy = 0
    for seed in chances:
        config, load = any_load(seed)
        expected = World(config, load).run(1.5)
        assert simulated(config, load, 1.5) == expected, (seed, config, load)
        lossy += any(one.lost_for_room for one in expected)
    assert lossy > len(chances) // 3


@pytest.mark.parametrize("pieces", [2, 3, 7])
def test_as_many_records_are_torn_as_the_model_says(pieces: int) -> None:
    """A record is torn where a full buffer refused some of its pieces."""
    found = 0
    for seed in range(12):
        config, load = any_load(seed)
        config = replace(config, mode=Mode.NO_OVERWRITE, header=0)
        writers = [
            (cpu, replace(load.writing_of(cpu), pieces=pieces)) for cpu in range(config.cpus)
        ]
        readers = [(cpu, replace(READING, pace=0.01 * (cpu + 3))) for cpu in range(config.cpus)]
        load = replace(load, writers=tuple(writers), readers=tuple(readers), flush_every=0.0)
        world = World(config, load)
        world.run(1.5)
        channel = LiveChannel(config, load, Simulated())
        try:
            channel.pool.simulate(1.5)
            totals = channel.pool.totals()
        finally:
            channel.close()
        told = totals["torn_records"].tolist()
        came = totals["intact"].tolist()
        assert told == [world.torn(cpu, came[cpu]) for cpu in range(config.cpus)], (seed, load)
        found += sum(told)
    assert found > 100


READING = Reading(ReaderKind.READ)


@pytest.mark.parametrize("chances", seeds(FEW, MANY))
def test_the_smallest_number_is_the_first_that_loses_nothing(chances: range) -> None:
    found = 0
    for seed in chances:
        config, load = any_lossless(seed)
        advice = search(load, TRIED).smallest_number(config)
        if not advice.lossless:
            assert "takes less than comes" in advice.reason
            continue
        first = next(number for number in count(1) if not lost(config, load, number))
        assert advice.config == replace(config, n_subbufs=first), (seed, config, load)
        found += first > 2
    assert found > len(chances) // 3


def lost(config: ChannelConfig, load: Load, n_subbufs: int) -> int:
    world = World(replace(config, n_subbufs=n_subbufs), load)
    return sum(one.lost_for_room for one in world.run(TRIED, to_a_loss=True))


def test_the_part_of_a_sub_buffer_that_is_full_when_a_stall_begins_counts() -> None:
    advice = search(STALLING, 60.0).smallest_number(SHORT_OF)
    assert advice.config.n_subbufs == 130
    assert advice.smaller == replace(SHORT_OF, n_subbufs=129)
    less = World(replace(SHORT_OF, n_subbufs=129), STALLING)
    assert sum(one.lost_for_room for one in less.run(12.0)) > 0
    enough = World(replace(SHORT_OF, n_subbufs=130), STALLING)
    assert sum(one.lost_for_room for one in enough.run(12.0)) == 0


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("busy")
def test_it_is_the_same_on_a_busy_machine() -> None:
    found = [search(STALLING, 60.0).smallest_number(SHORT_OF) for _ in range(10)]
    assert {one.config.n_subbufs for one in found} == {130}
    assert len({one.smaller_lost for one in found}) == 1


@pytest.fixture
def busy() -> Iterator[None]:
    """Two other processes that never wait."""
    loop = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(loop) for _ in range(2)]
    yield
    for one in others:
        one.kill()
        one.wait()


# -- sizes -----------------------------------------------------------------------------------------


def test_least_room_is_no_more_than_that_of_any_power_of_2() -> None:
    advice = search(STALLING, 5.0).least_room(SHORT_OF)
    rooms = []
    for power in range(7, 20):
        config = replace(SHORT_OF, subbuf_size=1 << power)
        one = search(STALLING, 5.0).smallest_number(config).config
        rooms.append(one.subbuf_size * one.n_subbufs)
    assert advice.config.subbuf_size * advice.config.n_subbufs <= min(rooms)


ALIKE = Writing(400.0, Sizes(SizeKind.FIXED, 40))
MAPPED, READ_OUT = Reading(ReaderKind.MMAP, pace=0.03), Reading(ReaderKind.READ, pace=0.03)
SMALL_LOADS = [
    (ChannelConfig(subbuf_size=64, n_subbufs=8, cpus=1, header=header), load)
    for header, load in [
        (0, Load(ALIKE, MAPPED)),
        (16, Load(ALIKE, MAPPED)),
        (16, Load(ALIKE, MAPPED, flush_every=0.02)),
        (24, Load(Writing(700.0, Sizes(SizeKind.FIXED, 48)), READ_OUT)),
        (8, Load(Writing(300.0, Sizes(SizeKind.FIXED, 33)), replace(READ_OUT, pace=0.05))),
        (16, Load(Writing(300.0, Sizes(SizeKind.LIST, recorded=(32, 72))), MAPPED)),
    ]
]


@pytest.mark.parametrize(("config", "load"), SMALL_LOADS)
def test_nothing_that_was_searched_can_do_with_less_room(config: ChannelConfig, load: Load) -> None:
    """By the model, for every number of each size; of events that are alike, for every size."""
    advice = search(load, 1.0).least_room(config)
    found = advice.config
    room, least = found.subbuf_size * found.n_subbufs, load.writing.sizes.longest + config.header
    assert advice.stepped is not None
    first, last, step = advice.stepped
    is_alike = load.writing.sizes.kind is SizeKind.FIXED
    assert (first, step) == (least, load.writing.sizes.longest if is_alike else 8)
    assert last <= room < last + step
    assert lost_in(found, load) == 0
    for size in range(least, room, 1 if is_alike else step):
        for number in range(1, (room - 1) // size + 1):
            assert lost_in(replace(found, subbuf_size=size, n_subbufs=number), load) > 0


def lost_in(config: ChannelConfig, load: Load) -> int:
    return sum(one.lost_for_room for one in World(config, load).run(1.0, to_a_loss=True))


def test_no_number_is_named_where_ever_more_waits() -> None:
    slow = replace(STALLING, reading=Reading(ReaderKind.READ, pace=0.05, batch=4096))
    advice = search(slow, 3.0).smallest_number(SHORT_OF)
    assert not advice.lossless
    assert advice.reason.startswith("The consumer takes less than comes: ")


def test_a_stall_that_comes_late_is_no_falling_behind() -> None:
    late = replace(STALLING, reading=replace(STALLING.reading, stall_every=3.0))
    assert search(late, 4.0).smallest_number(SHORT_OF).config.n_subbufs >= 129


def test_a_search_is_ended_by_another_thread() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        search(STALLING, 60.0, stop).smallest_number(SHORT_OF)


def test_advice_for_real_threads_is_confirmed_by_them() -> None:
    load = replace(STALLING, reading=replace(STALLING.reading, stall_every=0.2, stall=0.2))
    simulation = Simulation(SHORT_OF, load, Simulated())
    simulation.run(1.0)
    found = advise(SHORT_OF, load, simulation.measured(), 1.0)
    simulation.close()
    assert found.simulated
    assert found.lossless
    assert found.real_lost is not None  # a busy machine may be late


# -- the engine ------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_run() -> None:
    load = replace(STALLING, writing=Writing(5_000.0, Sizes(SizeKind.UNIFORM, 16, 200)))
    runs = [run(load, Simulated(seed)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def run(load: Load, clock: Simulated) -> tuple[Any, ...]:
    """All figures of a run of a channel that is too small."""
    engine = Simulation(replace(SHORT_OF, mode=Mode.OVERWRITE, cpus=2), load, clock)
    engine.run(3.3)
    live = engine.snapshot.live
    rates = engine.rates(3.0, 30)
    engine.close()
    assert live is not None
    texts = tuple(one.text for one in live.findings)
    columns = (*rates.written.tolist(), *rates.consumed.tolist())
    return live.seconds, texts, engine.snapshot.buffers.tobytes(), columns


def test_time_ends_exactly_and_at_a_break() -> None:
    engine = Simulation(SHORT_OF, STALLING, Simulated())
    engine.run(1 / 3)
    assert engine.snapshot.count(0, "attempted").events == 4000
    before = engine.snapshot.count(0, "refused_full").events
    engine.set_break(BreakOn(frozenset({"refused_full"})))
    engine.run(60.0)
    live = engine.snapshot.live
    engine.close()
    assert live is not None
    assert live.hit is not None
    assert live.seconds == live.hit.seconds < 1.0
    assert engine.snapshot.count(0, "refused_full").events == before + 1


def test_as_fast_as_it_goes_has_no_meaning() -> None:
    fast = replace(STALLING, writers=((0, Writing(AS_FAST_AS_IT_GOES)),))
    with pytest.raises(OpenError) as caught:
        Simulation(SHORT_OF, fast, Simulated())
    assert caught.value.message == NEEDS_A_RATE


def stopped_at(seconds_of_events: int) -> SimulatedEngine:
    """The window's engine on that clock, stopped when so many events were attempted."""
    engine = SimulatedEngine(SHORT_OF, STALLING)
    engine.set_break(BreakOn(counter=Counter.ATTEMPTED, value=seconds_of_events))
    engine.start()
    wait_for(lambda: engine.snapshot.live is not None and engine.snapshot.live.hit is not None)
    wait_for(lambda: not engine.running)
    return engine


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it does not come")


def test_the_windows_engine_comes_to_what_the_command_does() -> None:
    """Four seconds of it: however the looks fell, the state is that of one run without looks."""
    alone = Simulation(SHORT_OF, STALLING, Simulated())
    alone.set_break(BreakOn(counter=Counter.ATTEMPTED, value=48_000))
    alone.run(60.0)
    engine = stopped_at(48_000)
    try:
        shown, live = engine.snapshot, engine.snapshot.live
        assert live is not None
        assert live.is_simulated
        assert not engine.running
        assert shown.buffers.tobytes() == alone.snapshot.buffers.tobytes()
        assert alone.snapshot.live is not None
        assert live.seconds == alone.snapshot.live.seconds
        assert [one.text for one in live.findings] == [
            one.text for one in alone.snapshot.live.findings
        ]
        engine.set_break(BreakOn())
        engine.start()  # and on from there
        wait_for(lambda: engine.snapshot.count(0, "attempted").events > 48_000)
        engine.pause()
        engine.wait_idle()
        assert not engine.running
        before = engine.snapshot.count(0, "attempted").events
        engine.wait_idle()
        assert engine.snapshot.count(0, "attempted").events == before
    finally:
        engine.close()
        alone.close()


def test_no_time_goes_by_while_somebody_takes_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimulatedEngine(SHORT_OF, STALLING)
    is_held: list[bool] = []
    simulate = relay.Live.simulate

    def noted(pool: relay.Live, seconds: float) -> None:
        is_held.append(engine._standing.locked())
        simulate(pool, seconds)

    monkeypatch.setattr(relay.Live, "simulate", noted)
    try:
        engine.start()
        wait_for(lambda: len(is_held) > 2)
        stepped = engine.step_from_here()
        stepped.close()
    finally:
        engine.close()
    assert all(is_held)


def test_the_windows_adviser_is_exact_on_that_clock() -> None:
    engine = stopped_at(48_000)
    try:
        engine.advise(5.0)
        wait_for(
            lambda: (
                engine.snapshot.live is not None
                and any("(simulated for 5 s)" in one.text for one in engine.snapshot.live.findings)
            )
        )
        assert engine.snapshot.live is not None
        texts = [one.text for one in engine.snapshot.live.findings]
        assert any("130 sub-buffers of 4 KiB lose nothing; 129 of them lose" in t for t in texts)
        assert not any("real run" in text for text in texts)
    finally:
        engine.close()


def test_the_windows_engine_refuses_what_has_no_end() -> None:
    engine = SimulatedEngine(SHORT_OF, STALLING)
    try:
        with pytest.raises(ValueError, match="give a rate"):
            engine.set_load(Load(Writing(AS_FAST_AS_IT_GOES)))
        assert engine.load == STALLING
    finally:
        engine.close()
