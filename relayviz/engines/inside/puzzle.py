"""Whether a person's schedule leads to what was asked for, and in how many steps and switches.

For puzzles, and for whoever else asks such a thing: `tried` plays a schedule up to the moment at
which a condition first holds, `fewest` has the explorer prove how short one can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import CannotMoveError, InsideEngine
from relayviz.engines.inside.explore import explore
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.lines import (
    ScheduleTextError,
    in_few_lines,
    read_schedule,
    write_schedule_line,
)
from relayviz.model.inside.program import Go, Puzzle, RunTo
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.engines.inside.explore import Bounds, Found
    from relayviz.model.inside.program import InsideSession, Scheduled


@dataclass(frozen=True, slots=True)
class Tried:
    """What a schedule came to.

    Attributes:
        is_met: The condition held at some moment, the beginning included.
        steps: Until then; where it never held: all that were made.
        switches: How often another actor went on than before, in these steps.
        schedule: These steps, in few lines.
        wrong: The line that could not be played and why, where one came before; empty: none.
        line: Which line of the schedule's text that is, from 0; None: none.
    """

    is_met: bool
    steps: int
    switches: int
    schedule: tuple[str, ...]
    wrong: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """How a schedule solves a puzzle.

    Attributes:
        is_solved: It leads to the goal, within the limits.
        tried: What it came to.
        words: In a few sentences.
    """

    is_solved: bool
    tried: Tried
    words: str


def tried(session: InsideSession, find: str, schedule: str | Sequence[Scheduled]) -> Tried:
    """Play a schedule on a session's actors until a condition holds.

    Args:
        session: Who does what. Of a puzzle the schedule is its beginning: it has been played then,
            and what follows is counted; of others it is not looked at.
        find: The condition.
        schedule: Lines as in a file, or read ones; what they expect is not looked at.

    Raises:
        ConditionError: The condition is none, or cannot be computed.
        OpenError: The channel cannot be opened.
        ValueError: The puzzle's own schedule cannot be played.
    """
    condition, engine = InsideCondition(find), begun(session)
    first = engine.position
    if engine.value(condition):
        return Tried(True, 0, 0, ())
    if isinstance(schedule, str):
        try:
            schedule = read_schedule(schedule, [one.name for one in session.actors], STOP_NAMES)
        except ScheduleTextError as error:
            return Tried(False, 0, 0, (), str(error.error), error.line)
    for one in schedule:
        try:
            for _ in _steps(engine, one):
                if engine.value(condition):
                    return _tried(engine, first, is_met=True)
        except CannotMoveError as error:
            wrong = f"{write_schedule_line(one.line)}: {error}"
            return replace(_tried(engine, first, is_met=False), wrong=wrong, line=one.at)
    return _tried(engine, first, is_met=False)


def begun(session: InsideSession) -> InsideEngine:
    """Return an engine that stands where a person begins: of a puzzle behind its schedule.

    Raises:
        OpenError: The channel cannot be opened.
        ValueError: The puzzle's own schedule cannot be played.
    """
    engine = InsideEngine(session)
    try:
        for one in session.schedule if session.puzzle else ():
            for _ in _steps(engine, one):
                pass
    except CannotMoveError as error:
        raise ValueError(f"the beginning of the puzzle cannot be played: {error}") from error
    return engine


def _steps(engine: InsideEngine, one: Scheduled) -> Iterator[object]:
    """Make the steps of a line, one after the other."""
    if isinstance(one.line, Go):
        for _ in range(one.line.times):
            yield engine.step(one.line.actor)
    elif isinstance(one.line, RunTo):
        yield from engine.running(one.line.actor, one.line.stop)


def _tried(engine: InsideEngine, first: int, *, is_met: bool) -> Tried:
    made = engine.decisions()[first:]
    switches = sum(one != other for one, other in pairwise(made))
    return Tried(is_met, len(made), switches, tuple(in_few_lines(made)))


def fewest(
    session: InsideSession, find: str, bounds: Bounds | None = None, *, by_steps: bool = True
) -> Found:
    """Have the explorer look for the shortest schedule that leads to a condition.

    Args:
        session: Who does what.
        find: The condition.
        bounds: How far is looked.
        by_steps: The fewest steps count first; else the fewest switches.

    Raises:
        ConditionError: The condition is none, or cannot be computed.
        OpenError: The channel cannot be opened.
    """
    return explore(begun(session), find, bounds, by_steps=by_steps)


def grade(session: InsideSession, schedule: str | Sequence[Scheduled]) -> Grade:
    """Say how a schedule solves the puzzle that a session is.

    Args:
        session: The puzzle.
        schedule: Lines as in a file, or read ones.

    Raises:
        ValueError: The session is no puzzle.
        OpenError: The channel cannot be opened.
    """
    puzzle = session.puzzle
    if puzzle is None:
        raise ValueError("this session is no puzzle: it has no [puzzle] with a goal.")
    done = tried(session, puzzle.goal, schedule)
    over = list(_over(puzzle, done))
    is_solved = done.is_met and not over
    return Grade(is_solved, done, " ".join(_words(puzzle, done, over)))


def _over(puzzle: Puzzle, done: Tried) -> Iterator[str]:
    if puzzle.most_steps is not None and done.steps > puzzle.most_steps:
        yield f"at most {plural(puzzle.most_steps, 'step')}"
    if puzzle.most_switches is not None and done.switches > puzzle.most_switches:
        yield f"at most {plural(puzzle.most_switches, 'switch', 'switches')}"


def _words(puzzle: Puzzle, done: Tried, over: list[str]) -> Iterator[str]:
    way = f"{plural(done.steps, 'step')}, {plural(done.switches, 'switch', 'switches')}"
    if not done.is_met:
        yield f"Not solved: after {way} {puzzle.goal} does not hold, nor did it on the way."
        if done.wrong:
            yield f"The schedule could not be played to its end: {done.wrong}"
        return
    if over:
        yield f"{puzzle.goal} holds after {way}, but there may be {' and '.join(over)}."
    else:
        yield f"Solved: {puzzle.goal} holds after {way}."
    if puzzle.fewest_steps is not None:
        if done.steps == puzzle.fewest_steps:
            yield "No schedule is shorter."
        elif done.steps > puzzle.fewest_steps:
            yield f"It can be done in {plural(puzzle.fewest_steps, 'step')}."
