"""Files and folders that are dropped onto the window are opened as those of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Dropping(QObject):
    """Takes what is there from whoever drags it over a window.

    Signals:
        dropped: Files and folders were let go over it.  arg: their paths, a list.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take files; tell of them once they are let go."""
        if isinstance(event, QDropEvent):  # as moving and entering are, too
            urls = (url for url in event.mimeData().urls() if url.isLocalFile())
            paths = [path for url in urls if (path := Path(url.toLocalFile())).exists()]
            if paths:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.dropped.emit(paths)
                return True
        return super().eventFilter(watched, event)
