"""The status bar: the last operation and its result in words, and the channel in a few figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QStatusBar

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.notice import Level, Notice
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.inside.acting import acting
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Live

NOTICE_MS = 8000
LIVE_MS = 250
COLOURS = {Level.INFO: Role.TEXT, Level.LOSS: Role.WARNING, Level.ERROR: Role.ERROR}
SIGNS = {Level.INFO: "", Level.LOSS: "▲ ", Level.ERROR: "✕ "}


class Status(QStatusBar):
    """Shows the result of the step shown; a notice goes before it for some seconds.

    Signs go with the colours: a triangle for a loss, a cross for an error. What Qt shows here of
    the button under the pointer gives way to what was done: who clicks it rests on it.
    """

    def __init__(self, controller: Controller, window: QMainWindow) -> None:
        super().__init__(window)
        self.setSizeGripEnabled(False)
        self._controller = controller
        self._result = Notice("")
        self._notice: Notice | None = None
        self._is_awaited = False  # the step that the notice is about was not shown yet
        self._of: Tab | None = None  # whom the notice is about
        self._shown: Tab | None = None  # whose words stand here
        # what was lost stands at the end of a sentence
        self.words = ElidedLabel(self, Qt.TextElideMode.ElideMiddle)
        self.words.setAccessibleName("Result of the last operation")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures = QLabel(self)
        self.figures.setObjectName("dim")
        self.figures.setAccessibleName("Figures of the channel")
        self.addWidget(self.words, 1)
        self.addPermanentWidget(self.figures)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICE_MS)
        self._timer.timeout.connect(self._forget)
        controller.snapshot_changed.connect(self._on_snapshot)
        controller.notified.connect(self.show_notice)
        controller.tabs_changed.connect(self._on_tabs)
        controller.theme_changed.connect(self._draw)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    @Slot(object)
    def show_notice(self, notice: Notice) -> None:
        """Show a notice for some seconds, or until something is done."""
        self._notice, self._of = notice, self._controller.tab
        self._is_awaited = notice.at is not None
        self._timer.start()
        self.clearMessage()
        self._draw()

    @Slot()
    def _on_tabs(self) -> None:
        """Take back what was said of a tab that is not shown any more."""
        if self._of in self._controller.tabs and self._of is not self._controller.tab:
            self._forget()
        if self._of not in self._controller.tabs:
            self._of = None  # a closed tab is not kept alive
        if self._shown not in self._controller.tabs:
            self._shown = None

    @Slot(object)
    def _on_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show it; a running channel can be read no faster than a few times a second.

        Another channel is shown at once: what was said of the one before is not so of it.
        """
        is_same, self._shown = self._shown is self._controller.tab, self._controller.tab
        if snapshot is not None and snapshot.runs and is_same:
            self._controller.turns.ask(self, self._show_newest, LIVE_MS)
        else:
            self._controller.turns.drop(self)
            self.show_snapshot(snapshot)

    def _show_newest(self) -> None:
        snapshot = self._controller.snapshot
        if snapshot is not None and (snapshot.live is not None or snapshot.foreign is not None):
            self._result = _running_words(snapshot)
            self.figures.setText(figures_words(snapshot))
            self._draw()

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show what the last step did; a fault stays to be read."""
        before = self._result
        self._keep_notice(snapshot)
        if snapshot is None:
            self._result = Notice("No channel is open. Ctrl+N opens one.")
            self.figures.setText("")
        elif snapshot.live is not None or snapshot.foreign is not None:
            self._result = _running_words(snapshot)
            self.figures.setText(figures_words(snapshot))
        else:
            self._result = stepped_words(snapshot)
            inside = acting(self._controller.shown)
            beside = {} if inside is None else inside.scene.judged
            self.figures.setText(figures_words(snapshot, beside.get("destroyed", 0)))
        if self._result != before:
            self.clearMessage()
        self._draw()

    def _keep_notice(self, snapshot: Snapshot | None) -> None:
        """Let go of a notice when another state is shown than it is about; a fault stays."""
        notice = self._notice
        if notice is None or notice.level is Level.ERROR:
            return
        if snapshot is not None and snapshot.step == notice.at:
            self._is_awaited = False
        elif not self._is_awaited:
            self._notice = None

    @Slot()
    def _on_focus(self) -> None:
        """Say of the keys what is so where the keyboard is now."""
        snapshot = self._controller.snapshot
        if snapshot is not None and snapshot.live is not None:
            self._show_newest()

    @Slot()
    def _forget(self) -> None:
        self._notice = None
        self._draw()

    @Slot()
    def _draw(self) -> None:
        notice = self._notice or self._result
        self.words.setText(SIGNS[notice.level] + notice.text)
        self.words.setToolTip(notice.text)
        colour = theme.current()[COLOURS[notice.level]].name()
        self.words.setStyleSheet(f"color: {colour}")


def stepped_words(snapshot: Snapshot) -> Notice:
    """Say what the last step did, and whether something was lost by it."""
    step, result = snapshot.made_by, snapshot.result
    level = Level.LOSS if step.is_loss else Level.INFO
    level = Level.ERROR if result.outcome is Outcome.ERROR else level
    return Notice(f"{_raised(snapshot)}{step.title()}: {result.words}", level)


def _raised(snapshot: Snapshot) -> str:
    """Return what the user's Python raised, before all else: it is what there is to mend."""
    error = snapshot.result.error
    if error is None:
        return ""
    where = "" if error.line is None else f" at line {error.line}"
    return f"subbuf_start{where} raised {error.message}. Key 4 shows it.  "


