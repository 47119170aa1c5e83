"""From the steps of a branch back to the lines of a schedule, with what was noted of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.model.engine.captured import place_of
from relayviz.model.inside.lines import in_few_lines, write_schedule_line
from relayviz.model.inside.program import Expect, Mark
from relayviz.model.session.session import Expectation, Marker, Notes, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.inside.viewing.line import Line
    from relayviz.engines.inside.viewing.playing import Played
    from relayviz.model.inside.program import InsideSession, Scheduled

_NOTED = (Expect, Mark)


def brought(session: InsideSession, played: Played) -> Notes:
    """Return what a session brings that is noted beside its steps.

    Args:
        session: The session.
        played: What came of its schedule: lines that were not come to have no step.
    """
    ends = list(zip(session.schedule, played.ends, strict=False))
    return Notes(
        title=session.title,
        text=session.text,
        breakpoints=session.breakpoints,
        watches=session.watches,
        markers=tuple(
            Marker(Place(0, end), one.line.name) for one, end in ends if isinstance(one.line, Mark)
        ),
        expectations=tuple(
            Expectation(Place(0, end), one.line.that)
            for one, end in ends
            if isinstance(one.line, Expect)
        ),
    )


class Schedule:
    """The lines that lead to the end of a branch.

    Args:
        line: Has the steps.
        played: What came of the session's schedule: its lines are kept as far as they lead along.
        branch: The branch.
        notes: What is noted of steps.
    """

    def __init__(self, line: Line, played: Played, branch: int, notes: Notes) -> None:
        self._line, self._branch, self._done = line, branch, 0
        self._names = [one.name for one in line.session.actors]
        self._notes = _by_step(line, branch, notes)
        self.lines: list[str] = []
        for one, end in zip(line.session.schedule, played.ends, strict=False):
            if not self._leads_along(end):
                break
            self._take(one, end)
        self._go(line.steps.length(branch))
        self._note()

    def _leads_along(self, end: int) -> bool:
        steps = self._line.steps
        if end > steps.length(self._branch):
            return False
        return not end or steps.id_at(self._branch, end) == steps.id_at(0, end)

    def _take(self, one: Scheduled, end: int) -> None:
        """Take over a line of the session that leads to a step."""
        if isinstance(one.line, _NOTED):
            return  # it is among the notes, or was taken away
        self._note()
        if any(self._done < step < end for step in self._notes):
            self._go(end)
        else:
            self.lines.append(write_schedule_line(one.line))
            self._done = end

    def _go(self, end: int) -> None:
        """Add steps up to one, with what is noted between them."""
        self._note()
        between = sorted(step for step in self._notes if self._done < step < end)
        for step in [*between, end]:
            ids = self._line.steps.ids(self._branch, self._done + 1, step)
            self.lines += in_few_lines([self._names[self._line.actors[one]] for one in ids])
            self._done = step
            if step != end:
                self._note()

    def _note(self) -> None:
        """Add what is noted of the step that was come to."""
        self.lines += self._notes.pop(self._done, ())


def _by_step(line: Line, branch: int, notes: Notes) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for at, text in _lines(notes):
        is_there = at.step <= line.steps.length(branch)
        if is_there and place_of(line.steps, branch, at.step) == at:
            found[at.step].append(text)
    return dict(found)


def _lines(notes: Notes) -> Iterator[tuple[Place, str]]:
    for marker in notes.markers:
        yield marker.at, write_schedule_line(Mark(marker.name))
    for expectation in notes.expectations:
        yield expectation.at, write_schedule_line(Expect(expectation.that))


def kept(session: InsideSession, lines: list[str], notes: Notes) -> InsideSession:
    """Return a session as it is saved with a schedule: what the code was counts for its own alone.

    Args:
        session: As it was opened.
        lines: Of the schedule.
        notes: What was noted beside it.
    """
    session = replace(session, breakpoints=notes.breakpoints, watches=notes.watches)
    noted = tuple(f"{word} " for word in ("mark", "expect"))
    own = (write_schedule_line(one.line) for one in session.schedule)
    if [one for one in lines if not one.startswith(noted)] == [
        one for one in own if not one.startswith(noted)
    ]:
        return session
    return replace(session, digest=relay.CODE_DIGEST, code=())
