"""From engine to engine of the channel shown; and where it runs, its load and what stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.background import Background
from relayviz.gui.desk.presets import Presets
from relayviz.gui.desk.tab import moment
from relayviz.gui.notice import Level
from relayviz.model.channel.operation import NUMBERED
from relayviz.model.engine.protocol import Can, OpenError, handing_over, running, stepped
from relayviz.model.load.load import BreakOn, Load
from relayviz.model.numbers import about
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.desk.tabs import Tabs
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.engine.catalogue import Catalogue, EngineKind
    from relayviz.model.engine.protocol import Engine, HandingOver, RunningEngine, SteppedEngine

    Clients = tuple[SubbufStart, ...]

Made = TypeVar("Made")
LARGE = 64 << 20  # bytes, from which on making another engine is seen to take time
WAIT = 1.0  # seconds
NO_CHANNEL = "Open a channel first: Ctrl+N."


class Running(QObject):
    """Shows a channel stepped, running or otherwise. Part of the controller, on its thread.

    Attributes:
        presets: The loads that have names.

    Signals:
        moment_changed: Another moment of the run shown was chosen, or none.
        load_changed: Another load is in force, or the load of another channel is shown.
        changing_changed: is_changing is another one, of some tab.
        refused: A channel cannot be shown as was asked for.  arg: why, and what to do.
    """

    load_changed = Signal()
    moment_changed = Signal()
    changing_changed = Signal()
    refused = Signal(str)

    def __init__(self, tabs: Tabs, catalogue: Catalogue) -> None:
        super().__init__(tabs)
        self._tabs, self._catalogue = tabs, catalogue
        self._last = Load()
        self._changing: set[Tab] = set()
        self.presets = Presets(self)
        tabs.changed.connect(self.load_changed)

    @property
    def engine(self) -> RunningEngine | None:
        """The engine of the channel shown, if that runs under a load."""
        return running(self._tabs.shown)

    @property
    def kind(self) -> str:
        """The kind of the engine shown; without a channel: of the one that would be opened."""
        shown = self._tabs.shown
        return self._catalogue.first().id if shown is None else shown.kind

    @property
    def kinds(self) -> tuple[EngineKind, ...]:
        """What the channel shown can be shown by: engines that it has or that can be opened."""
        tab = self._tabs.front
        return tuple(
            kind
            for kind in self._catalogue.kinds
            if kind.open is not None or (tab is not None and tab.of(kind.id) is not None)
        )

    @property
    def is_running(self) -> bool:
        """Whether the threads of the channel shown are at work."""
        return self.engine is not None and self.engine.running

    @property
    def is_changing(self) -> bool:
        """Whether another engine of the tab in front is being made."""
        return self._tabs.front in self._changing

    @property
    def load(self) -> Load:
        """The load of the channel shown; while it is stepped: that of the next one."""
        return self.engine.load if self.engine is not None else self._last

    def set_load(self, load: Load) -> None:
        """Put the channel shown under another load; the next one begins with it, too.

        One that it cannot be put under is told, and that in force stays.
        """
        try:
            if self.engine is not None:
                self.engine.set_load(load)
            self._last = load
        except ValueError as error:
            self._tabs.notify(str(error), Level.ERROR)
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
            self._tabs.notify(str(error), Level.ERROR)

    def advise(self) -> None:
        """Look for the smallest sizes that lose nothing at this load."""
        if self.engine is not None:
            self.engine.advise()
            self._tabs.notify("Trying sizes in the background: a finding will tell.")

    @property
    def moment(self) -> float | None:
        """The moment of the run shown whose figures are looked at, in its seconds; None: none."""
        tab = self._tabs.front
        has_time = tab is not None and tab.shown.history is None
        return tab.moment if tab is not None and has_time else None

    @Slot(object)
    def choose_moment(self, moment: float | None) -> None:
        """Look at the figures of a moment of the run; None: at those of now."""
        tab = self._tabs.front
        if tab is not None and tab.moment != moment:
            tab.moment = moment
            self.moment_changed.emit()

    def toggle(self) -> None:
        """Pause, or go on."""
        engine = self.engine
        if engine is None or self.is_changing:
            return
        if engine.running:
            engine.pause()
        else:
            engine.start()

    def open_with_sizes(self, subbuf_size: int, n_subbufs: int) -> None:
        """Run the same channel with other sizes under the same load, in a tab of its own."""
        tab = self._tabs.front
        if tab is None or self.engine is None:
            return
        config = replace(_config_now(tab), subbuf_size=subbuf_size, n_subbufs=n_subbufs)
        title = f"{tab.title} ({n_subbufs} × {subbuf_size} B)"
        # of threads, or on the simulated clock, too
        self.open_new(self.kind, config, self.load, title, tab.clients)

    def open_new(
        self, kind: str, config: ChannelConfig, load: Load, title: str, clients: Clients = ()
    ) -> None:
        """Open a channel in a tab of its own; one that runs begins to. What fails is told.

        Args:
            kind: Of its engine.
            config: The channel.
            load: What it is put under, if it runs.
            title: Of the tab.
            clients: Confirmed subbuf_starts that it may need.
        """
        opener = self._catalogue[kind].open
        if opener is None:
            return
        work = Background(lambda: opener(config, load, clients), _close, self)

        def ended(error: BaseException | None) -> None:
            engine = work.result
            work.deleteLater()
            if engine is not None:
                self._show(self._tabs.add(engine, title, clients), engine)
            elif isinstance(error, OpenError):
                self._tabs.notify(f"{title}: {error.message}", Level.ERROR)
            elif error is not None:
                raise error

        work.ended.connect(ended)
        work.start()

    # ---------------------------------------------------------------- from engine to engine

    def show(self, kind: str) -> None:
        """Show the channel by an engine of a kind: as it was left, or opened just now.

        Where the state shown can be handed over to a stepped one, it is.
        """
        tab = self._tabs.front
        if tab is None:
            self._tabs.notify(NO_CHANNEL)
            return
        if tab.shown.kind == kind or tab in self._changing:
            return
        giver, there = handing_over(tab.shown), tab.of(kind)
        if giver is not None and Can.STEP in self._catalogue[kind].can:
            self._hand_over(tab, giver)
            return
        self._leave(tab)
        if there is not None:
            self._show(tab, there)
        else:
            self._open(tab, self._catalogue[kind])

    def go_live(self) -> None:
        """Show it running: opened with the same channel and started, or going on as it was."""
        if self.engine is None:
            self.show(self._catalogue.first(Can.RUN).id)

    def step_from_here(self) -> None:
        """Pause and step it in exactly this state."""
        if self._tabs.front is not None and stepped(self._tabs.shown) is None:
            self.show(self._catalogue.first(Can.STEP).id)

    def _leave(self, tab: Tab) -> None:
        """Have a running engine pause until it is shown again."""
        engine = running(tab.shown)
        if engine is not None:
            tab.resumes = engine.running
            engine.pause()

    def _show(self, tab: Tab, engine: Engine) -> None:
        self._tabs.show_engine(tab, engine)
        runs = running(engine)
        if runs is not None and tab.resumes:
            runs.start()

    def _open(self, tab: Tab, kind: EngineKind) -> None:
        """Open another engine beside the window: a large channel takes its time."""
        config, load, opener = _config_now(tab), self._last, kind.open
        if opener is None:
            return

        def made(engine: Engine) -> None:
            tab.put(engine)
            self._show(tab, engine)

        work = Background(lambda: opener(config, load, tab.clients), _close, self)
        self._change(tab, work, made, _refusal(kind))

    def _hand_over(self, tab: Tab, giver: HandingOver) -> None:
        """Step a state; one that was handed over before is not handed over again.

        What was done since is there.
        """
        runs, before = running(giver), tab.stepped
        tab.resumes = runs is not None and runs.running
        if before is not None and not tab.resumes and moment(giver) == tab.handed:
            self._tabs.show_engine(tab, before)
            return

        def hand_over() -> SteppedEngine:
            engine = giver.step_from_here()
            giver.wait_idle(WAIT)  # it has paused; its last state is to be seen
            return engine

        def made(engine: SteppedEngine) -> None:
            tab.handed = moment(giver)
            kept = self._put_aside(tab, engine)
            self._tabs.show_engine(tab, engine)
            told = [_taken_over(giver)]
            if kept is not None:
                told.append(f"The steps made before are in the tab “{kept.title}”.")
            self._tabs.notify(" ".join(told))

        work = Background(hand_over, _close, self)
        self._change(tab, work, made, "It cannot be stepped")

    def _change(
        self, tab: Tab, work: Background[Made], made: Callable[[Made], None], failed: str
    ) -> None:
        """Make another engine of a tab in a thread of its own, then show it.

        Args:
            tab: Nothing else is begun with it meanwhile.
            work: Makes the engine.
            made: What to do with it, unless the tab was closed.
            failed: What to say before the reason when it could not be made.
        """

        def ended(error: BaseException | None) -> None:
            self._changing.discard(tab)
            self.changing_changed.emit()
            if tab not in self._tabs.all:
                work.leave()
            elif work.result is not None:
                made(work.result)
            elif isinstance(error, OpenError):
                self.refused.emit(f"{failed}: {error.message}")
                self._tabs.notify(f"{failed}: {error.message}", Level.ERROR)
            work.deleteLater()
            if error is not None and not isinstance(error, OpenError):
                raise error

        self._changing.add(tab)
        self.changing_changed.emit()
        if (size := _bytes_of(tab)) >= LARGE:
            self._tabs.notify(f"{about(size)} of buffers: this takes a moment…")
        work.ended.connect(ended)
        work.start()

    def _put_aside(self, tab: Tab, engine: SteppedEngine) -> Tab | None:
        """Give a tab another stepped engine; the steps made before get a tab of their own."""
        before = tab.stepped
        tab.put(engine)
        notes, path, kept = tab.notes, tab.path, tab.kept
        # what was noted of steps goes with them; where to stop and what to plot is for any
        tab.notes = Notes(breakpoints=notes.breakpoints, watches=notes.watches)
        tab.path = None
        tab.keep()
        if before is None:
            return None
        if len(before.history.steps) <= 1:
            before.close()
            return None
        aside = self._tabs.add(before, f"{tab.title} (steps)", tab.clients, show=False)
        aside.notes, aside.path, aside.kept = notes, path, kept
        return aside


def _taken_over(giver: Engine) -> str:
    """Say what its events count, and what was not known of a channel whose state is stepped now."""
    shown = giver.snapshot
    if shown.foreign is None:
        return f"{NUMBERED} What the run wrote keeps its numbers, those of its CPU."
    told = "Each sub-buffer with data counts as one event: where events begin is not known."
    if not shown.foreign.knows("mode"):
        told += f" Its mode is not known either: it goes on as “{shown.mode}”."
    return told


def _config_now(tab: Tab) -> ChannelConfig:
    """Return what the channel of a tab would be opened with as it is now."""
    shown = tab.shown.snapshot
    return replace(
        tab.shown.config,
        mode=shown.mode,
        source=shown.source,
        base_filename=shown.base_filename,  # set late, perhaps
    )


def _refusal(kind: EngineKind) -> str:
    """Return what to say before the reason why there is no engine of a kind."""
    if Can.RUN in kind.can:
        return "It cannot run live"
    return "It cannot be stepped" if Can.STEP in kind.can else f"It has no “{kind.name}”"


def _bytes_of(tab: Tab) -> int:
    """Return how much memory the buffers of a channel take."""
    shown = tab.shown.snapshot
    return shown.rows * shown.n_subbufs * shown.subbuf_size


def _close(engine: Engine) -> None:
    engine.close()
