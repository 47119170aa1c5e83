"""In front of a class: how large everything is, and the layout for a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QByteArray, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QToolBar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from relayviz.gui.look.theme import ThemeSwitch

LEVELS = (75, 85, 100, 115, 130, 150, 175, 200, 250, 300)
"""Percent."""

PRESENTED = ("rings", "lesson", "log")
LEAST_PRESENTED = 150
WIDTHS, HEIGHTS = (45, 55), (60, 40)
"""Percent of the window: rings and lesson beside each other, rings and log below each other."""


class Sharing(Protocol):
    """Shares the window among its docks.

    Attributes:
        is_presented: It shall not, for they are arranged for a class.
    """

    is_presented: bool

    def by_program(self) -> AbstractContextManager[None]:
        """Take nothing that happens to docks inside for something that the user does."""

    def bars_changed(self) -> None:
        """Share again soon."""


class Stage(QObject):
    """Zooms the window, and shows what a class needs to see and nothing else.

    Args:
        themes: Gives text its size.
        window: The window.
        docks: Its docks.
        space: Shares the window among them.

    Attributes:
        zoom: Percent; one of LEVELS.

    Signals:
        zoomed: The user chose another one.  arg: percent.
        begun: The docks for a class are there.
        ended: All is as it was before the presentation.
    """

    zoomed = Signal(int)
    begun = Signal()
    ended = Signal()

    def __init__(
        self,
        themes: ThemeSwitch,
        window: QMainWindow,
        docks: Mapping[str, QDockWidget],
        space: Sharing,
    ) -> None:
        super().__init__(window)
        self._themes, self._window, self._docks, self._space = themes, window, docks, space
        self._usual = QApplication.font().pointSizeF()
        self._before: tuple[QByteArray, Qt.WindowState, int] | None = None
        self.zoom = 100

    @property
    def is_presenting(self) -> bool:
        """Whether the layout is that for a class."""
        return self._before is not None

    def set_zoom(self, percent: int) -> None:
        """Show everything at a size; the nearest there is."""
        percent = min(LEVELS, key=lambda one: abs(one - percent))
        if percent != self.zoom:
            self.zoom = percent
            self._themes.enlarge(self._usual * percent / 100)
            # Qt does not tell it before the window is shown
            self._window.menuBar().setFont(QApplication.font())
            self._space.bars_changed()

    def larger(self) -> None:
        """Go to the next larger size."""
        self._choose(next((one for one in LEVELS if one > self.zoom), LEVELS[-1]))

    def smaller(self) -> None:
        """Go to the next smaller size."""
        self._choose(next((one for one in reversed(LEVELS) if one < self.zoom), LEVELS[0]))

    def usual(self) -> None:
        """Go back to the usual size."""
        self._choose(100)

    def _choose(self, percent: int) -> None:
        self.set_zoom(percent)
        if not self.is_presenting:
            self.zoomed.emit(self.zoom)

    def toggle_presentation(self) -> None:
        """Show rings, lesson and log, large and on the whole screen; or all as it was."""
        if self._before is None:
            self._begin()
        else:
            self.end_presentation()

    def _begin(self) -> None:
        window = self._window
        self._before = (window.saveState(), window.windowState(), self.zoom)
        rings, lesson, log = (self._docks[name] for name in PRESENTED)
        with self._space.by_program():
            self._space.is_presented = True
            for frame in self._docks.values():
                frame.hide()
            for frame in (rings, lesson, log):
                frame.setFloating(False)
                window.removeDockWidget(frame)  # from those that it shares a place with
            window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, rings)
            window.splitDockWidget(rings, lesson, Qt.Orientation.Horizontal)
            window.splitDockWidget(rings, log, Qt.Orientation.Vertical)
            for frame in (rings, lesson, log):
                frame.show()
            for bar in window.findChildren(QToolBar):
                bar.hide()
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        self.set_zoom(max(self.zoom, LEAST_PRESENTED))
        self.fit()
        self.begun.emit()

    def fit(self) -> None:
        """Give each of what is presented its part of the window."""
        rings, lesson, log = (self._docks[name] for name in PRESENTED)
        if (layout := self._window.layout()) is not None:
            layout.activate()  # sizes given before a layout would be forgotten
        size, ways = self._window.size(), Qt.Orientation
        widths = [size.width() * part // 100 for part in WIDTHS]
        heights = [size.height() * part // 100 for part in HEIGHTS]
        self._window.resizeDocks([rings, lesson], widths, ways.Horizontal)
        self._window.resizeDocks([rings, log], heights, ways.Vertical)

    @Slot()
    def end_presentation(self) -> None:
        """Show all as it was before."""
        if self._before is None:
            return
        state, window_state, zoom = self._before
        self._before = None
        with self._space.by_program():
            self._space.is_presented = False
            self._window.restoreState(state)
        self._window.setWindowState(window_state)
        self.set_zoom(zoom)
        self.ended.emit()
        self._space.bars_changed()
