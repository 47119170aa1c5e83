"""Loads with names: those that come with the program, and the user's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from relayviz.model.clients import client_loads
from relayviz.model.load.file import LoadError, from_dict, to_dict
from relayviz.model.load.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.load.load import Load

MOST_LETTERS = 60


class Presets(QObject):
    """The loads that have names.

    Signals:
        changed: One of the user's own was added or removed; keep them.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ready = {**PRESETS, **client_loads()}
        self._own: dict[str, Load] = {}
        self._unread: dict[str, object] = {}  # kept as they are: a later version may know them

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the user's own first."""
        return (*self._own, *self._ready)

    def is_own(self, name: str) -> bool:
        """Whether the user saved it."""
        return name in self._own

    def load(self, name: str) -> Load:
        """Return a load by its name; KeyError: there is none."""
        return self._own[name] if name in self._own else self._ready[name]

    def name_of(self, load: Load) -> str:
        """Return the name of a load; empty: it is none of those that have one."""
        if load.title:
            return load.title
        same = (name for name in self.names if replace(self.load(name), title="") == load)
        return next(same, "")

    def problem(self, name: str) -> str:
        """Say why a load cannot be saved under a name; empty: it can."""
        if not name.strip():
            return "Type a name."
        if len(name) > MOST_LETTERS:
            return f"Type at most {MOST_LETTERS} letters."
        if name.strip() in self._ready:
            return "The program has a load of that name: take another one."
        return ""

    def save(self, name: str, load: Load) -> None:
        """Keep a load under a name; one of the user's own of that name is replaced."""
        name = name.strip()
        self._own[name] = replace(load, title=name)
        self.changed.emit()

    def delete(self, name: str) -> None:
        """Forget one of the user's own."""
        if self._own.pop(name, None) is not None:
            self.changed.emit()

    def values(self) -> dict[str, object]:
        """Return the user's own as a settings file keeps them."""
        return {**self._unread, **{name: to_dict(load) for name, load in self._own.items()}}

    def restore(self, kept: Mapping[str, object]) -> list[str]:
        """Take what a settings file kept; return the names of what could not be used."""
        for name, values in kept.items():
            try:
                load = from_dict(values if isinstance(values, dict) else {})
            except LoadError:
                self._unread[name] = values
                continue
            if name.strip() and len(name) <= MOST_LETTERS:
                self._own[name] = load
            else:
                self._unread[name] = values
        return list(self._unread)
