"""The menu bar, made from the table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions import ActionSet, Menu

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QMenu


def fill_menu_bar(window: QMainWindow, actions: ActionSet) -> None:
    """Make all menus, in the order of Menu, with their actions in the order of the table."""
    made: dict[str, QMenu] = {}
    for menu in Menu:
        inside, _, name = menu.value.rpartition("/")
        here = made[inside].addMenu(name) if inside else window.menuBar().addMenu(name)
        here.setToolTipsVisible(True)
        made[menu.value] = here
    for action in actions.table:
        here = made[action.menu.value]
        if action.separated:
            here.addSeparator()
        here.addAction(actions[action.id])
