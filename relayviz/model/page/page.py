"""Makes a page: the steps of a branch with every state, of one channel or of two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSS_WORDS
from relayviz.model.engine.captured import place_of
from relayviz.model.exchange.table import ExchangeError
from relayviz.model.numbers import grouped
from relayviz.model.page.change import ACCOUNT, FIGURES, SUBBUF
from relayviz.model.page.lesson import Lesson
from relayviz.model.page.side import Side
from relayviz.model.page.template import filled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.history.history import History
    from relayviz.model.session.session import Notes

VERSION = 1  # of what a page's script is told
MOST_STEPS, MOST_BUFFERS, MOST_BYTES = 2000, 64, 8 << 20
NO_LESSON, UNNAMED = Lesson(), "A relay channel"


class PageError(ExchangeError):
    """It is too much for a page; says what is and what helps."""


def session_page(engine: SteppedEngine, notes: Notes, lesson: Lesson = NO_LESSON) -> str:
    """Return the branch shown as a page, which begins at the step shown, or where the lesson does.

    Takes as long as doing all steps once more; any thread may call it.

    Args:
        engine: Whose.
        notes: What was noted beside it.
        lesson: What is said and asked.

    Raises:
        PageError: It is too much for a page.
        RelayError, OSError, MemoryError: The channel cannot be opened once more.
    """
    shown = engine.snapshot
    last = engine.history.length(shown.branch)
    check(last, engine.config)
    side, titles = Side("", engine.config), list[str]()
    for frame in engine.frames(shown.branch):
        if frame.snapshot.step > last:  # it has grown meanwhile
            break
        titles.append(frame.snapshot.made_by.title())
        side.add(frame)
    sides = [side.plain(engine.history, shown.branch)]
    first = shown.step if lesson.first is None else lesson.first
    marks = marks_of(engine.history, shown.branch, notes)
    return made(notes, titles, sides, first=first, marks=marks, lesson=lesson)


def made(
    notes: Notes,
    titles: list[str],
    sides: list[dict[str, object]],
    *,
    first: int,
    marks: Iterable[tuple[int, str]] = (),
    lesson: Lesson = NO_LESSON,
) -> str:
    """Return the page of what was gathered."""
    data = {
        "relayviz_page": VERSION,
        "title": notes.title or UNNAMED,
        "text": notes.text.strip(),
        "first": first,
        "titles": titles,
        "marks": [list(mark) for mark in marks],
        "figures": FIGURES,
        "account": ACCOUNT,
        "subbuf": SUBBUF,
        "losses": LOSS_WORDS,
        "sides": sides,
        "lesson": lesson.plain(),
    }
    return filled(f"{notes.title or UNNAMED} · relayviz", data)


def marks_of(history: History, branch: int, notes: Notes) -> list[tuple[int, str]]:
    """Return the markers that stand on a branch, with their steps."""
    return [
        (one.at.step, one.name)
        for one in notes.markers
        if one.at.step <= history.length(branch)
        and place_of(history, branch, one.at.step) == place_of(history, one.at.branch, one.at.step)
    ]


def check(last: int, config: ChannelConfig) -> None:
    """Refuse what is too much for a page.

    Raises:
        PageError: It is.
    """
    buffers = 1 if config.is_global else config.cpus
    room = buffers * config.subbuf_size * config.n_subbufs
    if last > MOST_STEPS:
        raise PageError(
            f"A page has {grouped(MOST_STEPS)} steps at most, and this branch {grouped(last)}:"
            " export a shorter one."
        )
    if buffers > MOST_BUFFERS:
        raise PageError(
            f"A page shows {MOST_BUFFERS} buffers at most, and this channel has"
            f" {grouped(buffers)}: use fewer CPUs."
        )
    if room > MOST_BYTES:
        raise PageError(
            f"A page holds {grouped(MOST_BYTES)} bytes of buffers at most, and these have"
            f" {grouped(room)}: use smaller ones."
        )
