"""Playing the schedule of a session, and finding out which of its expectations hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.inside.code import changes
from relayviz.engines.inside.engine import CannotMoveError, InsideEngine
from relayviz.model.inside.condition import JUDGED, InsideCondition
from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.inside.program import Cannot, Expect, Go, RunTo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.engines.inside.engine import Moved
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.inside.program import InsideSession, Line


class ScheduleError(Exception):
    """A schedule that cannot be: a line of it, and why.

    Attributes:
        line: Which line of the schedule's text, from 0.
        words: The line.
    """

    def __init__(self, line: int, words: str, message: str) -> None:
        super().__init__(f"{words}: {message}")
        self.line, self.words = line, words


@dataclass(frozen=True, slots=True)
class Held:
    """An expectation, after which step it was looked at, and whether it holds."""

    that: str
    step: int
    holds: bool
    value: float


@dataclass(slots=True)
class Played:
    """What came of playing a session.

    Attributes:
        title: The session's.
        rule: Who kept whom out.
        steps: All that were made.
        held: The expectations.
        judged: What was counted, by name.
        warning: That the code is another one than the schedule's; empty: it is not.
        functions: Those that it stopped in, by file and name.
    """

    title: str
    rule: str
    warning: str = ""
    steps: list[Moved] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    judged: dict[str, int] = field(default_factory=dict)
    functions: set[tuple[str, str]] = field(default_factory=set)

    def add(self, engine: InsideEngine, moved: Moved) -> None:
        """Take in a step that was made."""
        self.steps.append(moved)
        look = engine.machine.look(engine.number_of(moved.actor))
        if look.line:
            self.functions.add((look.file, look.function))

    @property
    def holds(self) -> bool:
        """Whether all expectations hold."""
        return all(one.holds for one in self.held)


def play(
    session: InsideSession, functions: Iterable[SubbufStart] = ()
) -> tuple[InsideEngine, Played]:
    """Play a session on a new machine.

    Args:
        session: The session.
        functions: The subbuf_starts in Python that the user has confirmed.

    Raises:
        OpenError: The channel cannot be opened.
        ScheduleError: A line asks for what cannot be.
        ConditionError: An expectation cannot be computed.
    """
    engine = InsideEngine(session, functions=functions)
    played = Played(session.title, session.rule.value, warning_of(session))
    for one in session.schedule:
        try:
            _do(engine, one.line, played)
        except CannotMoveError as error:
            raise ScheduleError(one.at, write_schedule_line(one.line), str(error)) from error
    played.judged = dict(zip(JUDGED, engine.judged(), strict=True))
    return engine, played


def _do(engine: InsideEngine, line: Line, played: Played) -> None:
    if isinstance(line, Expect):
        condition = InsideCondition(line.that)
        value = engine.value(condition)
        played.held.append(Held(condition.text, engine.position, bool(value), value))
    elif isinstance(line, Cannot):
        why = engine.actors()[engine.number_of(line.actor)].why
        that = f"{line.actor} cannot move" + (f": {why}" if why else "")
        played.held.append(Held(that, engine.position, bool(why), int(bool(why))))
    elif isinstance(line, Go):
        for _ in range(line.times):
            played.add(engine, engine.step(line.actor))
    elif isinstance(line, RunTo):
        for moved in engine.running(line.actor, line.stop):
            played.add(engine, moved)


def warning_of(session: InsideSession) -> str:
    """Say that a schedule was made with other code, and what of it has changed; empty: it was not.

    Args:
        session: The session.
    """
    if not session.digest or session.digest == relay.CODE_DIGEST:
        return ""
    told = (
        f"The schedule was made with other code of the core: {session.digest}, and this is "
        f"{relay.CODE_DIGEST}."
    )
    advice = (
        "Its steps may lead elsewhere: run to stops, not by numbers of steps, or look for a "
        "schedule again."
    )
    if not session.code:
        return f"{told} {advice}"
    found = changes(session.code)
    if not found:
        return f"{told} The files and stops that it goes through are as they were."
    return f"{told} Of what it goes through: {'; '.join(found)}. {advice}"
