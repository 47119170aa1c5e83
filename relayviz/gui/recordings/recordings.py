"""What the window does with recordings: it asks for files, begins, ends, opens, marks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QInputDialog, QLabel, QWidget

from relayviz.gui.asking import dialog_to_open, dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.notice import Level
from relayviz.model.engine.playing import played
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import why_not

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.engine.playing import PlayedEngine, Recorder

SUFFIX = ".relayrec"
FILTER = f"Recordings (*{SUFFIX})"
TITLE = b"relayviz recording"  # what such a file begins with
LOOK_MS = 250
END = 1.0  # seconds that the end of the window waits for the file


class Recordings(QObject):
    """Records the channel shown, one at a time, and opens recordings in tabs of their own.

    Attributes:
        light: Says in the status bar that something is recorded.
    """

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._recorder: Recorder | None = None
        self._tab: Tab | None = None
        self.light = QLabel(window)
        self.light.setAccessibleName("Recording")
        self.light.hide()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        controller.tabs_changed.connect(self._look)

    @property
    def is_recording(self) -> bool:
        """Whether a channel is recorded."""
        return self._recorder is not None

    @property
    def can_record(self) -> bool:
        """Whether the channel shown can be recorded, or the one that is can be ended."""
        return self.is_recording or (self._controller.shown is not None and self.player is None)

    @property
    def player(self) -> PlayedEngine | None:
        """The engine shown, if it plays a recording."""
        return played(self._controller.shown)

    def toggle(self) -> None:
        """Ask for a file and begin to record the channel shown, or end it."""
        if self.is_recording:
            self.stop()
            return
        tab = self._controller.tab
        name = tab.title if tab is not None else "channel"
        name = f"{_file_name(name)}{SUFFIX}"
        dialog = dialog_to_save(self._window, "Record to", name, [FILTER], SUFFIX[1:])
        dialog.fileSelected.connect(lambda path: self.record(Path(path)))
        dialog.open()

    def record(self, path: Path) -> None:
        """Record the channel shown; a file of that name is replaced, as was agreed to."""
        tab, engine = self._controller.tab, self._controller.shown
        if tab is None or engine is None or self.is_recording:
            return

        def begin() -> Recorder:
            path.unlink(missing_ok=True)
            return self._controller.catalogue.record(engine, path, tab.title)

        beginning = Background(begin, lambda recorder: recorder.stop(), self)

        def begun(error: BaseException | None) -> None:
            beginning.deleteLater()
            if beginning.result is not None:
                self._begin(beginning.result, tab)
            elif error is not None:
                words = str(error) if isinstance(error, OpenError) else why_not(path, error)
                self._controller.notify(words, Level.ERROR)

        beginning.ended.connect(begun)
        beginning.start()

    def _begin(self, recorder: Recorder, tab: Tab) -> None:
        self._recorder, self._tab = recorder, tab
        self._timer.start()
        self._look()
        self._controller.notify(f"{tab.title} is recorded to {recorder.path}.")
        self._controller.inputs_changed.emit()  # what can be done now is another

    def stop(self) -> None:
        """End recording, in a thread: the disk may be slow."""
        recorder = self._leave()
        if recorder is None:
            return
        ending = Background(recorder.stop, lambda _done: None, self)

        def ended(_error: BaseException | None) -> None:
            ending.deleteLater()
            self._tell_end(recorder)

        ending.ended.connect(ended)
        ending.start()

    def end(self) -> None:
        """End recording because the window closes."""
        recorder = self._leave()
        if recorder is not None:
            recorder.stop(END)

    def mark(self) -> None:
        """Ask for words, and mark the moment that is recorded or shown."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Mark this moment")
        dialog.setLabelText("What is to be remembered of it?")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self.mark_with)
        dialog.open()

    @Slot(str)
    def mark_with(self, text: str) -> None:
        """Mark the moment that is shown of a recording, or else the one that is recorded."""
        words, player = text.strip(), self.player
        if not words:
            return
        if player is not None:
            player.mark(words)
        elif self._recorder is not None:
            self._recorder.mark(words)
            self._controller.notify(f"Marked: {words}")

    # ---------------------------------------------------------------- opening

    def ask(self) -> None:
        """Ask which recording."""
        filters = [FILTER, "All files (*)"]
        dialog = dialog_to_open(self._window, "Open recording", filters=filters)
        dialog.fileSelected.connect(lambda path: self.open(Path(path)))
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a recording, in a thread, and show it in a tab of its own."""
        catalogue = self._controller.catalogue
        opening: Background[PlayedEngine] = Background(
            lambda: catalogue.replay(path), lambda engine: engine.close(), self
        )

        def ended(error: BaseException | None) -> None:
            opening.deleteLater()
            if opening.result is not None:
                self._controller.add_tab(opening.result, path.name)
            else:
                self._controller.notify(str(error), Level.ERROR)

        opening.ended.connect(ended)
        opening.start()

    # ---------------------------------------------------------------- inside

    @Slot()
    def _look(self) -> None:
        """Say how long it has been; end it where it ended itself, or its channel is gone."""
        recorder = self._recorder
        if recorder is None:
            return
        if recorder.problem or self._tab not in self._controller.tabs:
            self.stop()
            return
        self.light.setText(f"● recording {recorder.seconds:.0f} s")
        self.light.setToolTip(f"To {recorder.path}. Ctrl+Shift+R ends it.")
        self.light.show()

    def _leave(self) -> Recorder | None:
        recorder, self._recorder, self._tab = self._recorder, None, None
        self._timer.stop()
        self.light.hide()
        if recorder is not None:
            self._controller.inputs_changed.emit()
        return recorder

    def _tell_end(self, recorder: Recorder) -> None:
        if recorder.problem:
            self._controller.notify(recorder.problem, Level.ERROR)
        else:
            self._controller.notify(f"Recorded to {recorder.path}.")


def is_recording(path: Path) -> bool:
    """Return whether a file begins as recordings do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(TITLE)) == TITLE
    except (OSError, ValueError):
        return False


def _file_name(title: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in title.casefold())
    return kept.strip("-")[:60] or "channel"
