"""What is remembered between two runs, in two files.

*Settings* are what the user chose; they must survive. The *layout* is where windows and fields
were left; it may be thrown away. Defaults are not written, so that a better default reaches
everybody. A file that cannot be read is set aside, never overwritten silently.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from relayviz.gui.look.theme import ThemeChoice
from relayviz.model import plain
from relayviz.model.files import PRIVATE, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


VERSION = 2
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    Attributes:
        theme: Colours: those of the desktop, or always the same.
        welcomed: The first steps were read and put away.
        presets: The loads that the user gave names, as model/load_file writes them.
        letters: Letters alone do operations: W writes.
        recent: The session files opened and saved last, the newest first.
        kernels: The kernels looked at last, the newest first.
        attached: The folders in which channels of processes were found last, the newest first.
        lessons: Folders with lessons of one's own.
        zoom: How large all text is, in percent.
        captures: The files of captures opened last, those of one together, the newest first.
    """

    theme: ThemeChoice = "system"
    welcomed: bool = False
    presets: Values = field(default_factory=dict)
    letters: bool = True
    recent: list[str] = field(default_factory=list)
    kernels: list[object] = field(default_factory=list)
    attached: list[object] = field(default_factory=list)
    captures: list[object] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    zoom: int = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things were left.

    Attributes:
        geometry: Place and size of the window, as Qt writes it, in base64.
        docks: The same for docks and toolbars, while a channel is stepped.
        docks_live: The same, while it is live.
        docks_look: The same, while it is only looked at.
        docks_watch: The same, while it is looked at again and again.
        docks_replay: The same, while a recording of it is played.
        docks_inside: The same, while actors are stepped inside its operations.
        sizes: Width and height of the docks that somebody arranged, by arrangement and dock.
        load: What a live channel was put under last, as model/load_file writes it.
        length: Bytes of the next operation.
        count: Sub-buffers that one "consume" reports.
        recent: The channels opened last, newest first.
    """

    geometry: str = ""
    docks: str = ""
    docks_live: str = ""
    docks_look: str = ""
    docks_watch: str = ""
    docks_replay: str = ""
    docks_inside: str = ""
    sizes: Values = field(default_factory=dict)
    load: Values = field(default_factory=dict)
    length: int = 120
    count: int = 1
    recent: list[object] = field(default_factory=list)


def _with_live(values: Values) -> Values:
    """Version 2 has docks that older layouts do not know: those begin anew."""
    return {name: value for name, value in values.items() if name != "docks"}


#: What turns a file of version n into one of version n + 1, by n.
MIGRATIONS: Mapping[int, Callable[[Values], Values]] = {1: _with_live}

Kept = TypeVar("Kept", Settings, Layout)


class Store(Generic[Kept]):
    """One of the two files.

    Attributes:
        path: The file.
        problem: Why the file could not be used, in a sentence; empty: it could.
    """

    def __init__(self, kind: type[Kept], path: Path) -> None:
        self._kind: type[Kept] = kind
        self.path = path
        self.problem = ""

    def load(self) -> Kept:
        """Return what the file says; defaults for what it lacks, or where it is unusable."""
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            return self._checked(migrated(values))
        except FileNotFoundError:
            pass  # the first run
        except (OSError, ValueError, TypeError, RecursionError) as error:
            self._set_aside(error)
        return self._kind()

    def save(self, kept: Kept) -> None:
        """Write the file so that at any moment either the old or the new one is there.

        Raises:
            OSError: It could not be written; the old file is as it was.
        """
        default = self._kind()
        values = {
            each.name: getattr(kept, each.name)
            for each in fields(kept)
            if getattr(kept, each.name) != getattr(default, each.name)
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": VERSION, **values}, indent=2) + "\n"
        write(self.path, text, PRIVATE)

    def _checked(self, values: Values) -> Kept:
        """Take the values of known names and right types."""
        default = self._kind()
        known: Values = {}
        for each in fields(default):
            usual = getattr(default, each.name)
            known[each.name] = plain.like(values.get(each.name, usual), usual, (each.name,))
        if known.get("theme", "dark") not in get_args(ThemeChoice):
            raise ValueError(f"there is no theme {known['theme']!r}")
        return self._kind(**known)

    def _set_aside(self, error: Exception) -> None:
        aside = self.path.with_suffix(".unreadable.json")
        self.problem = f"{self.path.name} could not be used ({error}); defaults are in force."
        try:
            self.path.replace(aside)
            self.problem += f" The old file is kept as {aside.name}."
        except OSError:
            pass


def migrated(found: object) -> Values:
    """Return the values of a file as the present version has them.

    Raises:
        ValueError: It is no such file, or was written by a later version.
    """
    values = dict(plain.table(found, ()))
    version = plain.version(values, "version", VERSION, "it has no version")
    while version < VERSION:
        values = MIGRATIONS[version](values)
        version += 1
    return values
