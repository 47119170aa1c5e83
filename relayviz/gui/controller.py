"""What the window shows and what its commands act on. No widgets here.

One channel is shown at a time, each in its tab. Views listen to the signals; to change something
they call a method, and hear of it as everybody else does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict, Unpack

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.engines.step import StepEngine
from relayviz.gui.inputs import Inputs
from relayviz.gui.notice import Level, Notice
from relayviz.gui.pump import SnapshotPump
from relayviz.model.engine import OpenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.gui.theme import ThemeSwitch
    from relayviz.model.channel_config import ChannelConfig, Mode
    from relayviz.model.client import SubbufStart
    from relayviz.model.operation import Operation
    from relayviz.model.snapshot import Snapshot
    from relayviz.model.why import Subject


@dataclass(slots=True, eq=False)
class Tab:
    """An open channel and where the user is in it.

    Attributes:
        engine: Performs the operations.
        title: Its name on the tab.
        selection: Row of a buffer, and a sub-buffer of it or -1.
    """

    engine: StepEngine
    title: str
    selection: tuple[int, int] = (0, -1)


class InputFields(TypedDict, total=False):
    """The fields of Inputs, any of them."""

    cpu: int
    all_cpus: bool
    length: int
    count: int


class Controller(QObject):
    """The channels that are open, the one shown, what is selected, and the next operands.

    Signals:
        snapshot_changed: Another state is to be shown.  arg: Snapshot, or None without a channel.
        selection_changed: args: row, sub-buffer (-1: only the buffer).
        why_asked: Something shall explain itself.  arg: a model.why.Subject.
        bytes_wanted: Bytes of the sub-buffer selected are to be shown.  args: first, end.
        theme_changed: Colours are others now.
        tabs_changed: A channel was opened, closed or brought to front.
        inputs_changed: The next operands are others.
        history_changed: Steps were added.
        notified: The user should know something.  arg: Notice.
    """

    snapshot_changed = Signal(object)
    selection_changed = Signal(int, int)
    why_asked = Signal(object)
    bytes_wanted = Signal(int, int)
    theme_changed = Signal()
    tabs_changed = Signal()
    inputs_changed = Signal()
    history_changed = Signal()
    notified = Signal(object)

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tabs: list[Tab] = []
        self._current = -1
        self._inputs = Inputs()
        self._steps_seen = 0
        self.themes = themes
        themes.changed.connect(self.theme_changed)
        self._pump = SnapshotPump(self._newest, self)
        self._pump.snapshot_changed.connect(self._show)

    # ---------------------------------------------------------------- what there is

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The open channels in the order of their tabs."""
        return tuple(self._tabs)

    @property
    def current(self) -> int:
        """The place of the tab in front; -1: none is open."""
        return self._current

    @property
    def tab(self) -> Tab | None:
        """The tab in front."""
        return self._tabs[self._current] if self._tabs else None

    @property
    def engine(self) -> StepEngine | None:
        """The engine of the channel shown."""
        return self.tab.engine if self.tab else None

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

    # ---------------------------------------------------------------- commands

    def submit(self, *operations: Operation) -> None:
        """Have something done on the channel shown."""
        if self.engine:
            self.engine.submit(*operations)

    def seek(self, step: int) -> None:
        """Show another step of the branch shown."""
        if self.engine:
            self.engine.seek(step)

    def goto(self, step_id: int) -> None:
        """Show any step of any branch, by its place in the log."""
        if self.engine:
            self.engine.goto(step_id)

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
        if subject is None:
            self.notify("Put the cursor to a figure, a sub-buffer, a byte or an event, then ask.")
        else:
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
        self._inputs = changed
        self.inputs_changed.emit()
        if moved and self.snapshot is not None and self.tab is not None:
            row = self.snapshot.row_of(changed.cpu)
            if row is not None and row != self.tab.selection[0]:
                self._choose(self.tab, row, -1)

    def open_channel(
        self, config: ChannelConfig, clients: Iterable[SubbufStart] = (), title: str = ""
    ) -> StepEngine:
        """Open a channel in a tab of its own, and show it.

        Raises:
            OpenError: It cannot be opened.
        """
        engine = StepEngine(config, clients)
        self._add(engine, title or (config.base_filename or "buffer-only"))
        return engine

    def open_with(self, mode: Mode) -> None:
        """Open the channel shown once more in another mode, with the same operations."""
        if self.engine is None or self.tab is None:
            return
        try:
            engine = self.engine.restart_with(mode)
        except OpenError as error:
            self.notify(error.message, Level.ERROR)
            return
        self._add(engine, f"{self.tab.title} ({mode})")

    def show_tab(self, place: int) -> None:
        """Bring a tab to front."""
        if 0 <= place < len(self._tabs) and place != self._current:
            self._current = place
            self._front_changed()

    def close_tab(self, place: int) -> None:
        """Close a channel's tab, and with it its history."""
        if not 0 <= place < len(self._tabs):
            return
        tab = self._tabs.pop(place)
        if self._current > place or self._current == len(self._tabs):
            self._current -= 1
        self._front_changed()
        tab.engine.close()

    def notify(self, text: str, level: Level = Level.INFO) -> None:
        """Tell the user something."""
        self.notified.emit(Notice(text, level))

    def shutdown(self) -> None:
        """Stop the timer and end every engine's thread."""
        self._pump.stop()
        for tab in self._tabs:
            tab.engine.close()
        self._tabs.clear()
        self._current = -1

    # ---------------------------------------------------------------- inside

    def _newest(self) -> Snapshot | None:
        return self.engine.snapshot if self.engine else None

    def _add(self, engine: StepEngine, title: str) -> None:
        used = {tab.title for tab in self._tabs}
        numbered = (f"{title} {number}" for number in range(2, len(used) + 3))
        name = title if title not in used else next(name for name in numbered if name not in used)
        self._tabs.append(Tab(engine, name))
        self._current = len(self._tabs) - 1
        self._front_changed()

    def _front_changed(self) -> None:
        self._steps_seen = -1
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
        steps = len(self.engine.history.steps) if self.engine else 0
        if steps != self._steps_seen:
            self._steps_seen = steps
            self.history_changed.emit()
        self.snapshot_changed.emit(snapshot)
