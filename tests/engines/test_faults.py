"""The catalogue of faults: the finding that names it appears, and none of the others'."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import Load, ReaderKind, Reading, Writing
from tests.engines.faults import CASES, LARGE, SMALL, Case, fixed
from tests.engines.running import await_that, faults_of, left_over, live_of, run_for, stand

SECONDS = 5.0  # of a simulated run

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot


def found_out(case: Case) -> Snapshot:
    """Run a case and return the state then: where threads decide really, else by the clock."""
    if not case.needs_threads:
        return simulated(case)
    engine = LiveEngine(case.config, case.load)
    try:
        engine.start()
        await_that(lambda: case.faults <= faults_of(engine.snapshot), str(sorted(case.faults)))
        return stand(engine)
    finally:
        engine.close()


def simulated(case: Case) -> Snapshot:
    simulation = Simulation(case.config, case.load, Simulated())
    try:
        simulation.run(SECONDS)
        return simulation.snapshot
    finally:
        simulation.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.load.title.replace(" ", "-"))
def test_the_fault_is_named_and_no_other(case: Case) -> None:
    snapshot = found_out(case)
    assert case.faults <= faults_of(snapshot) <= case.faults | case.beside, live_of(
        snapshot
    ).findings
    for finding in live_of(snapshot).findings:
        assert finding.text.endswith(".")
        assert any(letter.isdigit() for letter in finding.text + finding.helps)
        if finding.fault is not None:
            assert finding.helps
            assert finding.show is not None
            assert finding.show.cpu < case.config.cpus
    assert left_over() == []


@pytest.mark.parametrize("config", [LARGE, replace(LARGE, mode=Mode.OVERWRITE)])
@pytest.mark.parametrize("kind", [ReaderKind.READ, ReaderKind.MMAP])
def test_a_healthy_load_has_no_finding(config: ChannelConfig, kind: ReaderKind) -> None:
    engine = LiveEngine(config, Load(Writing(500.0), Reading(kind, pace=0.002)))
    try:
        snapshot = run_for(engine, 0.2)
    finally:
        engine.close()
    assert live_of(snapshot).findings == ()
    assert snapshot.count(0, "consumed").events > 0


def test_every_fault_is_documented(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [fault for fault in Fault if f"| {fault} |" not in text] == []


def test_the_catalogue_has_every_fault() -> None:
    others = {Fault.SHARED, Fault.DISPLACED}  # no load: see below, and test_live_changes
    assert {fault for case in CASES for fault in case.faults} == set(Fault) - others


def test_two_readers_by_mmap_are_no_liar() -> None:
    """Each reports what it has read, so that all is reported twice: none reports too much."""
    simulation = Simulation(SMALL, Load(fixed(64, 1000), Reading(ReaderKind.MMAP)), Simulated())
    channel = simulation._channel.channel
    try:
        for _ in range(50):
            simulation.run(0.05)
            for cpu, buffer in enumerate(channel.buffers):
                if ready := buffer.subbufs_produced - buffer.subbufs_consumed:
                    channel.subbufs_consumed(cpu, ready)
        snapshot = simulation.snapshot
    finally:
        simulation.close()
    assert faults_of(snapshot) == {Fault.SHARED}


def test_two_readers_by_read_take_each_other_s_events() -> None:
    simulation = Simulation(SMALL, Load(fixed(64, 1000), Reading(ReaderKind.READ)), Simulated())
    channel = simulation._channel.channel
    try:
        with channel.open_file(0) as other:
            taken = 0
            for _ in range(50):
                simulation.run(0.05)
                taken += len(other.read(1 << 16))
        snapshot = simulation.snapshot
    finally:
        simulation.close()
    found = [one for one in live_of(snapshot).findings if one.fault is Fault.SHARED]
    assert [one.cpus for one in found] == [(0,)]
    assert taken > 0


def test_one_long_gap_beside_one_that_goes_on_is_no_stall() -> None:
    """Two visits tell nothing of what is usual; told at any moment, a pace is not a stall."""
    case = next(one for one in CASES if one.faults == {Fault.LAPPED})
    simulation = Simulation(case.config, case.load, Simulated())
    try:
        for _ in range(60):
            simulation.run(0.04)
            assert Fault.STALLED not in faults_of(simulation.snapshot)
    finally:
        simulation.close()
