"""Sessions inside operations as TOML files; docs/inside.md describes them for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relayviz.model import plain, toml
from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.grammar import ALONG, KINDS
from relayviz.model.inside.lines import MOST_STEPS, ScheduleTextError, read_deeds, read_schedule
from relayviz.model.inside.program import Actor, InsideSession, Puzzle, Role, Rule, Scheduled
from relayviz.model.inside.sources import IN
from relayviz.model.plain import PlainError
from relayviz.model.session.file import SessionError, read_text
from relayviz.model.session.line import LineError, LineInTextError
from relayviz.model.session.reading import (
    MAX_LIST,
    read_breakpoint,
    read_condition,
    read_session,
)
from relayviz.model.session.toml_lines import first_line, line_of
from relayviz.model.toml import TomlError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from relayviz.model.condition.breakpoint import Breakpoint
    from relayviz.model.plain import Where

SUFFIX = ".inside.toml"
MAX_ACTORS, MAX_CPUS, MAX_TEXT = 16, 16, 10_000
_SHARED = ("relayviz", "title", "topic", "text", "shows", "channel", "sources")
_NOTES = ("breakpoints", "watches")
_TOP = (*_SHARED, *_NOTES, "inside", "actor", "puzzle")
_INSIDE = ("rule", "declared", "schedule", "digest", "code", "find", "answer", "halts")
_LIMITS = ("most_steps", "most_switches", "fewest_steps", "fewest_switches")
_PUZZLE = ("goal", *_LIMITS, "hint")
_SCHEDULE: Where = ("inside", "schedule")
_HALTS: Where = ("inside", "halts")
_ANSWERS = ("found", "none")
_ACTOR = ("name", "role", "cpu", "queue")


def load(path: Path, stops: Collection[str]) -> InsideSession:
    """Read a session inside operations.

    Args:
        path: The file.
        stops: The names of stops that there are.

    Raises:
        SessionError: It cannot be read, or is none.
    """
    return loads(read_text(path), stops, path.name)


def loads(text: str, stops: Collection[str], name: str = "session") -> InsideSession:
    """Read one from a text; see load."""
    text = text.replace("\r\n", "\n")
    try:
        values = toml.loads(text)
    except TomlError as error:
        raise SessionError(name, error.line, "", error.message) from error
    try:
        session = _read(values, stops)
    except LineInTextError as error:
        line = first_line(text, error.path) + error.line
        raise SessionError(name, line, error.field, error.message) from error
    except PlainError as error:
        raise SessionError(name, line_of(text, error.path), error.field, error.message) from error
    return replace(session, schedule_at=first_line(text, _SCHEDULE))


def _read(values: Mapping[str, Any], stops: Collection[str]) -> InsideSession:
    plain.table(values, (), _TOP)
    if "inside" not in values:
        raise PlainError((), "This is no session inside operations: it has no [inside].")
    shared = read_session({key: values[key] for key in _SHARED if key in values})
    inside = plain.table(values["inside"], ("inside",), _INSIDE)
    if not 1 <= shared.config.cpus <= MAX_CPUS:
        raise PlainError(("channel", "cpus"), f"Inside operations there are 1 to {MAX_CPUS} CPUs.")
    actors = _actors(values, shared.config.cpus)
    return InsideSession(
        config=shared.config,
        rule=Rule(plain.choice(inside.get("rule", Rule.KERNEL), ("inside", "rule"), Rule)),
        declared=plain.flag(inside.get("declared", False), ("inside", "declared")),
        actors=actors,
        schedule=_schedule(inside, [one.name for one in actors], stops),
        digest=plain.text(inside.get("digest", ""), ("inside", "digest"), MAX_TEXT),
        code=tuple(plain.text(inside.get("code", ""), ("inside", "code")).strip().splitlines()),
        title=shared.title,
        text=shared.text,
        is_found=_answer(inside.get("answer", _ANSWERS[0])),
        find=_condition(inside.get("find", ""), ("inside", "find")),
        puzzle=_puzzle(values["puzzle"]) if "puzzle" in values else None,
        breakpoints=tuple(_breakpoint(*one) for one in _texts(values, "breakpoints")),
        watches=tuple(read_condition(*one, ALONG) for one in _texts(values, "watches")),
        halts=_halts(inside.get("halts", []), stops),
    )


def _halts(value: object, stops: Collection[str]) -> tuple[str, ...]:
    found = []
    for at, text in enumerate(plain.items(value, _HALTS, MAX_LIST)):
        path = (*_HALTS, at)
        found.append(plain.text(text, path, MAX_TEXT))
        if found[-1].partition(IN)[0] not in stops:
            raise PlainError(path, f"There is no stop {found[-1].partition(IN)[0]}.")
    return tuple(found)


def _texts(values: Mapping[str, Any], key: str) -> list[tuple[str, Where]]:
    listed = plain.items(values.get(key, []), (key,), MAX_LIST)
    return [(plain.text(text, (key, at), MAX_TEXT), (key, at)) for at, text in enumerate(listed)]


def _breakpoint(text: str, path: Where) -> Breakpoint:
    found = read_breakpoint(text, path, ALONG)
    if found.on not in KINDS:
        known = ", ".join(KINDS)
        raise PlainError(path, f"Inside operations there is no breakpoint {found.on}: {known}.")
    return found


def _puzzle(value: object) -> Puzzle:
    table = plain.table(value, ("puzzle",), _PUZZLE)
    goal = _condition(table.get("goal", ""), ("puzzle", "goal"))
    if not goal:
        raise PlainError(("puzzle", "goal"), "Give the condition that a schedule shall lead to.")
    limits = {
        name: plain.whole(table[name], ("puzzle", name), 0, MOST_STEPS) if name in table else None
        for name in _LIMITS
    }
    return Puzzle(goal, **limits, hint=plain.text(table.get("hint", ""), ("puzzle", "hint")))


def _answer(value: object) -> bool:
    if value not in _ANSWERS:
        raise PlainError(("inside", "answer"), f"Give one of {', '.join(_ANSWERS)}.")
    return value == _ANSWERS[0]


def _condition(value: object, path: Where) -> str:
    text = plain.text(value, path, MAX_TEXT)
    try:
        return InsideCondition(text).text if text else ""
    except ConditionError as error:
        raise PlainError(path, str(error)) from error


def _actors(values: Mapping[str, Any], cpus: int) -> tuple[Actor, ...]:
    tables = plain.items(values.get("actor", []), ("actor",), MAX_ACTORS)
    found: list[Actor] = []
    for place, value in enumerate(tables):
        path: Where = ("actor", place)
        table = plain.table(value, path, _ACTOR)
        name = plain.text(table.get("name", f"A{place + 1}"), (*path, "name"), 40)
        is_word = len(name.split()) == 1 and name.isprintable() and not name.startswith("#")
        if not is_word or name in [one.name for one in found]:
            raise PlainError((*path, "name"), "Give each actor a word of its own as its name.")
        role = plain.choice(table.get("role", Role.TASK), (*path, "role"), Role)
        cpu = plain.whole(table.get("cpu", 0), (*path, "cpu"), 0, cpus - 1)
        text = plain.text(table.get("queue", ""), (*path, "queue"))
        queue, wrong, message = read_deeds(text, cpu, cpus, reads=role == Role.READER)
        if wrong is not None:
            raise LineInTextError((*path, "queue"), wrong, LineError("", message))
        found.append(Actor(name, Role(role), cpu, queue))
    if not found:
        raise PlainError((), "Nobody is there to do anything: give an [[actor]].")
    return tuple(found)


def _schedule(
    inside: Mapping[str, Any], actors: Collection[str], stops: Collection[str]
) -> tuple[Scheduled, ...]:
    text = plain.text(inside.get("schedule", ""), _SCHEDULE)
    try:
        return read_schedule(text, actors, stops)
    except ScheduleTextError as error:
        raise LineInTextError(_SCHEDULE, error.line, error.error) from error
