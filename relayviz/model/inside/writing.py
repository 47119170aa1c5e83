"""Sessions inside operations as text: what model.inside.file reads."""

from __future__ import annotations

from dataclasses import replace
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
        schedule: Other lines than those of its schedule.
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
    values["channel"] = plain_session(Session(config=replace(session.config)))["channel"]
    inside: dict[str, Any] = {"rule": session.rule.value}
    if session.declared:
        inside["declared"] = True
    if session.find:
        inside |= {"find": session.find, "answer": "found" if session.is_found else "none"}
    if session.digest:
        inside["digest"] = session.digest
    if lines:
        inside["schedule"] = "".join(f"{line}\n" for line in lines)
    values["inside"] = inside
    values["actor"] = [_actor(one) for one in session.actors]
    return tomli_w.dumps(values, multiline_strings=True)


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "name": actor.name,
        "role": actor.role.value,
        "cpu": actor.cpu,
        "queue": "".join(f"{deed.line}\n" for deed in actor.queue),
    }
