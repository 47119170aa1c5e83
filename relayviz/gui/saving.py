"""Putting a file on the disk without holding up the window: a slow disk can take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.background import Background
from relayviz.model.files import why_not

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QObject


def save(
    path: Path, work: Callable[[], None], told: Callable[[str], None], parent: QObject
) -> Background[None]:
    """Have a file written in a thread of its own.

    Args:
        path: The file.
        work: Writes it; must not touch anything of Qt.
        told: Gets on the GUI thread why it is not there, with a remedy, or an empty text.
        parent: With it nobody is told any more.
    """
    saving: Background[None] = Background(work, lambda _: None, parent)

    def end(error: BaseException | None) -> None:
        saving.deleteLater()
        told("" if error is None else why_not(path, error))

    saving.ended.connect(end)
    saving.start()
    return saving
