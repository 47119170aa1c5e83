"""From an engine to a session: its history with what was noted beside it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

from relayviz.model.session.line import normal
from relayviz.model.session.session import (
    Expectation,
    Line,
    Marker,
    Notes,
    Place,
    Scripted,
    Session,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.history.history import History

Noted = TypeVar("Noted", Marker, Expectation, Scripted)


def captured(engine: SoughtEngine, notes: Notes) -> Session:
    """Return an engine's session as it is now.

    Args:
        engine: The engine.
        notes: What was noted beside it.
    """
    history, shown = engine.history, engine.snapshot
    found, places = list[Line](), dict[int, int]()
    used = set[str]()
    for line in history.lines:
        steps = history.path(line.number, line.fork + 1)
        operations = tuple(normal(step.operation) for step in steps if step.depth)
        places[line.number] = len(found)
        parent = None if line.parent is None else places[history.line_of(line.parent)]
        name = _unused(line.title, used)
        found.append(Line(name, operations, parent, max(line.fork, 0)))

    def placed(at: Place) -> Place | None:
        """Return where a step is in the session; None: it is forgotten."""
        is_kept = at.step <= history.length(at.branch)
        line = places.get(history.line_of(at.branch)) if is_kept else None
        return None if line is None else Place(line, at.step)

    seen = placed(Place(shown.branch, shown.step)) or Place(0, 0)
    return replace(
        Session(**{each.name: getattr(notes, each.name) for each in fields(Notes)}),
        config=engine.config,
        lines=tuple(found),
        markers=_there(notes.markers, placed),
        expectations=_there(notes.expectations, placed),
        script=_there(notes.script, placed),
        view=None if notes.lesson is not None else seen,
    )


def _there(notes: Iterable[Noted], placed: Callable[[Place], Place | None]) -> tuple[Noted, ...]:
    """Return what is noted of steps that are not forgotten, at their places in the session."""
    found = ((one, placed(one.at)) for one in notes)
    return tuple(replace(one, at=at) for one, at in found if at is not None)


def _unused(title: str, used: set[str]) -> str:
    """Return a name that no other branch has."""
    name, number = title, 2
    while name in used:
        name, number = f"{title} ({number})", number + 1
    used.add(name)
    return name


def place_of(history: History, branch: int, step: int) -> Place:
    """Return where a step of a branch was made: on it, or on one that it grew out of."""
    line = history.branches[branch]
    while step <= line.fork and line.parent is not None:
        line = history.branches[line.parent]
    return Place(line.number, step)
