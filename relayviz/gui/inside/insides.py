"""What the window does with sessions inside operations: opens, saves, steps into, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from relayviz.gui.background import Background
from relayviz.gui.inside import going
from relayviz.gui.notice import Level, Notice
from relayviz.gui.saving import save
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import write
from relayviz.model.inside.acting import ActingEngine, acting
from relayviz.model.inside.examples import example_text
from relayviz.model.inside.file import SUFFIX
from relayviz.model.inside.program import RunTo
from relayviz.model.inside.stepping import CannotStepIntoError, stepped_into
from relayviz.model.inside.writing import dumps
from relayviz.model.session.file import SessionError, read_text
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.engine.snapshot import Snapshot

FILTER = f"Sessions inside operations (*{SUFFIX})"


class Insides(QObject):
    """Opens tabs whose actors are stepped, and tells what they cannot do."""

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._told: tuple[object, int] | None = None
        controller.snapshot_changed.connect(self._tell)
        controller.tabs_changed.connect(self._forget_closed)

    # ---------------------------------------------------------------- opening

    def open(self, path: Path, title: str, then: Callable[[Tab], None]) -> None:
        """Open a file in a tab of its own; what is wrong with it is told.

        Args:
            path: The file.
            title: What the tab is called.
            then: Gets the tab.
        """
        self._open(lambda: read_text(path), path.name, title, then)

    def open_example(self, name: str) -> None:
        """Open one of the sessions that come with the program."""
        self._open(lambda: example_text(name), name, "", lambda _tab: None)

    def _open(
        self, text: Callable[[], str], name: str, title: str, then: Callable[[Tab], None]
    ) -> None:
        catalogue = self._controller.catalogue
        opening = Background(
            lambda: catalogue.open_inside(text(), name), lambda engine: engine.close(), self
        )

        def ended(error: BaseException | None) -> None:
            engine = acting(opening.result)
            opening.deleteLater()
            if engine is not None:
                then(self._show(engine, title or engine.session.title))
            elif isinstance(error, SessionError | OpenError):
                self._controller.notify(str(error), Level.ERROR)
            elif error is not None:
                raise error

        opening.ended.connect(ended)
        opening.start()

    def _show(self, engine: ActingEngine, title: str) -> Tab:
        tab = self._controller.add_tab(engine, title or "inside")
        session = engine.session
        tab.notes = Notes(title=session.title, text=session.text)
        tab.keep()
        self._controller.notebook.changed.emit()
        return tab

    # ---------------------------------------------------------------- from steps and back

    def step_into(self) -> None:
        """Show the next operation of the stepped channel from the inside, before its first step.

        Where there is none ahead, it is a write of the toolbar's size on the CPU chosen there.
        """
        controller = self._controller
        engine, tab, shown = controller.stepped, controller.tab, controller.snapshot
        if engine is None or tab is None or shown is None:
            return
        if engine.root is not None:
            controller.notify(
                "This channel began in the state of a running one: inside operations it cannot be "
                "brought there.",
                Level.ERROR,
            )
            return
        history = engine.history
        done = history.operations(shown.branch, shown.step)
        is_end = shown.step == history.length(shown.branch)
        then = self._write() if is_end else history.at(shown.branch, shown.step + 1).operation
        title = f"{tab.title}, inside step {shown.step + 1}"
        try:
            session = stepped_into(engine.config, done, then, title=title)
        except CannotStepIntoError as error:
            controller.notify(str(error), Level.ERROR)
            return
        text = dumps(session)
        done_by = Counter(one.line.actor for one in session.schedule if isinstance(one.line, RunTo))
        moving = next(one.name for one in session.actors if len(one.queue) > done_by[one.name])

        def opened(inside: Tab) -> None:
            inside.outside, inside.actor = tab, moving
            stepping = acting(inside.shown)
            if stepping is not None:
                stepping.end()

        self._open(lambda: text, title, title, opened)

    def _write(self) -> Operation:
        inputs = self._controller.inputs
        return Operation(Kind.WRITE, inputs.cpu, inputs.length)

    def step_out(self) -> None:
        """Show the stepped channel that was stepped into."""
        tab = self._controller.tab
        if tab is None or tab.outside not in self._controller.tabs:
            self._controller.notify("The channel that was stepped into is not open.")
            return
        self._controller.show_tab(self._controller.tabs.index(tab.outside))

    def ask_until(self) -> None:
        """Ask where the actor that is followed shall stop."""
        going.ask_until(self._controller, "", self._window)

    def find(self) -> None:
        """Ask whether there is a schedule in which something holds."""
        going.find(self._controller, self._window)

    @Slot()
    def _forget_closed(self) -> None:
        """Let go of channels that were stepped into and are closed."""
        for tab in self._controller.tabs:
            if tab.outside not in self._controller.tabs:
                tab.outside = None

    # ---------------------------------------------------------------- saving

    def text(self, tab: Tab) -> str:
        """Return a tab as the text of its file: the steps to the end of the branch shown."""
        return "" if tab.acting is None else tab.acting.text()

    @property
    def can_save(self) -> bool:
        """Whether the tab in front is one of these."""
        return acting(self._controller.shown) is not None

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save the tab in front to its file, or ask for one."""
        tab = self._controller.tab
        if tab is not None and tab.path is not None:
            self._write_to(tab, tab.path, then)
        else:
            self.ask_save(then)

    def ask_save(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file to save the tab in front to."""
        tab = self._controller.tab
        if tab is None:
            return
        folder = str(tab.path.parent) if tab.path is not None else str(Path.cwd())
        dialog = QFileDialog(self._window, "Save the session", folder, FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(tab.title + SUFFIX)
        dialog.fileSelected.connect(lambda name: self._write_to(tab, Path(name), then))
        dialog.open()

    def _write_to(self, tab: Tab, path: Path, then: Callable[[], None] | None) -> None:
        text, kept = self.text(tab), (tab.done, tab.notes)

        def told(problem: str) -> None:
            if problem:
                self._controller.notify(problem, Level.ERROR)
                return
            tab.kept, tab.path = kept, path
            tab.title = path.name.removesuffix(SUFFIX)
            self._controller.tabs_changed.emit()
            self._controller.notify(f"Saved to {path.name}.")
            if then is not None:
                then()

        save(path, lambda: write(path, text), told, self)

    # ---------------------------------------------------------------- inside

    @Slot(object)
    def _tell(self, snapshot: Snapshot | None) -> None:
        """Say what could not be done, once."""
        engine = acting(self._controller.shown)
        if engine is None or snapshot is None:
            self._told = None
            return
        now = (engine, snapshot.generation)
        if snapshot.notice and now != self._told:
            self._controller.notified.emit(Notice(snapshot.notice, Level.INFO, snapshot.step))
        self._told = now
