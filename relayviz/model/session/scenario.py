"""Scenarios: the sessions that come with the program, each showing one thing and expecting it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from relayviz.model.session.file import SUFFIX, loads

if TYPE_CHECKING:
    from relayviz.model.session.session import Session

TOPICS = (
    *("Writing", "Switching", "Full or overwritten", "Headers", "Flush", "Reading", "Consuming"),
    *("Reset and close", "Opening and files", "CPUs", "The account", "Oddities", "Known clients"),
)
"""The headings of the index, in the order to learn them."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario.

    Attributes:
        name: Its file's name without the suffix.
        session: What the file holds; its title, topic and text are for the index.
    """

    name: str
    session: Session


def scenario_text(name: str) -> str:
    """Return a scenario's file as text; FileNotFoundError: there is none of that name."""
    folder = files("relayviz") / "resources" / "scenarios"
    return folder.joinpath(name + SUFFIX).read_text(encoding="utf-8")


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return all scenarios by topic, and in each topic by title.

    Raises:
        SessionError: A file of the package is damaged.
    """
    folder = files("relayviz") / "resources" / "scenarios"
    names = [each.name.removesuffix(SUFFIX) for each in folder.iterdir()]
    found = [Scenario(name, loads(scenario_text(name), name + SUFFIX)) for name in names]
    places = {topic: place for place, topic in enumerate(TOPICS)}
    return tuple(sorted(found, key=lambda one: (places[one.session.topic], one.session.title)))
