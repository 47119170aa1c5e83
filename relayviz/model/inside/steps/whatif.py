"""What if actors had gone on in another order, or in another channel or under another rule."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.inside.lines import write_schedule_line
from relayviz.model.inside.program import Rule, RunTo
from relayviz.model.plain import digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.inside.program import InsideSession

CHANNEL = ("rule", "subbuf_size", "n_subbufs", "mode", "header")
"""What another channel can differ in."""


def actors_of(engine: ActingEngine, branch: int, first: int, last: int | None = None) -> list[str]:
    """Return who makes each step from `first` to `last` of a branch; None: to its end."""
    names = [one.name for one in engine.session.actors]
    end = engine.steps.length(branch) if last is None else last
    return [names[engine.actor_of(one)] for one in engine.steps.ids(branch, first, end)]


def rewritten(
    engine: ActingEngine, branch: int, step: int, new: Sequence[str], taken: int
) -> list[str] | None:
    """Return who moves from a step on if others do in its place; None: it leads nowhere else.

    Args:
        engine: The engine.
        branch: The branch.
        step: The first step that is different, 1 or more.
        new: Who makes a step there instead.
        taken: How many steps that takes the place of.
    """
    old = actors_of(engine, branch, step)
    found = [*new, *old[taken:]]
    return None if found == old[: len(found)] else found


def by_stops(engine: ActingEngine, branch: int, step: int) -> list[str]:
    """Return a schedule that leads to a step by stops and ends of operations, not by numbers.

    So it leads to the like of it where operations have other stops.
    """
    ids = engine.steps.ids(branch, 1, step)
    names = [one.name for one in engine.session.actors]
    stops = [engine.stop_of(one) for one in ids]
    found: list[str] = []
    begin = 0  # of the steps that one actor makes in a row, inside one operation
    for at, one in enumerate(ids):
        actor = engine.actor_of(one)
        is_last = at + 1 == len(ids) or engine.actor_of(ids[at + 1]) != actor
        if not is_last and not engine.ends(one):
            continue
        if engine.ends(one):
            found.append(write_schedule_line(RunTo(names[actor])))
        elif stops[at]:
            times = stops[begin : at + 1].count(stops[at])
            found += [write_schedule_line(RunTo(names[actor], stops[at]))] * times
        begin = at + 1
    return found


def changed(session: InsideSession, text: str) -> InsideSession:
    """Return a session with another channel or rule.

    Args:
        session: The session.
        text: "name=value …", of CHANNEL.

    Raises:
        ValueError: It is no such text, or there is no such channel.
    """
    known = {field.name for field in fields(ChannelConfig)}
    found: dict[str, object] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if name not in CHANNEL:
            raise ValueError(f"{name}: it has {', '.join(CHANNEL)}.")
        found[name] = _value(name, value)
    rule = found.pop("rule", session.rule)
    assert isinstance(rule, Rule) and known.issuperset(found)  # noqa: PT018, S101
    config = replace(session.config, **found)  # type: ignore[arg-type]
    if problems := config.problems():
        raise ValueError(next(iter(problems.values())))
    return replace(session, config=config, rule=rule)


def _value(name: str, value: str) -> object:
    if name == "rule":
        if value not in set(Rule):
            raise ValueError(f'There is no rule "{value}": say {", ".join(Rule)}.')
        return Rule(value)
    if name == "mode":
        if value not in set(Mode):
            raise ValueError(f'There is no mode "{value}": say {", ".join(Mode)}.')
        return Mode(value)
    if (number := digits(value)) is None:
        raise ValueError(f"{name}: give a whole number.")
    return number
