"""What the window does with sessions inside operations: opens, steps into, and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from relayviz.gui.background import Background
from relayviz.gui.inside import going
from relayviz.gui.notice import Level, Notice
from relayviz.gui.sessions.questions import PythonQuestion
from relayviz.model.channel.client import SourceError, compile_subbuf_start
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.catalogue import UnconfirmedError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.acting import ActingEngine, acting
from relayviz.model.inside.examples import example_text
from relayviz.model.inside.program import RunTo
from relayviz.model.inside.stepping import CannotStepIntoError, stepped_into
from relayviz.model.inside.writing import dumps
from relayviz.model.session.file import SessionError, read_text
from relayviz.model.session.keeping import known_as
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.session.keeping import Known


class Insides(QObject):
    """Opens tabs whose actors are stepped, and tells what they cannot do."""

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._told: tuple[object, int] | None = None
        self._opened: list[Tab] = []  # whose notes are still to be taken
        controller.snapshot_changed.connect(self._tell)
        controller.tabs_changed.connect(self._forget_closed)

    # ---------------------------------------------------------------- opening

    def open(self, path: Path, title: str, then: Callable[[Tab, Known], None]) -> None:
        """Open a file in a tab of its own; what is wrong with it is told.

        Args:
            path: The file.
            title: What the tab is called.
            then: Gets the tab, and how the file was.
        """
        read: list[str] = []

        def text() -> str:
            read.append(read_text(path))
            return read[-1]

        self._open(text, path.name, title, lambda tab: then(tab, known_as(path, read[-1])))

    def open_example(self, name: str) -> None:
        """Open one of the sessions that come with the program."""
        self._open(lambda: example_text(name), name, "", lambda _tab: None)

    def open_text(self, text: str, title: str, then: Callable[[Tab], None]) -> None:
        """Open a session that is no file, in a tab of its own."""
        self._open(lambda: text, title, title, then)

    def _open(
        self,
        text: Callable[[], str],
        name: str,
        title: str,
        then: Callable[[Tab], None],
        clients: tuple[SubbufStart, ...] = (),
    ) -> None:
        catalogue = self._controller.catalogue
        opening = Background(
            lambda: catalogue.open_inside(text(), name, clients),
            lambda engine: engine.close(),
            self,
        )

        def confirmed(source: str) -> None:
            try:
                client = compile_subbuf_start(source)
            except SourceError as wrong:
                self._controller.notify(f"{name}: {wrong}", Level.ERROR)
                return
            self._open(text, name, title, then, (client,))

        def ended(error: BaseException | None) -> None:
            engine = acting(opening.result)
            opening.deleteLater()
            if engine is not None:
                then(self._show(engine, title or engine.session.title, clients))
            elif isinstance(error, UnconfirmedError):
                source = error.source
                question = PythonQuestion(name, (source,), self._window)
                question.accepted.connect(lambda: confirmed(source))
                question.open()
            elif isinstance(error, SessionError | OpenError):
                self._controller.notify(str(error), Level.ERROR)
            elif error is not None:
                raise error

        opening.ended.connect(ended)
        opening.start()

    def _show(self, engine: ActingEngine, title: str, clients: tuple[SubbufStart, ...]) -> Tab:
        tab = self._controller.add_tab(engine, title or "inside", clients)
        session = engine.session
        tab.notes = Notes(
            title=session.title,
            text=session.text,
            breakpoints=session.breakpoints,
            watches=session.watches,
        )
        tab.keep()
        self._opened.append(tab)
        self.take_notes()
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
        end = history.length(shown.branch)
        step = min(shown.step, end)  # what was just undone is shown still
        done = history.operations(shown.branch, step)
        then = self._write() if step == end else history.at(shown.branch, step + 1).operation
        title = f"{tab.title}, inside step {step + 1}"
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

        self.open_text(text, title, opened)

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
        self._opened = [tab for tab in self._opened if tab in self._controller.tabs]
        for tab in self._controller.tabs:
            if tab.outside not in self._controller.tabs:
                tab.outside = None

    # ---------------------------------------------------------------- what is noted

    @Slot()
    def take_notes(self) -> None:
        """Note what sessions bring at steps: it is known once their schedule was played."""
        for tab, engine in [(tab, tab.acting) for tab in self._opened]:
            brought = None if engine is None else engine.brought
            if brought is None:
                continue
            self._opened.remove(tab)
            is_changed, notes = tab.is_changed, tab.notes
            tab.notes = replace(
                notes,
                markers=(*brought.markers, *notes.markers),
                expectations=(*brought.expectations, *notes.expectations),
            )
            if not is_changed:
                tab.keep()
            if tab is self._controller.tab:
                self._controller.notebook.changed.emit()

    @property
    def can_save(self) -> bool:
        """Whether the tab in front is one of these."""
        return acting(self._controller.shown) is not None

    # ---------------------------------------------------------------- inside

    @Slot(object)
    def _tell(self, snapshot: Snapshot | None) -> None:
        """Say what could not be done, once."""
        self.take_notes()
        engine = acting(self._controller.shown)
        if engine is None or snapshot is None:
            self._told = None
            return
        now = (engine, snapshot.generation)
        if snapshot.notice and now != self._told:
            self._controller.notified.emit(Notice(snapshot.notice, Level.INFO, snapshot.step))
        self._told = now
