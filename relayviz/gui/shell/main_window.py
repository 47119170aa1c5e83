"""The main window: puts menus, bars, docks and the status line together. Logic is elsewhere."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMainWindow

from relayviz.gui.actions import ActionSet, actions
from relayviz.gui.attach import Attached
from relayviz.gui.bars.capture import CaptureBar
from relayviz.gui.bars.channel import ChannelBar
from relayviz.gui.bars.live import LiveBar
from relayviz.gui.bars.refusal import Refusal
from relayviz.gui.bars.replay import ReplayBar
from relayviz.gui.bars.story import Story
from relayviz.gui.bars.toolbar import OperationBar
from relayviz.gui.breakon import BreakOnDialog
from relayviz.gui.captures import Captures
from relayviz.gui.docks.arrangement import Arrangement, arrangement
from relayviz.gui.docks.docks import TELLS, TITLES, DockFrame, add_docks
from relayviz.gui.docks.glance import glance
from relayviz.gui.docks.layouts import Layouts
from relayviz.gui.docks.space import Space
from relayviz.gui.exports.handed import HandedExport
from relayviz.gui.exports.views import ViewExport
from relayviz.gui.help import HelpDialog
from relayviz.gui.kernels import Kernels
from relayviz.gui.lesson import LessonPanel, Lessons, Stage
from relayviz.gui.look.room import first_size
from relayviz.gui.newchannel import NewChannelDialog
from relayviz.gui.recordings import Recordings
from relayviz.gui.sessions import Desk
from relayviz.gui.shell.engines import TEACHING
from relayviz.gui.shell.menus import fill_menu_bar
from relayviz.gui.shell.palette import Palette
from relayviz.gui.shell.parts import (
    asking,
    bytes_of,
    fit,
    leave,
    show_compared,
    show_roomy,
    show_sweep,
    stack,
    text_of,
)
from relayviz.gui.shell.pointing import Pointing
from relayviz.gui.shell.settings import Layout
from relayviz.gui.shell.status import Status
from relayviz.gui.shell.welcome import Welcome
from relayviz.gui.whatif.menu import WhatIf
from relayviz.model.channel.recent import from_values, to_values
from relayviz.model.load.file import LoadError, from_dict, to_dict

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import ThemeChoice
    from relayviz.gui.widgets.panel import Panel
    from relayviz.model.engine.snapshot import Snapshot

FIRST_SIZE = (1500, 940)
SMALLEST = (800, 500)  # 1280 × 800 with everything half as large again
SIDE = 6  # free space beside the docks
REFRESH_MS = 100
KEPT = {
    "docks": Arrangement.STEPPED,
    "docks_live": Arrangement.RUNNING,
    "docks_look": Arrangement.LOOKED_AT,
    "docks_watch": Arrangement.WATCHED,
    "docks_replay": Arrangement.REPLAYED,
    "docks_inside": Arrangement.INSIDE,
}
NOTHING_TO_COPY = "Click into a table or the bytes: the selection is copied."
WITH_BAR = (Arrangement.STEPPED, Arrangement.RUNNING, Arrangement.REPLAYED)


class MainWindow(QMainWindow):
    """The window. It is the Shell that actions are run on.

    Attributes:
        controller: The channels and what is shown.

    Signals:
        closing: It is about to close; the layout can be saved.
        theme_chosen: arg: "system", "light" or "dark".
        letters_chosen: arg: whether they do operations.
        welcomed: The first steps were put away.
    """

    closing = Signal()
    theme_chosen = Signal(str)
    letters_chosen = Signal(bool)
    welcomed = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.setWindowTitle("relayviz")
        self.setMinimumSize(*SMALLEST)
        self.resize(first_size(self, FIRST_SIZE))
        self.setDockNestingEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.desk = Desk(controller, self)
        self.kernels, self.recordings = Kernels(controller, self), Recordings(controller, self)
        self.captures, self.attached = Captures(controller, self), Attached(controller, self)
        self.lessons = Lessons(controller, TEACHING, self)
        self.what_if = WhatIf(controller, self.desk.insides, self)
        self.views, self.handed = ViewExport(controller, self), HandedExport(controller, self)
        self.docks: dict[str, DockFrame] = add_docks(self, controller)
        self.space = Space(self, self.docks)
        self.stage = Stage(controller.themes, self, self.docks, self.space)
        self.letters_act, self._pointing = True, Pointing(self)
        table = actions(controller.catalogue.kinds, TITLES, TELLS)
        self.actions_made = ActionSet(table, self, self)
        fill_menu_bar(self, self.actions_made)
        self.operations = OperationBar(controller, self.actions_made, self)
        self.live = LiveBar(controller, self.actions_made, self)
        self.replay = ReplayBar(controller, self.actions_made, self)
        self.channels = ChannelBar(controller, self.actions_made, self)
        self.attached.aside.begin(self.channels.show_tabs, self.closing)
        self.channels.compare.setDefaultAction(self.actions_made["run.compare"])
        self.refusal = Refusal(controller, self.channels.engines, self)
        self.welcome = Welcome(self)
        self.story = Story(controller, self)
        self.story.visibilityChanged.connect(self._make_room_for_story)
        bars = (self.operations, self.live, self.replay)
        below = (self.channels, CaptureBar(controller, self), self.welcome, self.story)
        stack(self, (*bars, *below))
        self.space.watch((*bars, *below))
        self.status = Status(controller, self)
        self.setStatusBar(self.status)
        self.setContentsMargins(SIDE, 0, SIDE, 0)
        self.layouts = Layouts(self, self.docks, dict(zip(WITH_BAR, bars, strict=True)), self.space)
        self._listen()

    def _listen(self) -> None:
        refresh = self.actions_made.refresh
        self.status.addPermanentWidget(self.recordings.light)
        self.operations.finished.connect(lambda: self.focus_dock("rings"))
        self.desk.closable.connect(self.close)
        self.desk.lesson_found.connect(self.lessons.open_file)
        self.welcome.put_away.connect(self.welcomed)
        self.welcome.course_wanted.connect(self.lessons.begin_course)
        self.lessons.opened.connect(self._show_lesson)
        if isinstance(lesson := self.docks["lesson"].panel, LessonPanel):
            lesson.capture_wanted.connect(lambda path: self.captures.open([path]))
            self.stage.begun.connect(lambda: lesson.go_to("answer"))
        told = self.controller
        told.snapshot_changed.connect(self._refresh_actions)
        told.snapshot_changed.connect(self.what_if.tell)  # behind the status bar
        changes = (told.inputs_changed, told.tabs_changed, told.stalled_changed, told.theme_changed)
        for changed in changes:
            changed.connect(refresh)
        told.tabs_changed.connect(self._show_title)
        told.tabs_changed.connect(self._arrange)
        told.dock_wanted.connect(self._show_place)
        told.theme_changed.connect(self.actions_made.refresh_icons)
        told.theme_changed.connect(self._fit)
        told.why_asked.connect(self._show_why)
        self.stage.ended.connect(self._arrange)
        for frame in self.docks.values():
            frame.panel.menu_made.connect(self.what_if.add_to)
            frame.visibilityChanged.connect(refresh)

    # ---------------------------------------------------------------- Shell

    def show_help(self, page: str) -> None:
        """Open a page of the help."""
        HelpDialog(page, self.actions_made.table, self).open()

    def new_channel(self) -> None:
        """Ask what a new channel shall look like."""
        NewChannelDialog(self.controller, self).open()

    def ask(self, question: str) -> None:
        """Ask for one value, or for a subbuf_start."""
        asking(question, self.controller, self).open()

    def show_palette(self) -> None:
        """Open the command palette."""
        Palette(self.actions_made, self).open()

    def toggle_dock(self, dock: str) -> None:
        """Show a dock or hide it."""
        self.docks[dock].setVisible(self.docks[dock].isHidden())

    def dock_is_shown(self, dock: str) -> bool:
        """Whether a dock is there, be it behind another one."""
        return not self.docks[dock].isHidden()

    def focus_dock(self, dock: str) -> None:
        """Show a dock and give it the keyboard."""
        frame = self.docks[dock]
        frame.show()
        frame.raise_()
        frame.panel.first_with_focus().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def export_view(self, dock: str) -> None:
        """Write what a dock shows to a file that is asked for; it is in front until then."""
        back = glance(self.docks, self.space, dock)
        self.views.ask(TITLES[dock], self.docks[dock].panel, back)

    def why(self) -> None:
        """Have what is under the pointer or at the cursor explain itself, whichever moved last."""
        self.controller.ask_why(self._pointing.subject(self._panel_with_focus()))

    @Slot(object)
    def _show_why(self, _subject: object) -> None:
        self.docks["why"].show()
        self.docks["why"].raise_()

    @Slot()
    def _show_lesson(self) -> None:
        """Bring the lesson to front, with room; nobody arranged anything by that."""
        self.welcome.hide()
        show_roomy(self.docks["lesson"], self.space).go_to("answer")

    def compare(self) -> None:
        """Open the session shown beside the same with another mode or other sizes."""
        show_compared(self.controller, self, self.closing)

    def sweep(self) -> None:
        """Open the window of sweeps, or go back to it."""
        show_sweep(self.controller, self)

    def reset_layout(self) -> None:
        """Put all docks where they were at first."""
        self.layouts.reset()

    def choose_theme(self, choice: str) -> None:
        """Follow the desktop, or take one theme."""
        self.controller.themes.choose(cast("ThemeChoice", choice))
        self.theme_chosen.emit(choice)

    def let_letters_act(self, act: bool) -> None:
        """Have letters alone do operations, or not."""
        self.letters_act = act
        self.actions_made.let_letters_act(act)

    def toggle_letters(self) -> None:
        """Have letters alone do operations, or not any more."""
        self.let_letters_act(not self.letters_act)
        self.letters_chosen.emit(self.letters_act)

    def toggle_full_screen(self) -> None:
        """Take the whole screen, or give it back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def break_on(self) -> None:
        """Ask what shall stop a running channel."""
        BreakOnDialog(self.controller, self).open()

    def show_welcome(self) -> None:
        """Show the three sentences again."""
        self.welcome.show()

    def copy(self) -> None:
        """Copy from the table or the bytes that have the keyboard."""
        panel = self._panel_with_focus()
        told = None if panel is None else panel.copy()
        if told is None or told:
            self.controller.notify(NOTHING_TO_COPY if told is None else told)

    # ---------------------------------------------------------------- between two runs

    def kept(self) -> Layout:
        """Return where things are now."""
        docks: dict[str, Any] = {name: self.layouts.state(kind) for name, kind in KEPT.items()}
        return Layout(
            **docks,
            geometry=text_of(self.saveGeometry()),
            sizes=self.layouts.sizes(),
            load=to_dict(self.controller.running.load),
            length=self.controller.chosen.length,
            count=self.controller.chosen.count,
            recent=[to_values(config) for config in self.controller.recent],
        )

    def restore(self, kept: Layout) -> None:
        """Put things where they were; what does not fit this version is left alone."""
        self.controller.set_inputs(length=kept.length, count=kept.count)
        self.controller.recent = [*filter(None, map(from_values, kept.recent))]
        if kept.geometry:
            self.restoreGeometry(bytes_of(kept.geometry))
        # the strip of first steps is a setting of its own
        is_welcome = not self.welcome.isHidden()
        self.layouts.restore(
            {one: getattr(kept, name) for name, one in KEPT.items()},
            kept.sizes,
        )
        self.welcome.setVisible(is_welcome)
        self.story.show_story()
        with suppress(LoadError):  # of another version: the next one begins as at first
            self.controller.running.set_load(from_dict(kept.load))

    # ---------------------------------------------------------------- inside

    def _panel_with_focus(self) -> Panel | None:
        focused = QApplication.focusWidget()
        panels = (frame.panel for frame in self.docks.values())
        return next((one for one in panels if one.isAncestorOf(focused)), None) if focused else None

    @Slot()
    def _show_title(self) -> None:
        tab = self.controller.tab
        self.setWindowTitle(f"{tab.title} — relayviz" if tab else "relayviz")

    @Slot()
    def _arrange(self) -> None:
        """Show docks and bars for what the engine shown can do; a class sees what it saw."""
        wanted = arrangement(self.controller.can)
        if not self.stage.is_presenting and wanted is not self.layouts.arrangement:
            is_welcome = not self.welcome.isHidden()
            self.layouts.show(wanted)
            self.welcome.show_words(wanted)
            self.welcome.setVisible(is_welcome)
            self.story.show_story()
            self.focus_dock("rings")

    @Slot(bool)
    def _make_room_for_story(self, is_shown: bool) -> None:
        """Show one strip of words at a time; the first steps come back at the next start."""
        if is_shown:
            self.welcome.hide()

    @Slot(object)
    def _refresh_actions(self, snapshot: Snapshot | None) -> None:
        """Bring them up to date; a running channel changes nothing about them each frame."""
        turns = self.controller.turns
        if snapshot is not None and snapshot.runs:
            turns.ask(self.actions_made, self.actions_made.refresh, REFRESH_MS)
        else:
            turns.drop(self.actions_made)
            self.actions_made.refresh()

    @Slot(str, str)
    def _show_place(self, dock: str, place: str) -> None:
        """Bring a dock to front, and a place in it."""
        self.focus_dock(dock)
        if place:
            self.docks[dock].panel.go_to(place)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Share the space among the docks once the window has its size."""
        super().showEvent(event)
        self._pointing.watch(self.windowHandle())
        self.space.shown()
        self.focus_dock("rings")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Share the space anew."""
        super().resizeEvent(event)
        self._fit()
        if self.isVisible():
            self.space.resized()

    @Slot()
    def _fit(self) -> None:
        """Have docks beside each other and words above them only where there is room."""
        fit(self.stage, self.layouts, self.welcome)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Ask about what is not saved; tell that the layout can be, then end the engines."""
        if not self.desk.window_may_close():
            event.ignore()
            return
        for part in (self.desk, self.recordings, self.lessons):
            part.end()
        self.stage.end_presentation()
        self.closing.emit()
        for frame in self.docks.values():  # they tell of being hidden while they are taken apart
            frame.visibilityChanged.disconnect(self.actions_made.refresh)
        self.space.stop()
        leave(self)
        self.controller.shutdown()
        super().closeEvent(event)
