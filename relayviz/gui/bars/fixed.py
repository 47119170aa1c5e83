"""A toolbar that stays where the window has put it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QToolBar, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance


class FixedBar(QToolBar):
    """It can be neither moved nor hidden by hand: the window shows it where it is of use."""

    def __init__(self, title: str, name: str, parent: QWidget) -> None:
        """Take the title for screen readers, and the name for saved layouts."""
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)

    def fit_after(self, changed: SignalInstance, fit: Callable[[], object]) -> None:
        """Have something fitted once all that is in the bar knows of a change, such as a font."""
        soon = QTimer(self)
        soon.setSingleShot(True)
        soon.setInterval(0)
        soon.timeout.connect(fit)
        changed.connect(soon.start)
