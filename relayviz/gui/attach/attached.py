"""What the window does with other processes: it asks which channels, remembers, takes drops."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.attach.aside import Aside
from relayviz.gui.attach.dialog import AttachDialog
from relayviz.gui.notice import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.foreign import Seen
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.engine.snapshot import Snapshot

MOST_RECENT = 12
CONTROL = ".ctl"  # how the names of control blocks end
LOOKED_THROUGH, LOOKED_INTO = 1000, 50  # files of a folder that is dropped, and folders in it


class Attached(QObject):
    """Opens channels of other processes, in tabs of their own.

    Attributes:
        recent: The folders in which channels were found last, the newest first.
        aside: Looks at the tabs behind the one in front.

    Signals:
        recent_changed: The list of recent folders is another.
    """

    recent_changed = Signal()

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self.recent: tuple[str, ...] = ()
        self.aside = Aside(controller, self)
        self._told: tuple[int, Seen | None] = (0, None)  # of which tab, and what was told last
        controller.snapshot_changed.connect(self._tell)

    def begin(self, kept: Sequence[object]) -> None:
        """Take the recent folders, as the settings keep them."""
        self.recent = tuple(one for one in kept if isinstance(one, str))[:MOST_RECENT]

    def ask(self) -> None:
        """Ask which of the channels that there are."""
        dialog = self._dialog()
        dialog.open()
        dialog.look()

    def open(self, folder: Path) -> None:
        """Ask which of the channels in a folder."""
        dialog = self._dialog()
        dialog.open()
        dialog.look_at(str(folder))

    def _dialog(self) -> AttachDialog:
        dialog = AttachDialog(self._controller.catalogue, self.recent, self._window)
        dialog.looked.connect(self._remember)
        dialog.opened.connect(self._add)
        return dialog

    @Slot(object, str)
    def _add(self, engine: Engine, title: str) -> None:
        self._controller.add_tab(engine, title)

    @Slot(str)
    def _remember(self, folder: str) -> None:
        others = (one for one in self.recent if one != folder)
        self.recent = (folder, *others)[:MOST_RECENT]
        self.recent_changed.emit()

    @Slot(object)
    def _tell(self, snapshot: Snapshot | None) -> None:
        """Tell what has happened to the channel shown while it was looked at."""
        seen = snapshot.foreign.seen if snapshot is not None and snapshot.foreign else ()
        if not seen:
            return
        tab, last = id(self._controller.tab), seen[-1]
        (told, before), self._told = self._told, (tab, last)
        if told != tab or before is last or before not in seen:
            return
        new = seen[seen.index(before) + 1 :]
        is_bad = any(one.is_bad for one in new)
        words = " ".join(one.text for one in new)
        self._controller.notify(words, Level.LOSS if is_bad else Level.INFO)


def has_channels(path: Path) -> bool:
    """Return whether buffers of channels lie in a folder, or one below: few files are looked at."""
    found = _some_of(path)
    folders = (one for one in found if one.is_dir(follow_symlinks=False))
    below = islice(folders, LOOKED_INTO)
    return _has_control(found) or any(_has_control(_some_of(Path(one))) for one in below)


def _some_of(path: Path) -> list[os.DirEntry[str]]:
    with suppress(OSError, ValueError), os.scandir(path) as there:
        return list(islice(there, LOOKED_THROUGH))
    return []


def _has_control(found: Sequence[os.DirEntry[str]]) -> bool:
    return any(one.name.endswith(CONTROL) for one in found)
