"""Files that a user drags over the window and lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.gui.conftest import Driver


def drop(driver: Driver, paths: Sequence[Path]) -> bool:
    """Drop files onto the window; whether it took them."""
    return drop_urls(driver, [QUrl.fromLocalFile(str(path)) for path in paths])


def drop_urls(driver: Driver, urls: Sequence[QUrl]) -> bool:
    """Drop files that lie anywhere; whether the window took them."""
    data = QMimeData()
    data.setUrls(list(urls))
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(driver.window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(driver.window, QDropEvent(QPointF(50, 50), copy, data, left, none))
        driver.settle()
    return enter.isAccepted()
