"""The learner's own file of answers: what was asked, what was answered, and when.

It is JSON, says itself what is in it, and nothing of it is sent anywhere.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from relayviz.model import plain
from relayviz.model.files import PRIVATE, write
from relayviz.model.plain import PlainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 1
KEY = "relayviz_answers"
MAX_ANSWERS, MAX_TEXT, MAX_STEPS = 100_000, 10_000, 100_000
MAX_FILE = 64 * 2**20  # bytes
ABOUT = (
    "What one person answered in lessons of relayviz: for each question the lesson and the digest "
    "of its text, the seed of its variant, the answer given last, whether it was right, how many "
    "answers were tried, how many hints were seen, whether the answer was shown, the seconds it "
    "took, and the day. The name below was typed by that person. The program writes this file "
    "here and sends it nowhere."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question.

    Attributes:
        lesson: The lesson's name.
        digest: Of its text.
        seed: Which of its variants.
        question: The question's number.
        kind: What was asked for.
        given: The answer given last: a number, a text, or the steps.
        is_right: It was right.
        tries: How many answers were given.
        hints: How many hints were seen.
        was_shown: The learner had the answer shown.
        seconds: From the question to the last answer.
        day: When, as 2026-01-31.
    """

    lesson: str
    digest: str
    seed: int
    question: int
    kind: str
    given: int | float | str | tuple[str, ...]
    is_right: bool
    tries: int = 1
    hints: int = 0
    was_shown: bool = False
    seconds: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """A file of answers.

    Attributes:
        learner: Whose they are, as that person wrote it; can be empty.
        answers: In the order they were given; of a question in one variant only the last.
    """

    learner: str = ""
    answers: tuple[Answer, ...] = ()

    def with_answer(self, new: Answer) -> Answers:
        """Return them with another answer, in the place of one to the same question."""
        left = [one for one in self.answers if _same(one) != _same(new)]
        return replace(self, answers=(*left, new))

    def of(self, lesson: str) -> tuple[Answer, ...]:
        """Return those of a lesson."""
        return tuple(one for one in self.answers if one.lesson == lesson)


def _same(one: Answer) -> tuple[object, ...]:
    return one.lesson, one.seed, one.question


class AnswersError(Exception):
    """A file of answers that cannot be used; says which and why."""


def load_answers(path: Path) -> Answers:
    """Read a file of answers.

    Raises:
        FileNotFoundError: There is none.
        AnswersError: It cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise AnswersError(f"{path.name}: It is larger than {MAX_FILE >> 20} MiB.")
        return _read(json.loads(data))
    except FileNotFoundError:
        raise
    except PlainError as error:
        raise AnswersError(f"{path.name}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise AnswersError(f"{path.name}: This is no JSON: {error}.") from error
    except OSError as error:
        raise AnswersError(f"{path.name}: {error.strerror}.") from error


def save_answers(answers: Answers, path: Path) -> None:
    """Write a file of answers; at any moment the old one or the new one is there.

    Raises:
        OSError: It could not be written; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [asdict(one) for one in answers.answers]
    values = {KEY: VERSION, "about": ABOUT, "learner": answers.learner, "answers": listed}
    write(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n", PRIVATE)


def _read(found: object) -> Answers:
    values = plain.table(found, (), (KEY, "about", "learner", "answers"))
    plain.version(values, KEY, VERSION, f"This is no file of answers: it has no {KEY}.")
    listed = plain.items(values.get("answers", []), ("answers",), MAX_ANSWERS)
    learner = plain.text(values.get("learner", ""), ("learner",), MAX_TEXT)
    return Answers(learner, tuple(_answer(one, at) for at, one in enumerate(listed)))


def _answer(found: object, at: int) -> Answer:
    path: plain.Where = ("answers", at)
    known = [each.name for each in fields(Answer)]
    table = plain.table(found, path, known)
    for name in known[: known.index("tries")]:
        if name not in table:
            raise PlainError((*path, name), "It is missing.")
    usual = Answer("", "", 0, 0, "", 0, is_right=False)
    kept: dict[str, Any] = {}
    for name, value in table.items():
        here = (*path, name)
        kept[name] = (
            _given(value, here) if name == "given" else _like(value, getattr(usual, name), here)
        )
    return Answer(**kept)


def _like(value: object, usual: object, path: plain.Where) -> object:
    taken = plain.like(value, usual, path)
    if isinstance(taken, str):
        return plain.text(taken, path, MAX_TEXT)
    return plain.whole(taken, path, 0) if type(taken) is int else taken


def _given(value: object, path: plain.Where) -> int | float | str | tuple[str, ...]:
    if isinstance(value, list):
        steps = plain.items(value, path, MAX_STEPS)
        return tuple(plain.text(one, (*path, place), MAX_TEXT) for place, one in enumerate(steps))
    if isinstance(value, str):
        return plain.text(value, path, MAX_TEXT)
    return plain.whole(value, path) if type(value) is int else plain.number(value, path)


def as_mapping(one: Answer) -> Mapping[str, object]:
    """Return an answer's fields."""
    return asdict(one)
