"""Files and folders that are dropped onto the window: who knows them opens them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    #: Returns what opens files; None: they are not of its kind.
    Knows = Callable[[Sequence[Path]], Callable[[], object] | None]


class Dropping(QObject):
    """Asks one after the other what is dragged over a window.

    Args:
        window: It.
        asked: The first that knows the files gets them.
    """

    def __init__(self, window: QWidget, asked: Sequence[Knows]) -> None:
        super().__init__(window)
        self._asked = tuple(asked)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take what somebody knows; have it opened once it is let go."""
        if not isinstance(event, QDropEvent):  # as moving and entering are, too
            return super().eventFilter(watched, event)
        urls = (url for url in event.mimeData().urls() if url.isLocalFile())
        paths = [Path(url.toLocalFile()) for url in urls]
        opens = next(filter(None, (knows(paths) for knows in self._asked)), None)
        if opens is None:
            return super().eventFilter(watched, event)
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            opens()
        return True
