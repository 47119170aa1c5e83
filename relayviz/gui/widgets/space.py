"""The space bar runs and pauses; on a button, a box or a list that has the keyboard it presses."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget


class _Keeper(QObject):
    """Takes the space bar for the widget that it watches, before a shortcut does."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Look at keys that may be shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)


def keep_space(parent: QWidget) -> None:
    """Leave the space bar to the buttons and lists inside a widget."""
    keeper = _Keeper(parent)
    for kind in (QAbstractButton, QComboBox):
        for widget in parent.findChildren(kind):
            widget.installEventFilter(keeper)
