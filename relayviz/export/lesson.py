"""A lesson as what a page says and asks; its answers are computed by playing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.lesson.key import PlayedKey
from relayviz.model.lesson.script import Asked, Target
from relayviz.model.page.lesson import Lesson, Question, Say

if TYPE_CHECKING:
    from relayviz.model.lesson.figure import Value
    from relayviz.model.lesson.lesson import Lesson as Whole
    from relayviz.model.lesson.lesson import Question as Asking

TRIED = 600  # wrong numbers, from 0 on, for which it is known what is said to them
_PLACES = {
    Target.BYTE: "Give the byte’s number, counted from the start of the buffer.",
    Target.SUBBUF: "Give the sub-buffer’s number.",
}


def taught(lesson: Whole) -> Lesson:
    """Return what a page says and asks.

    Where something is clicked at in the window, its number is asked for. Steps to find cannot be
    done on a page: there one is told so, and goes on.

    Raises:
        OpenError: The lesson's channel cannot be opened.
        ConditionError: An answer has no value.
        SessionError: A session inside operations that it names cannot be used.
    """
    key = PlayedKey(lesson)
    says, questions = list[Say](), list[Question]()
    for page in lesson.pages:
        if page.text:
            says.append(Say(page.at, page.text, len(questions)))
        if page.question is not None:
            questions.append(_question(key, page.question))
    return Lesson(tuple(says), tuple(questions))


def _question(key: PlayedKey, asked: Asking) -> Question:
    if asked.kind is Asked.STEPS:
        text = f"{asked.text}\n\nTry it in the window: a page cannot do steps."
        return Question(asked.at, text, "", hints=asked.hints)
    right = key.right(asked)
    candidates: list[Value] = list(right.options) or [*range(TRIED)]
    said = ((value, key.judge(asked, value).says) for value in candidates if asked.mistakes)
    text = asked.text
    if asked.kind is Asked.PLACE:
        text = f"{text} {_PLACES[asked.target]}"
    return Question(
        step=asked.at,
        text=text,
        answer=_typed(right.value),
        choices=tuple(_typed(one) for one in right.options),
        hints=asked.hints,
        wrong=tuple((_typed(value), words) for value, words in said if words),
    )


def _typed(value: Value) -> str:
    """Return a value as it is typed."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
