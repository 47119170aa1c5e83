"""What is known of the right answers, and what is said to a given one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relayviz.model.lesson.script import Asked, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.model.lesson.figure import Value
    from relayviz.model.lesson.lesson import Lesson, Question


@dataclass(frozen=True, slots=True)
class Right:
    """The right answer to a question, computed.

    Attributes:
        value: It; of STEPS 1.
        options: Of CHOICE: the values of what there is to choose from.
    """

    value: Value
    options: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and what is said to that; empty: nothing of its own."""

    is_right: bool
    says: str = ""


class Key(Protocol):
    """The right answers of a lesson. Whoever has one knows what the learner must not see."""

    @property
    def lesson(self) -> Lesson:
        """The lesson."""

    def right(self, question: Question) -> Right:
        """Return the right answer."""

    def judge(self, question: Question, given: Value | Sequence[str]) -> Verdict:
        """Judge an answer."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An actor of a puzzle as it stands.

    Attributes:
        name: Its name.
        at: Where it stands, in words.
        why: Why it cannot move; empty: it can.
    """

    name: str
    at: str
    why: str


class Puzzle(Protocol):
    """A machine that the learner schedules."""

    @property
    def seats(self) -> tuple[Seat, ...]:
        """The actors."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Who made each step so far."""

    @property
    def told(self) -> tuple[str, ...]:
        """What each step led to, in words."""

    @property
    def is_solved(self) -> bool:
        """Whether the goal holds now."""

    def step(self, name: str) -> str:
        """Let an actor go to its next stop; return why it cannot, or nothing."""

    def back(self) -> None:
        """Take the last step back."""

    def restart(self) -> None:
        """Take all steps back."""


@dataclass(frozen=True, slots=True)
class Teaching:
    """What takes lessons: how their answers and puzzles are made.

    Attributes:
        key: Plays a lesson; OpenError, ConditionError, SessionError: it cannot be.
        puzzle: Opens a puzzle; the same errors.
    """

    key: Callable[[Lesson], Key]
    puzzle: Callable[[Lesson, Question], Puzzle]


def shown(question: Question, value: Value) -> str:
    """Return an answer as people read it."""
    if question.kind is Asked.PLACE:
        what = "byte" if question.target is Target.BYTE else "sub-buffer"
        return f"{what} {value} of the buffer of CPU {question.cpu}"
    return f"{value}"
