"""The dialogs that ask for files and folders: all are made here, and go when they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

Mode = QFileDialog.FileMode


def dialog_to_open(
    parent: QWidget,
    title: str,
    folder: str | Path = "",
    filters: Sequence[str] = (),
    mode: QFileDialog.FileMode = Mode.ExistingFile,
) -> QFileDialog:
    """Return a dialog that asks what to open; who has connected it opens it.

    Args:
        parent: What it belongs to.
        title: What it asks.
        folder: Where it begins; empty: where the last one ended.
        filters: Names that are offered; none: all.
        mode: What can be chosen.
    """
    dialog = _made(parent, title, folder, filters)
    dialog.setFileMode(mode)
    return dialog


def dialog_to_save(
    parent: QWidget,
    title: str,
    name: str,
    filters: Sequence[str] = (),
    suffix: str = "",
    *,
    folder: str | Path = "",
) -> QFileDialog:
    """Return a dialog that asks where to save; who has connected it opens it.

    Args:
        parent: What it belongs to.
        title: What it asks.
        name: Of the file, as it is proposed.
        filters: Kinds of files that are offered; none: all.
        suffix: A name without one gets it; empty: none.
        folder: Where it begins; empty: where the last one ended.
    """
    dialog = _made(parent, title, folder, filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(name.replace("/", "-"))
    return dialog


def _made(parent: QWidget, title: str, folder: str | Path, filters: Sequence[str]) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder))
    if filters:
        dialog.setNameFilters(filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
