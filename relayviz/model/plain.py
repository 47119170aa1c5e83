"""Plain values, as files of TOML and JSON hold them: taken as what they must be, or refused.

Whoever refuses says where, what is wrong and what would be right.
"""

from __future__ import annotations

import math
from reprlib import Repr
from typing import TYPE_CHECKING, Any, TypeVar

from relayviz.model.meant import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from enum import StrEnum

    Choice = TypeVar("Choice", bound=StrEnum)

Where = tuple[str | int, ...]
"""Keys, and the places in lists, from the top: ("branch", 0, "steps")."""

MOST_DIGITS = 18
"""Of a number that is read from a text; one that has more is larger than anything here."""

LARGEST = 2**63 - 1
"""Of a whole number, where nothing else is said; no format of ours has larger ones."""


class _Short(Repr):
    """Shows a value in little room, however long or deep it is."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 40

    def repr_int(self, x: int, level: int) -> str:
        """Show a number; Python does not write thousands of digits."""
        is_long = abs(x) > LARGEST
        return f"a number of {x.bit_length()} bits" if is_long else super().repr_int(x, level)


_SHORT = _Short()


class PlainError(ValueError):
    """A value that will not do.

    Attributes:
        path: Where.
        message: What is wrong and what would be right.
    """

    def __init__(self, path: Where, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{self.field}: {message}" if path else message)

    @property
    def field(self) -> str:
        """Where, as people write it: "branch[0].steps"."""
        names = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path]
        return "".join(names).removeprefix(".")


def whole(value: object, path: Where, lowest: int | None = None, highest: int = LARGEST) -> int:
    """Return a whole number; true and false are none.

    Args:
        value: What the file has.
        path: Where.
        lowest: The least that will do; None: any.
        highest: The most.

    Raises:
        PlainError: It is none, or none in that range; so do the others here.
    """
    least = -LARGEST if lowest is None else lowest
    if type(value) is int and least <= value <= highest:
        return value
    bounds = "" if lowest is None else f" of {lowest} or more"
    if highest != LARGEST:
        bounds = f" from {least} to {highest}"
    raise _refused(value, path, f"a whole number{bounds}")


def number(value: object, path: Where) -> float:
    """Return a number."""
    if type(value) is float and not math.isnan(value):
        return value
    if type(value) is int and abs(value) <= LARGEST:
        return float(value)
    raise _refused(value, path, "a number")


def text(value: object, path: Where, longest: int | None = None) -> str:
    """Return a text of at most so many characters."""
    if type(value) is not str:
        raise _refused(value, path, "a text in quotes")
    if longest is not None and len(value) > longest:
        raise PlainError(path, f"It is too long: at most {longest} characters.")
    return value


def flag(value: object, path: Where) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise _refused(value, path, "true or false")
    return value


def items(value: object, path: Where, most: int | None = None) -> list[Any]:
    """Return a list of at most so many."""
    if not isinstance(value, list | tuple):
        raise _refused(value, path, "a list")
    if most is not None and len(value) > most:
        raise PlainError(path, f"It is too long: at most {most}.")
    return list(value)


def table(value: object, path: Where, known: Collection[str] | None = None) -> Mapping[str, Any]:
    """Return a table that has no fields but the known ones; None: any."""
    if not isinstance(value, dict):
        raise _refused(value, path, "a table of fields")
    for key in value:
        if known is not None and key not in known:
            raise PlainError((*path, key), f"There is no such field. {meant(key, known)}")
    return value


def choice(value: object, path: Where, kind: type[Choice]) -> Choice:
    """Return one of some words."""
    if isinstance(value, str) and value in set(kind):
        return kind(value)
    known = ", ".join(f'"{one}"' for one in kind)
    raise _refused(value, path, f"one of {known}")


def version(values: Mapping[str, Any], key: str, newest: int, missing: str) -> int:
    """Return of which version a file is.

    Args:
        values: What the file has.
        key: Under which name it says so.
        newest: The last version that is known; the first is 1.
        missing: What to say where there is none.
    """
    found = values.get(key)
    if type(found) is not int:
        raise PlainError((key,), missing)
    if not 1 <= found <= newest:
        told = f"It is of version {_SHORT.repr(found)}; this program knows {newest}."
        raise PlainError((key,), f"{told} A later one may read it.")
    return found


def like(value: object, example: object, path: Where) -> object:
    """Return a value of the same kind as another."""
    return _TAKERS[type(example)](value, path)


_TAKERS: dict[type, Callable[[object, Where], object]] = {
    bool: flag,
    int: whole,
    float: number,
    str: text,
    list: items,
    dict: table,
}


def digits(text: str) -> int | None:
    """Return the whole number that digits make; None: something else is among them."""
    if not (text.isascii() and text.isdecimal()):
        return None
    found = text.lstrip("0")
    return 10**MOST_DIGITS if len(found) > MOST_DIGITS else int(found or "0")


def _refused(value: object, path: Where, wanted: str) -> PlainError:
    return PlainError(path, f"Give {wanted}, not {_SHORT.repr(value)}.")
