"""What a screen reader calls views that draw themselves: a chart, a document; Qt knows no word.

A view says it in its class, `spoken_as = QAccessible.Role.Chart`; name and description are told
as of any widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QObject


def install() -> None:
    """Have all such views be told by their roles, from now on: once for a program."""
    QAccessible.installFactory(_told)


def _told(_key: str, view: QObject) -> QAccessibleInterface | None:
    role = getattr(type(view), "spoken_as", None)
    if isinstance(view, QWidget) and isinstance(role, QAccessible.Role):
        return QAccessibleWidget(view, role)
    return None
