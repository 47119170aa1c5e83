"""Loads as plain dicts and as TOML, and recorded sizes as text: what people keep and edit."""

from __future__ import annotations

from dataclasses import MISSING, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import tomli_w

from relayviz.model import plain, toml
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    MAX_EVENT,
    MAX_LIST,
    MIN_EVENT,
    Load,
    Reading,
    Sizes,
    Writing,
)
from relayviz.model.plain import PlainError
from relayviz.model.toml import TomlError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from relayviz.model.plain import Where

VERSION = 3  # 1: without writing.flush_after; 2: without writing.pieces
MOST_BYTES = 16 << 20  # of a file
MAX = "max"
"""How a rate without limit is written."""

Part = TypeVar("Part", Sizes, Writing, Reading, Load)
Own = TypeVar("Own", Writing, Reading)


class LoadError(ValueError):
    """A load that cannot be used.

    Attributes:
        field: Where, such as "writing.sizes.kind" or "readers.0.pace"; empty: the whole.
        message: What is wrong and what would be right.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field, self.message = field, message


def to_dict(load: Load) -> dict[str, Any]:
    """Return a load as plain values that TOML and JSON can hold."""
    return {"version": VERSION, **_plain(load)}


def from_dict(values: Mapping[str, Any]) -> Load:
    """Return the load that `to_dict` or a person wrote; what is left out has its default.

    Raises:
        LoadError: It is none, or one that cannot be put on a channel; names the field.
    """
    rest = {name: value for name, value in values.items() if name != "version"}
    try:
        plain.version(values, "version", VERSION, f"Say which form this is: version = {VERSION}.")
        load = _part(Load, rest, ())
    except PlainError as error:
        raise LoadError(".".join(map(str, error.path)), error.message) from error
    for field, message in load.problems().items():
        raise LoadError(field, message)
    return load


def to_toml(load: Load) -> str:
    """Return a load as the text of a TOML file."""
    return tomli_w.dumps(to_dict(load))


def from_toml(text: str) -> Load:
    """Return the load that a TOML file describes.

    Raises:
        LoadError: It is no TOML, or no load; names the line or the field.
    """
    try:
        values = toml.loads(text)
    except TomlError as error:
        raise LoadError("", str(error)) from error
    return from_dict(values)


def recorded_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of a text: one on each line, in bytes; what follows a # is a remark.

    Raises:
        LoadError: A line is no size, or there are none or too many; names the line.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        size = plain.digits(word)
        if size is None:
            raise LoadError(f"line {number}", f"{word[:40]!r} is no whole number of bytes.")
        if not MIN_EVENT <= size <= MAX_EVENT:
            text = f"An event has {MIN_EVENT} to {MAX_EVENT} B, not {word[:40]}."
            raise LoadError(f"line {number}", text)
        found.append(size)
        if len(found) > MAX_LIST:
            break
    if not 1 <= len(found) <= MAX_LIST:
        here = "more" if found else "none"
        raise LoadError("", f"Give 1 to {MAX_LIST} sizes, one on each line; here are {here}.")
    return tuple(found)


def text_of(path: Path) -> str:
    """Return the text of a file; of one without end only so much is read as is needed to refuse it.

    Raises:
        LoadError: It cannot be read, is too large or no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LoadError("", f"{error.strerror or error}.") from error
    if len(data) > MOST_BYTES:
        raise LoadError("", f"The file is larger than {MOST_BYTES >> 20} MiB.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoadError("", "This is no text: it is not in UTF-8.") from error


# -- writing ---------------------------------------------------------------------------------------


def _plain(part: Sizes | Writing | Reading | Load) -> dict[str, Any]:
    """Return the fields of a part; lists and names that are empty are left out."""
    found: dict[str, Any] = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name in ("writers", "readers"):
            value = [{"cpu": cpu, **_plain(one)} for cpu, one in value]
        elif isinstance(value, Sizes | Writing | Reading):
            value = _plain(value)
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, StrEnum):
            value = str(value)
        elif value == AS_FAST_AS_IT_GOES:
            value = MAX
        if value not in ([], ""):
            found[each.name] = value
    return found


# -- reading ---------------------------------------------------------------------------------------


def _part(kind: type[Part], value: object, path: Where) -> Part:
    """Return a dataclass whose fields are taken from plain values, each of the right type."""
    hints = get_type_hints(kind)
    values = plain.table(value, path, hints)
    known: dict[str, Any] = {}
    for each in fields(kind):
        if each.name in values:
            known[each.name] = _value(each.name, hints[each.name], values[each.name], path)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise PlainError((*path, each.name), "It is missing.")
    return kind(**known)


def _value(name: str, kind: Any, value: object, path: Where) -> object:  # noqa: ANN401  a type hint
    """Return one field's value, read as its type demands."""
    path = (*path, name)
    if name in ("writers", "readers"):
        return _by_cpu(Writing, value, path) if name == "writers" else _by_cpu(Reading, value, path)
    if kind in (Sizes, Writing, Reading):
        return _part(kind, value, path)
    if name == "recorded":
        listed = enumerate(plain.items(value, path))
        return tuple(plain.whole(one, (*path, index)) for index, one in listed)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return plain.choice(value, path, kind)
    if kind is float:
        return AS_FAST_AS_IT_GOES if name == "rate" and value == MAX else plain.number(value, path)
    return plain.text(value, path) if kind is str else plain.whole(value, path)


def _by_cpu(kind: type[Own], value: object, path: Where) -> tuple[tuple[int, Own], ...]:
    """Return pairs of a CPU and what is particular there, in the order of CPUs."""
    found: dict[int, Own] = {}
    for index, one in enumerate(plain.items(value, path)):
        here: Where = (*path, index)
        table = plain.table(one, here)
        if "cpu" not in table:
            raise PlainError((*here, "cpu"), "Say for which CPU this is.")
        cpu = plain.whole(table["cpu"], (*here, "cpu"), 0)
        if cpu in found:
            raise PlainError((*here, "cpu"), f"cpu {cpu} came before.")
        found[cpu] = _part(kind, {name: table[name] for name in table if name != "cpu"}, here)
    return tuple(sorted(found.items()))
