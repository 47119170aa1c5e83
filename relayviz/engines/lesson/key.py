"""The right answers of a lesson, found by playing it on a channel of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.lesson import inside
from relayviz.engines.step.play import play
from relayviz.model.condition.columns import Columns, Records
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.lesson.figure import Figure, WithAnswer
from relayviz.model.lesson.judging import Right, Verdict
from relayviz.model.lesson.script import Asked
from relayviz.model.session.line import LineError, read_line
from relayviz.model.session.session import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.condition.evaluator import Values
    from relayviz.model.inside.program import InsideSession
    from relayviz.model.lesson.figure import Value
    from relayviz.model.lesson.lesson import Lesson, Question
    from relayviz.model.session.session import Session

PATIENCE = 600.0  # seconds: a session is as long as its author made it
TOLERANCE = 1e-9  # of numbers: fractions are computed in binary


class PlayedKey:
    """The right answers; see model.lesson.judging.Key.

    It plays the session when it is made, on a channel that is closed then.

    Raises:
        OpenError: The channel cannot be opened.
        ConditionError: An answer has no value.
        SessionError: A session inside operations that it names cannot be used.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.records = _played(lesson.session)
        self._values: dict[int, Values] = {}
        self._right = {one.number: self._find(one) for one in lesson.questions}

    def right(self, question: Question) -> Right:
        """Return the right answer."""
        return self._right[question.number]

    def judge(self, question: Question, given: Value | Sequence[str]) -> Verdict:
        """Judge an answer; one of another kind than was asked for is wrong."""
        if question.kind is Asked.STEPS:
            return Verdict(
                not isinstance(given, int | float | str) and self._solves(question, given)
            )
        if not isinstance(given, int | float | str):
            return Verdict(is_right=False)
        right = self.right(question).value
        if same(given, right):
            return Verdict(is_right=True)
        fits = (one.say for one in question.mistakes if self.fits(question, one.when, given))
        return Verdict(False, next(fits, ""))

    def fits(self, question: Question, when: str, given: Value) -> bool:
        """Return whether a `when` holds for an answer."""
        values = WithAnswer(self._values[question.number], given, self.right(question).value)
        try:
            return bool(Figure.of_mistake(when).value(values))
        except ConditionError:
            return False  # such as a text that is taken for a number: not this mistake

    def columns(self, step: int) -> Columns:
        """Return the figures of a step, and of the one before it."""
        return Columns(self.records, 0, max(step - 1, 0), step)

    def _find(self, question: Question) -> Right:
        if question.kind is Asked.STEPS:
            return Right(1)
        figure = Figure.of_inside if question.inside else Figure.of_step
        answer = figure(question.answer)
        found: tuple[bool, ...] = ()
        if question.inside:
            session = inside.session_of(self.lesson, question.inside)
            self._values[question.number] = inside.Moment(inside.played(session))
            found = tuple(self._possible(question, session, goal) for goal in answer.goals)
        else:
            self._values[question.number] = self.columns(question.judged_at)
        values = self._values[question.number]
        options = tuple(figure(each).value(values) for each in question.options)
        return Right(answer.value(values, found), options)

    def _possible(self, question: Question, session: InsideSession, goal: str) -> bool:
        found = inside.looked_for(session, goal)
        if not (found.found or found.finished):
            message = f"question {question.number}: {found.told()} Make the queues shorter."
            raise ConditionError(message)
        return found.found

    def _solves(self, question: Question, steps: Sequence[str]) -> bool:
        if question.inside:
            return inside.solves(self.lesson, question, steps)
        if not 0 < len(steps) <= question.most:
            return False
        session, before = self.lesson.session, self.lesson.session.lines[0].operations
        try:
            done = tuple(read_line(line, {})[0] for line in steps)
        except LineError:
            return False
        tried = Line(operations=(*before[: question.at], *done))
        records = _played(replace(session, lines=(tried,), view=None))
        last = question.at + len(done)
        values = Columns(records, 0, max(last - 1, 0), last)
        return bool(Figure.of_step(question.answer).value(values))


def same(given: Value, right: Value) -> bool:
    """Return whether two answers are the same; numbers as nearly as they are computed."""
    if isinstance(given, str) or isinstance(right, str):
        return given == right
    return math.isclose(given, right, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _played(session: Session) -> Records:
    """Return what happened in a session."""
    engine = play(replace(session, view=None))
    try:
        if not engine.wait_idle(PATIENCE):
            raise OpenError(None, "The session takes too long to be played.")
        return Records(engine.facts, engine.history, engine.config)
    finally:
        engine.close()


def is_number(value: Value) -> bool:
    """Return whether a value can be the answer of `ask number`."""
    return not isinstance(value, str) and bool(np.isfinite(value))
