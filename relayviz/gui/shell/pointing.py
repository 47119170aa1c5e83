"""Whether the pointer or the keyboard says where: the one that was moved last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QApplication

from relayviz.gui.widgets.panel import Panel

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow
    from PySide6.QtWidgets import QWidget

    from relayviz.model.why.why import Subject

Key = Qt.Key
MOVES = frozenset(
    {
        *(Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End),
        *(Key.Key_PageUp, Key.Key_PageDown, Key.Key_Tab, Key.Key_Backtab, Key.Key_Return),
    }
)


class Pointing(QObject):
    """Watches what comes to a window from outside: nothing that its widgets send each other.

    Attributes:
        is_last: The pointer was moved later than any cursor by keys.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_last = False
        self._watched: QWindow | None = None

    def watch(self, window: QWindow | None) -> None:
        """Watch a window from now on; it may be the same."""
        if window is not None and window is not self._watched:
            self._watched = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Notice which of the two it is."""
        if event.type() == QEvent.Type.MouseMove:
            self.is_last = True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self.is_last = self.is_last and event.key() not in MOVES
        return super().eventFilter(watched, event)

    def subject(self, focused: Panel | None) -> Subject | None:
        """Return what is pointed at and can explain itself, else what is at the cursor of a panel.

        Args:
            focused: The panel that has the keyboard; None: none has.
        """
        found = self._pointed_at() if self.is_last else None
        return focused.subject() if found is None and focused is not None else found

    @staticmethod
    def _pointed_at() -> Subject | None:
        at = QCursor.pos()
        widget: QWidget | None = QApplication.widgetAt(at)
        while widget is not None and not isinstance(widget, Panel):
            widget = widget.parentWidget()
        return widget.subject_at(widget.mapFromGlobal(at)) if widget is not None else None
