"""The explorer: both prunings against full enumeration, faults that it must find, the scenarios."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import Bounds, explore
from relayviz.model.inside.file import load, loads
from relayviz.model.inside.program import Rule
from relayviz.relay import Fault
from tests.inside.programs import GLOBAL, LIBRARY, ONE, SMALL, WIDE, Program, session_of, text_of

SCENARIOS = sorted(Path(__file__).parents[2].glob("resources/inside/*.inside.toml"))
MOST = 1_000_000  # states: a limit for a test that goes wrong


@pytest.mark.parametrize("name", SMALL)
def test_prunings_meet_every_final_state(name: str) -> None:
    engine = InsideEngine(session_of(SMALL[name]))
    digest = engine.machine.digest()
    found = {
        pruning: explore(engine, "", Bounds(states=MOST), pruning=pruning)
        for pruning in ("none", "state", "order")
    }
    assert all(one.finished for one in found.values())
    whole = found["none"].ends, found["none"].ends_digest
    assert (found["state"].ends, found["state"].ends_digest) == whole
    assert (found["order"].ends, found["order"].ends_digest) == whole
    assert found["order"].states <= found["none"].states
    assert engine.machine.digest() == digest, "the machine stands where it stood"


def test_pruning_leaves_out_much() -> None:
    engine = InsideEngine(session_of(SMALL["the same, library"]))
    schedules = {
        pruning: explore(engine, "", pruning=pruning).schedules for pruning in ("none", "order")
    }
    # 9 + 1 steps each: all orders of them, and one, for they have nothing to do with each other
    assert schedules == {"none": 48620, "order": 1}


def _tasks(*queues: str, cpus: int = 1) -> tuple[tuple[str, str, int, str], ...]:
    return tuple((f"t{at}", "task", at % cpus, queue) for at, queue in enumerate(queues))


HANDLER = ("irq", "interrupt", 0, "write 8")
READER = ("r", "reader", 0, "read 8")
SEEDED = {
    Fault.NO_LOCK: (
        Program(GLOBAL, "library", _tasks("write 8", "write 8", cpus=2)),
        *("", "destroyed > 0"),
    ),
    Fault.NO_BUSY: (
        Program(WIDE, "library", (*_tasks("write 8"), HANDLER)),
        *("", "destroyed > 0"),
    ),
    Fault.NO_QUIESCE: (
        Program(WIDE, "library", _tasks("write-nolock 8", "flush")),
        *("", "destroyed > 0"),
    ),
    Fault.NO_LIMIT: (
        Program(
            "subbuf_size = 8, n_subbufs = 1, cpus = 1",
            "library",
            (*_tasks("write 8, write 8"), ("irq", "interrupt", 0, "write-nolock 4")),
        ),
        *("t0", "destroyed > 0"),
    ),
    Fault.NO_HOLD: (
        Program(ONE, "library", _tasks("write 8, write 8", "consume 1", "reset")),
        *("t0 t0", "invariant > 0"),
    ),
    Fault.NO_READING: (
        Program(ONE, "library", (*_tasks("write 8"), READER, ("s", "reader", 0, "read 8"))),
        *("t0", "twice > 0"),
    ),
    Fault.NO_MUTEX: (
        Program(
            "subbuf_size = 8, n_subbufs = 2, cpus = 2, online = [0], buffer_only = true",
            "library",
            _tasks("cpu-online cpu=1", "cpu-online cpu=1"),
        ),
        *("", "invariant > 0"),
    ),
    Fault.NO_WAKE: (
        Program(ONE, "library", (*_tasks("switch 0"), ("p", "reader", 0, "sleep"))),
        *("", "asleep > 0"),
    ),
    Fault.WAKE_FIRST: (
        Program(ONE, "library", (*_tasks("switch 0"), ("p", "reader", 0, "sleep"))),
        *("", "asleep > 0"),
    ),
    Fault.EARLY_OFFSET: (
        Program(WIDE, "library", (*_tasks("write 8"), READER)),
        *("", "unwritten > 0"),
    ),
}
"""By what is left out: a program, who ends an operation first, and what then can come."""


@pytest.mark.parametrize("fault", Fault)
def test_finds_each_protection_that_is_left_out(fault: Fault) -> None:
    program, first, find = SEEDED[fault]
    for faults in (0, 1 << fault):
        engine = InsideEngine(session_of(program), faults)
        for actor in first.split():
            engine.run(actor)
        found = explore(engine, find, Bounds(states=MOST))
        assert found.finished
        assert found.found == bool(faults)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name.split(".")[0])
def test_scenarios_say_what_can_be_found(path: Path) -> None:
    session = load(path, STOP_NAMES)
    if not session.find:
        pytest.skip("it looks for nothing")
    found = explore(InsideEngine(session), session.find, Bounds(states=MOST))
    assert found.finished
    assert found.found == session.is_found


@pytest.mark.parametrize(
    ("name", "find"), [("destroyed", "destroyed > 0"), ("torn-read", "torn > 0")]
)
def test_what_is_found_can_be_played(name: str, find: str) -> None:
    path = next(path for path in SCENARIOS if path.name.startswith(f"{name}."))
    session = load(path, STOP_NAMES)
    engine = InsideEngine(session)
    found = explore(engine, find)
    assert found.found
    for line in found.schedule:
        _, actor, *times = line.split()
        for _ in range(int(times[0].removeprefix("times=")) if times else 1):
            assert engine.judged().destroyed + engine.judged().torn == 0
            engine.step(actor)
    assert engine.judged().destroyed + engine.judged().torn == 1
    assert engine.position == found.steps


def test_fewest_switches_are_fewest() -> None:
    session = session_of(SMALL["an interrupt in __write"])
    best = explore(InsideEngine(session), "destroyed > 0")
    assert best.switches == 1
    none = explore(InsideEngine(session), "destroyed > 0", Bounds(switches=0))
    assert (none.found, none.finished) == (False, True)
    assert explore(InsideEngine(session), "destroyed > 0", Bounds(switches=1)).steps == best.steps
    # the same of all orders, without pruning
    assert explore(InsideEngine(session), "destroyed > 0", pruning="none").steps == best.steps


def test_interrupts_are_bounded() -> None:
    session = session_of(SMALL["an interrupt in __write"])
    assert not explore(InsideEngine(session), "destroyed > 0", Bounds(interrupts=0)).found


def test_says_when_a_limit_came_first() -> None:
    session = session_of(SMALL["the same, library"])
    found = explore(InsideEngine(session), "destroyed > 0", Bounds(states=100))
    assert not found.found
    assert not found.finished
    assert "not all was gone through" in found.told()
    asked: list[int] = []

    def goes_on(states: int) -> bool:
        asked.append(states)
        return False

    stopped = explore(InsideEngine(session), "", pruning="none", goes_on=goes_on)
    assert not stopped.finished
    assert len(asked) == 1


def test_conditions_over_buffers_are_those_of_the_snapshot() -> None:
    program = Program(
        "subbuf_size = 8, n_subbufs = 4, cpus = 2",
        "kernel",
        _tasks("write 4", "write 8, write 8", cpus=2),
    )
    engine = InsideEngine(loads(text_of(program), STOP_NAMES))
    found = explore(
        engine, "offset[0] == 4 and produced[1] + 1 >= 2 and not stored < 3 and lost == 0"
    )
    assert found.found
    assert not explore(engine, "produced[0] > 0").found
    assert explore(engine, "ready[1] * 2 - 2 == 0 and unread == 3").found


BAD = "destroyed + torn + twice + unwritten + deadlock + invariant + asleep > 0"
LOST_BY_THE_KERNEL = {
    "two writers on a global buffer",
    "`write` and a flush from another CPU",
    "the same, with a declared writer",
    "a writer that switches, and a reader",
}


def _documented() -> dict[str, int]:
    """The rows of the docs' table: programs and states."""
    text = (Path(__file__).parents[2] / "docs" / "inside.md").read_text(encoding="utf-8")
    rows = text.partition("| program | states |\n|---|---|\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.split("\n")]
    return {name: int(states.replace(",", "")) for name, states in cells}


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_keeps_all_in_the_programs_of_the_docs(name: str) -> None:
    session = session_of(LIBRARY[name])
    found = explore(InsideEngine(session), BAD, Bounds(states=MOST))
    assert (found.found, found.finished) == (False, True)
    # what a compiler leaves on stacks is part of a state: another one can have some more or fewer
    assert found.states == pytest.approx(_documented()[name], rel=0.3)
    by_order = explore(InsideEngine(session), BAD, Bounds(states=MOST), pruning="order")
    assert not by_order.found
    kernel = explore(InsideEngine(replace(session, rule=Rule.KERNEL, declared=False)), BAD)
    assert kernel.found == (name in LOST_BY_THE_KERNEL)


def test_the_docs_have_these_programs() -> None:
    assert set(_documented()) == set(LIBRARY)
