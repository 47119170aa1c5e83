"""The first finding names the cause of a loss, and its numbers are right: loads worked out before.

`buckets` says what a load loses, and that it would lose less than half of that without the cause that
the finding has to name. Both run on simulated clocks: what is compared is exact on any machine.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing
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
    Setup(rate=100_000, burst=(0.05, 0.45), count=64, pace=0.005, stall=(2, 3), flush=0.3, seconds=6),
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
    """Room for so many events as are in a sub-buffer, times the sub-buffers; and for how many else."""
    text = findings_of(simulated(setup))[0].text.replace(THIN, "")
    now, full = map(int, re.search(r"room for (\d+) events, not (\d+)", text).groups())  # type: ignore[union-attr]
    assert full == setup.size // setup.event * setup.count
    came = run(setup)
    assert now == pytest.approx(came.held / came.finished * setup.count, rel=CLOSE, abs=1)


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
