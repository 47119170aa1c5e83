"""From an engine to a session: its history with what was noted beside it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from relayviz.model.session.line import normal
from relayviz.model.session.session import Line, Notes, Place, Session

if TYPE_CHECKING:
    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.history.history import History


def captured(engine: SoughtEngine, notes: Notes) -> Session:
    """Return an engine's session as it is now.

    Args:
        engine: The engine.
        notes: What was noted beside it.
    """
    history, shown = engine.history, engine.snapshot
    lines, used = [], set[str]()
    for branch in list(history.branches):
        steps = history.path(branch.number, branch.fork + 1)
        operations = tuple(normal(step.operation) for step in steps if step.depth)
        if branch.number and not operations:
            break  # it is being made; so are those behind it
        name = _unused(branch.title, used)
        lines.append(Line(name, operations, branch.parent, max(branch.fork, 0)))
    return Session(
        **{each.name: getattr(notes, each.name) for each in fields(Notes)},
        config=engine.config,
        lines=tuple(lines),
        view=Place(shown.branch, shown.step),
    )


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
