"""What the window shows and what its commands act on. No widgets here.

One channel is shown at a time, each in its tab. Views listen to the signals; to change something
they call a method, and hear of it as everybody else does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.background import Background
from relayviz.gui.desk.inputs import Inputs
from relayviz.gui.desk.notebook import Notebook
from relayviz.gui.desk.pump import SnapshotPump
from relayviz.gui.desk.running import Running
from relayviz.gui.desk.stall import Stall
from relayviz.gui.desk.tabs import Tabs
from relayviz.gui.desk.turns import Turns
from relayviz.gui.notice import Level
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import Mode
from relayviz.model.channel.recent import with_newest
from relayviz.model.engine.protocol import Can, recorded, sought, stepped
from relayviz.model.inside.acting import going
from relayviz.model.why.why import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.look.theme import ThemeSwitch
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.catalogue import Catalogue
    from relayviz.model.engine.protocol import (
        Engine,
        RecordedSource,
        SoughtEngine,
        Source,
        SteppedEngine,
    )
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject


NOT_ASKED = "Put the cursor on a figure, a sub-buffer, a byte or an event, then ask."
NO_WHY = "Why is told of steps, and this channel has none."
WITHOUT_WHY = {
    Can.HAND_OVER: "Why is told of steps. Step from here first: F11.",
    Can.INSIDE: "Why is told of whole operations. Source says who changed each field last.",
}


def title_of(config: ChannelConfig) -> str:
    """Return what a channel's tab is called."""
    return config.base_filename or "buffer-only"


class InputFields(TypedDict, total=False):
    """The fields of Inputs, any of them."""

    cpu: int
    all_cpus: bool
    length: int
    count: int


