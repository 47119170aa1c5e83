"""A click on a dock's tab puts the keyboard where its panel takes text, if it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QTabBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.docks.docks import DockFrame

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly  # the tabs that Qt makes for docks
QUEUED = Qt.ConnectionType.QueuedConnection
KNOWN = "clicks are known"  # a property of those that were found


class TabClicks(QObject):
    """Listens to the tabs of docks; Qt makes new ones when docks are moved.

    A click only: who goes through the tabs by keys, or is brought there by the program, keeps the
    keyboard.
    """

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame]) -> None:
        super().__init__(window)
        self._window, self._frames = window, {one.windowTitle(): one for one in frames.values()}
        for frame in frames.values():
            frame.visibilityChanged.connect(self._find, QUEUED)
            frame.dockLocationChanged.connect(self._find, QUEUED)

    @Slot()
    def _find(self) -> None:
        for bar in self._window.findChildren(QTabBar, options=DIRECT):
            if not bar.property(KNOWN):
                bar.setProperty(KNOWN, True)
                bar.tabBarClicked.connect(self._give_keyboard)
                bar.setElideMode(Qt.TextElideMode.ElideNone)  # names are told, or scrolled to

    @Slot(int)
    def _give_keyboard(self, place: int) -> None:
        bar = self.sender()
        if not isinstance(bar, QTabBar):
            return
        frame = self._frames.get(bar.tabText(place))
        if frame is None:
            return
        frame.raise_()  # as the click is about to do
        field = frame.panel.text_field
        if field is not None and field.isVisible():
            field.setFocus(Qt.FocusReason.MouseFocusReason)
