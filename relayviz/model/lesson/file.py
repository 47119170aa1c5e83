"""Lesson files: a session's file with [lesson] and lines that say and ask, read into pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from relayviz.model import plain
from relayviz.model.lesson.lesson import Lesson, Mistake, Page, Question
from relayviz.model.lesson.script import Ask, Hint, Reveal, Say, When, read_script
from relayviz.model.meant import meant
from relayviz.model.plain import PlainError
from relayviz.model.session.file import SUFFIX, read_as, read_text
from relayviz.model.session.line import LineError, LineInTextError
from relayviz.model.session.reading import read_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from relayviz.model.lesson.script import Script
    from relayviz.model.plain import Where
    from relayviz.model.session.session import Scripted, Session

MAX_TEXT, MAX_NEEDS = 200, 50
MAX_MINUTES = 600
MAX_SEED = 2**31 - 1
_HEAD = ("title", "author", "language", "minutes", "needs")
_STEPS: Where = ("branch", 0, "steps")


def load(path: Path, seed: int = 0) -> Lesson:
    """Read a lesson file.

    Args:
        path: The file.
        seed: Which of its variants.

    Raises:
        SessionError: It cannot be read, or is no lesson.
    """
    return replace(loads(read_text(path), path.name, seed), folder=path.absolute().parent)


def loads(text: str, name: str, seed: int = 0) -> Lesson:
    """Read a lesson from a text; `name` is what its file is called. See load."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return read_as(text, name, lambda values: _read(values, name, seed, digest))


def _read(values: Mapping[str, Any], name: str, seed: int, digest: str) -> Lesson:
    session = read_session(values, seed)
    if session.lesson is None:
        raise PlainError((), "This is no lesson: it has no [lesson] with a title.")
    if session.sources:
        raise PlainError(("sources",), "A lesson brings no subbuf_start in Python.")
    if len(session.lines) > 1:
        raise PlainError(("branch", 1), "A lesson goes along one branch.")
    head = plain.table(session.lesson, ("lesson",), _HEAD)
    if not _word(head, "title"):
        raise PlainError(("lesson", "title"), "Give the lesson a title.")
    needs = plain.items(head.get("needs", []), ("lesson", "needs"), MAX_NEEDS)
    return Lesson(
        name=name.removesuffix(SUFFIX),
        title=_word(head, "title"),
        author=_word(head, "author"),
        language=_word(head, "language") or "en",
        minutes=plain.whole(head.get("minutes", 0), ("lesson", "minutes"), 0, MAX_MINUTES),
        needs=tuple(
            plain.text(one, ("lesson", "needs", at), MAX_TEXT) for at, one in enumerate(needs)
        ),
        session=session,
        pages=_pages(session),
        seed=seed,
        is_varied="vary" in values["lesson"],
        digest=digest,
    )


def _word(head: Mapping[str, Any], name: str) -> str:
    return plain.text(head.get(name, ""), ("lesson", name), MAX_TEXT).strip()


# ---------------------------------------------------------------- pages


@dataclass(slots=True)
class _Draft:
    """A page that is being read."""

    at: int
    says: list[str] = field(default_factory=list)
    asked: Ask | None = None
    line: int = 0
    hints: list[str] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    reveal: Scripted | None = None
    to: str = ""


def _pages(session: Session) -> tuple[Page, ...]:
    drafts: list[_Draft] = []
    for one in session.script:
        try:
            _take(drafts, one, read_script(one.text))
        except LineError as error:
            raise LineInTextError(_STEPS, one.line, error) from error
    if not drafts:
        raise PlainError((), 'A lesson says or asks something: write say "…" among its steps.')
    numbers = iter(range(1, len(drafts) + 1))
    return tuple(
        _page(draft, drafts[place + 1 :], session, numbers) for place, draft in enumerate(drafts)
    )


def _take(drafts: list[_Draft], one: Scripted, read: Script) -> None:
    """Put a line onto the page it belongs to; say and ask begin one where they have to."""
    last = drafts[-1] if drafts else None
    if isinstance(read, Say | Ask):
        if last is None or last.asked is not None or last.at != one.at.step:
            last = _Draft(one.at.step)
            drafts.append(last)
        if isinstance(read, Say):
            last.says.append(read.text)
        else:
            last.asked, last.line = read, one.line
        return
    word = one.text.split(maxsplit=1)[0]
    if last is None or last.asked is None or last.at != one.at.step:
        raise LineError(word, "it belongs directly below a question.")
    match read:
        case Hint(text):
            last.hints.append(text)
        case When(that, text):
            last.mistakes.append(Mistake(that, text))
        case Reveal(to):
            if last.reveal is not None:
                raise LineError(word, "the question is revealed at one mark: leave one out.")
            last.reveal, last.to = one, to


def _page(
    draft: _Draft,
    later: list[_Draft],
    session: Session,
    numbers: Any,  # noqa: ANN401
) -> Page:
    following = later[0].at if later else None
    judged_at = next((one.at for one in later if one.at > draft.at), session.end.step)
    if draft.reveal is not None:
        judged_at = _marked(draft, draft.reveal, session, following)
    question = None
    if draft.asked is not None:
        question = _question(draft, draft.asked, judged_at, next(numbers))
    is_next = following is None or following >= judged_at
    reveal = judged_at if question is not None and is_next else draft.at
    return Page(draft.at, "\n".join(draft.says), question, reveal)


def _marked(draft: _Draft, line: Scripted, session: Session, following: int | None) -> int:
    """Return the step of the mark that a reveal names."""
    marks = {one.name: one.at.step for one in session.markers if one.at.branch == 0}
    to = marks.get(draft.to)
    error = None
    if to is None:
        error = f"there is no mark {draft.to!r}. {meant(draft.to, marks)}"
    elif to < draft.at:
        error = f"the mark {draft.to!r} stands above the question: reveal goes on, not back."
    elif following is not None and draft.at < following < to:
        error = f"something is said or asked before the mark {draft.to!r}: put the mark above it."
    if error is not None or to is None:
        raise LineInTextError(_STEPS, line.line, LineError("reveal", error or ""))
    return to


def _question(draft: _Draft, asked: Ask, judged_at: int, number: int) -> Question:
    return Question(
        number=number,
        kind=asked.kind,
        text=asked.text,
        answer=asked.answer,
        at=draft.at,
        judged_at=judged_at,
        line=draft.line,
        options=asked.options,
        target=asked.target,
        cpu=asked.cpu,
        most=asked.most,
        inside=asked.inside,
        hints=tuple(draft.hints),
        mistakes=tuple(draft.mistakes),
    )
