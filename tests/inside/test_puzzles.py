"""Puzzles: each can be solved, no schedule is shorter than the file says, and grades are just."""

from __future__ import annotations

import io
import json
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from relayviz.cli import main
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.explore import Bounds, explore
from relayviz.engines.inside.puzzle import begun, fewest, grade, tried
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.file import load, loads
from relayviz.model.inside.program import InsideSession, Puzzle, Rule
from relayviz.model.session.file import SessionError
from tests.inside.programs import SMALL, session_of

PATHS = sorted(Path(__file__).parents[2].glob("resources/puzzles/*.inside.toml"))
DESTROY = next(path for path in PATHS if path.name.startswith("destroy-"))


def puzzle_of(path: Path) -> tuple[InsideSession, Puzzle]:
    session = load(path, STOP_NAMES)
    assert session.puzzle is not None
    return session, session.puzzle


def test_there_are_puzzles() -> None:
    assert len(PATHS) >= 8


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_every_puzzle_can_be_solved_in_as_many_steps_as_it_says(path: Path) -> None:
    session, puzzle = puzzle_of(path)
    assert session.title
    assert session.text
    assert puzzle.hint
    by_steps = fewest(session, puzzle.goal)
    by_switches = fewest(session, puzzle.goal, by_steps=False)
    assert (by_steps.found, by_steps.steps) == (True, puzzle.fewest_steps)
    assert (by_switches.found, by_switches.switches) == (True, puzzle.fewest_switches)
    for found in (by_steps, by_switches):
        graded = grade(session, "\n".join(found.schedule))
        assert graded.is_solved
        done = graded.tried
        assert (done.steps, done.switches) == (found.steps, found.switches)
        assert done.schedule == found.schedule
    assert "No schedule is shorter." in grade(session, "\n".join(by_steps.schedule)).words
    assert not grade(session, "").is_solved


@pytest.mark.parametrize("name", ["destroy-an-event", "two-on-one", "busy", "past-the-end"])
def test_the_fewest_steps_are_those_of_a_plain_search(name: str) -> None:
    """Breadth first over who steps next, by playing each schedule anew."""
    session, puzzle = puzzle_of(DESTROY.with_name(f"{name}.inside.toml"))
    condition, engine = InsideCondition(puzzle.goal), begun(session)
    first, seen = engine.position, {engine.machine.digest()}
    waiting: deque[tuple[str, ...]] = deque([()])
    while waiting:
        way = waiting.popleft()
        for number, actor in enumerate(session.actors):
            engine.seek(first)
            for one in way:
                engine.step(one)
            if engine.actors()[number].why:
                continue
            engine.step(actor.name)
            if engine.value(condition):
                assert len(way) + 1 == puzzle.fewest_steps
                return
            if engine.machine.digest() not in seen:
                seen.add(engine.machine.digest())
                waiting.append((*way, actor.name))
    pytest.fail("it was not found")


def test_the_cve_is_the_fault_that_was_mended() -> None:
    session, puzzle = puzzle_of(DESTROY.with_name("cve-2023-3268.inside.toml"))
    mended = fewest(replace(session, rule=Rule.KERNEL), puzzle.goal)
    assert (mended.found, mended.finished) == (False, True)


def test_steps_first_and_switches_first_are_two_orders() -> None:
    """A way with fewer steps and more switches, and the other; bounds hold for both."""
    engine = InsideEngine(session_of(SMALL["one in a switch"]))
    seen = set()
    for find in ("destroyed > 0", "destroyed > 0 and produced == 1", "stored == 3", "lost > 0"):
        steps = explore(engine, find, by_steps=True)
        switches = explore(engine, find)
        plain = explore(engine, find, pruning="none", by_steps=True)
        assert (plain.found, plain.steps, plain.switches) == (
            *(steps.found, steps.steps, steps.switches),
        )
        assert steps.found == switches.found
        assert steps.steps <= switches.steps
        assert switches.switches <= steps.switches
        seen.add((steps.steps, steps.switches) == (switches.steps, switches.switches))
        for most in range(3):
            bounded = explore(engine, find, Bounds(switches=most), by_steps=True)
            whole = explore(engine, find, Bounds(switches=most), pruning="none", by_steps=True)
            assert (bounded.found, bounded.steps) == (whole.found, whole.steps)
            assert bounded.switches <= most


