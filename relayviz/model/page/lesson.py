"""What a lesson adds to a page: narration at steps, and questions that hold back what comes.

An answer is not in the page, only what it hashes to: nobody reads it by looking at the source. The
states that come are in the page all the same: who wants to cheat can.
"""

from __future__ import annotations

from dataclasses import dataclass

_OFFSET, _PRIME, _BITS = 0x811C9DC5, 0x01000193, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Say:
    """Narration from a step on, until the next.

    Attributes:
        step: The step.
        text: What is said: **strong**, *emphasis*, `code`; an empty line begins a paragraph.
        after: How many questions have to be answered before.
    """

    step: int
    text: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question at a step; nothing behind that step is shown before it is answered.

    Attributes:
        step: After which step it is asked.
        text: What is asked.
        answer: What is right, as it is typed, or one of the choices; empty: one only thinks.
        choices: What there is to choose from; empty: a number is typed.
        hints: Shown one by one when asked for.
        wrong: What is said of a wrong answer, by it.
        done: What is said when it is answered.
    """

    step: int
    text: str
    answer: str
    choices: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    done: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Narration and questions, each in the order of their steps."""

    says: tuple[Say, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def first(self) -> int | None:
        """The step at which it begins; None: it says and asks nothing."""
        steps = [one.step for one in self.says] + [one.step for one in self.questions]
        return min(steps, default=None)

    def plain(self) -> dict[str, object]:
        """Return it as a page has it."""
        return {
            "says": [[one.step, one.text, one.after] for one in self.says],
            "questions": [_plain(place, one) for place, one in enumerate(self.questions)],
        }


def _plain(place: int, one: Question) -> dict[str, object]:
    salt = f"{place}:{one.step}"
    return {
        "step": one.step,
        "text": one.text,
        "salt": salt,
        "answer": hashed(salt, one.answer) if one.answer else "",
        "choices": list(one.choices),
        "hints": list(one.hints),
        "wrong": {hashed(salt, answer): words for answer, words in one.wrong},
        "done": one.done,
    }


def hashed(salt: str, answer: str) -> str:
    """Return what an answer hashes to: FNV-1a, 32 bits, of `salt=answer` without blanks around."""
    found = _OFFSET
    for byte in f"{salt}={answer.strip()}".encode():
        found = (found ^ byte) * _PRIME & _BITS
    return f"{found:08x}"
