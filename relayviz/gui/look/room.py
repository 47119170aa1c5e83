"""How large a window is at first: no larger than the screen leaves room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

DECORATION = (16, 48)  # what a desktop puts around a window


def first_size(window: QWidget, wanted: tuple[int, int]) -> QSize:
    """Return the size that is wanted, or as much of it as the window's screen has."""
    return QSize(*wanted).boundedTo(window.screen().availableSize() - QSize(*DECORATION))
