"""Copies of what is not saved, so that a crash loses nothing that is older than some seconds.

A folder holds a file for each changed tab, named by the process. The process holds a lock on a file
of its own: where that can be taken, its owner is gone, and what it left is offered again.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from relayviz.gui.saving import save
from relayviz.model.files import write
from relayviz.model.inside.file import SUFFIX as INSIDE
from relayviz.model.inside.writing import dumps
from relayviz.model.session.file import SUFFIX

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.sessions.writer import Writer

EVERY_MS = 10_000
PATIENCE = 9  # times as long as writing took
_NAME = re.compile(r"(\d+)-\d+-(.*)")


class Autosave(QObject):
    """Writes changed tabs to the folder, and takes them away when they are saved or closed."""

    def __init__(self, controller: Controller, writer: Writer, folder: Path) -> None:
        super().__init__(writer)
        self._controller, self._writer, self._folder = controller, writer, folder
        self._files: dict[Tab, Path] = {}
        self._state: dict[Tab, tuple[int, object]] = {}
        self._number, self._writing, self._not_before = 0, 0, 0.0
        self._lock: IO[str] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.save_changed)
        controller.tabs_changed.connect(self._drop_closed)

    def begin(self) -> list[tuple[Path, str]]:
        """Take the lock and return what others left behind: (file, title of the tab)."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            left = self._orphans()
            self._lock = _locked(self._folder / f"{os.getpid()}.lock")
        except OSError as error:
            self._controller.notify(f"Nothing is saved in between: {error.strerror}.")
            return []
        self._timer.start()
        return left

    @Slot()
    def save_changed(self) -> None:
        """Write each tab that changed since it was last written; drop the files of the others."""
        tabs = self._controller.tabs
        self._drop_closed()
        for tab in [each for each in self._files if not each.is_changed]:
            self._drop(tab)
        if self._writing or time.monotonic() < self._not_before:
            return  # long ones less often: no more than a tenth of the time is spent on it
        for tab in tabs:
            state = (tab.done, tab.notes)
            if tab.is_changed and tab.handed is None and self._state.get(tab) != state:
                self._state[tab] = state
                self._write(tab)

    @Slot()
    def _drop_closed(self) -> None:
        """Take away the files of tabs that are closed."""
        tabs = self._controller.tabs
        for tab in [each for each in self._files if each not in tabs]:
            self._drop(tab)

    def end(self) -> None:
        """Forget everything: the program ends as it should."""
        self._timer.stop()
        for tab in list(self._files):
            self._drop(tab)
        if self._lock is not None:
            with suppress(OSError):
                Path(self._lock.name).unlink()
            self._lock.close()
            self._lock = None

    def _orphans(self) -> list[tuple[Path, str]]:
        """Return the copies of processes that are gone; those stay until somebody takes them."""
        alive = set()
        for lock in self._folder.glob("*.lock"):
            held = _locked(lock)
            if held is None:
                alive.add(lock.stem)
                continue
            lock.unlink()
            held.close()
        named = [
            (path, _NAME.fullmatch(path.name.removesuffix(suffix)))
            for suffix in (SUFFIX, INSIDE)
            for path in sorted(self._folder.glob(f"*{suffix}"))
        ]
        return [(path, parts[2]) for path, parts in named if parts and parts[1] not in alive]

    def _path(self, tab: Tab) -> Path:
        title = re.sub(r"[^\w .()-]", "_", tab.title)[:60]
        while tab not in self._files:
            self._number += 1
            suffix = SUFFIX if tab.acting is None else INSIDE
            path = self._folder / f"{os.getpid()}-{self._number}-{title}{suffix}"
            if not path.exists():  # of an earlier process with the same number
                self._files[tab] = path
        return self._files[tab]

    def _drop(self, tab: Tab) -> None:
        self._state.pop(tab, None)
        with suppress(OSError):
            self._files.pop(tab).unlink()

    def _write(self, tab: Tab) -> None:
        engine, inside, began = tab.stepped, tab.acting, time.monotonic()

        def told(problem: str) -> None:
            now = time.monotonic()
            self._writing -= 1
            self._not_before = max(self._not_before, now + PATIENCE * (now - began))
            if problem:
                self._controller.notify(problem)

        path = self._path(tab)
        self._writing += 1
        if engine is not None:
            self._writer.write(engine, tab.notes, path, told)
        elif inside is not None:
            text = dumps(*inside.kept(tab.notes))
            save(path, lambda: write(path, text), told, self)


def _locked(path: Path) -> IO[str] | None:
    """Open a file and lock it; None: somebody else holds it."""
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
