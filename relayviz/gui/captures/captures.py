"""What the window does with captures: it asks which files, opens them, remembers, takes drops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from relayviz.gui.asking import Mode, dialog_to_open
from relayviz.gui.attach.attached import has_channels
from relayviz.gui.background import Background
from relayviz.gui.captures.saving import ask_save
from relayviz.gui.captures.structs import StructDialog
from relayviz.gui.kernels.kernels import is_dump
from relayviz.gui.notice import Level
from relayviz.gui.recordings.recordings import is_recording
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.model.capture.layout import LayoutError, read_layout
from relayviz.model.engine.protocol import OpenError
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QFileDialog, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.capture.layout import Layout
    from relayviz.model.engine.files import OpenedFiles

MOST_RECENT = 12
NAMED = 3  # files that a list names
STRUCTS = "File → Open capture by a C struct… takes records of your own."


class Captures(QObject):
    """Opens captures, in tabs of their own.

    Attributes:
        recent: The files that were opened last, those of a capture together, the newest first.

    Signals:
        recent_changed: The list of recent captures is another.
    """

    recent_changed = Signal()

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self.recent: list[list[str]] = []

    def begin(self, kept: Sequence[object]) -> None:
        """Take the recent captures, as the settings keep them."""
        told = ([one for one in names if isinstance(one, str)] for names in _lists(kept))
        self.recent = [names for names in told if names][:MOST_RECENT]

    def ask(self) -> None:
        """Ask which files to open: several of one capture together."""
        dialog = self._asking("Open a capture: all files of it", Mode.ExistingFiles)
        dialog.filesSelected.connect(self._open_names)
        dialog.open()

    def ask_folder(self) -> None:
        """Ask for a folder whose captures to open."""
        dialog = self._asking("Open the captures in a folder", Mode.Directory)
        dialog.filesSelected.connect(self._open_names)
        dialog.open()

    def ask_struct(self) -> None:
        """Ask how records look, as a C struct, and open files of them."""
        dialog = StructDialog(self._controller.catalogue, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.opened.connect(self.open)
        dialog.open()

    def ask_save(self) -> None:
        """Ask where to save what is in the buffers of the channel shown, then open it."""
        ask_save(self._controller, self._window, self._open_saved)

    def ask_layout(self) -> None:
        """Ask for a layout, then for files of such records."""
        filters = ["Layouts (*.toml)"]
        dialog = dialog_to_open(self._window, "Open a layout", self._folder(), filters)
        dialog.fileSelected.connect(self._take_layout)
        dialog.open()

    @Slot(str)
    def _take_layout(self, name: str) -> None:
        try:
            layout = replace(read_layout(Path(name)), is_tried=True)  # its owner knows how well
        except LayoutError as error:
            self._controller.notify(str(error), Level.ERROR)
            return
        dialog = self._asking(f"Open a capture as {layout.name}", Mode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.open([Path(one) for one in names], layout))
        dialog.open()

    def _asking(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        return dialog_to_open(self._window, title, self._folder(), mode=mode)

    def ask_recent(self) -> None:
        """Ask which of the recent captures to open."""
        if not self.recent:
            self._controller.notify("No capture was opened yet. File → Open capture…")
            return
        recent = [[Path(name) for name in names] for names in self.recent]
        question = ListQuestion(
            "Open a recent capture", [_named(one) for one in recent], self._window
        )
        question.chosen.connect(lambda place: self.open(recent[place]))
        question.open()

    @Slot(list)
    def _open_names(self, names: Sequence[str]) -> None:
        self.open([Path(name) for name in names])

    def _open_saved(self, paths: Sequence[Path], told: str) -> None:
        self.open(paths, told=told)

    def open(self, paths: Sequence[Path], layout: Layout | None = None, *, told: str = "") -> None:
        """Open the captures that files and folders hold; what is wrong with them is told.

        Args:
            paths: The files and folders.
            layout: How their records look; None: it is found in them.
            told: What is to be said of the files, which were written just now; empty: nothing.
        """
        catalogue, asked = self._controller.catalogue, tuple(paths)
        opening = Background(lambda: catalogue.open_files(asked, layout), _close, self)

        def ended(error: BaseException | None) -> None:
            opened, opening.result = opening.result, None
            opening.deleteLater()
            if opened is not None:
                self._show(opened)
                if told and not opened.refused:
                    self._controller.notify(told)
            elif isinstance(error, OpenError) and told:
                self._controller.notify(f"{told} Not opened: {error.message} {STRUCTS}")
            elif isinstance(error, OpenError):
                self._controller.notify(error.message, Level.ERROR)
            elif error is not None:
                raise error

        opening.ended.connect(ended)
        opening.start()

    def _show(self, opened: OpenedFiles) -> None:
        for one in opened.captures:
            self._controller.add_tab(one.engine, one.title)
            self._remember(one.paths)
        if opened.refused:
            path, reason = opened.refused[0]
            more = len(opened.refused) - 1
            others = f" And {plural(more, 'other file')}." if more else ""
            self._controller.notify(f"Not opened: {path.name}: {reason}{others}")

    def _remember(self, paths: Iterable[Path]) -> None:
        names = [str(path.absolute()) for path in paths]
        self.recent = [names, *(one for one in self.recent if one != names)][:MOST_RECENT]
        self.recent_changed.emit()

    def _folder(self) -> str:
        return str(Path(self.recent[0][0]).parent) if self.recent else str(Path.cwd())


def may_be_capture(path: Path) -> bool:
    """Return whether one is there that is no session, dump, recording or folder of channels."""
    is_other = path.suffix == ".toml" or is_dump(path) or is_recording(path) or has_channels(path)
    return path.exists() and not is_other


def _named(paths: Sequence[Path]) -> str:
    """Return what a list calls the files of a capture."""
    names = ", ".join(path.name for path in paths[:NAMED])
    more = f", … ({plural(len(paths), 'file')})" if len(paths) > NAMED else ""
    return f"{names}{more}  in {paths[0].parent}"


def _lists(kept: Sequence[object]) -> Iterable[list[object]]:
    return (one for one in kept if isinstance(one, list))


def _close(opened: OpenedFiles) -> None:
    opened.close()
