"""Small things that the main window does to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QWidget

from relayviz.gui.background import Background
from relayviz.gui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QMainWindow, QToolBar


def leave(window: QWidget) -> None:
    """Want nothing more of what was begun, and let no timer tick."""
    for begun in window.findChildren(Background):
        begun.leave()
    for timer in window.findChildren(QTimer):
        timer.stop()


def stack(window: QMainWindow, bars: Sequence[QToolBar]) -> None:
    """Put toolbars below one another."""
    for bar in bars:
        window.addToolBar(bar)
        window.addToolBarBreak()


def first_with_focus(panel: QWidget) -> QWidget:
    """Return what takes the keyboard in a panel: a table before anything else."""
    inside = [*panel.findChildren(Table), panel, *panel.findChildren(QWidget)]
    able = (
        widget
        for widget in inside
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(panel)
    )
    return next(able, panel)


def text_of(state: QByteArray) -> str:
    """Return bytes of Qt as text that a file can hold."""
    return bytes(state.toBase64().data()).decode("ascii")


def bytes_of(text: str) -> QByteArray:
    """Return what text_of made a text of."""
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
