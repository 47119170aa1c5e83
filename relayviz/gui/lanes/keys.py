"""The keys and the wheel, the same in every view with lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from PySide6.QtGui import QWheelEvent

Key, Modifier = Qt.Key, Qt.KeyboardModifier
ZOOM_STEP, NOTCH = 1.3, 120
PANNED = 0.1  # of what is on screen, by a notch of the wheel

MOVES = {Key.Key_Left: -1, Key.Key_Right: 1}
PAGES = {Key.Key_PageUp: -1, Key.Key_PageDown: 1}
ROWS = {Key.Key_Up: -1, Key.Key_Down: 1}
ZOOMS = {
    Key.Key_Plus: ZOOM_STEP,
    Key.Key_Equal: ZOOM_STEP,
    Key.Key_Minus: 1 / ZOOM_STEP,
    Key.Key_0: 0.0,
}
ENTERS = frozenset({Key.Key_Return, Key.Key_Enter, Key.Key_Space})
LOSS = Key.Key_L
OWN = frozenset({LOSS, *ZOOMS})  # the window may have commands at these


def takes(event: QEvent, own: AbstractSet[Qt.Key]) -> bool:
    """Tell whether a key is about to become a command of the window that has a meaning here."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    others = event.modifiers() & ~(Modifier.ShiftModifier | Modifier.KeypadModifier)
    return not others and Key(event.key()) in own


def is_shifted(event: QKeyEvent) -> bool:
    """Tell whether Shift is held."""
    return bool(event.modifiers() & Modifier.ShiftModifier)


def notches(event: QWheelEvent) -> float:
    """Return how far the wheel was turned, in its notches; upwards and to the left: above 0."""
    return (event.angleDelta().y() or event.angleDelta().x()) / NOTCH


def zooms(event: QWheelEvent) -> bool:
    """Tell whether the wheel zooms."""
    return bool(event.modifiers() & Modifier.ControlModifier)
