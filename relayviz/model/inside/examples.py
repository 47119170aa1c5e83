"""The sessions inside operations that come with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from relayviz.model import toml
from relayviz.model.inside.file import SUFFIX
from relayviz.model.session.scenario import Scenario
from relayviz.model.session.session import Session

TOPIC = "Inside an operation"
PREFIX = "inside/"
"""What the names of these begin with, where others stand beside them."""


def example_text(name: str) -> str:
    """Return one's file as text; FileNotFoundError: there is none of that name."""
    folder = files("relayviz") / "resources" / "inside"
    return folder.joinpath(name.removeprefix(PREFIX) + SUFFIX).read_text(encoding="utf-8")


@cache
def examples() -> tuple[Scenario, ...]:
    """Return all as entries of an index, by title: their words, without a channel of theirs."""
    folder = files("relayviz") / "resources" / "inside"
    names = [
        each.name.removesuffix(SUFFIX) for each in folder.iterdir() if each.name.endswith(SUFFIX)
    ]
    found = []
    for name in names:
        values = toml.loads(example_text(name))
        words = Session(
            title=str(values.get("title", name)), topic=TOPIC, text=str(values.get("text", ""))
        )
        found.append(Scenario(PREFIX + name, words))
    return tuple(sorted(found, key=lambda one: one.session.title))
