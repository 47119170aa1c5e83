"""Whether what a learner has read already gives an answer away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.model.lesson.script import Asked, Target
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.lesson.figure import Value
    from relayviz.model.lesson.lesson import Lesson, Question

SHORTEST = 4  # letters of a text that is looked for: "yes" and "no" stand everywhere


def read_before(lesson: Lesson, question: Question) -> Iterator[tuple[str, str]]:
    """Give the author's texts that are read until a question is answered, each with what it is.

    The options of a choice are left out: the answer is one of them.
    """
    yield "the title", lesson.title
    for page in lesson.pages:
        if page.text:
            yield "the narration", page.text
        asked = page.question
        if asked is not None:
            yield f"question {asked.number}", asked.text
            yield from ((f"a hint of question {asked.number}", hint) for hint in asked.hints)
            yield from ((f"a when of question {asked.number}", one.say) for one in asked.mistakes)
        if asked is question:
            return


def gives_away(text: str, question: Question, value: Value) -> bool:
    """Return whether a text has the answer in it."""
    if question.kind is Asked.STEPS:
        return False
    plain = text.casefold()
    if isinstance(value, str):
        wanted = " ".join(value.casefold().split())
        return len(wanted) >= SHORTEST and _has(" ".join(plain.split()), wanted)
    if question.kind is Asked.PLACE:
        what = "byte" if question.target is Target.BYTE else "sub-buffer"
        return _has(plain, f"{what} {value}")
    forms = {f"{value}"} | ({grouped(value)} if isinstance(value, int) else set())
    return any(_has(plain, form) for form in forms)


def _has(text: str, wanted: str) -> bool:
    """Return whether it stands there as a word of its own."""
    return re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w|\.\d)", text) is not None
