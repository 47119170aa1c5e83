"""Making histories by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.history.history import History, Step

if TYPE_CHECKING:
    from relayviz.model.channel.marks import Mark


def add(
    history: History,
    branch: int = 0,
    depth: int | None = None,
    *,
    marks: tuple[tuple[int, Mark], ...] = (),
    place: EventPlace | None = None,
) -> Step:
    """Act behind a step of a branch, its end if no other is given."""
    at = history.length(branch) if depth is None else depth
    is_first = not history.steps
    step = Step(
        id=len(history.steps),
        parent=0 if is_first else history.at(branch, at).id,
        branch=branch if is_first else history.branch_for(branch, at),
        depth=at + 1,
        time=0.0,
        operation=Operation(Kind.OPEN if is_first else Kind.FLUSH),
        event=None,
        next_event=1,
        decisions=(),
        result=Result(Outcome.OK, "Done."),
        place=place,
        marks=marks,
    )
    history.append(step)
    return step


def placed(
    event: int, start: int, length: int, *, step: int = 1, lap: int = 0, kind: Kind = Kind.WRITE
) -> EventPlace:
    """Put an event into sub-buffer 0 of cpu 0."""
    return EventPlace(event, 0, 0, 0, lap, start, length, step, 0.0, kind)
