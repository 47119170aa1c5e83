"""The live side of the channel shown: opening it, its load, what stops it, and back to steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from relayviz.engines.live import LiveEngine
from relayviz.gui.load.presets import Presets
from relayviz.gui.notice import Level
from relayviz.gui.tab import Side
from relayviz.model.engine import OpenError
from relayviz.model.load import BreakOn, Load
from relayviz.model.session import Session

if TYPE_CHECKING:
    from relayviz.engines.step import StepEngine
    from relayviz.gui.controller import Controller
    from relayviz.gui.tab import LiveSide, OpenLive, Tab
    from relayviz.model.channel_config import Mode

WAIT = 1.0  # seconds
NO_CHANNEL = "Open a channel first: Ctrl+N."


class Running(QObject):
    """What the window does with a running channel. Part of the controller, on its thread.

    Attributes:
        presets: The loads that have names.

    Signals:
        load_changed: Another load is in force, or the load of another channel is shown.
    """

    load_changed = Signal()

    def __init__(self, controller: Controller, open_live: OpenLive | None = None) -> None:
        super().__init__(controller)
        self._controller = controller
        self._open: OpenLive = open_live or LiveEngine
        self._last = Load()
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
        if engine is None:
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
        elif tab.side is Side.STEP and (tab.live is not None or self._opened(tab)):
            self._controller.show_side(Side.LIVE)
            if tab.live is not None and tab.resumes:
                tab.live.start()

    def _opened(self, tab: Tab) -> bool:
        shown = tab.engine.snapshot
        config = replace(tab.engine.config, mode=shown.mode, source=shown.source)
        try:
            tab.live = self._open(config, self._last, tab.clients)
        except OpenError as error:
            self._controller.notify(f"It cannot run live: {error.message}", Level.ERROR)
        return tab.live is not None

    def step_from_here(self) -> None:
        """Pause and show the stepped side in exactly this state.

        A state that was handed over before is not handed over again: what was done since is there.
        """
        tab = self._controller.tab
        if tab is None or tab.live is None or tab.side is Side.STEP:
            return
        tab.resumes = tab.live.running
        kept = None
        if tab.live.running or tab.moment != tab.handed:
            try:
                stepped = tab.live.step_from_here()
            except OpenError as error:
                self._controller.notify(f"It cannot be stepped: {error.message}", Level.ERROR)
                return
            tab.live.wait_idle(WAIT)  # it has paused; its last state is to be seen
            tab.handed = tab.moment
            kept = self._put_aside(tab, stepped)
        self._controller.show_side(Side.STEP)
        if kept is not None:
            self._controller.notify(f"The steps made before are in the tab “{kept.title}”.")

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
