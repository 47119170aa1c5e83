"""A toolbar that stays where the window has put it."""

from __future__ import annotations

from PySide6.QtWidgets import QToolBar, QWidget


class FixedBar(QToolBar):
    """It can be neither moved nor hidden by hand: the window shows it where it is of use."""

    def __init__(self, title: str, name: str, parent: QWidget) -> None:
        """Take the title for screen readers, and the name for saved layouts."""
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
