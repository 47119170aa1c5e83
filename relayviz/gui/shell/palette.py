"""The command palette: any command by a few letters of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from relayviz.gui.look.room import first_size

if TYPE_CHECKING:
    from relayviz.gui.actions import Action, ActionSet

WIDTH, HEIGHT = 660, 400
ROW_ROLE = Qt.ItemDataRole.UserRole
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def rank(action: Action, typed: str) -> int | None:
    """Return how well a command fits what was typed, 0 best; None: it does not.

    Best: the name begins so; then a word of it does; then it contains it; then the letters come in
    this order; then the tip contains it.
    """
    name, wanted = action.name.casefold(), typed.strip().casefold()
    if name.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in name.split()):
        return 1
    if wanted in name:
        return 2
    if _in_order(wanted, name):
        return 3
    return 4 if wanted in action.tip.casefold() else None


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters if not letter.isspace())


class Palette(QDialog):
    """A field and the commands that fit it. Return runs the one chosen; Escape closes."""

    def __init__(self, actions: ActionSet, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Command palette")
        self.setAccessibleName("Command palette")
        self._actions = actions
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Type part of a command")
        self.field.setAccessibleName("Command")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Commands that fit")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.resize(first_size(self, (WIDTH, HEIGHT)))
        above = (parent.width() - WIDTH) // 2
        self.move(parent.mapToGlobal(QPoint(above, parent.height() // 8)))
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run_item)
        self._fill("")
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let arrow keys move in the list while the field has the keyboard."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in MOVES:
                self.list.event(QKeyEvent(event.type(), event.key(), event.modifiers()))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run_item(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def _fill(self, typed: str) -> None:
        self.list.clear()
        ranked = ((rank(action, typed), action) for action in self._actions.table)
        fitting = [(place, action) for place, action in ranked if place is not None]
        for _, action in sorted(fitting, key=lambda pair: pair[0]):
            self.list.addItem(self._item(action))
        self.list.setCurrentRow(0)

    def _item(self, action: Action) -> QListWidgetItem:
        key = f"    {action.key_name}" if action.keys else ""
        item = QListWidgetItem(f"{action.name}{key}\n    {action.menu_name} · {action.tip}")
        item.setData(ROW_ROLE, action.id)
        if not self._actions[action.id].isEnabled():
            item.setFlags(Qt.ItemFlag.ItemIsSelectable)
        return item

    @Slot(QListWidgetItem)
    def _run_item(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        chosen = self._actions[item.data(ROW_ROLE)]
        if chosen.isEnabled():
            self.close()
            chosen.trigger()
