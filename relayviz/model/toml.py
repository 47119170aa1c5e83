"""TOML that people write: read in a time that grows with its length, or refused with the line.

tomllib walks all parts of a dotted key again for each of its parts, so that a small file could
take minutes and all memory.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_PARTS = 32
"""Of a key with dots; no format of ours has more than a few."""

_LITERAL = re.compile(
    r"""(?=.*["\\])(?=[^\n]*\n)(?!.*''')[^\x00-\x08\x0b-\x1f\x7f]*(?<!')""", re.DOTALL
)
"""Several lines with what would be escaped, that may stand between three single quotes."""
_MARK = "\ue000"
"""Begins what stands for such a text while the rest is written: a character of no language."""
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


def dumps(values: Mapping[str, Any]) -> str:
    """Return values as text that loads reads; lines with quotes in them stand there as they are."""
    plainly = tomli_w.dumps(values, multiline_strings=True)
    if _MARK in plainly:
        return plainly
    texts: list[str] = []

    def marked(value: Any) -> Any:  # noqa: ANN401  any value of TOML
        if isinstance(value, dict):
            return {key: marked(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [marked(one) for one in value]
        if not (isinstance(value, str) and _LITERAL.fullmatch(value)):
            return value
        texts.append(value)
        return f"{_MARK}{len(texts) - 1}\n"  # several lines too, which decides how tables stand

    written = tomli_w.dumps(marked(values), multiline_strings=True)
    for number, text in enumerate(texts):
        there = f'"""\n{_MARK}{number}\n"""'
        written = written.replace(there, f"'''\n{text}'''", 1)
    return written


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
