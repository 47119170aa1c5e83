"""Opening and saving sessions: files, recent ones, scenarios, drag and drop, and what is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.asking import Mode, dialog_to_open, dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.notice import Level
from relayviz.gui.scenarios import ScenariosDialog
from relayviz.gui.sessions.autosave import Autosave
from relayviz.gui.sessions.changed import ChangedQuestion
from relayviz.gui.sessions.insides import Insides
from relayviz.gui.sessions.places import Places
from relayviz.gui.sessions.programs import Programs
from relayviz.gui.sessions.questions import ListQuestion, PythonQuestion, UnsavedQuestion
from relayviz.gui.sessions.writer import Ends, Target, Writer
from relayviz.model.channel.client import SourceError, compile_subbuf_start
from relayviz.model.engine.captured import captured
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.examples import is_example
from relayviz.model.inside.file import SUFFIX as INSIDE
from relayviz.model.inside.steps.keeping import keep as keep_inside
from relayviz.model.numbers import plural
from relayviz.model.session.file import SUFFIX, loads
from relayviz.model.session.keeping import keep
from relayviz.model.session.scenario import scenario_text
from relayviz.model.session.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.session.keeping import ChangedError, Known
    from relayviz.model.session.session import Session

MOST_RECENT = 12
FILTER = f"Sessions (*{SUFFIX} *.toml)"
INSIDE_FILTER = f"Sessions inside operations (*{INSIDE})"


class Desk(QObject):
    """What the window does with sessions. All of it on the GUI thread but the writing itself.

    Attributes:
        recent: The files that were opened and saved last, the newest first.
        places: Where in a session one can go.
        programs: What makes programs of it.
        insides: The same for sessions inside operations.

    Signals:
        recent_changed: The list of recent files is another.
        closable: The question that kept the window open was answered.
        lesson_found: A file that was to be opened is a lesson.  arg: the file.
    """

    recent_changed = Signal()
    closable = Signal()
    lesson_found = Signal(object)

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._writer = Writer(self)
        self._autosave: Autosave | None = None
        self.places: Places = Places(controller, window)
        self.programs: Programs = Programs(controller, self)
        self.insides: Insides = Insides(controller, window)
        self.recent: list[str] = []
        controller.scenario_wanted.connect(self.open_scenario)

    # ---------------------------------------------------------------- opening

    def ask_open(self) -> None:
        """Ask which file to open."""
        folder, many = self._folder(), Mode.ExistingFiles
        dialog = dialog_to_open(self._window, "Open a session", folder, [FILTER], many)
        dialog.filesSelected.connect(self._open_all)
        dialog.open()

    def ask_recent(self) -> None:
        """Ask which of the recent files to open."""
        if not self.recent:
            self._controller.notify("No session was opened or saved yet.")
            return
        question = ListQuestion("Open a recent session", self.recent, self._window)
        recent = list(self.recent)
        question.chosen.connect(lambda place: self.open(Path(recent[place])))
        question.open()

    def show_scenarios(self) -> None:
        """Show the index of scenarios."""
        dialog = ScenariosDialog(self._window)
        dialog.chosen.connect(self.open_scenario)
        dialog.open()
        dialog.chosen.connect(dialog.accept)

    @Slot(str)
    def open_scenario(self, name: str) -> None:
        """Open a scenario in a tab of its own, at its first step."""
        if is_example(name):
            self.insides.open_example(name)
            return
        session = replace(loads(scenario_text(name), name), view=Place())
        self._confirm(session, session.title, lambda _tab: None)

    def open(self, path: Path, *, to_write: bool = False) -> None:
        """Open a file in a tab of its own, or tell what is wrong; a lesson is taken or written."""

        def opened_inside(tab: Tab, known: Known) -> None:
            if tab.acting is not None and tab.acting.session.puzzle is None:
                tab.path, tab.known = known.path, known  # a solution gets a file of its own
            self._remember(path)

        if path.name.endswith(INSIDE):
            self.insides.open(path, path.name.removesuffix(INSIDE), opened_inside)
            return

        def read(session: Session, known: Known) -> None:
            if session.lesson is not None and not to_write:  # what it will do is not to be seen
                self._remember(path)
                self.lesson_found.emit(path)
                return

            def opened(tab: Tab) -> None:
                tab.path, tab.known = known.path, known
                self._remember(path)

            self._confirm(session, path.name.removesuffix(SUFFIX), opened)

        self._writer.read(path, read, self._fail)

    def _fail(self, words: str) -> None:
        self._controller.notify(words, Level.ERROR)

    @Slot(list)
    def _open_all(self, names: Sequence[str]) -> None:
        for name in names:
            self.open(Path(name))

    def _confirm(self, session: Session, title: str, then: Callable[[Tab], None]) -> None:
        """Open a session; if it brings Python, after the user has read it."""
        if not session.sources:
            self._play(session, title, then)
            return
        question = PythonQuestion(title, session.sources, self._window)
        question.accepted.connect(lambda: self._play(session, title, then))
        question.open()

    def _play(self, session: Session, title: str, then: Callable[[Tab], None]) -> None:
        try:
            clients = tuple(compile_subbuf_start(source) for source in session.sources)
            engine = self._controller.catalogue.play(session, clients)
        except (OpenError, SourceError) as error:
            self._controller.notify(f"{title}: {error}", Level.ERROR)
            return
        tab = self._controller.add_tab(engine, title, clients)
        # the lines are the engine's history from now on
        tab.notes = session.notes
        # as it was saved once all is done
        tab.kept = (1 + sum(len(line.operations) for line in session.lines), tab.notes)
        self._controller.notebook.changed.emit()
        then(tab)

    # ---------------------------------------------------------------- saving

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save the tab in front to its file, or ask for one."""
        tab = self._controller.tab
        if tab is not None and tab.path is not None:
            self._write(tab, tab.path, then)
        else:
            self.ask_save(then)

    def ask_save(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file to save the tab in front to."""
        tab = self._controller.tab
        if tab is not None and self.programs.can_be_captured(tab):
            self._ask_save(tab, then)

    def _ask_save(self, tab: Tab, then: Callable[[], None] | None) -> None:
        suffix, kinds = (SUFFIX, FILTER) if tab.acting is None else (INSIDE, INSIDE_FILTER)
        name, folder = tab.title + suffix, self._folder()
        dialog = dialog_to_save(
            self._window, "Save the session", name, [kinds], suffix[1:], folder=folder
        )
        dialog.fileSelected.connect(lambda name: self._write(tab, Path(name), then))
        dialog.open()

    def _write(
        self,
        tab: Tab,
        path: Path,
        then: Callable[[], None] | None,
        *,
        overwrite: bool = False,
    ) -> None:
        kept, saved = (tab.done, tab.notes), _saved(tab)
        if saved is None:
            return
        put, steps = saved

        def done(known: Known) -> None:
            tab.kept, tab.path, tab.known = kept, known.path, known
            tab.title = path.name.removesuffix(INSIDE).removesuffix(SUFFIX)
            self._remember(path)
            self._controller.tabs_changed.emit()
            self._controller.notify(f"Saved {plural(steps, 'step')} to {path.name}.")
            if then is not None:
                then()

        def changed(change: ChangedError) -> None:
            question = ChangedQuestion(path.name, change, self._window)
            question.answered.connect(
                lambda answer: (
                    self._write(tab, path, then, overwrite=True)
                    if answer == "overwrite"
                    else self._ask_save(tab, then)
                )
            )
            question.open()

        ends = Ends(done, changed, self._fail)
        self._writer.keep(put, Target(path, tab.known, overwrite), ends)

    # ---------------------------------------------------------------- before something is lost

    def begin(self, folder: Path, recent: Sequence[str]) -> bool:
        """Ask before something is lost from now on, save in between, open what a crash left.

        Returns:
            Whether a crash left something.
        """
        self.recent = list(recent)[:MOST_RECENT]
        self._controller.may_close = self._may_close
        self._autosave = Autosave(self._controller, self._writer, folder)
        left = self._autosave.begin()
        for path, title in left:
            self._recover(path, title)
        return bool(left)

    def _recover(self, path: Path, title: str) -> None:
        def opened(tab: Tab) -> None:
            tab.kept = (-1, tab.notes)  # never saved: closing asks
            if self._autosave is not None:
                self._autosave.save_changed()
            path.unlink(missing_ok=True)
            self._controller.notify(f"{title} was not saved when the program ended. Here it is.")

        if path.name.endswith(INSIDE):
            self.insides.open(path, f"{title} (recovered)", lambda tab, _known: opened(tab))
            return
        self._writer.read(
            path,
            lambda session, _known: self._confirm(session, f"{title} (recovered)", opened),
            lambda words: self._fail(f"What a crash left cannot be read: {words}"),
        )

    def window_may_close(self) -> bool:
        """Whether nothing would be lost; else it is asked, and `closable` tells of the answer."""
        changed = [tab for tab in self._controller.tabs if tab.is_changed]
        if self._autosave is None or not changed:
            return True
        question = UnsavedQuestion([tab.title for tab in changed], self._window)
        question.answered.connect(lambda answer: self._answered_window(answer, changed))
        question.open()
        return False

    def _answered_window(self, answer: str, changed: Sequence[Tab]) -> None:
        if answer == "discard":
            self.discard()
            self.closable.emit()
            return
        self._controller.show_tab(self._controller.tabs.index(changed[0]))
        self.save(self.closable.emit)  # which asks again if there is more

    def _may_close(self, tab: Tab) -> bool:
        if not tab.is_changed:
            return True
        question = UnsavedQuestion([tab.title], self._window)
        question.answered.connect(lambda answer: self._answered(answer, tab))
        question.open()
        return False

    def _answered(self, answer: str, tab: Tab) -> None:
        def close() -> None:
            if tab in self._controller.tabs:
                self._controller.close_tab(self._controller.tabs.index(tab))

        if answer == "discard":
            tab.keep()
            close()
        else:
            self._controller.show_tab(self._controller.tabs.index(tab))
            self.save(close)

    def discard(self) -> None:
        """Let nothing be asked about what there is now."""
        for tab in self._controller.tabs:
            tab.keep()

    def end(self) -> None:
        """Finish writing, and take the copies away: the program ends as it should."""
        for begun in self.findChildren(Background):
            begun.leave()
        self._writer.end()
        if self._autosave is not None:
            self._autosave.end()

    # ---------------------------------------------------------------- inside

    def _folder(self) -> str:
        tab = self._controller.tab
        if tab is not None and tab.path is not None:
            return str(tab.path.parent)
        return str(Path(self.recent[0]).parent) if self.recent else str(Path.cwd())

    def _remember(self, path: Path) -> None:
        name = str(path.absolute())
        self.recent = [name, *(one for one in self.recent if one != name)][:MOST_RECENT]
        self.recent_changed.emit()


def _saved(tab: Tab) -> tuple[Callable[[Target], Known], int] | None:
    """Return what saves a tab as it is now, and how many steps that are; None: it has none."""
    engine, inside, notes = tab.stepped, tab.acting, tab.notes
    if inside is not None:
        session, lines = inside.kept(notes)
        return (
            lambda to: keep_inside(
                *(session, lines, to.path, to.known, inside.stops), overwrite=to.overwrite
            ),
            inside.steps.length(inside.snapshot.branch),
        )
    if engine is None:
        return None
    ids, made = engine.history.kept_ids()
    return (
        lambda to: keep(captured(engine, notes), to.path, to.known, overwrite=to.overwrite),
        (made if ids is None else len(ids)) - 1,
    )
