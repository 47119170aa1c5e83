"""The tabs of the open channels, and a list of them where there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton

from relayviz.gui.look.theme import current

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller

TAB_LETTERS, TOLD_LETTERS = 34, 24  # at most, and where there is no room; with the sign to close
LARGE, FEW_LETTERS = 2.0, 16  # from that size of text on, all else in the row is large, too
SCROLLER = 88  # pixels, where text is as large as usual: see the style sheet
LISTED_FROM = 3  # tabs


class Tabs(QTabBar):
    """Tabs that are no wider than so many letters: of a long name the middle is left out.

    Its end often tells channels apart. The tooltip has all of it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Open channels")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)

    def tabSizeHint(self, index: int) -> QSize:  # noqa: N802  Qt's name
        """Return the size that the name needs, within reason."""
        return self._bounded(super().tabSizeHint(index), TAB_LETTERS)

    def minimumTabSizeHint(self, index: int) -> QSize:  # noqa: N802  Qt's name
        """Return the size from which on the bar is scrolled instead: the name can be told."""
        letters = FEW_LETTERS if current().scale > LARGE else TOLD_LETTERS
        return self._bounded(super().tabSizeHint(index), letters)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the size at which the tab in front is whole, between the signs to scroll."""
        size = super().minimumSizeHint()
        front = self.minimumTabSizeHint(self.currentIndex()).width() if self.count() else 0
        others = round(SCROLLER * current().scale) if self.count() > 1 else 0
        return size.expandedTo(QSize(front + others, 0))

    def _bounded(self, size: QSize, letters: int) -> QSize:
        most = self.fontMetrics().averageCharWidth() * letters
        return size.boundedTo(QSize(most, size.height()))


class TabList(QToolButton):
    """A menu of all open channels by their whole names."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        self.setText("▾")
        self.setObjectName("flat")
        self.setToolTip("All open channels")
        self.setAccessibleName("All open channels")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._show)

    @Slot()
    def _show(self) -> None:
        self.menu_of_all().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def menu_of_all(self) -> QMenu:
        """Return the menu; it goes when it is closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, tab in enumerate(self._controller.tabs):
            action = menu.addAction(tab.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(place == self._controller.current)
            action.triggered.connect(lambda _on=False, at=place: self._controller.show_tab(at))
        return menu
