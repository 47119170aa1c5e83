"""The live side of the channel shown: opening it, its load, what stops it, and back to steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.step.engine import StepEngine
from relayviz.gui.background import Background
from relayviz.gui.desk.presets import Presets
from relayviz.gui.desk.tab import Side
from relayviz.gui.notice import Level
from relayviz.model.engine.protocol import OpenError
from relayviz.model.load.load import BreakOn, Load
from relayviz.model.numbers import about
from relayviz.model.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import LiveSide, OpenLive, Tab
    from relayviz.model.channel.config import Mode

Made = TypeVar("Made")
LARGE = 64 << 20  # bytes, from which on making the other side is seen to take time
WAIT = 1.0  # seconds
NO_CHANNEL = "Open a channel first: Ctrl+N."


class Running(QObject):
    """What the window does with a running channel. Part of the controller, on its thread.

    Attributes:
        presets: The loads that have names.

    Signals:
        load_changed: Another load is in force, or the load of another channel is shown.
        changing_changed: is_changing is another one, of some tab.
        refused: A channel cannot be shown as was asked for.  arg: why, and what to do.
    """

    load_changed = Signal()
    changing_changed = Signal()
    refused = Signal(str)

    def __init__(self, controller: Controller, open_live: OpenLive | None = None) -> None:
        super().__init__(controller)
        self._controller = controller
        self._open: OpenLive = open_live or LiveEngine
        self._last = Load()
        self._changing: set[Tab] = set()
        self.presets = Presets(self)
        controller.tabs_changed.connect(self.load_changed)

    @property
    def engine(self) -> LiveSide | None:
        """The engine of the channel shown, while that is live."""
        tab = self._controller.tab
        return tab.live if tab is not None and tab.side is Side.LIVE else None

    @property
    def side(self) -> Side:
        """Which side of the tab in front is shown."""
        tab = self._controller.tab
        return tab.side if tab is not None else Side.STEP

    @property
    def is_running(self) -> bool:
        """Whether the channel shown is live and its threads are at work."""
        return self.engine is not None and self.engine.running

    @property
    def is_changing(self) -> bool:
        """Whether the other side of the tab in front is being made."""
        return self._controller.tab in self._changing

    @property
    def load(self) -> Load:
        """The load of the channel shown; while it is stepped: that of the next one."""
        return self.engine.load if self.engine is not None else self._last

    def set_load(self, load: Load) -> None:
        """Put the channel shown under another load; the next one begins with it, too.

        Raises:
            ValueError: It has problems.
        """
        if self.engine is not None:
            self.engine.set_load(load)
        self._last = load
        self.load_changed.emit()

    def set_break(self, break_on: BreakOn) -> None:
        """Say what shall stop the channel shown."""
        if self.engine is not None:
            self.engine.set_break(break_on)

    def set_mode(self, mode: Mode) -> None:
        """Change what subbuf_start does."""
        if self.engine is None:
            return
        try:
            self.engine.set_mode(mode)
        except ValueError as error:
            self._controller.notify(str(error), Level.ERROR)

    def advise(self) -> None:
        """Look for the smallest sizes that lose nothing at this load."""
        if self.engine is not None:
            self.engine.advise()
            self._controller.notify("Trying sizes in the background: a finding will tell.")

    def toggle(self) -> None:
        """Pause, or go on."""
        engine = self.engine
        if engine is None or self.is_changing:
            return
        if engine.running:
            engine.pause()
        else:
            engine.start()

    # ---------------------------------------------------------------- from side to side

    def go_live(self) -> None:
        """Show the live side: opened with the same channel and started, or going on as it was."""
        tab = self._controller.tab
        if tab is None:
            self._controller.notify(NO_CHANNEL)
        elif tab.side is Side.LIVE or tab in self._changing:
            return
        elif tab.live is not None:
            self._show_live(tab, tab.live)
        else:
            self._open_live(tab)

    def _open_live(self, tab: Tab) -> None:
        """Open the live side beside the window: a large channel takes its time."""
        shown, load, opener = tab.engine.snapshot, self._last, self._open
        config = replace(
            tab.engine.config,
            mode=shown.mode,
            source=shown.source,
            base_filename=shown.base_filename,  # set late, perhaps
        )

        def made(engine: LiveSide) -> None:
            tab.live = engine
            self._show_live(tab, engine)

        work = Background(lambda: opener(config, load, tab.clients), _close, self)
        self._change(tab, work, made, "It cannot run live")

    def _show_live(self, tab: Tab, engine: LiveSide) -> None:
        self._controller.show_side(Side.LIVE, tab)
        if tab.resumes:
            engine.start()

    def step_from_here(self) -> None:
        """Pause and show the stepped side in exactly this state.

        A state that was handed over before is not handed over again: what was done since is there.
        """
        tab = self._controller.tab
        if tab is None or tab.live is None or tab.side is Side.STEP or tab in self._changing:
            return
        live, tab.resumes = tab.live, tab.live.running
        if not live.running and tab.moment == tab.handed:
            self._controller.show_side(Side.STEP, tab)
            return

        def hand_over() -> StepEngine:
            stepped = live.step_from_here()
            live.wait_idle(WAIT)  # it has paused; its last state is to be seen
            return stepped

        def made(stepped: StepEngine) -> None:
            tab.handed = tab.moment
            kept = self._put_aside(tab, stepped)
            self._controller.show_side(Side.STEP, tab)
            if kept is not None:
                self._controller.notify(f"The steps made before are in the tab “{kept.title}”.")

        work = Background(hand_over, StepEngine.close, self)
        self._change(tab, work, made, "It cannot be stepped")

    def _change(
        self, tab: Tab, work: Background[Made], made: Callable[[Made], None], failed: str
    ) -> None:
        """Make the other side of a tab in a thread of its own, then show it.

        Args:
            tab: Nothing else is begun with it meanwhile.
            work: Makes the engine.
            made: What to do with it, unless the tab was closed.
            failed: What to say before the reason when it could not be made.
        """

        def ended(error: BaseException | None) -> None:
            self._changing.discard(tab)
            self.changing_changed.emit()
            if tab not in self._controller.tabs:
                work.leave()
            elif work.result is not None:
                made(work.result)
            elif isinstance(error, OpenError):
                self.refused.emit(f"{failed}: {error.message}")
                self._controller.notify(f"{failed}: {error.message}", Level.ERROR)
            work.deleteLater()
            if error is not None and not isinstance(error, OpenError):
                raise error

        self._changing.add(tab)
        self.changing_changed.emit()
        if (size := _bytes_of(tab)) >= LARGE:
            self._controller.notify(f"{about(size)} of buffers: this takes a moment…")
        work.ended.connect(ended)
        work.start()

    def _put_aside(self, tab: Tab, stepped: StepEngine) -> Tab | None:
        """Give a tab another stepped side; the steps of the one before get a tab of their own."""
        before, tab.engine = tab.engine, stepped
        notes, path, kept = tab.notes, tab.path, tab.kept
        # what was noted of steps goes with them; where to stop and what to plot is for any
        tab.notes = Session(breakpoints=notes.breakpoints, watches=notes.watches)
        tab.path, tab.kept = None, (len(stepped.history.steps), tab.notes)
        if len(before.history.steps) <= 1:
            before.close()
            return None
        aside = self._controller.add_tab(before, f"{tab.title} (steps)", tab.clients, show=False)
        aside.notes, aside.path, aside.kept = notes, path, kept
        return aside

    def show(self, side: Side) -> None:
        """Show one side of the tab in front."""
        if side is Side.LIVE:
            self.go_live()
        else:
            self.step_from_here()


def _bytes_of(tab: Tab) -> int:
    """Return how much memory the buffers of a channel take."""
    shown = tab.engine.snapshot
    return shown.rows * shown.n_subbufs * shown.subbuf_size


def _close(engine: LiveSide) -> None:
    engine.close()