def test_limits_are_told() -> None:
    session, puzzle = puzzle_of(DESTROY)
    limited = replace(session, puzzle=replace(puzzle, most_steps=7, most_switches=1))
    long = "run task to WRITE_COPIED\nrun irq\nrun task"
    assert grade(limited, "run task to WRITE_COPIED\nrun irq").is_solved
    back = "step irq\nrun irq\nstep task"
    assert not grade(limited, back).is_solved
    tight = replace(session, puzzle=replace(puzzle, most_steps=5, most_switches=0))
    graded = grade(tight, long)
    assert (graded.is_solved, graded.tried.is_met) == (False, True)
    assert "at most 5 steps and at most 0 switches" in graded.words


def test_steps_are_counted_to_the_moment_at_which_it_holds() -> None:
    session = session_of(SMALL["an interrupt in __write"])
    done = tried(session, "destroyed > 0", "run task to WRITE_COPIED\nrun irq\nrun task\n")
    assert (done.is_met, done.steps, done.switches) == (True, 6, 1)
    assert done.schedule == ("step task times=3", "step irq times=3")
    other = tried(session, "destroyed > 0", "run irq\nrun task")
    assert (other.is_met, other.wrong) == (False, "")
    assert other.switches == 1
    assert tried(session, "stored == 0", "").steps == 0


def test_what_cannot_be_played_is_told_with_its_line() -> None:
    session = session_of(SMALL["an interrupt in write"])
    done = tried(session, "destroyed > 0", "# first\nrun task to WRITE_COPIED\nstep irq")
    assert (done.is_met, done.steps, done.line) == (False, 3, 2)
    assert done.wrong.startswith("step irq: irq cannot move: interrupts are off")
    wrong = tried(session, "destroyed > 0", "run task\nstop task")
    assert (wrong.steps, wrong.line) == (0, 1)
    assert "step, run, cannot, expect and mark" in wrong.wrong


def test_the_command_grades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("step task times=3\nrun irq\n")
    assert main(["inside", str(DESTROY), "--grade", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Solved: destroyed > 0 holds after 6 steps, 1 switch. No schedule is shorter." in out
    monkeypatch.setattr("sys.stdin", io.StringIO("run irq\nrun task\n"))
    assert main(["inside", str(DESTROY), "--grade", "-", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["is_solved"], told["tried"]["is_met"]) == (False, False)
    path.write_text("run task\nstep task\n")
    assert main(["inside", str(DESTROY), "--grade", str(path)]) == 1
    assert "its queue is empty" in (out := capsys.readouterr().out)
    assert "mine.txt:2" in out
    path.write_text("go task\n")
    assert main(["inside", str(DESTROY), "--grade", str(path)]) == 2
    assert "mine.txt:1: " in capsys.readouterr().err
    scenario = DESTROY.parents[1] / "inside" / "destroyed.inside.toml"
    assert main(["inside", str(scenario), "--grade", str(path)]) == 2
    assert "is no puzzle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('goal = "destroyed > 0"', 'goal = ""', r"puzzle\.goal: Give the condition"),
        ('goal = "destroyed > 0"', 'goal = "destroid > 0"', r"puzzle\.goal: .*no such name"),
        ("fewest_steps = 6", 'fewest_steps = "6"', r"puzzle\.fewest_steps"),
        ("fewest_steps = 6", "most_step = 6", r"puzzle\.most_step"),
    ],
)
def test_a_puzzle_that_means_nothing_is_refused_by_place(
    wrong: str, right: str, message: str
) -> None:
    text = DESTROY.read_text(encoding="utf-8")
    assert wrong in text
    with pytest.raises(SessionError, match=message):
        loads(text.replace(wrong, right), STOP_NAMES)
