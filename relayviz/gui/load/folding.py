"""Widgets side by side, or below each other where there is no room for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

GAP = 4
ACROSS, DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class Folding(QWidget):
    """A line of widgets; none is ever cut that has room alone.

    Args:
        widgets: From the left, or from above; the first takes the room that others leave.
        parent: What the line is in.
    """

    def __init__(self, widgets: tuple[QWidget, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._widgets = widgets
        self._line = QBoxLayout(ACROSS, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(GAP)
        for place, widget in enumerate(widgets):
            self._line.addWidget(widget, int(not place))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the size of the widest: below each other they need no more."""
        widest = max(one.minimumSizeHint().width() for one in self._widgets)
        return QSize(widest, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Fold anew when a widget needs another width."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Fold, or not."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        wanted = sum(one.sizeHint().width() for one in self._widgets if not one.isHidden())
        fits = wanted + GAP * (len(self._widgets) - 1) <= self.width()
        if (way := ACROSS if fits else DOWN) != self._line.direction():
            self._line.setDirection(way)
