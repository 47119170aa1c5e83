"""From rows to QActions, which menus, buttons and shortcuts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence

from relayviz.gui.actions.action import Action, Bar, Shell, always
from relayviz.gui.look.icons import icon
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    Asked = Callable[[Shell], bool]


def why_not(action: Action, can: frozenset[Can]) -> str:
    """Say why an action cannot be used with an engine that can do something else."""
    if Can.RUN in action.needs:
        return "Only for a live channel: Ctrl+2 shows it."
    if Can.HAND_OVER in can:
        act = "The channel is live, its own threads act on it. " if Can.RUN in can else ""
        return f"{act}F11 steps from here."
    if can - {Can.WATCH}:
        return "Not for a channel that is shown this way."
    return "This channel is only looked at, nothing can be done to it."


class ActionSet(QObject):
    """The QActions of a window.

    They belong to the window, so that each shortcut works wherever the keyboard is.
    """

    def __init__(self, table: Iterable[Action], shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._can: frozenset[Can] | None = None  # of the engine that the tooltips are for
        self._asked: list[tuple[Asked, QAction]] = []  # may be used or not from moment to moment
        self.table = tuple(table)
        self._made = {action.id: self._make(action, window) for action in self.table}
        self._checked = [
            (action.checked, self._made[action.id])
            for action in self.table
            if action.checked is not None
        ]
        self.refresh()
        self.refresh_icons()

    def __getitem__(self, identity: str) -> QAction:
        return self._made[identity]

    @Slot()
    def refresh(self) -> None:
        """Bring what can be used and what is on up to date."""
        can = self._shell.controller.can
        if can != self._can:
            self._suit(can)
        for when, made in self._asked:
            usable = when(self._shell)
            if made.isEnabled() != usable:
                made.setEnabled(usable)
        for checked, made in self._checked:
            made.setChecked(checked(self._shell))

    def _suit(self, can: frozenset[Can]) -> None:
        """Have those be used that are for an engine; at each moment only these have to be asked."""
        self._can, self._asked = can, []
        for action in self.table:
            made, suits = self._made[action.id], action.suits(can)
            if action.needs:
                tip = _tip(action)
                made.setToolTip(tip if suits else f"{tip}\n{why_not(action, can)}")
                made.setVisible(suits or not action.hides)
            if suits and action.when is not always:
                self._asked.append((action.when, made))
            else:
                made.setEnabled(suits)

    def let_letters_act(self, act: bool) -> None:
        """Have keys without Ctrl or Alt do operations, or nothing."""
        for action in self.table:
            if action.is_typed:
                keys = [key for key in action.keys if act or key.startswith(("Ctrl+", "Alt+"))]
                self._made[action.id].setShortcuts([QKeySequence(key) for key in keys])

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
