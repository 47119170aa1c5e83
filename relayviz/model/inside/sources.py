"""The core's source as it was compiled to be stepped: its text, and the places of its stops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """Where actors stop.

    Attributes:
        stop: The name of the stop.
        sentence: What is true there.
        file: The source file, such as "src/write.c".
        line: The line, from 1.
        function: The function.
    """

    stop: str
    sentence: str
    file: str
    line: int
    function: str


IN = " in "  # a place as text: its stop, and the function, which may be left out


def places_called(names: Iterable[str], places: Iterable[Place]) -> frozenset[tuple[str, int]]:
    """Return the files and lines that texts such as "WRITE_COPIED in relay_write" mean."""
    wanted = set(names)
    return frozenset(
        (one.file, one.line)
        for one in places
        if one.stop in wanted or f"{one.stop}{IN}{one.function}" in wanted
    )


def names_of(
    at: Collection[tuple[str, int]], places: Sequence[Place], before: Iterable[str]
) -> tuple[str, ...]:
    """Return such texts of files and lines, behind those that mean nothing in this code.

    Args:
        at: The files and lines.
        places: All that there are.
        before: The texts so far: one of a function that other code has is not lost.
    """
    names = [one for one in before if not places_called([one], places)]
    names += [f"{one.stop}{IN}{one.function}" for one in places if (one.file, one.line) in at]
    return tuple(dict.fromkeys(names))


@cache
def source_lines(file: str) -> tuple[str, ...]:
    """Return the lines of a source file; none: it is not there."""
    place = files("relayviz") / "resources" / "source"
    try:
        text = place.joinpath(*file.split("/")).read_text(encoding="utf-8")
    except OSError:
        return ()
    return tuple(text.expandtabs(4).splitlines())


def differs(file: str, places: Iterable[Place]) -> bool:
    """Return whether the text of a file is another one than what was compiled.

    Each place of a probe has to be in the line that the compiler saw it in.
    """
    lines = source_lines(file)
    return not lines or any(
        one.line > len(lines) or not _has(lines[one.line - 1], one.stop)
        for one in places
        if one.file == file
    )


def _has(line: str, stop: str) -> bool:
    """Return whether a line can be the place of a stop: it names it, or calls what has it."""
    return f"RELAY_PROBE({stop})" in line or "RELAY_PROBE(" not in line
