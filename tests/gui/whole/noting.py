"""Stands before an object: notes what is asked of it, and does nothing."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = (int, float, str, bytes, tuple, list, dict, frozenset, set, Enum, type(None))


class Noting:
    """Gives plain values as they are, objects in the same way, and instead of each method a note.

    Args:
        behind: The object.
        notes: What was asked is added here, as one would write it.
        path: How one gets to the object.
    """

    def __init__(self, behind: object, notes: list[str], path: str = "") -> None:
        self._behind, self._notes, self._path = behind, notes, path

    def __getattr__(self, name: str) -> object:
        found, path = getattr(self._behind, name), f"{self._path}{name}"
        if isinstance(found, PLAIN) or is_dataclass(found):
            return found
        is_method = callable(found) and not isinstance(found, SignalInstance)
        return self._note(path) if is_method else Noting(found, self._notes, f"{path}.")

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            self._notes.append(f"{self._path}{name} = {_told(value)}")

    def _note(self, path: str) -> Callable[..., None]:
        def note(*values: object, **named: object) -> None:
            told = [*map(_told, values), *(f"{name}={_told(one)}" for name, one in named.items())]
            self._notes.append(f"{path}({', '.join(told)})")

        return note


def _told(value: object) -> str:
    """Return a value as one would write it, without what is usual."""
    if isinstance(value, Enum):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        known = ((one.name, getattr(value, one.name), one.default) for one in fields(value))
        told = (f"{name}={_told(one)}" for name, one, usual in known if one != usual)
        return f"{type(value).__name__}({', '.join(told)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_told, value))})"
    return "a function" if callable(value) else repr(value)
