"""At which line of a TOML text a value stands, which tomllib does not tell."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from relayviz.model.toml import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.plain import Where


def line_of(text: str, path: Where) -> int:
    """Return the line of a value, from 1; of its nearest container if it is not found.

    Args:
        text: A text that tomllib reads.
        path: The value.
    """
    lines = dict(_values(text))
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def first_line(text: str, path: Where) -> int:
    """Return the line where the content of a string begins: of '''-strings the one below."""
    line = line_of(text, path)
    rest = text.split("\n")[line - 1].partition("=")[2].strip()
    return line + (rest in ('"""', "'''"))


def _values(text: str) -> Iterator[tuple[Where, int]]:
    """Give each table, key and element of an array with its line."""
    table: Where = ()
    counts: dict[Where, int] = {}  # elements of arrays of tables so far
    statement: list[tuple[str, int]] = []
    depth = 0
    for piece, line in pieces(text):
        # [[ and ]] count twice: of a header as of an array in an array
        depth += sum(map(piece.count, "[{")) if piece[0] in "[{" else 0
        depth -= sum(map(piece.count, "]}")) if piece[0] in "]}" else 0
        if piece != "\n" or depth:
            statement.append((piece, line))
            continue
        if statement and statement[0][0] in ("[", "[["):
            table = _header(statement, counts)
            yield table, statement[0][1]
        elif statement:
            yield from _statement(table, statement)
        statement = []


def _header(statement: list[tuple[str, int]], counts: dict[Where, int]) -> Where:
    keys = _keys("".join(piece for piece, _ in statement[1:-1]))
    path: Where = ()
    for key in keys[:-1]:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, keys[-1])
    if statement[0][0] == "[[":
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path


def _statement(table: Where, statement: list[tuple[str, int]]) -> Iterator[tuple[Where, int]]:
    """Give a key of a table, and the elements of its array one by one."""
    at = next(place for place, (piece, _) in enumerate(statement) if piece == "=")
    path = (*table, *_keys("".join(piece for piece, _ in statement[:at])))
    yield path, statement[0][1]
    values = statement[at + 1 :]
    if not values or values[0][0] not in ("[", "[["):
        return
    place, depth, is_new = 0, 0, True
    for piece, line in values:
        if is_new and depth == 1 and piece not in ("\n", "]", ","):
            yield (*path, place), line
            is_new = False
        depth += len(piece) if piece[0] in "[{" else -len(piece) if piece[0] in "]}" else 0
        if piece == "," and depth == 1:
            place, is_new = place + 1, True


def _keys(dotted: str) -> tuple[str, ...]:
    """Return the keys of "a.b" as TOML reads them."""
    found: object = tomllib.loads(f"{dotted} = 0")
    keys: list[str] = []
    while isinstance(found, dict):
        key, found = next(iter(found.items()))
        keys.append(key)
    return tuple(keys)
