"""TOML that people write: read in a time that grows with its length, or refused with the line.

tomllib walks all parts of a dotted key again for each of its parts, so that a small file could
take minutes and all memory.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PARTS = 32
"""Of a key with dots; no format of ours has more than a few."""

_PIECE = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}'''
    r"""|'{3}.*?'{3,5}"""
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'"""
    r"""|\#[^\n]*|\[\[|\]\]|[\[\]{},=\n]|[^\s\[\]{},=#"']+""",
    re.DOTALL,
)


class TomlError(ValueError):
    """A text that is no TOML that can be used.

    Attributes:
        line: Where, from 1; None: it cannot be said.
        message: What is wrong.
    """

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line, self.message = line, message


def loads(text: str) -> dict[str, Any]:
    """Return the values of a text.

    Raises:
        TomlError: It has none.
    """
    deep = _deep_key(text)
    if deep is not None:
        raise TomlError(deep, f"A key has at most {MOST_PARTS} parts with dots between them.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at line ")
        number = place.partition(",")[0]
        line = int(number) if number.isdecimal() else text.count("\n") + 1
        raise TomlError(line, f"{words}: this is no TOML.") from error
    except (RecursionError, ValueError) as error:
        raise TomlError(None, "It is nested too deeply, or a number is too long.") from error


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """Give the tokens of a text with their lines, from 1: strings whole, comments not at all."""
    line, at = 1, 0
    for found in _PIECE.finditer(text + "\n"):
        line += text.count("\n", at, found.start())
        at = found.start()
        if not found.group().startswith("#"):
            yield found.group(), line


def _deep_key(text: str) -> int | None:
    """Return the line of the first key that has too many parts; None: there is none."""
    if all(line.count(".") < MOST_PARTS for line in text.split("\n")):
        return None  # of nearly every file this is the whole work
    dots = 0
    for piece, line in pieces(text):
        if piece[0] in "[]{},=\n":
            dots = 0
        elif piece[0] not in "\"'":
            dots += piece.count(".")
        if dots >= MOST_PARTS:
            return line
    return None