def _running_words(snapshot: Snapshot) -> Notice:
    """Say how a channel stands that nobody steps."""
    if snapshot.foreign is None:
        return live_words(snapshot.live) if snapshot.live is not None else Notice("")
    foreign = snapshot.foreign
    level = Level.LOSS if foreign.is_over and not snapshot.closed else Level.INFO
    return Notice(foreign.status, Level.ERROR if foreign.is_gone else level)


def space_runs() -> bool:
    """Whether Space runs and pauses now: a field takes it as text, a box is pressed by it."""
    focused = QApplication.focusWidget()
    if focused is None:
        return True
    space = (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, *space)  # as Qt asks before a shortcut acts
    asked.ignore()
    QApplication.sendEvent(focused, asked)
    return not asked.isAccepted()


def live_words(live: Live) -> Notice:
    """Say how a live channel stands."""
    name = "Simulated" if live.is_simulated else "Live"
    if live.error:
        return Notice(f"{name}: {live.error}", Level.ERROR)
    if live.running:
        space = " Space pauses." if space_runs() else ""
        return Notice(f"{name}: running for {live.seconds:.0f} s.{space}")
    if live.hit is not None:
        return Notice(f"{name}: stopped at {live.hit.seconds:.3f} s: {live.hit.what}.", Level.LOSS)
    space = "Space goes on, " if space_runs() else ""
    return Notice(f"{name}: paused at {live.seconds:.3f} s. {space}F11 steps from here.")


def figures_words(snapshot: Snapshot, destroyed: int = 0) -> str:
    """Return how many events were tried and lost, of all CPUs.

    Args:
        snapshot: The account, which knows what was lost.
        destroyed: Events that are gone and that the account does not know of.
    """
    if not snapshot.knows("account"):
        return f"events tried and lost: {NOT_KNOWN}"
    account = snapshot.buffers["account"]
    tried = int(account["attempted"]["events"].sum())
    lost = sum(int(account[entry]["events"].sum()) for entry in LOSSES)
    words = f"{plural(tried, 'event')} tried · {grouped(lost)} lost"
    words += f" · {grouped(destroyed)} destroyed" if destroyed else ""
    return f"{words} ({snapshot.counted})" if snapshot.counted else words
