"""What is seen of the docks: which are in front where several lie behind each other, how large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.docks.docks import DockFrame

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly  # the tabs that Qt makes for docks


class Seen:
    """Looks at the docks of a window; the size of one behind another is of another time."""

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame]) -> None:
        self._window, self._frames = window, frames

    def is_in_front(self, dock: str) -> bool:
        """Whether a dock is in front of the others that it shares a place with."""
        return not self._frames[dock].visibleRegion().isEmpty()

    def is_there(self, frame: DockFrame) -> bool:
        """Whether a dock has a place in the window, be it behind another one."""
        return frame.isVisible() and not frame.isFloating()

    def in_front_of(self, docks: Sequence[str]) -> list[DockFrame]:
        """Return what is seen in the places of docks, each once."""
        found: dict[DockFrame, None] = {}
        for dock in docks:
            place = self._place(self._frames[dock])
            seen = (frame for name, frame in place.items() if self.is_in_front(name))
            found |= dict.fromkeys(frame for frame in seen if self.is_there(frame))
        return list(found)

    def sizes(self) -> dict[DockFrame, QSize]:
        """Return the sizes of the docks; one behind another has that of its place."""
        found: dict[DockFrame, QSize] = {}
        for name, frame in self._frames.items():
            if self.is_there(frame) and self.is_in_front(name):
                found |= dict.fromkeys(self._place(frame).values(), frame.size())
        return found

    def tabs(self, frame: DockFrame) -> int:
        """Return the height of the tabs where docks lie behind each other; 0: it is alone."""
        bars = self._window.findChildren(QTabBar, options=DIRECT)
        height = next((bar.sizeHint().height() for bar in bars if bar.isVisible()), 0)
        others = (other for other in self._place(frame).values() if other is not frame)
        return 0 if all(other.isHidden() for other in others) else height

    def _place(self, frame: DockFrame) -> dict[str, DockFrame]:
        """Return the docks of one place by name, those that are hidden too."""
        behind = self._window.tabifiedDockWidgets(frame)
        return {name: one for name, one in self._frames.items() if one is frame or one in behind}
