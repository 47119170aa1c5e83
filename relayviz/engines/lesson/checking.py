"""Whether a lesson asks what has exactly the stated kind of answer, and gives none away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.lesson import inside
from relayviz.engines.lesson.key import PlayedKey, is_number, same
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.condition import Condition
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.lesson.course import capture_path
from relayviz.model.lesson.figure import Figure
from relayviz.model.lesson.script import Asked, Target
from relayviz.model.lesson.visible import gives_away, read_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.lesson.judging import Right
    from relayviz.model.lesson.lesson import Lesson, Page, Question

LINK = re.compile(r"\]\(<?([^)\s>]*)")
CAPTURE, PAGE = "capture:", "https:"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a lesson.

    Attributes:
        line: Which line of its steps, from 0; None: the whole.
        question: The number of the question; 0: none.
        message: What is wrong, and what would be right.
    """

    line: int | None
    question: int
    message: str


def problems(lesson: Lesson) -> list[Problem]:
    """Play a lesson and return what is wrong with it.

    Raises:
        OpenError, ConditionError, SessionError: It cannot be played.
    """
    key = PlayedKey(lesson)
    found = [Problem(None, 0, message) for message in _unmet(key)]
    for page in lesson.pages:
        found += [Problem(None, 0, message) for message in _links(lesson, page)]
    for question in lesson.questions:
        found += [
            Problem(question.line, question.number, message)
            for message in _of_question(key, question)
        ]
    return found


def _unmet(key: PlayedKey) -> Iterator[str]:
    """Give the expectations that do not hold."""
    for one in key.lesson.session.expectations:
        columns = key.columns(one.at.step)
        if not Condition(one.that).holds(columns)[-1]:
            values = Condition(one.that).values_put_in(columns)
            yield f"Step {one.at.step}: expected {one.that}, but {values or 'it does not hold'}."


def _links(lesson: Lesson, page: Page) -> Iterator[str]:
    """Look where the links of a page lead: in the window only those of narration are followed."""
    for target in LINK.findall(page.text):
        name = target.removeprefix(CAPTURE)
        if not target.startswith((CAPTURE, PAGE)):
            yield f"Step {page.at}: links lead to {CAPTURE}FILE or {PAGE}//…, not to {target!r}."
        elif name != target and capture_path(lesson, name) is None:
            yield f"Step {page.at}: there is no capture {name!r} beside the lesson."


def _of_question(key: PlayedKey, question: Question) -> Iterator[str]:
    if not question.text.strip():
        yield "It asks nothing: give it a text."
    if question.kind is Asked.STEPS:
        yield from _steps(key, question)
        return
    right = key.right(question)
    yield from _kind(key, question, right)
    is_seen = not question.inside and question.judged_at == question.at
    if is_seen and question.kind is not Asked.PLACE:
        yield "Nothing happens between the question and its answer: there is nothing to predict."
    for where, text in read_before(key.lesson, question):
        if gives_away(text, question, right.value):
            yield f"The answer, {right.value}, stands in {where}, which is read before it."
    for one in question.mistakes:
        if key.fits(question, one.when, right.value):
            yield f"when {one.when} holds for the right answer, {right.value}."


def _kind(key: PlayedKey, question: Question, right: Right) -> Iterator[str]:
    value = right.value
    if question.kind is Asked.NUMBER and not is_number(value):
        yield f"The answer is {value!r}, and no number."
    if question.kind is Asked.CHOICE:
        yield from _choice(key, question, right)
    if question.kind is Asked.PLACE:
        config = key.lesson.session.config
        count = config.n_subbufs
        if question.target is Target.BYTE:
            count *= config.subbuf_size
        if not isinstance(value, int) or not 0 <= value < count:
            yield f"The answer is {value!r}: the places of the buffer are 0 to {count - 1}."
        rows = Columns(key.records, 0, question.at, question.at).buffers
        if question.cpu not in rows and not config.is_global:
            yield f"CPU {question.cpu} has no buffer when it is asked."


def _choice(key: PlayedKey, question: Question, right: Right) -> Iterator[str]:
    options = right.options
    doubled = [one for at, one in enumerate(options) if any(same(one, x) for x in options[:at])]
    if doubled:
        yield f"Two options are the same: {doubled[0]!r}."
    if sum(same(one, right.value) for one in options) != 1:
        listed = ", ".join(f"{one!r}" for one in options)
        yield f"The answer is {right.value!r}, and not exactly one of the options {listed}."
    for one in question.mistakes:
        if not any(key.fits(question, one.when, each) for each in options):
            yield f"when {one.when} holds for none of the options: it is never said."


def _steps(key: PlayedKey, question: Question) -> Iterator[str]:
    if not question.inside:
        yield from _operations(key, question)
        return
    session = inside.session_of(key.lesson, question.inside)
    begun = InsideEngine(session)
    if begun.value(InsideCondition(question.answer)):
        yield f"{question.answer} holds at the beginning already."
        return
    found = inside.looked_for(session, question.answer)
    if not found.found:
        yield f"No order of the steps leads to {question.answer}. {found.told()}"
    elif found.steps > question.most:
        yield (
            f"The shortest way that was found to {question.answer} has {found.steps} steps: "
            f"allow as many, not {question.most}."
        )


def _operations(key: PlayedKey, question: Question) -> Iterator[str]:
    """Look at a puzzle on the lesson's own channel: what comes next in the file solves it."""
    figure = Figure.of_step(question.answer)
    count = question.judged_at - question.at
    if figure.value(key.columns(question.at)):
        yield f"{question.answer} holds already when it is asked."
    if not 1 <= count <= question.most:
        yield f"The operations below it are {count}, and the learner has {question.most}."
    elif not figure.value(key.columns(question.judged_at)):
        yield f"The operations below it do not solve it: {question.answer} does not hold then."


def checked_kinds(lesson: Lesson) -> dict[str, int]:
    """Return how many questions of each kind a lesson has."""
    kinds = [question.kind.value for question in lesson.questions]
    return {kind.value: kinds.count(kind.value) for kind in Asked if kind.value in kinds}
