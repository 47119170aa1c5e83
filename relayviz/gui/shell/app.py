"""The application: look, settings, window, and the first start."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QApplication

from relayviz.gui.attach.attached import has_channels
from relayviz.gui.captures.captures import may_be_capture
from relayviz.gui.desk.controller import Controller
from relayviz.gui.dropping import Dropping
from relayviz.gui.faults import FaultTeller, guard_overrides
from relayviz.gui.kernels.kernels import is_dump
from relayviz.gui.look import spoken
from relayviz.gui.look.icons import application_icon
from relayviz.gui.look.theme import POINT_SIZE, ThemeChoice, ThemeSwitch
from relayviz.gui.memory import use_few_pools
from relayviz.gui.notice import Level
from relayviz.gui.recordings.recordings import is_recording
from relayviz.gui.shell.engines import catalogue
from relayviz.gui.shell.main_window import MainWindow
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.gui.shell.watchdog import Watchdog
from relayviz.gui.shell.welcome import open_example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.attach import Attached
    from relayviz.gui.kernels import Kernels
    from relayviz.gui.recordings import Recordings
    from relayviz.gui.sessions import Desk
    from relayviz.model.engine.catalogue import Catalogue

DEBUG = "RELAYVIZ_DEBUG"
NAME = "relayviz"
_PREPARED = "relayviz.is_prepared"  # its name is no sign: a program of that name has it at once
LONG = 40  # letters of a name


class Program(QObject):
    """One run: the stores, the window, and what is kept when it closes.

    Attributes:
        controller: What the window shows.
        window: The window; show() it.
    """

    def __init__(
        self,
        settings: Store[Settings],
        layout: Store[Layout],
        engines: Catalogue | None = None,
        files: Sequence[Path] = (),
    ) -> None:
        super().__init__()
        self._settings_store, self._layout_store = settings, layout
        self._settings = settings.load()
        themes = ThemeSwitch(self._settings.theme, self)
        self.controller = Controller(themes, engines or catalogue(), self)
        self._presets = self.controller.running.presets
        unread = self._presets.restore(self._settings.presets)
        self.window = MainWindow(self.controller)
        self.window.closing.connect(self._save_layout)
        self.window.theme_chosen.connect(self._choose_theme)
        self.window.let_letters_act(self._settings.letters)
        self.window.letters_chosen.connect(self._choose_letters)
        self.window.welcomed.connect(self._welcomed)
        self._presets.changed.connect(self._keep_presets)
        self.window.welcome.setVisible(not self._settings.welcomed)
        self.window.restore(layout.load())
        desk = self.window.desk
        is_recovering = desk.begin(layout.path.parent / "autosave", self._settings.recent)
        desk.recent_changed.connect(self._keep_recent)
        self._begin_opening()
        self._begin_teaching(layout.path.parent / "answers.json")
        self._open_files(files)
        if not files and not is_recovering:
            open_example(self.controller)
        problems = [store.problem for store in (settings, layout) if store.problem]
        if unread:
            names = ", ".join(name if len(name) < LONG else f"{name[:LONG]}…" for name in unread)
            problems.append(f"Not a load of this version: {names}.")
        if problems:
            self.controller.notify(" ".join(problems), Level.ERROR)

    def _begin_opening(self) -> None:
        """Open what is dropped, and remember what was opened, by each way that there is."""
        window, kept = self.window, self._settings
        Dropping(window).dropped.connect(self._open_files)
        window.kernels.begin(kept.kernels)
        window.kernels.recent_changed.connect(self._keep_kernels)
        window.attached.begin(kept.attached)
        window.attached.recent_changed.connect(self._keep_attached)
        window.captures.begin(kept.captures)
        window.captures.recent_changed.connect(self._keep_captures)

    def _begin_teaching(self, answers: Path) -> None:
        lessons, desk, stage = self.window.lessons, self.window.desk, self.window.stage
        stage.set_zoom(self._settings.zoom)
        stage.zoomed.connect(self._keep_zoom)
        lessons.begin(answers, self._settings.lessons)
        lessons.folders_changed.connect(self._keep_lessons)
        lessons.writing_wanted.connect(lambda path: desk.open(path, to_write=True))

    @Slot(object)
    def _open_files(self, files: Sequence[Path]) -> None:
        """Open each by what it is; captures are files of one channel, so all of them together."""
        captures = [path for path in files if may_be_capture(path)]
        for path in files:
            if path not in captures:
                self._opener(path).open(path)
        if captures:
            self.window.captures.open(captures)

    def _opener(self, path: Path) -> Attached | Kernels | Recordings | Desk:
        """Return what opens a file, by what it begins with."""
        if has_channels(path):
            return self.window.attached
        if is_recording(path):
            return self.window.recordings
        return self.window.kernels if is_dump(path) else self.window.desk

    @Slot()
    def _save_layout(self) -> None:
        self._save(self._layout_store, self.window.kept())

    @Slot(str)
    def _choose_theme(self, choice: ThemeChoice) -> None:
        self._change(theme=choice)

    @Slot(bool)
    def _choose_letters(self, act: bool) -> None:
        self._change(letters=act)

    @Slot()
    def _welcomed(self) -> None:
        self._change(welcomed=True)

    @Slot()
    def _keep_recent(self) -> None:
        self._change(recent=self.window.desk.recent)

    @Slot()
    def _keep_kernels(self) -> None:
        self._change(kernels=self.window.kernels.values())

    @Slot()
    def _keep_attached(self) -> None:
        self._change(attached=list(self.window.attached.recent))

    @Slot()
    def _keep_captures(self) -> None:
        self._change(captures=self.window.captures.recent)

    @Slot(int)
    def _keep_zoom(self, percent: int) -> None:
        self._change(zoom=percent)

    @Slot()
    def _keep_lessons(self) -> None:
        self._change(lessons=self.window.lessons.folders)

    @Slot()
    def _keep_presets(self) -> None:
        self._change(presets=self._presets.values())

    def _change(self, **fields: object) -> None:
        self._settings = replace(self._settings, **fields)  # type: ignore[arg-type]
        self._save(self._settings_store, self._settings)

    def _save(self, store: Store[Settings] | Store[Layout], kept: Settings | Layout) -> None:
        try:
            store.save(kept)  # type: ignore[arg-type]
        except OSError as error:
            self.controller.notify(f"{store.path} cannot be written: {error}", Level.ERROR)


def stores() -> tuple[Store[Settings], Store[Layout]]:
    """Return the user's two files, where the desktop keeps such."""
    locations = QStandardPaths.StandardLocation
    config = QStandardPaths.writableLocation(locations.GenericConfigLocation)
    state = QStandardPaths.writableLocation(locations.GenericStateLocation)
    return (
        Store(Settings, Path(config) / "relayviz" / "settings.json"),
        Store(Layout, Path(state) / "relayviz" / "session.json"),
    )


def prepare(application: QApplication) -> None:
    """Give the application its name, icon and basic look, once: a style polishes every widget."""
    if application.property(_PREPARED):
        return
    application.setProperty(_PREPARED, True)
    guard_overrides()
    use_few_pools()
    spoken.install()
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("relayviz")
    application.setDesktopFileName("relayviz")
    application.setStyle("Fusion")
    font = application.font()
    font.setPointSizeF(POINT_SIZE)
    application.setFont(font)
    application.setWindowIcon(application_icon())


def main(files: Sequence[Path]) -> int:
    """Run the program until its window is closed; the result is the exit status.

    Args:
        files: Sessions, recordings, dumps and captures to open; without any the example is.
    """
    application = QApplication([sys.argv[0]])
    prepare(application)
    settings, layout = stores()
    program = Program(settings, layout, files=files)
    faults = FaultTeller(program.controller.notify, layout.path.parent / "faults.txt")
    faults.install()
    watchdog = Watchdog(program) if os.environ.get(DEBUG) else None
    program.window.show()
    try:
        return application.exec()
    finally:
        if watchdog:
            watchdog.stop()
        program.controller.shutdown()
        faults.end()
