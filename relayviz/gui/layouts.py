"""Where the docks are, apart for stepped and for live channels, and the toolbar of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QTabBar

from relayviz.gui.docks import place_docks, share_space, show_those_of, take_all
from relayviz.gui.tab import Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QToolBar

    from relayviz.gui.docks import DockFrame

LAYOUT = 2  # raised when docks or bars are renamed: older layouts are then left alone
# first shares of the live window: right column, bottom row, and rate and loss of the right column
RIGHT, BOTTOM, RATE, LOSS = 0.29, 0.2, 0.33, 0.24


class Layouts:
    """Remembers the docks of each side, and changes from one to the other."""

    def __init__(
        self,
        window: QMainWindow,
        frames: dict[str, DockFrame],
        bars: Mapping[Side, QToolBar],
    ) -> None:
        self._window, self._frames, self._bars = window, frames, bars
        self._kept: dict[Side, QByteArray] = {}
        self.side = Side.STEP
        self._show_bar()

    def show(self, side: Side) -> None:
        """Change to a side: as it was left, or as it is at first."""
        if side is self.side:
            return
        self._kept[self.side] = self._window.saveState(LAYOUT)
        self.side = side
        self._window.setUpdatesEnabled(False)  # the steps between are not worth seeing
        kept = self._kept.get(side)
        if kept is None or not self._window.restoreState(kept, LAYOUT):
            self.reset()
        self._show_bar()
        self._name_tabs()
        self._window.setUpdatesEnabled(True)

    def reset(self) -> None:
        """Put the docks of the side shown where they are at first."""
        if self.side is Side.LIVE:
            place_live(self._window, self._frames)
        else:
            place_docks(self._window, self._frames)
        self._name_tabs()

    def state(self, side: Side) -> str:
        """Return where the docks of a side are, as text; empty: they never were moved."""
        if side is self.side:
            return _text(self._window.saveState(LAYOUT))
        return _text(self._kept[side]) if side in self._kept else ""

    def restore(self, states: Mapping[Side, str]) -> bool:
        """Take over where docks were; True: those of the side shown are there."""
        self._kept = {side: _bytes(text) for side, text in states.items() if text}
        there = self.side in self._kept and self._window.restoreState(self._kept[self.side], LAYOUT)
        self._show_bar()
        self._name_tabs()
        return there

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
    for behind, others in {"findings": ("load", "bytes", "channel"),
                           "timeline": ("counters", "log")}.items():  # fmt: skip
        for other in others:
            window.tabifyDockWidget(frames[behind], frames[other])
    show_those_of(Side.LIVE, frames)
    for front in ("findings", "timeline"):
        frames[front].raise_()
    share_live(window, frames)


def share_live(window: QMainWindow, frames: dict[str, DockFrame]) -> None:
    """Give the docks of a live channel their first sizes, as shares of the window."""
    layout = window.layout()
    if layout is not None:
        layout.activate()
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    width = window.width()
    right = int(width * RIGHT)
    window.resizeDocks([frames["rings"], frames["rate"]], [width - right, right], horizontal)
    height = frames["rings"].height() + frames["timeline"].height()
    low = int(height * BOTTOM)
    window.resizeDocks([frames["rings"], frames["timeline"]], [height - low, low], vertical)
    upper = height - low
    rate, loss = int(upper * RATE), int(upper * LOSS)
    column = [frames["rate"], frames["loss"], frames["findings"]]
    window.resizeDocks(column, [rate, loss, upper - rate - loss], vertical)


def share(window: QMainWindow, frames: dict[str, DockFrame], side: Side) -> None:
    """Give the docks of a side their first sizes, once the window has its own."""
    if side is Side.LIVE:
        share_live(window, frames)
    else:
        share_space(window, frames)


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
