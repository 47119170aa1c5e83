"""The widgets that there are, listed while Python collects nothing.

PySide takes Qt's list first and makes the Python side of each widget then. If Python comes to
collect a window that nobody holds meanwhile, the rest of the list leads to freed memory.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


def all_widgets() -> list[QWidget]:
    """Return each widget of the process."""
    return _listed(QApplication.allWidgets)


def windows() -> list[QWidget]:
    """Return each widget of the process that has no parent, or is a window."""
    return _listed(QApplication.topLevelWidgets)


def _listed(widgets: Callable[[], list[QWidget]]) -> list[QWidget]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        return widgets()
    finally:
        if was_on:
            gc.enable()
