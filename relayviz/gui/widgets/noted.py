"""What docks about the notes of a session share: when they are drawn, and the field to add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from relayviz.gui.notice import Level
from relayviz.gui.widgets.completion import NameCompleter
from relayviz.gui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.snapshot import Snapshot

OFTEN_MS, LONG = 400, 20_000  # from so many steps on it is drawn less often


def draw_in_turn(
    controller: Controller, who: object, draw: Callable[[], None], last_step: int
) -> None:
    """Draw what depends on the whole branch: at once, of a long one not more often than one reads.

    Args:
        controller: Has the turns.
        who: What is drawn.
        draw: Draws it.
        last_step: Of the branch.
    """
    if last_step < LONG:
        draw()
    else:
        controller.turns.ask(who, draw, OFTEN_MS)


class NotedPanel(Panel):
    """A view of what is noted; drawn when the notes or the branch are others."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.notebook = controller.notebook
        self.notebook.changed.connect(self._show_again)

    def show_notes(self, snapshot: Snapshot | None) -> None:
        """Show the notes as seen from a state."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state."""
        draw_in_turn(
            self.controller, self, self._show_again, 0 if snapshot is None else snapshot.last_step
        )

    @Slot()
    def _show_again(self) -> None:
        self.show_notes(self.controller.snapshot)


class ExpressionField(QLineEdit):
    """A line for an expression over the state. What is wrong with it is told, until it is edited.

    After Return it keeps the keyboard: letters of the next expression are no operations. Home and
    End, which have nothing to do in an empty line, go to the first and last step meanwhile.

    Args:
        name: For who does not see it.
        hint: Stands there while it is empty.
        parent: The dock.
    """

    TIP = "Return adds it. Ctrl+Space lists the names."

    def __init__(self, name: str, hint: str, parent: NotedPanel) -> None:
        super().__init__(parent)
        self._controller = parent.controller
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setToolTip(self.TIP)
        self.names = NameCompleter(self, lambda: parent.notebook.meanings)
        self.textEdited.connect(self._unmark)

    def mark_wrong(self, message: str) -> None:
        """Say what is wrong."""
        self._mark(wrong=True, tip=message)
        self._controller.notify(message, Level.ERROR)

    def event(self, event: QEvent) -> bool:
        """Leave Home and End to the window while there is no text to go through."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End)
            and not self.text()
        ):
            event.ignore()
            return True
        return super().event(event)

    @Slot()
    def _unmark(self) -> None:
        if self.property("wrong"):
            self._mark(wrong=False, tip=self.TIP)

    def _mark(self, *, wrong: bool, tip: str) -> None:
        self.setProperty("wrong", wrong)
        self.setToolTip(tip)
        self.style().polish(self)
