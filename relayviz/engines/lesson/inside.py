"""What lessons ask of sessions inside operations: figures, what can be found, and puzzles."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import CannotMoveError, InsideEngine
from relayviz.engines.inside.explore import Bounds, explore
from relayviz.engines.inside.play import ScheduleError, play
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.file import SUFFIX, load, loads
from relayviz.model.lesson.judging import Seat
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.engines.inside.explore import Found
    from relayviz.model.inside.program import InsideSession
    from relayviz.model.lesson.lesson import Lesson, Question

MOST_STATES = 200_000  # of a question: a lesson is checked in seconds


def session_of(lesson: Lesson, name: str) -> InsideSession:
    """Return a session inside operations that a lesson names.

    Raises:
        SessionError: There is none beside the lesson nor with the program, or it is none.
    """
    if lesson.folder is not None and (path := lesson.folder / f"{name}{SUFFIX}").is_file():
        return load(path, STOP_NAMES)
    resources = files("relayviz") / "resources"
    places = (resources / folder / f"{name}{SUFFIX}" for folder in ("inside", "puzzles"))
    own = next((place for place in places if place.is_file()), None)
    if own is None:
        message = f"It lies neither beside the lesson {lesson.name} nor with the program."
        raise SessionError(f"{name}{SUFFIX}", None, "", message)
    return loads(own.read_text(encoding="utf-8"), STOP_NAMES, f"{name}{SUFFIX}")


def played(session: InsideSession) -> InsideEngine:
    """Return the machine at the end of a session's schedule.

    Raises:
        SessionError: The schedule cannot be.
    """
    try:
        return play(session)[0]
    except ScheduleError as error:
        raise SessionError(session.title, None, "inside.schedule", str(error)) from error


def looked_for(session: InsideSession, goal: str) -> Found:
    """Look for a schedule that leads to a condition, the one with the fewest switches."""
    return explore(InsideEngine(session), goal, Bounds(states=MOST_STATES))


class Moment:
    """The figures of a machine where it stands, as figures of one step."""

    def __init__(self, engine: InsideEngine) -> None:
        self._engine = engine

    def __len__(self) -> int:
        return 1

    def of(self, name: str, cpu: int | None = None) -> NDArray[Any]:
        """Return a figure; ConditionError: there is no such CPU."""
        text = name if cpu is None else f"{name}[{cpu}]"
        return np.asarray(self._engine.value(InsideCondition(text)))


class OpenPuzzle:
    """A machine that a learner schedules; see model.lesson.judging.Puzzle."""

    def __init__(self, lesson: Lesson, question: Question) -> None:
        self._engine = InsideEngine(session_of(lesson, question.inside))
        self._goal = InsideCondition(question.answer)
        self._told: list[str] = []

    @property
    def seats(self) -> tuple[Seat, ...]:
        """The actors."""
        return tuple(
            Seat(one.name, f"at {one.stop}" if one.stop else one.at, one.why)
            for one in self._engine.actors()
        )

    @property
    def steps(self) -> tuple[str, ...]:
        """Who made each step so far."""
        return tuple(self._engine.decisions())

    @property
    def told(self) -> tuple[str, ...]:
        """What each step led to, in words."""
        return tuple(self._told)

    @property
    def is_solved(self) -> bool:
        """Whether the goal holds now."""
        return bool(self._engine.value(self._goal))

    def step(self, name: str) -> str:
        """Let an actor go to its next stop; return why it cannot, or nothing."""
        try:
            moved = self._engine.step(name)
        except CannotMoveError as error:
            return str(error)
        self._told.append(f"{moved.actor}: {moved.words}")
        return ""

    def back(self) -> None:
        """Take the last step back."""
        self._engine.back()
        del self._told[self._engine.position :]

    def restart(self) -> None:
        """Take all steps back."""
        self._engine.seek(0)
        self._told.clear()


def solves(lesson: Lesson, question: Question, steps: Sequence[str]) -> bool:
    """Return whether steps lead to the goal of a puzzle, in no more than are allowed."""
    if not 0 < len(steps) <= question.most:
        return False
    puzzle = OpenPuzzle(lesson, question)
    names = [seat.name for seat in puzzle.seats]
    for name in steps:
        if name not in names or puzzle.step(name):
            return False
    return puzzle.is_solved
