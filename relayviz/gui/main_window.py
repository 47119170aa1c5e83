"""The main window: puts menus, bars, docks and the status line together. Logic is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from relayviz.gui.actions import ACTIONS, ActionSet
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.channel_bar import ChannelBar
from relayviz.gui.compare import CompareWindow
from relayviz.gui.docks import DockFrame, add_docks, place_docks, share_space
from relayviz.gui.help import HelpDialog
from relayviz.gui.menus import fill_menu_bar
from relayviz.gui.newchannel import NewChannelDialog, PythonDialog
from relayviz.gui.notice import Level
from relayviz.gui.numbers import plural
from relayviz.gui.palette import Palette
from relayviz.gui.prompts import QUESTIONS, Prompt
from relayviz.gui.settings import Session
from relayviz.gui.status import Status
from relayviz.gui.table import Table
from relayviz.gui.toolbar import OperationBar
from relayviz.gui.welcome import Welcome
from relayviz.model.engine import OpenError

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QShowEvent
    from PySide6.QtWidgets import QDialog

    from relayviz.gui.controller import Controller
    from relayviz.gui.theme import ThemeChoice

LAYOUT = 1  # raised when docks or bars are renamed: older layouts are then left alone
FIRST_SIZE = (1500, 940)
SMALLEST = (860, 560)
SIDE = 6  # free space beside the docks


class MainWindow(QMainWindow):
    """The window. It is the Shell that actions are run on.

    Signals:
        closing: It is about to close; the session can be saved.
        theme_chosen: arg: "system", "light" or "dark".
        welcomed: The first steps were put away.
    """

    closing = Signal()
    theme_chosen = Signal(str)
    welcomed = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self._has_layout = False
        self.setWindowTitle("relayviz")
        self.setMinimumSize(*SMALLEST)
        self.resize(QSize(*FIRST_SIZE).boundedTo(self.screen().availableSize()))
        self.setDockNestingEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.docks: dict[str, DockFrame] = add_docks(self, controller)
        self.actions_made = ActionSet(ACTIONS, self, self)
        fill_menu_bar(self, self.actions_made)
        self.operations = OperationBar(controller, self.actions_made, self)
        self.channels = ChannelBar(controller, self)
        self.channels.compare.setDefaultAction(self.actions_made["run.compare"])
        self.welcome = Welcome(self)
        for bar in (self.operations, self.channels, self.welcome):
            self.addToolBar(bar)
            self.addToolBarBreak()
        self.welcome.put_away.connect(self.welcomed)
        self.status = Status(controller, self)
        self.setStatusBar(self.status)
        self.setContentsMargins(SIDE, 0, SIDE, 0)
        self._listen()

    def _listen(self) -> None:
        refresh = self.actions_made.refresh
        self._controller.snapshot_changed.connect(refresh)
        self._controller.inputs_changed.connect(refresh)
        self._controller.tabs_changed.connect(refresh)
        self._controller.tabs_changed.connect(self._show_title)
        self._controller.theme_changed.connect(refresh)
        self._controller.theme_changed.connect(self.actions_made.refresh_icons)
        self._controller.why_asked.connect(self._show_why)
        for frame in self.docks.values():
            frame.visibilityChanged.connect(refresh)

    # ---------------------------------------------------------------- Shell

    @property
    def controller(self) -> Controller:
        """The channels and what is shown."""
        return self._controller

    def show_help(self, page: str) -> None:
        """Open a page of the help."""
        self._open(HelpDialog(page, ACTIONS, self))

    def new_channel(self) -> None:
        """Ask what a new channel shall look like."""
        self._open(NewChannelDialog(self._controller, self))

    def ask(self, question: str) -> None:
        """Ask for one value, or for a subbuf_start."""
        if question == "python":
            self._open(PythonDialog(self._controller, self))
        else:
            self._open(Prompt(QUESTIONS[question], self._controller, self))

    def show_palette(self) -> None:
        """Open the command palette."""
        self._open(Palette(self.actions_made, self))

    def toggle_dock(self, dock: str) -> None:
        """Show a dock or hide it."""
        frame = self.docks[dock]
        frame.setVisible(frame.isHidden())

    def dock_is_shown(self, dock: str) -> bool:
        """Whether a dock is there, be it behind another one."""
        return not self.docks[dock].isHidden()

    def focus_dock(self, dock: str) -> None:
        """Show a dock and give it the keyboard."""
        frame = self.docks[dock]
        frame.show()
        frame.raise_()
        _first_with_focus(frame.panel).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def why(self) -> None:
        """Have what is at the cursor explain itself; the keyboard stays where it is."""
        focused = QApplication.focusWidget()
        panels = [frame.panel for frame in self.docks.values()]
        asked = (one for one in panels if focused is not None and one.isAncestorOf(focused))
        panel = next(asked, None)
        self._controller.ask_why(None if panel is None else panel.subject())

    @Slot(object)
    def _show_why(self, _subject: object) -> None:
        self.docks["why"].show()
        self.docks["why"].raise_()

    def compare(self) -> None:
        """Open the session shown beside the same with another mode or other sizes."""
        if self._controller.engine is None:
            return
        try:
            window = CompareWindow(self._controller, self._controller.engine, self)
        except OpenError as error:
            self._controller.notify(error.message, Level.ERROR)
            return
        self.closing.connect(window.close)
        window.show()

    def reset_layout(self) -> None:
        """Put all docks where they were at first."""
        place_docks(self, self.docks)

    def choose_theme(self, choice: str) -> None:
        """Follow the desktop, or take one theme."""
        self._controller.themes.choose(cast("ThemeChoice", choice))
        self.theme_chosen.emit(choice)

    def toggle_full_screen(self) -> None:
        """Take the whole screen, or give it back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_welcome(self) -> None:
        """Show the three sentences again."""
        self.welcome.show()

    def copy(self) -> None:
        """Copy from the table or the bytes that have the keyboard."""
        focused = QApplication.focusWidget()
        if isinstance(focused, Table):
            self._controller.notify(f"Copied {plural(focused.copy(), 'line')}.")
        elif isinstance(panel := self.docks["bytes"].panel, BytesPanel) and focused is panel.view:
            panel.copy()
        else:
            self._controller.notify("Click into a table or the bytes: the selection is copied.")

    # ---------------------------------------------------------------- session

    def session(self) -> Session:
        """Return where things are now."""
        inputs = self._controller.inputs
        return Session(
            geometry=_text(self.saveGeometry()),
            docks=_text(self.saveState(LAYOUT)),
            length=inputs.length,
            count=inputs.count,
        )

    def restore(self, session: Session) -> None:
        """Put things where they were; what does not fit this version is left alone."""
        self._controller.set_inputs(length=session.length, count=session.count)
        if session.geometry:
            self.restoreGeometry(_bytes(session.geometry))
        if session.docks:
            # the strip of first steps is a setting of its own
            is_welcome = not self.welcome.isHidden()
            self._has_layout = self.restoreState(_bytes(session.docks), LAYOUT)
            self.welcome.setVisible(is_welcome)

    # ---------------------------------------------------------------- inside

    def _open(self, dialog: QDialog) -> None:
        dialog.open()

    @Slot()
    def _show_title(self) -> None:
        tab = self._controller.tab
        self.setWindowTitle(f"{tab.title} — relayviz" if tab else "relayviz")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Share the space among the docks once the window has its size."""
        super().showEvent(event)
        if not self._has_layout:
            self._has_layout = True
            share_space(self, self.docks)
        self.focus_dock("rings")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Tell that the session can be saved, then end the engines."""
        self.closing.emit()
        for frame in self.docks.values():  # they tell of being hidden while they are taken apart
            frame.visibilityChanged.disconnect(self.actions_made.refresh)
        for timer in self.findChildren(QTimer):
            timer.stop()
        self._controller.shutdown()
        super().closeEvent(event)


def _first_with_focus(panel: QWidget) -> QWidget:
    """Return what takes the keyboard in a panel: a table before anything else."""
    inside = [*panel.findChildren(Table), panel, *panel.findChildren(QWidget)]
    able = (
        widget
        for widget in inside
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(panel)
    )
    return next(able, panel)


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
