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
        if "/" not in menu.value:
            made[menu.value] = window.menuBar().addMenu(menu.value)
    for action in actions.table:
        inside, _, name = action.menu.value.rpartition("/")
        if action.menu.value not in made:  # a menu inside another stands where its first row would
            made[action.menu.value] = made[inside].addMenu(name)
        here = made[action.menu.value]
        if action.separated:
            here.addSeparator()
        here.addAction(actions[action.id])
    for each in made.values():
        each.setToolTipsVisible(True)