class Controller(QObject):
    """The channels that are open, the one shown, what is selected, and the next operands.

    Attributes:
        catalogue: The kinds of engines that channels can have.
        recent: What the user opened last, newest first.

    Signals:
        snapshot_changed: Another state is to be shown.  arg: Snapshot, or None without a channel.
        selection_changed: args: row, sub-buffer (-1: only the buffer).
        why_asked: Something shall explain itself.  arg: a model.why.Subject.
        bytes_wanted: Bytes of the sub-buffer selected are to be shown.  args: first, end.
        byte_pointed: The cursor of the bytes is at another one.
        theme_changed: Colours are others now.
        tabs_changed: A channel was opened, closed or brought to front, or shows another engine.
        inputs_changed: The next operands are others.
        history_changed: Steps were added, or some were forgotten.
        stalled_changed: is_stalled is another one.
        acting: Somebody does something by hand, now.  arg: what, in a few words.
        notified: The user should know something.  arg: Notice.
        dock_wanted: A dock shall come to front.  args: its id, a place in it or nothing.
        scenario_wanted: A scenario shall be opened.  arg: its name.
    """

    snapshot_changed = Signal(object)
    selection_changed = Signal(int, int)
    why_asked = Signal(object)
    bytes_wanted = Signal(int, int)
    byte_pointed = Signal()
    theme_changed = Signal()
    tabs_changed = Signal()
    inputs_changed = Signal()
    history_changed = Signal()
    stalled_changed = Signal()
    acting = Signal(str)
    notified = Signal(object)
    dock_wanted = Signal(str, str)
    scenario_wanted = Signal(str)

    def __init__(
        self, themes: ThemeSwitch, catalogue: Catalogue, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self._tabs, self._inputs = Tabs(self), Inputs()
        self._steps_seen = 0
        self.recent: list[ChannelConfig] = []
        self.themes = themes
        themes.changed.connect(self.theme_changed)
        self._pump = SnapshotPump(self._newest, self)
        self._pump.snapshot_changed.connect(self._show)
        self._stall = Stall(self._tabs)
        self._stall.changed.connect(self.stalled_changed)
        self.turns = Turns(self)
        self.running = Running(self._tabs, catalogue)
        self.notebook = Notebook(self._tabs)
        self.may_close: Callable[[Tab], bool] = lambda _tab: True
        self._tabs.notified.connect(self.notified)
        self._tabs.changed.connect(self._front_changed)

    # ---------------------------------------------------------------- what there is

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The open channels in the order of their tabs."""
        return self._tabs.all

    @property
    def current(self) -> int:
        """The place of the tab in front; -1: none is open."""
        return self._tabs.current

    @property
    def tab(self) -> Tab | None:
        """The tab in front."""
        return self._tabs.front

    @property
    def shown(self) -> Engine | None:
        """The engine that is shown, whatever it can do."""
        return self._tabs.shown

    @property
    def source(self) -> Source | None:
        """Where views pull from what is not in the state shown."""
        return self._tabs.shown

    @property
    def recorded(self) -> RecordedSource | None:
        """The source, if what was done is written down there."""
        return recorded(self._tabs.shown)

    @property
    def sought(self) -> SoughtEngine | None:
        """The engine that is shown, if it goes to any step of a history."""
        return sought(self._tabs.shown)

    @property
    def stepped(self) -> SteppedEngine | None:
        """The engine that is shown, if it takes operations."""
        return stepped(self._tabs.shown)

    @property
    def is_stalled(self) -> bool:
        """Whether a Python subbuf_start of the channel shown does not return."""
        return self._stall.is_there

    @property
    def can(self) -> frozenset[Can]:
        """What can be done with the engine shown; without a channel: with the next one."""
        return self.catalogue.first().can if self.shown is None else self.shown.can

    @property
    def snapshot(self) -> Snapshot | None:
        """The state shown."""
        return self._pump.shown

    @property
    def selection(self) -> tuple[int, int]:
        """Row and sub-buffer; (0, -1) where nothing was chosen."""
        return self.tab.selection if self.tab else (0, -1)

    @property
    def inputs(self) -> Inputs:
        """The operands of the next operation."""
        return self._inputs

    @property
    def chosen(self) -> Inputs:
        """The operands that were chosen last; those of a tab may be others, to fit its sizes."""
        return self._tabs.inputs

    # ---------------------------------------------------------------- commands

    def submit(self, *operations: Operation) -> None:
        """Have something done on the channel shown."""
        if self.stepped:
            self.stepped.submit(*operations)

    def seek(self, step: int) -> None:
        """Show another step of the branch shown."""
        if engine := going(self.shown):
            engine.seek(step)

    def goto(self, step_id: int) -> None:
        """Show any step of any branch, by its place in the log."""
        if engine := going(self.shown):
            engine.goto(step_id)

    def select(self, row: int, index: int = -1) -> None:
        """Choose a buffer and a sub-buffer of it; the next operation is for its CPU."""
        snapshot, tab = self.snapshot, self.tab
        if snapshot is None or tab is None or not 0 <= row < snapshot.rows:
            return
        if not snapshot.is_global:
            self.set_inputs(cpu=int(snapshot.buffers["cpu"][row]))
        self._choose(tab, row, index)

    def ask_why(self, subject: Subject | None) -> None:
        """Have something explain itself; None: there is nothing to be explained."""
        if self.source is not None and self.source.history is None:
            self.notify(_why_not(self.can))
        elif subject is None:
            self.notify(NOT_ASKED)
        else:
            if isinstance(subject, Done):
                self.goto(subject.step)  # what it did can be told of the state that it left
            self.why_asked.emit(subject)

    def show_bytes(self, row: int, index: int, first: int, end: int) -> None:
        """Choose a sub-buffer, and bytes of it."""
        self.select(row, index)
        self.bytes_wanted.emit(first, end)

    def set_inputs(self, **fields: Unpack[InputFields]) -> None:
        """Change operands; a CPU that is chosen here is selected, too."""
        changed = replace(self._inputs, **fields)
        if changed == self._inputs:
            return
        moved = changed.cpu != self._inputs.cpu
        self._inputs, self._tabs.inputs = changed, replace(self._tabs.inputs, **fields)
        if self.tab is not None:
            self.tab.inputs = changed
        self.inputs_changed.emit()
        if moved and self.snapshot is not None and self.tab is not None:
            row = self.snapshot.row_of(changed.cpu)
            if row not in (None, self.tab.selection[0]):
                self._choose(self.tab, row, -1)

    def open_channel(
        self, config: ChannelConfig, clients: Iterable[SubbufStart] = (), title: str = ""
    ) -> SteppedEngine:
        """Open a channel in a tab of its own to step it, and show it.

        It waits until that is done: for channels without code of the user.

        Raises:
            OpenError: It cannot be opened.
        """
        confirmed = tuple(clients)
        engine = self.catalogue.open_stepped(config, confirmed)
        self.add_tab(engine, title or title_of(config), confirmed)
        return engine

    def opening(self, config: ChannelConfig, parent: QObject) -> Background[SteppedEngine]:
        """Return what opens a channel; in the mode "python" this runs the source.

        Its end tells a SourceError or an OpenError; without one, give the result to `add`.
        """

        def work() -> SteppedEngine:
            sources = (config.source,) if config.mode is Mode.PYTHON else ()
            clients = tuple(compile_subbuf_start(source) for source in sources)
            return self.catalogue.open_stepped(config, clients)

        return Background(work, _close, parent)

    def add(self, engine: Engine) -> None:
        """Show a channel that the user opened, in a tab of its own."""
        self.recent = with_newest(self.recent, engine.config)
        self.add_tab(engine, title_of(engine.config))

    def open_with(self, mode: Mode) -> None:
        """Open the channel shown once more in another mode, with the same operations."""
        if self.stepped is not None:
            self._tabs.open_beside(self.stepped, mode)

    def give_up(self) -> None:
        """Go on without a subbuf_start of the channel shown that does not return."""
        self._stall.give_up()

    def show_tab(self, place: int) -> None:
        """Bring a tab to front."""
        self._tabs.bring_to_front(place)

    def close_tab(self, place: int) -> None:
        """Close a channel's tab, and with it its history; `may_close` can ask first."""
        if 0 <= place < len(self.tabs) and self.may_close(self.tabs[place]):
            self._tabs.close(place)

    def add_tab(self, engine: Engine, title: str, clients: tuple[SubbufStart, ...] = ()) -> Tab:
        """Give an engine a tab of its own, and show it."""
        return self._tabs.add(engine, title, clients)

    def notify(self, text: str, level: Level = Level.INFO) -> None:
        """Tell the user something."""
        self._tabs.notify(text, level)

    def shutdown(self) -> None:
        """Stop the timers and end every engine's threads; one that hangs is not waited for long."""
        self._pump.stop()
        self._stall.stop()
        self.turns.stop()
        for begun in self.findChildren(Background):
            begun.leave()
        self._tabs.shutdown()

    # ---------------------------------------------------------------- inside

    def _newest(self) -> Snapshot | None:
        return self.shown.snapshot if self.shown else None

    @Slot()
    def _front_changed(self) -> None:
        self._steps_seen = -1
        self._pump.take()  # what appears while tabs are told shows this one
        if self.tab is not None and self.tab.inputs != self._inputs:
            self._inputs = self.tab.inputs
            self.inputs_changed.emit()
        self.tabs_changed.emit()
        self._pump.poll()
        self.selection_changed.emit(*self.selection)

    def _choose(self, tab: Tab, row: int, index: int) -> None:
        if tab.selection != (row, index):
            tab.selection = (row, index)
            self.selection_changed.emit(row, index)

    @Slot(object)
    def _show(self, snapshot: Snapshot | None) -> None:
        if snapshot is not None and self._inputs.cpu >= snapshot.cpus:
            self.set_inputs(cpu=0)
        history = self.source.history if self.source else None
        steps = len(history.steps) + history.changes if history is not None else 0
        tab = self.tab
        if tab is not None and tab.kept is None and not (tab.stepped and tab.stepped.busy):
            tab.keep()
        if steps != self._steps_seen:
            self._steps_seen = steps
            self.history_changed.emit()
        self.snapshot_changed.emit(snapshot)


def _why_not(can: Iterable[Can]) -> str:
    return next((WITHOUT_WHY[one] for one in can if one in WITHOUT_WHY), NO_WHY)


def _close(engine: Engine) -> None:
    engine.close()
