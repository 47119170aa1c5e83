"""Playing the schedule that a session brings, so that what is ahead can be gone through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.engine import CannotMoveError
from relayviz.engines.inside.play import warning_of
from relayviz.engines.inside.words import why_not
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.inside.program import Cannot, Expect, Go, Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.inside.viewing.line import Line
    from relayviz.model.inside.program import Line as Wanted
    from relayviz.model.inside.program import RunTo


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it.

    Attributes:
        ends: Of each line of the schedule, how many steps were made when it was done.
        warning: What did not go as the session says; empty: all did.
    """

    ends: tuple[int, ...] = ()
    warning: str = ""


def play(line: Line, is_over: Callable[[], bool]) -> Played:
    """Make the steps of the session's schedule, on a line that stands at its beginning.

    Args:
        line: The line.
        is_over: Asked between lines whether to stop.
    """
    session, ends = line.session, list[int]()
    wrong = warning_of(session)
    for one in session.schedule:
        if is_over():
            break
        try:
            told = _do(line, one.line)
        except CannotMoveError as error:
            told = f"“{write_schedule_line(one.line)}” cannot be done: {error}"
        if told:
            wrong = f"{wrong} {told}".strip()
        if told and not isinstance(one.line, Expect):
            break
        ends.append(line.at[1])
    return Played(tuple(ends), wrong)


def _do(line: Line, wanted: Wanted) -> str:
    """Do a line; return what is not as it says."""
    if isinstance(wanted, Expect):
        condition = InsideCondition(wanted.that)
        holds = line.inner.value(condition)
        return "" if holds else f"Does not hold at step {line.at[1]}: {condition.text}."
    if isinstance(wanted, Mark):
        return ""
    names = [actor.name for actor in line.session.actors]
    number = names.index(wanted.actor)
    if isinstance(wanted, Cannot):
        why = why_not(line.inner.machine.look(number), names)
        return "" if why else f"At step {line.at[1]} {wanted.actor} can move."
    if isinstance(wanted, Go):
        for _ in range(wanted.times):
            line.act(number)
        return ""
    return _run(line, number, wanted)


def _run(line: Line, number: int, wanted: RunTo) -> str:
    while True:
        moved = line.act(number)
        look = line.inner.machine.look(number)
        if wanted.stop and look.stop >= 0 and STOP_NAMES[look.stop] == wanted.stop:
            return ""
        if moved is None or moved.ended:
            break
    if not wanted.stop:
        return ""
    return f"{wanted.actor} has ended its operation without coming to {wanted.stop}."
