"""From rows to QActions, which menus, buttons and shortcuts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence

from relayviz.gui.actions.action import Action, Bar, Shell
from relayviz.gui.desk.tab import Side
from relayviz.gui.look.icons import icon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget


#: Why an action cannot be used, by the side that is shown.
ELSEWHERE = {
    Side.LIVE: "The channel is live, its own threads act on it. F11 steps from here.",
    Side.STEP: "Only for a live channel: Ctrl+2 shows it.",
}


class ActionSet(QObject):
    """The QActions of a window.

    They belong to the window, so that each shortcut works wherever the keyboard is.
    """

    def __init__(self, table: Iterable[Action], shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._side: Side | None = None  # that the tooltips are for
        self.table = tuple(table)
        self._made = {action.id: self._make(action, window) for action in self.table}
        self.refresh()
        self.refresh_icons()

    def __getitem__(self, identity: str) -> QAction:
        return self._made[identity]

    @Slot()
    def refresh(self) -> None:
        """Bring what can be used and what is on up to date."""
        side = self._shell.controller.running.side
        for action in self.table:
            made = self._made[action.id]
            fits = action.side in (None, side)
            usable = fits and action.when(self._shell)
            if made.isEnabled() != usable:
                made.setEnabled(usable)
            if side is not self._side and action.side is not None:
                made.setToolTip(_tip(action) if fits else f"{_tip(action)}\n{ELSEWHERE[side]}")
            if action.checked is not None:
                made.setChecked(action.checked(self._shell))
        self._side = side

    @Slot()
    def refresh_icons(self) -> None:
        """Draw the icons in the theme's colours."""
        for action in self.table:
            if action.icon:
                self._made[action.id].setIcon(icon(action.icon))

    def _make(self, action: Action, window: QWidget) -> QAction:
        made = QAction(action.title, window)
        made.setObjectName(action.id)
        made.setIconText(action.button or action.name)  # what a button shows
        made.setShortcuts([QKeySequence(key) for key in action.keys])
        made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        made.setToolTip(_tip(action))
        made.setStatusTip(action.tip)
        made.setCheckable(action.checked is not None)
        made.setAutoRepeat(action.bar is Bar.HISTORY)
        made.triggered.connect(lambda _checked=False: self._run(action))
        window.addAction(made)
        return made

    def _run(self, action: Action) -> None:
        action.run(self._shell)
        self.refresh()


def _tip(action: Action) -> str:
    return f"{action.tip}  [{action.key_name}]" if action.keys else action.tip
