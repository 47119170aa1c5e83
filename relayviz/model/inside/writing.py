"""Sessions inside operations as text: what model.inside.file reads."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from relayviz.model import toml
from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.session.reading import KEY, VERSION
from relayviz.model.session.session import Session
from relayviz.model.session.writing import plain_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.inside.program import Actor, InsideSession


_SHARED = ("breakpoints", "watches", "channel", "sources")


def dumps(session: InsideSession, schedule: Sequence[str] | None = None) -> str:
    """Return a session as the text of its file; see plain_inside."""
    return toml.dumps(plain_inside(session, schedule))


def plain_inside(session: InsideSession, schedule: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the values of a session's file, in the order they are read best.

    Args:
        session: The session.
        schedule: Other lines than those of its schedule. Of a puzzle they are an attempt: its
            goal is kept as what is looked for.
    """
    lines = (
        [write_schedule_line(one.line) for one in session.schedule]
        if schedule is None
        else list(schedule)
    )
    values: dict[str, Any] = {KEY: VERSION}
    for name in ("title", "text"):
        if text := getattr(session, name):
            values[name] = text
    shared = Session(
        config=session.config, breakpoints=session.breakpoints, watches=session.watches
    )
    whole = plain_session(shared)
    values |= {name: whole[name] for name in _SHARED if name in whole}
    find = session.find
    if session.puzzle is not None and schedule is not None:
        find = find or session.puzzle.goal
    values["inside"] = _inside(session, find, lines)
    if session.puzzle is not None and schedule is None:
        values["puzzle"] = {
            name: value
            for name, value in asdict(session.puzzle).items()
            if value is not None and value != ""
        }
    values["actor"] = [_actor(one) for one in session.actors]
    return values


def _inside(session: InsideSession, find: str, lines: Sequence[str]) -> dict[str, Any]:
    inside: dict[str, Any] = {"rule": session.rule.value}
    if session.declared:
        inside["declared"] = True
    if find:
        inside |= {"find": find, "answer": "found" if session.is_found else "none"}
    if session.digest:
        inside["digest"] = session.digest
    if session.code:
        inside["code"] = "".join(f"{line}\n" for line in session.code)
    if session.halts:
        inside["halts"] = list(session.halts)
    if lines:
        inside["schedule"] = "".join(f"{line}\n" for line in lines)
    return inside


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "name": actor.name,
        "role": actor.role.value,
        "cpu": actor.cpu,
        "queue": "".join(f"{deed.line}\n" for deed in actor.queue),
    }
