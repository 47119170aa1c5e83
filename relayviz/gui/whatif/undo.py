"""What was done by hand, undone and done again; branches deleted. Of any channel with steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from relayviz.gui.notice import Level
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.gui.whatif.edits import Edits, Moment
from relayviz.model.engine.protocol import stepped
from relayviz.model.inside.acting import acting
from relayviz.model.inside.steps.past import past
from relayviz.model.numbers import grouped, plural
from relayviz.model.session.session import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.protocol import Engine, SteppedEngine
    from relayviz.model.history.history import History
    from relayviz.model.inside.acting import ActingEngine

    Acted = SteppedEngine | ActingEngine

NO_EDITS = Edits()
BUSY = "Wait until what was asked for is done."
NO_DELETION = "The first branch cannot be deleted: it begins with the opening. Choose another."


class Undo(QObject):
    """Remembers where one was before something was done by hand, and goes back there.

    Args:
        controller: The channels.
        window: Asks the questions.
    """

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._edits: dict[Acted | None, Edits] = {}
        controller.tabs_changed.connect(self._forget)
        controller.acting.connect(self._remember)
        # by channel: what is told once the state that it is about is shown
        self._to_tell: dict[Acted, str] = {}

    @property
    def _acted(self) -> Acted | None:
        """The engine that is shown, if something can be done there by hand."""
        return acted(self._controller.shown)

    # ---------------------------------------------------------------- branches

    def delete_shown(self) -> None:
        """Delete the branch shown."""
        engine = self._acted
        if engine is not None:
            self.delete_branch(engine.snapshot.branch)

    def delete_branch(self, branch: int) -> None:
        """Delete a branch with those that grew on it; it can be undone."""
        engine = self._acted
        if engine is None:
            return
        if engine.busy:
            self._controller.notify(BUSY, Level.ERROR)
            return
        history, shown = history_of(engine), engine.snapshot
        line = next((one for one in history.lines if one.number == branch), None)
        if line is None or line.parent is None:
            self._controller.notify(NO_DELETION, Level.ERROR)
            return
        kept, before = history.without(branch), moment_of(engine)
        others = sum(one.number not in kept for one in history.lines) - 1
        stays = shown.branch in kept
        at = before.place if stays else Place(history.line_of(line.parent), line.fork)
        self._edits.setdefault(engine, Edits()).add(before, f"deletion of {line.title}")
        engine.keep(kept, at.branch, at.step)
        more = f" and {plural(others, 'branch', 'branches')} that grew on it" if others else ""
        self._to_tell[engine] = f"Deleted: {line.title}{more}. Ctrl+Z brings back what was there."

    # ---------------------------------------------------------------- what was done

    @Slot()
    def tell(self) -> None:
        """Say what was undone or deleted; to be called when a state is shown."""
        engine = self._acted
        if engine is not None and (words := self._to_tell.pop(engine, "")):
            self._controller.notify(words)

    @Slot(str)
    def _remember(self, title: str) -> None:
        """Remember where one was before something is done by hand, that it can be undone."""
        engine = self._acted
        if engine is None:
            return
        if engine.busy:  # it belongs to what is still being done
            self.edits.redone.clear()
            return
        self._edits.setdefault(engine, Edits()).add(moment_of(engine), title)

    def remember(self, engine: Acted, before: Moment, title: str) -> None:
        """Remember where one was before an edit was made."""
        self._edits.setdefault(engine, Edits()).add(before, title)

    # ---------------------------------------------------------------- back and forth

    @property
    def edits(self) -> Edits:
        """The edits of the channel shown; none while it is live."""
        return self._edits.get(self._acted, NO_EDITS)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to go back from."""
        return bool(self.edits.undone)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was gone back from."""
        return bool(self.edits.redone)

    def undo(self) -> None:
        """Go to where one was before the last edit, and forget what it made."""
        self.move(len(self.edits.undone) - 1)

    def redo(self) -> None:
        """Go to where one was before undo, with what was there."""
        self.move(len(self.edits.undone) + 1)

    def move(self, to: int) -> None:
        """Go to where one was when so many edits were in force."""
        engine, edits = self._acted, self.edits
        now = len(edits.undone)
        if engine is None or to == now or not 0 <= to <= now + len(edits.redone):
            return
        if engine.busy:  # where one is would not be known
            self._controller.notify(BUSY, Level.ERROR)
            return
        titles = [title for _, title in edits.undone[to:]]
        there = edits.move(moment_of(engine), to)
        engine.keep(there.kept, there.place.branch, there.place.step)
        self._to_tell[engine] = _undone(titles)

    def ask_edit_list(self) -> None:
        """Show the list of what-ifs, and go to where one was after the one chosen."""
        edits = self.edits
        question = ListQuestion("What was done, to undo and redo", edits.entries(), self._window)
        question.list.setCurrentRow(len(edits.undone))
        question.chosen.connect(self.move)
        question.open()

    @Slot()
    def _forget(self) -> None:
        """Forget the edits of channels that are closed."""
        engines = {tab.stepped or tab.acting for tab in self._controller.tabs}
        self._edits = {engine: kept for engine, kept in self._edits.items() if engine in engines}
        self._to_tell = {engine: one for engine, one in self._to_tell.items() if engine in engines}


def acted(engine: Engine | None) -> Acted | None:
    """Return an engine as one in which something can be done by hand; None: it cannot."""
    return stepped(engine) or acting(engine)


def history_of(engine: Acted) -> History:
    """Return the steps of such an engine."""
    history = past(engine)
    assert history is not None, "it has steps"  # noqa: S101
    return history


def moment_of(engine: Acted) -> Moment:
    """Return where such an engine is, and what of its history is kept."""
    shown = engine.snapshot
    return Moment(Place(shown.branch, shown.step), history_of(engine).kept)


def _undone(titles: Sequence[str]) -> str:
    """Say what was undone, in the order it was done; empty: nothing was."""
    if not titles:
        return ""
    if len(titles) == 1:
        return f"Undone: {titles[0]}. Ctrl+Shift+Z brings it back."
    many = f"{grouped(len(titles))} things, back to before {titles[0]}"
    return f"Undone: {many}. Ctrl+Shift+Z brings them back one by one."
