"""Asking where in a session to go: steps at which something holds, named steps, branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from relayviz.gui.prompts.find import FindDialog
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.model.engine.protocol import Can
from relayviz.model.inside.acting import going
from relayviz.model.inside.steps.past import past
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller


class Places(QObject):
    """The questions, and going to what was answered."""

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._sought = ""

    def find(self) -> None:
        """Find steps at which a condition holds."""
        dialog = FindDialog(self._controller, self._sought, self._window)
        dialog.finished.connect(lambda _result: self._keep_sought(dialog))
        dialog.show()

    def _keep_sought(self, dialog: FindDialog) -> None:
        self._sought = dialog.field.text()
        dialog.deleteLater()

    def ask_marker(self) -> None:
        """Ask which marker of the branch shown to go to."""
        markers = self._controller.notebook.markers_shown()
        if not markers:
            self._controller.notify("No step of this branch has a name. Run → Name this step…")
            return
        entries = [f"step {grouped(one.at.step)}  {one.name}" for one in markers]
        question = ListQuestion("Go to a named step", entries, self._window)
        question.chosen.connect(lambda place: self._controller.seek(markers[place].at.step))
        question.open()

    def ask_branch(self, delete: Callable[[int], None]) -> None:
        """Ask which branch to go to, or to delete.

        Args:
            delete: Deletes a branch, by its number.
        """
        engine, history = going(self._controller.shown), past(self._controller.shown)
        if engine is None or history is None:
            return
        branches = history.lines
        entries = [
            f"{one.title}  ({grouped(history.length(one.number))} steps)" for one in branches
        ]
        question = ListQuestion("Go to a branch", entries, self._window)
        question.chosen.connect(
            lambda place: engine.go(branches[place].number, history.length(branches[place].number))
        )
        if not engine.can.isdisjoint({Can.STEP, Can.INSIDE}):
            question.offer("Delete", "Del", lambda place: delete(branches[place].number))
        question.open()
