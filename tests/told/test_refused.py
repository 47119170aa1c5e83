"""What is said of files that people write when one value in them is another, up to its limits."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.model.capture.layout import LayoutError, layout_of
from relayviz.model.inside.file import loads as inside
from relayviz.model.lesson.file import loads as lesson
from relayviz.model.load.file import LoadError, from_toml, to_toml
from relayviz.model.load.presets import PRESETS
from relayviz.model.plain import PlainError
from relayviz.model.session.file import SessionError
from relayviz.model.session.file import loads as session
from tests.told.telling import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Read = Callable[[str], object]
    Way = tuple[str | int, ...]

RESOURCES = Path(__file__).parents[2] / "resources"
ODD: tuple[object, ...] = (-1, 0, 1, 2**63, 0.5, True, "", "x", [], ["x"], {})
GONE = "nothing"
MOST_TRIED = 40


def _layout(text: str) -> object:
    return layout_of(tomllib.loads(text))


def _inside(text: str) -> object:
    return inside(text, STOP_NAMES)


def _lesson(text: str) -> object:
    return lesson(text, "lesson")


FILES: dict[str, Read] = {
    **dict.fromkeys((f"layouts/{name}.toml" for name in ("blktrace-8", "ath9k-spectral")), _layout),
    "layouts/ath11k-cfr.toml": _layout,
    "inside/destroyed.inside.toml": _inside,
    "inside/reader-in-switch.inside.toml": _inside,
    "puzzles/lose-an-event.inside.toml": _inside,
    "scenarios/padding.relay.toml": session,
    "scenarios/mode-changes.relay.toml": session,
    "scenarios/own-callback.relay.toml": session,
    "scenarios/client-guc.relay.toml": session,
    "lessons/too-big.relay.toml": _lesson,
    "lessons/reader-races.relay.toml": _lesson,
}


def ways(value: object, way: Way = ()) -> Iterator[Way]:
    """Give the way to each value, from the outside to the inside."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, one in pairs:
        yield (*way, key)
        yield from ways(one, (*way, key))


def changed(values: dict[str, Any], way: Way, value: object) -> str:
    """Return a file's text with another value; GONE: with none."""
    copy = deepcopy(values)
    inner: Any = copy
    for key in way[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return tomli_w.dumps(copy)


def said(read: Read, text: str) -> str:
    try:
        read(text)
    except (PlainError, SessionError, LoadError, LayoutError) as error:
        return str(error)
    return "taken"


def told_of(values: dict[str, Any], read: Read) -> Iterator[tuple[str, dict[str, str]]]:
    """Give for each place what is said of values there, those of which the same is said together.

    Numbers in what is said may be limits: they and those beside them are tried too.
    """
    for way in ways(values):
        by_words: dict[str, list[str]] = {}
        left = [GONE, *ODD]
        for value in left:  # grows
            words = said(read, changed(values, way, value)).replace(f"not {value!r}", "not this")
            by_words.setdefault(words, []).append(GONE if value is GONE else repr(value))
            if value in ODD and len(left) < MOST_TRIED:
                numbers = map(int, re.findall(r"(?<!:)\b\d{1,18}\b", words))
                near = (number + by for number in numbers for by in (-1, 0, 1))
                left += [one for one in dict.fromkeys(near) if one not in left]
        yield ".".join(map(str, way)), {", ".join(given): one for one, given in by_words.items()}


@pytest.mark.parametrize("name", FILES)
def test_any_other_value(name: str) -> None:
    values = tomllib.loads((RESOURCES / name).read_text(encoding="utf-8"))
    stem = Path(name).name.partition(".")[0]
    hold(f"refused-{stem}", told_of(values, FILES[name]))


@pytest.mark.parametrize("name", ["stalls", "flushed by the clock"])
def test_any_other_load(name: str) -> None:
    values = tomllib.loads(to_toml(PRESETS[name]))
    hold(f"refused-{name.replace(' ', '-')}", told_of(values, from_toml))
