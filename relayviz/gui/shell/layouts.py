"""Where the docks are, apart for stepped and for live channels, and the toolbar of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QTabBar

from relayviz.gui.shell.arrangement import Arrangement
from relayviz.gui.shell.docks import place_docks, show_those_of, take_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QToolBar

    from relayviz.gui.shell.docks import DockFrame
    from relayviz.gui.shell.space import Space

LAYOUT = 2  # raised when docks or bars are renamed: older layouts are then left alone


class Layouts:
    """Remembers the docks of each side, and changes from one to the other."""

    def __init__(
        self,
        window: QMainWindow,
        frames: dict[str, DockFrame],
        bars: Mapping[Arrangement, QToolBar],
        space: Space,
    ) -> None:
        self._window, self._frames, self._bars, self._space = window, frames, bars, space
        self._kept: dict[Arrangement, QByteArray] = {}
        self._show_bar()

    @property
    def side(self) -> Arrangement:
        """Whose docks are shown."""
        return self._space.side

    def show(self, side: Arrangement) -> None:
        """Change to a side: as it was left, or as it is at first."""
        if side is self.side:
            return
        space, kept = self._space, self._kept.get(side)
        self._kept[self.side] = self._window.saveState(LAYOUT)
        arranged = set(space.arranged)
        self._window.setUpdatesEnabled(False)  # the steps between are not worth seeing
        space.side = side
        there = kept is not None and self._window.restoreState(kept, LAYOUT)
        if there:
            space.arranged = arranged  # docks that come and go here are not the user's doing
            space.resized()
        else:
            self.reset()
        self._show_bar()
        self._name_tabs()
        self._window.setUpdatesEnabled(True)

    def reset(self) -> None:
        """Put the docks of the side shown where they are at first."""
        if self.side is Arrangement.RUNNING:
            place_live(self._window, self._frames)
        else:
            place_docks(self._window, self._frames)
        self._space.reset()
        self._name_tabs()

    def state(self, side: Arrangement) -> str:
        """Return where the docks of a side are, as text; empty: nobody arranged them."""
        if side not in self._space.arranged:
            return ""
        if side is self.side:
            return _text(self._window.saveState(LAYOUT))
        return _text(self._kept[side]) if side in self._kept else ""

    def restore(self, states: Mapping[Arrangement, str]) -> None:
        """Take over where docks were."""
        self._kept = {side: _bytes(text) for side, text in states.items() if text}
        self._space.arranged = set(self._kept)
        kept = self._kept.get(self.side)
        if kept is not None and not self._window.restoreState(kept, LAYOUT):
            self._space.arranged.discard(self.side)
        self._show_bar()
        self._name_tabs()

    def _name_tabs(self) -> None:
        """Name what Qt makes where docks share a place."""
        for tabs in self._window.findChildren(QTabBar):
            if not tabs.accessibleName():
                tabs.setAccessibleName("Docks in one place")

    def _show_bar(self) -> None:
        for side, bar in self._bars.items():
            bar.setVisible(side is self.side)


def place_live(window: QMainWindow, frames: dict[str, DockFrame]) -> None:
    """Put the docks of a live channel where they are at first.

    Rings at the left, what is measured at the right, time below.
    """
    take_all(window, frames)
    left, bottom = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    window.addDockWidget(left, frames["rings"])
    window.splitDockWidget(frames["rings"], frames["rate"], horizontal)
    window.splitDockWidget(frames["rate"], frames["loss"], vertical)
    window.splitDockWidget(frames["loss"], frames["findings"], vertical)
    window.addDockWidget(bottom, frames["timeline"])
    for other in ("load", "bytes", "channel"):
        window.tabifyDockWidget(frames["findings"], frames[other])
    placed = {"rings", "rate", "loss", "findings", "timeline", "load", "bytes", "channel"}
    for other in [dock for dock in frames if dock not in placed]:
        window.tabifyDockWidget(frames["timeline"], frames[other])
    show_those_of(Arrangement.RUNNING, frames)
    for front in ("findings", "timeline"):
        frames[front].raise_()


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
