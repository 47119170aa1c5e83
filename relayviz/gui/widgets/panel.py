"""What is inside a dock: a view of the channel shown, skipped while it is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenu, QWidget

from relayviz.gui.look import theme
from relayviz.gui.widgets.exported import ON_A_PICTURE, Picture
from relayviz.gui.widgets.table import Table
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QShowEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.widgets.exported import Rows
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject

WHY = "Why is it so?"


class Panel(QWidget):
    """A view in a dock. Subclasses override show_snapshot and what else they need.

    While hidden nothing is drawn; the newest state is shown when the panel comes back.

    Attributes:
        live_interval_ms: While a channel runs, it is shown at most once in so many; 0: each frame.
        controller: What is shown, and what commands go to.
        detail: The grey text beside the dock's title.

    Signals:
        detail_changed: arg: the text.
        hint_changed: The panel would like another size.
        menu_made: A menu is about to be shown; others may add to it.  args: QMenu, what it is
            about.
    """

    detail_changed = Signal(str)
    hint_changed = Signal()
    menu_made = Signal(object, object)
    live_interval_ms: ClassVar[int] = 0

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.detail = ""
        self._is_stale = True
        self._shown_tab: Tab | None = None  # or was, before the panel was hidden
        controller.snapshot_changed.connect(self._on_snapshot)
        controller.selection_changed.connect(self._on_selection)
        controller.theme_changed.connect(self._on_theme)
        controller.tabs_changed.connect(self._on_tabs)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state; None: no channel is open, so say what to do."""

    def show_selection(self, row: int, index: int) -> None:
        """Mark what is selected; index -1: a buffer only."""

    def apply_theme(self, shown: Theme) -> None:
        """Take over colours and fonts."""

    def subject(self) -> Subject | None:
        """Return what is at the cursor and can explain itself; None: nothing."""
        return None

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return what is at a point of the panel and can explain itself; None: nothing."""
        del at
        return None

    def copy(self) -> str | None:
        """Copy what is selected where the keyboard is, if that is in this panel.

        Returns:
            What to say of it, or nothing; None: there is nothing that can be copied.
        """
        focused = QApplication.focusWidget()
        if isinstance(focused, Table) and self.isAncestorOf(focused):
            return f"Copied {plural(focused.copy(), 'line')}."
        return None

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return what is shown as rows, for a file; None: it is no table.

        Args:
            most: No more than so many, around what is shown; None: all there are.
        """
        del most
        return None

    def picture(self) -> Picture:
        """Return what a picture of it shows."""
        return Picture(rows=self.exported_rows(ON_A_PICTURE))

    @property
    def text_field(self) -> QWidget | None:
        """Where its user types first: to search, or an expression; None: it takes no text."""
        return None

    def first_with_focus(self) -> QWidget:
        """Return what takes the keyboard in it: a table before anything else."""
        inside = [*self.findChildren(Table), self, *self.findChildren(QWidget)]
        able = (
            widget
            for widget in inside
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(self)
        )
        return next(able, self)

    def go_to(self, place: str) -> None:
        """Show a place in the panel by its name, and give it the keyboard."""

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Return a menu for what is at a point of the panel; None: there is nothing to offer."""
        subject = self.subject_at(at) or self.subject()
        if subject is None:
            return None
        menu = self.new_menu()
        self.offer_why(menu, subject)
        return menu

    def offer_why(self, menu: QMenu, subject: Subject) -> None:
        """Offer in a menu to have something explain itself."""
        menu.addAction(WHY).triggered.connect(lambda: self.controller.ask_why(subject))

    def new_menu(self) -> QMenu:
        """Return an empty menu that goes when it is closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def offer_menus_on(self, view: QAbstractScrollArea) -> None:
        """Have the right button on a table or list show the panel's menu for what is there."""
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda at: self._show_menu(view.viewport().mapTo(self, at))
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  Qt's name
        """Offer what can be done with what is there."""
        if not self._show_menu(event.pos()):
            super().contextMenuEvent(event)

    def _show_menu(self, at: QPoint) -> bool:
        menu = self.menu_at(at)
        if menu is not None:
            menu.popup(self.mapToGlobal(at))
        return menu is not None

    def set_detail(self, text: str) -> None:
        """Set the grey text beside the dock's title."""
        if text != self.detail:
            self.detail = text
            self.detail_changed.emit(text)

    @Slot(object)
    def _on_snapshot(self, snapshot: Snapshot | None) -> None:
        self._is_stale = not self.isVisible()
        if self._is_stale:
            self._on_tabs()  # it may have been hidden because its tab was closed
            return
        is_same = self._shown_tab is self.controller.tab  # else it shows another channel now
        if self.live_interval_ms and snapshot is not None and snapshot.runs and is_same:
            self.controller.turns.ask(self, self._take_turn, self.live_interval_ms)
        else:
            self.controller.turns.drop(self)
            self._put(snapshot)

    def _put(self, snapshot: Snapshot | None) -> None:
        self._shown_tab = self.controller.tab
        self.show_snapshot(snapshot)

    @Slot()
    def _on_tabs(self) -> None:
        """Let go of a tab that was closed while the panel is hidden."""
        tab = self._shown_tab
        if tab is not None and tab not in self.controller.tabs and not self.isVisible():
            self._shown_tab = None
            self.show_snapshot(None)

    def _take_turn(self) -> None:
        self._is_stale = not self.isVisible()
        if not self._is_stale:
            self._put(self.controller.snapshot)

    @Slot(int, int)
    def _on_selection(self, row: int, index: int) -> None:
        if self.isVisible():
            self.show_selection(row, index)

    @Slot()
    def _on_theme(self) -> None:
        self.apply_theme(theme.current())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Catch up with what happened while the panel was hidden."""
        super().showEvent(event)
        if self._is_stale:
            self._is_stale = False
            self.apply_theme(theme.current())
            self._put(self.controller.snapshot)
        self.show_selection(*self.controller.selection)
