"""The first finding names the cause of a loss, and its numbers are right: loads worked out before.

`buckets` says what a load loses, and that it would lose less than half of that without the cause
that the finding has to name. Both run on simulated clocks: what is compared is exact anywhere.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.look import Looker
from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn, Load, ReaderKind, Reading, SizeKind, Sizes, Writing
from relayviz.model.numbers import THIN
from tests.engines.buckets import Setup, lost_without, run

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.finding import Finding

CLOSE = 0.05

STALLS = [
    Setup(rate=10_000, count=8, stall=(0.4, 1.0)),
    Setup(rate=2_000, count=16, stall=(1.0, 2.0), seconds=8.0),
    Setup(rate=5_000, event=200, count=32, pace=0.005, stall=(0.5, 1.0)),
    Setup(rate=3_000, event=40, size=1024, count=12, pace=0.02, stall=(0.3, 0.7), kind="read"),
    Setup(rate=1_000, event=500, size=8192, count=4, pace=0.015, stall=(0.2, 0.5)),
    Setup(rate=20_000, burst=(0.05, 0.45), count=24, pace=0.005, stall=(1.2, 1.7), seconds=6.0),
    Setup(
        rate=100_000, burst=(0.05, 0.45), count=64, pace=0.005, stall=(2, 3), flush=0.3, seconds=6
    ),
    Setup(rate=4_000, count=16, stall=(0.6, 1.0), flush=0.25),
]
SELDOM = [
    Setup(rate=10_000, count=8, pace=0.2),
    Setup(rate=4_000, event=100, count=4, pace=0.3, kind="read"),
    Setup(rate=50_000, burst=(0.02, 0.08), count=4, pace=0.05),
    Setup(rate=30_000, burst=(0.1, 0.9), count=16, pace=0.1, seconds=4.0),
    Setup(rate=1_000, event=1000, size=8192, count=3, pace=0.1),
    Setup(rate=6_000, size=512, count=16, pace=0.05),
]
LIMITED = [
    Setup(rate=10_000, size=512, count=8, pace=0.002, batch=1),
    Setup(rate=5_000, size=1024, count=64, pace=0.01, batch=2, seconds=8.0),
    Setup(rate=2_000, event=300, size=4096, count=8, pace=0.02, batch=1),
    Setup(rate=8_000, count=16, pace=0.02, batch=1, seconds=8.0),
]
FLUSHED = [
    Setup(rate=12_000, count=180, pace=0.04, flush_after=1, seconds=2.0),
    Setup(rate=500, event=512, size=4096, count=16, pace=0.1, flush_after=1),
    Setup(rate=2_000, count=64, pace=0.05, flush_after=1),
    Setup(rate=2_000, count=16, pace=0.05, flush_after=2, kind="read"),
    Setup(rate=1_000, size=8192, count=8, pace=0.02, flush=0.001),
    Setup(rate=3_000, count=12, pace=0.1, flush=0.004),
    Setup(rate=1_000, event=100, size=2048, count=32, pace=0.004, batch=1, flush_after=3),
    Setup(rate=4_000, count=64, pace=0.002, batch=1, flush_after=1),
]
HEADER = [
    Setup(rate=500, event=480, size=512, header=64, count=8),
    Setup(rate=200, event=1000, size=1024, header=32, count=16, pace=0.005),
    Setup(rate=400, event=64, every_other=4090, header=16, count=32),
]
TOO_BIG = [
    Setup(rate=500, every_other=4160, count=32),
    Setup(rate=1_000, every_other=600, size=512, count=64, pace=0.005),
]
ONE = [Setup(rate=2_000, count=1, pace=0.02), Setup(rate=500, count=1, pace=0.3, kind="read")]
NOBODY = [
    Setup(rate=2_000, kind="none", seconds=2.0),
    Setup(rate=500, event=300, size=1024, count=32, kind="none"),
]
SILENT = [
    Setup(rate=2_000, silent=True, seconds=2.0),
    Setup(rate=1_000, event=100, size=2048, count=24, pace=0.05, silent=True),
]
LAPPED = [
    Setup(rate=2_000, count=4, overwrites=True, pace=0.4),
    Setup(rate=10_000, size=1024, count=16, overwrites=True, pace=0.1),
    Setup(rate=20_000, burst=(0.1, 0.4), count=8, overwrites=True, pace=0.5, seconds=6.0),
]
CASES = [
    *((Fault.STALLED, "stall", one) for one in STALLS),
    *((Fault.TOO_SLOW, "visits", one) for one in SELDOM + LIMITED),
    *((Fault.FLUSHED, "flush", one) for one in FLUSHED),
    *((Fault.HEADER_BURNS, "header", one) for one in HEADER),
    *((Fault.TOO_BIG, "size", one) for one in TOO_BIG),
    *((Fault.ONE_SUBBUF, "one", one) for one in ONE),
    *((Fault.NO_READER, "nobody", one) for one in NOBODY),
    *((Fault.NOT_REPORTING, "silence", one) for one in SILENT),
    *((Fault.LAPPED, "visits", one) for one in LAPPED),
]
HEALTHY = [
    Setup(rate=10_000, count=8),
    Setup(rate=5_000, count=16, kind="read", pace=0.02),
    Setup(rate=100_000, burst=(0.02, 0.08), count=64, seconds=2.0),
    Setup(rate=2_000, count=32, stall=(0.3, 1.0)),
    Setup(rate=4_000, count=32, flush=0.25),
    Setup(rate=4_000, size=512, count=16, pace=0.001, batch=1, kind="mmap"),
    Setup(rate=2_000, count=64, overwrites=True, pace=0.1),
    Setup(rate=2_000, count=64, overwrites=True, kind="none"),
    Setup(rate=20_000, event=128, count=16, pace=0.005, flush=0.5),
]


def config_of(setup: Setup, cpus: int = 1) -> ChannelConfig:
    mode = Mode.OVERWRITE if setup.overwrites else Mode.NO_OVERWRITE
    return ChannelConfig(
        subbuf_size=setup.size, n_subbufs=setup.count, cpus=cpus, mode=mode, header=setup.header
    )


def load_of(setup: Setup) -> Load:
    sizes = Sizes(smallest=setup.event, largest=setup.event, mean=setup.event)
    if setup.every_other:
        sizes = Sizes(SizeKind.LIST, recorded=(setup.event, setup.every_other))
    on, off = setup.burst or (0.0, 0.0)
    stall, often = setup.stall or (0.0, 0.0)
    reading = Reading(
        ReaderKind(setup.kind),
        setup.pace,
        setup.batch,
        often,
        stall,
        forget_every=int(setup.silent),
    )
    writing = Writing(setup.rate, sizes, on, off, setup.flush_after)
    return Load(writing, reading, flush_every=setup.flush)


def simulated(setup: Setup, cpus: int = 1) -> Snapshot:
    simulation = Simulation(config_of(setup, cpus), load_of(setup), Simulated())
    try:
        simulation.run(setup.seconds)
        return simulation.snapshot
    finally:
        simulation.close()


def findings_of(snapshot: Snapshot) -> tuple[Finding, ...]:
    assert snapshot.live is not None
    return snapshot.live.findings


def number(text: str, words: str) -> float:
    """The number in front of some words."""
    found = re.search(rf"([\d{THIN}.]+) {words}", text)
    assert found, (words, text)
    return float(found[1].replace(THIN, ""))


def name(case: object) -> str:
    return str(case).replace(" ", "-") if isinstance(case, Fault) else ""


@pytest.mark.parametrize(("fault", "cause", "setup"), CASES, ids=name)
def test_the_first_finding_names_the_cause_and_what_was_lost(
    fault: Fault, cause: str, setup: Setup
) -> None:
    came = run(setup)
    assert came.lost > 0
    assert lost_without(setup, cause) < came.lost / 2
    snapshot = simulated(setup)
    assert snapshot.total_lost(0).events == pytest.approx(came.lost, rel=CLOSE, abs=2)
    first = findings_of(snapshot)[0]
    assert (first.fault, first.severity) == (fault, Severity.LOSS), findings_of(snapshot)
    told = {
        Fault.HEADER_BURNS: (came.too_big, "events? lost"),
        Fault.TOO_BIG: (came.too_big, "events? longer"),
    }.get(fault, (came.refused, "events? (refused|overwritten)"))
    assert number(first.text, told[1]) == pytest.approx(told[0], rel=CLOSE, abs=2)


def test_there_are_forty() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("setup", HEALTHY, ids=str)
def test_a_healthy_load_has_no_finding_that_names_a_fault(setup: Setup) -> None:
    assert setup.overwrites or run(setup).lost == 0
    found = findings_of(simulated(setup))
    assert [one for one in found if one.fault is not None] == []


@pytest.mark.parametrize("setup", STALLS[:6], ids=str)
def test_a_stall_is_as_long_as_it_is_and_the_usual_pace_too(setup: Setup) -> None:
    assert setup.stall is not None
    text = findings_of(simulated(setup))[0].text
    away, every = re.findall(r"([\d.]+) (ms|s)\b", text)[:2]
    unit = {"ms": 1e-3, "s": 1.0}
    longest = setup.stall[0] + setup.pace
    assert float(away[0]) * unit[away[1]] == pytest.approx(longest, rel=CLOSE)
    assert float(every[0]) * unit[every[1]] == pytest.approx(setup.pace, rel=CLOSE)


@pytest.mark.parametrize("setup", FLUSHED, ids=str)
def test_what_flushes_leave_of_the_room(setup: Setup) -> None:
    """Room for as many events as are in a sub-buffer, times sub-buffers; and for how many else."""
    text = findings_of(simulated(setup))[0].text.replace(THIN, "")
    now, full = map(int, re.search(r"room for (\d+) events, not (\d+)", text).groups())  # type: ignore[union-attr]
    assert full == setup.size // setup.event * setup.count
    came = run(setup)
    assert now == pytest.approx(came.held / came.finished * setup.count, rel=CLOSE, abs=1)


SHARED_OUT = [
    Setup(rate=10_000, count=16, pace=0.02, batch=1, flush_after=32),
    Setup(rate=4_000, count=16, stall=(1.0, 1.0), flush_after=40, seconds=6.0),
    Setup(rate=10_000, count=8, pace=0.1, flush_after=32),
]


@pytest.mark.parametrize("setup", SHARED_OUT, ids=str)
def test_two_causes_are_both_told_with_what_each_explains(setup: Setup) -> None:
    """What flushes explain is what is lost less without them; the consumer explains more."""
    came, less = run(setup).lost, lost_without(setup, "flush")
    found = findings_of(simulated(setup))
    assert [one.severity for one in found[:2]] == [Severity.LOSS, Severity.LOSS]
    assert found[0].fault in {Fault.TOO_SLOW, Fault.STALLED}
    assert found[1].fault is Fault.FLUSHED
    assert number(found[1].text, "events refused") == pytest.approx(came, rel=CLOSE)
    assert number(found[1].text, "of them because of it") == pytest.approx(came - less, rel=0.25)


def test_several_cpus_are_told_with_the_worst_and_the_sum() -> None:
    """Three CPUs alike: the number of one, and that of all."""
    setup = STALLS[0]
    came, found = run(setup), findings_of(simulated(setup, cpus=3))
    assert found[0].cpus == ()
    assert number(found[0].text, "events refused") == pytest.approx(came.lost, rel=CLOSE)
    assert number(found[0].text, "events lost by this") == pytest.approx(3 * came.lost, rel=CLOSE)


@pytest.mark.parametrize("setup", STALLS + SELDOM, ids=str)
def test_the_sizes_that_are_said_to_be_enough_are(setup: Setup) -> None:
    """The number named loses nothing; half of what was needed besides does, so it is no guess."""
    found = findings_of(simulated(setup))
    (good,) = (one for one in found if one.severity is Severity.GOOD)
    count = int(number(good.text, "sub-buffers of"))
    assert run(replace(setup, count=count)).lost == 0
    assert run(replace(setup, count=count // 2 - 2)).lost > 0
    if found[0].fault is Fault.STALLED:  # one number, not two
        assert number(found[0].helps, "sub-buffers of") == count


def test_after_a_change_the_sizes_are_those_of_the_new_load() -> None:
    """A load that needs thousands, then one that needs a few: as if that had been there alone."""
    light = Setup(rate=2_000, size=512, count=4, pace=0.05)
    heavy = replace(light, rate=100_000, pace=1.0)
    channel = LiveChannel(config_of(light), load_of(heavy), Simulated())
    try:
        looker = Looker(channel)
        channel.pool.simulate(3.5)
        needed = int(number(looked(looker)[-1].text, "sub-buffers of"))
        channel.put_under(load_of(light))
        looker.begin_anew()
        channel.pool.simulate(1.0)  # what is left of the old load is gone
        looked(looker)
        channel.pool.simulate(3.0)
        found = looked(looker)
    finally:
        channel.close()
    assert needed > 1000
    alone = findings_of(simulated(light))
    assert number(found[-1].text, "sub-buffers of") == number(alone[-1].text, "sub-buffers of")
    assert number(alone[-1].text, "sub-buffers of") <= 24


def looked(looker: Looker) -> tuple[Finding, ...]:
    return findings_of(looker.look(running=False, break_on=BreakOn()))


MIXED = {
    "uniform": Sizes(SizeKind.UNIFORM, 16, 400, 208),
    "large": Sizes(SizeKind.UNIFORM, 200, 2000, 1100),
    "exponential": Sizes(SizeKind.EXPONENTIAL, 16, 900, 90),
    "two": Sizes(SizeKind.LIST, recorded=(64, 700)),
    "alike": Sizes(smallest=96, largest=96, mean=96),
    "prime": Sizes(smallest=397, largest=397, mean=397),
}


@pytest.mark.parametrize("sizes", MIXED.values(), ids=MIXED.keys())
@pytest.mark.parametrize("size", [1024, 4096, 65_536])
@pytest.mark.parametrize("header", [0, 24])
def test_advice_against_padding_is_followed_once(sizes: Sizes, size: int, header: int) -> None:
    """Who takes the size that is named is not told to take another one."""
    config = ChannelConfig(subbuf_size=max(size, 2048), n_subbufs=64, header=header)

    def padding(config: ChannelConfig) -> list[Finding]:
        load = Load(Writing(8_000, sizes), Reading(ReaderKind.MMAP, 0.005))
        simulation = Simulation(config, load, Simulated(seed=5))
        try:
            simulation.run(4.0)
            found = findings_of(simulation.snapshot)
        finally:
            simulation.close()
        return [one for one in found if one.fault is Fault.PADDING]

    for one in padding(config):
        named = re.search(rf"Sub-buffers of ([\d{THIN}]+) (B|KiB|MiB)", one.helps)
        assert named
        unit = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}[named[2]]
        advised = int(named[1].replace(THIN, "")) * unit
        assert padding(replace(config, subbuf_size=advised)) == []


def test_flushes_that_leave_a_third_unused_are_told_without_a_loss() -> None:
    """43 of 64 events in a sub-buffer, then a flush: a third of all the room."""
    setup = Setup(rate=4_300, count=32, flush=0.01)
    assert run(setup).lost == 0
    (only,) = findings_of(simulated(setup))
    assert (only.fault, only.severity) == (Fault.FLUSHED, Severity.WARNING)
    assert number(only.text, "events, not") == pytest.approx(43 * 32, rel=CLOSE)


def test_large_sub_buffers_that_fill_slowly_are_told_and_those_advised_are_not() -> None:
    slow = Setup(rate=100, size=65_536, count=8, seconds=8.0)
    (only,) = findings_of(simulated(slow))
    assert only.fault is Fault.FILLS_SLOWLY
    assert number(only.text, "s to fill") == pytest.approx(65_536 / 6_400, rel=CLOSE)
    advised = int(number(only.helps, "B would fill"))
    assert findings_of(simulated(replace(slow, size=advised))) == ()
