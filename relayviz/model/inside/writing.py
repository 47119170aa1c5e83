"""Sessions inside operations as text: what model.inside.file reads."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import tomli_w

from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.session.reading import KEY, VERSION
from relayviz.model.session.session import Session
from relayviz.model.session.writing import plain_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.inside.program import Actor, InsideSession


def dumps(session: InsideSession, schedule: Sequence[str] | None = None) -> str:
    """Return a session as the text of its file.

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
    whole = plain_session(Session(config=replace(session.config)))
    values |= {name: whole[name] for name in ("channel", "sources") if name in whole}
    inside: dict[str, Any] = {"rule": session.rule.value}
    if session.declared:
        inside["declared"] = True
    find = session.find
    if session.puzzle is not None and schedule is not None:
        find = find or session.puzzle.goal
    if find:
        inside |= {"find": find, "answer": "found" if session.is_found else "none"}
    if session.digest:
        inside["digest"] = session.digest
    if session.code:
        inside["code"] = "".join(f"{line}\n" for line in session.code)
    if lines:
        inside["schedule"] = "".join(f"{line}\n" for line in lines)
    values["inside"] = inside
    if session.puzzle is not None and schedule is None:
        values["puzzle"] = {
            name: value
            for name, value in asdict(session.puzzle).items()
            if value is not None and value != ""
        }
    values["actor"] = [_actor(one) for one in session.actors]
    return tomli_w.dumps(values, multiline_strings=True)


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "name": actor.name,
        "role": actor.role.value,
        "cpu": actor.cpu,
        "queue": "".join(f"{deed.line}\n" for deed in actor.queue),
    }
