"""Where text is large and the window small, all docks share one place: each is legible there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt

from relayviz.gui.look import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QMainWindow

    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.space import Space

LEAST_ROOM = (800, 500)  # of a window with text as large as usual, for docks beside each other
FRONT = "rings"
LAYOUT = 2  # raised when docks or bars are renamed: older layouts are then left alone


def is_crowded(size: QSize, scale: float) -> bool:
    """Return whether there is no room for docks beside each other.

    Args:
        size: Of the window.
        scale: How large text is; 1: as usual.
    """
    return size.width() < LEAST_ROOM[0] * scale or size.height() < LEAST_ROOM[1] * scale


class Crowd:
    """Puts the docks into one place where they have no room, and back. Nobody arranges that."""

    def __init__(self, window: QMainWindow, frames: dict[str, DockFrame], space: Space) -> None:
        self._window, self._frames, self._space = window, frames, space
        self._roomy = QByteArray()

    def fit(self) -> None:
        """Do what the size of the window and of its text ask for."""
        wanted = is_crowded(self._window.size(), theme.current().scale)
        if wanted and not self._space.is_crowded:
            self._enter()
        elif not wanted:
            self.leave()

    def state(self) -> QByteArray:
        """Return where the docks are, or would be if there were room."""
        return self._roomy if self._space.is_crowded else self._window.saveState(LAYOUT)

    def _enter(self) -> None:
        self._roomy = self._window.saveState(LAYOUT)
        first, shown = self._frames[FRONT], self._shown()
        with self._space.by_program():
            self._space.is_crowded = True
            self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first)
            for frame in self._frames.values():
                if frame is not first and not frame.isFloating():
                    self._window.tabifyDockWidget(first, frame)
            self._show(shown)
            first.raise_()

    def leave(self) -> None:
        """Put them back; those that were shown or hidden meanwhile stay so."""
        if not self._space.is_crowded:
            return
        shown = self._shown()
        with self._space.by_program():
            self._space.is_crowded = False
            self._window.restoreState(self._roomy, LAYOUT)
            self._show(shown)

    def _shown(self) -> dict[str, bool]:
        return {name: not frame.isHidden() for name, frame in self._frames.items()}

    def _show(self, shown: dict[str, bool]) -> None:
        for name, is_shown in shown.items():
            if self._frames[name].isHidden() is is_shown:
                self._frames[name].setVisible(is_shown)
