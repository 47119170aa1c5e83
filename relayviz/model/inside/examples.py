"""The sessions inside operations that come with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from relayviz.model import toml
from relayviz.model.inside.file import SUFFIX
from relayviz.model.session.scenario import Scenario
from relayviz.model.session.session import Session

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

TOPIC = "Inside an operation"
PREFIX = "inside/"
"""What the names of these begin with, where others stand beside them."""


PUZZLES = "puzzles/"
"""What the names of puzzles begin with, behind that."""


def example_text(name: str) -> str:
    """Return one's file as text; FileNotFoundError: there is none of that name."""
    bare = name.removeprefix(PREFIX)
    folder = _folder("puzzles" if bare.startswith(PUZZLES) else "inside")
    return folder.joinpath(bare.removeprefix(PUZZLES) + SUFFIX).read_text(encoding="utf-8")


def _folder(name: str) -> Traversable:
    return files("relayviz") / "resources" / name


def _names(folder: str) -> list[str]:
    each = (one.name for one in _folder(folder).iterdir())
    return [name.removesuffix(SUFFIX) for name in each if name.endswith(SUFFIX)]


@cache
def examples() -> tuple[Scenario, ...]:
    """Return all as entries of an index, by title: their words, without a channel of theirs."""
    names = [*_names("inside"), *(f"{PUZZLES}{name}" for name in _names("puzzles"))]
    return tuple(sorted(map(_entry, names), key=lambda one: one.session.title))


def _entry(name: str) -> Scenario:
    values = toml.loads(example_text(name))
    title, text = str(values.get("title", name)), str(values.get("text", ""))
    puzzle = values.get("puzzle")
    if isinstance(puzzle, dict):
        title = f"Puzzle: {title}"
        text = f"{text.strip()} Goal: {puzzle['goal']}, in {puzzle['fewest_steps']} steps at best."
    return Scenario(PREFIX + name, Session(title=title, topic=TOPIC, text=text))
