"""A lesson: a session, and the pages on which a learner goes through it. Plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.lesson.script import Asked, Target

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.session.session import Session


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer that has its own sentence: when it was given, and the sentence."""

    when: str
    say: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes:
        number: Its number in the lesson, from 1.
        kind: What is asked for.
        text: The question, Markdown.
        answer: The figure that it is computed from; of STEPS the condition that shall hold.
        at: The step that is seen while it is asked.
        judged_at: The step that the answer is computed at; nothing behind `at` is performed until
            it was answered.
        line: Which line of the steps it is, from 0.
        options: Of CHOICE: figures, in order, computed at `judged_at`.
        target, cpu: Of PLACE: what is clicked at, in whose buffer.
        most: Of STEPS: in at most so many.
        inside: The session inside operations that it is about; empty: the lesson's own.
        hints: In the order in which they are given.
        mistakes: The first that fits is said.
    """

    number: int
    kind: Asked
    text: str
    answer: str
    at: int
    judged_at: int
    line: int
    options: tuple[str, ...] = ()
    target: Target = Target.BYTE
    cpu: int = 0
    most: int = 0
    inside: str = ""
    hints: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a learner sees at once.

    Attributes:
        at: The step shown.
        text: The narration, Markdown.
        question: What is asked below it; None: nothing.
        reveal: The step shown once that was answered.
    """

    at: int
    text: str
    question: Question | None
    reveal: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson.

    Attributes:
        name: Its file's name without the suffix.
        title, author, language: As the file says.
        minutes: How long it takes; 0: not said.
        needs: Names of lessons that come before it.
        session: What is played.
        pages: In order.
        seed: Which of its variants this is.
        is_varied: Whether there are others.
        digest: Of the file: answers belong to one text.
        folder: Where its sessions inside operations are looked for first; None: those that come
            with the program.
    """

    name: str
    title: str
    author: str
    language: str
    minutes: int
    needs: tuple[str, ...]
    session: Session
    pages: tuple[Page, ...]
    seed: int = 0
    is_varied: bool = False
    digest: str = ""
    folder: Path | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in order."""
        return tuple(page.question for page in self.pages if page.question is not None)
