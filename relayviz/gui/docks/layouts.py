"""Where the docks are, apart for each arrangement of the window, and the toolbar of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QTabBar

from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.crowd import LAYOUT, Crowd
from relayviz.gui.docks.docks import place_docks
from relayviz.gui.docks.places import WIDEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QToolBar

    from relayviz.gui.docks.docks import DockFrame
    from relayviz.gui.docks.space import Space

    Values = dict[str, Any]


class Layouts:
    """Remembers the docks of each arrangement, and changes from one to the other."""

    def __init__(
        self,
        window: QMainWindow,
        frames: dict[str, DockFrame],
        bars: Mapping[Arrangement, QToolBar],
        space: Space,
    ) -> None:
        self._window, self._frames, self._bars, self._space = window, frames, bars, space
        self._crowd = Crowd(window, frames, space)
        self._kept: dict[Arrangement, QByteArray] = {}
        self._show_bar()

    @property
    def arrangement(self) -> Arrangement:
        """Whose docks are shown."""
        return self._space.arrangement

    @property
    def is_crowded(self) -> bool:
        """Whether all docks share one place, for want of room."""
        return self._space.is_crowded

    def fit(self) -> None:
        """Have the docks beside each other, or all in one place where there is no room."""
        self._crowd.fit()
        self._name_tabs()

    def show(self, arrangement: Arrangement) -> None:
        """Change to an arrangement: as it was left, or as it is at first."""
        if arrangement is self.arrangement:
            return
        space, kept = self._space, self._kept.get(arrangement)
        self._window.setUpdatesEnabled(False)  # the steps between are not worth seeing
        try:
            self._crowd.leave()
            self._kept[self.arrangement] = self._window.saveState(LAYOUT)
            with space.by_program():
                space.arrangement = arrangement
                there = kept is not None and self._window.restoreState(kept, LAYOUT)
            if there:
                space.resized()
            else:
                self.reset()
            self._show_bar()
            self.fit()
        finally:
            self._window.setUpdatesEnabled(True)
        space.bars_changed()  # and once more when it is known which docks are in front

    def reset(self) -> None:
        """Put the docks where they are at first."""
        self._crowd.leave()
        with self._space.by_program():
            place_docks(self.arrangement, self._window, self._frames)
        self._space.reset()
        self.fit()

    def state(self, arrangement: Arrangement) -> str:
        """Return where the docks of an arrangement are, as text; empty: nobody arranged them."""
        if arrangement not in self._space.arranged:
            return ""
        if arrangement is self.arrangement:
            return _text(self._crowd.state())
        return _text(self._kept[arrangement]) if arrangement in self._kept else ""

    def sizes(self) -> Values:
        """Return the sizes of the docks that somebody arranged, by arrangement and dock."""
        arranged = self._space.arranged
        return {str(one): self._space.sizes(one) for one in Arrangement if one in arranged}

    def restore(self, states: Mapping[Arrangement, str], sizes: Values) -> None:
        """Take over where docks were, and how large.

        Qt's own states tell sizes as parts of a window whose bars may be other ones now.
        """
        self._crowd.leave()
        self._kept = {arrangement: _bytes(text) for arrangement, text in states.items() if text}
        self._space.arranged = set(self._kept)
        for arrangement in self._kept:
            self._space.take_sizes(arrangement, _sizes(sizes.get(str(arrangement))))
        kept = self._kept.get(self.arrangement)
        with self._space.by_program():
            there = kept is None or self._window.restoreState(kept, LAYOUT)
        if not there:
            self._space.arranged.discard(self.arrangement)
        self._show_bar()
        self.fit()

    def _name_tabs(self) -> None:
        """Name what Qt makes where docks share a place."""
        for tabs in self._window.findChildren(QTabBar):
            if not tabs.accessibleName():
                tabs.setAccessibleName("Docks in one place")

    def _show_bar(self) -> None:
        for arrangement, bar in self._bars.items():
            bar.setVisible(arrangement is self.arrangement)


def _sizes(told: object) -> dict[str, list[int]]:
    """Return what is a width and a height by name; what is not is left alone."""
    found = told.items() if isinstance(told, dict) else ()
    return {
        str(name): size
        for name, size in found
        if isinstance(size, list) and len(size) == len(("width", "height"))
        if all(type(one) is int and 0 < one < WIDEST for one in size)
    }


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
