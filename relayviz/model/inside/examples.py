"""The sessions inside operations that come with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from relayviz.model import toml
from relayviz.model.inside.file import SUFFIX
from relayviz.model.session.scenario import Scenario
from relayviz.model.session.session import Session

TOPICS = {"inside/": "Inside an operation", "puzzles/": "Puzzles: you are the scheduler"}
"""The headings of an index, by the folder of the resources that their names begin with."""


def is_example(name: str) -> bool:
    """Return whether a name in an index is one of these."""
    return name.startswith(tuple(TOPICS))


def example_text(name: str) -> str:
    """Return one's file as text; FileNotFoundError: there is none of that name."""
    place = files("relayviz") / "resources"
    return place.joinpath(*f"{name}{SUFFIX}".split("/")).read_text(encoding="utf-8")


@cache
def examples() -> tuple[Scenario, ...]:
    """Return all as entries of an index, by title: their words, without a channel of theirs."""
    return tuple(one for folder in TOPICS for one in _examples(folder))


def _examples(folder: str) -> list[Scenario]:
    place = files("relayviz") / "resources" / folder.rstrip("/")
    names = [one.name.removesuffix(SUFFIX) for one in place.iterdir() if one.name.endswith(SUFFIX)]
    found = []
    for name in names:
        values = toml.loads(example_text(folder + name))
        title, text = str(values.get("title", name)), str(values.get("text", ""))
        found.append(Scenario(folder + name, Session(title=title, topic=TOPICS[folder], text=text)))
    return sorted(found, key=lambda one: one.session.title)
