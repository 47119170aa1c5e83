"""States of real channels as snapshots, and a controller that only remembers what it was told."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from relayviz import relay
from relayviz.gui.desk.notebook import Notebook
from relayviz.gui.desk.presets import Presets
from relayviz.gui.desk.turns import Turns
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.channel.state import Reserved, State
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.history.history import Step
from relayviz.model.load.load import Load

PRESETS = {Mode.NO_OVERWRITE: relay.NO_OVERWRITE, Mode.OVERWRITE: relay.OVERWRITE}
STEP = Step(
    0, 0, 0, 0, 0.0, Operation(Kind.WRITE), None, 0, (), Result(Outcome.OK, "Opened."), None, ()
)


class Playground:
    """A channel and a way to take snapshots of it."""

    def __init__(self, **fields: object) -> None:
        self.config = ChannelConfig(**{"base_filename": None, **fields})  # type: ignore[arg-type]
        preset = PRESETS[self.config.mode]
        self.channel = relay.Channel(
            self.config.base_filename,
            subbuf_size=self.config.subbuf_size,
            n_subbufs=self.config.n_subbufs,
            cpus=self.config.cpus,
            callbacks=relay.Callbacks(preset.with_header(self.config.header)),
        )
        self.reserved: tuple[Reserved, ...] = ()
        self._last: State | None = None
        self._generation = 0

    def write(self, cpu: int, *lengths: int) -> None:
        """Write events of these lengths."""
        for length in lengths:
            self.channel.write(b"x" * length, cpu)

    def reserve(self, cpu: int, length: int) -> None:
        """Reserve room and leave it unfilled."""
        assert self.channel.reserve(length, cpu) is not None
        buf = self.channel.buffers[cpu]
        end = buf.current * self.config.subbuf_size + buf.offset
        self.reserved += (
            Reserved(0, cpu, cpu, buf.current, 0, end - length, end, is_current=True),
        )

    def snapshot(self) -> Snapshot:
        """Return what the channel looks like now, compared with the snapshot before."""
        state = self.channel.snapshot()
        state.buffers.setflags(write=False)
        state.subbufs.setflags(write=False)
        self._generation += 1
        now = State(
            self.config, state.buffers, state.subbufs, state.base_filename, state.alloc_size,
            state.online, state.is_global, state.last_toobig, state.closed, self.config.mode, "",
            self.reserved, (), (),
        )  # fmt: skip
        before, self._last = self._last, now
        return Snapshot.of(
            now, before, generation=self._generation, branch=0, last_step=0, made_by=STEP
        )


class FakeRunning(QObject):
    """The live side of a controller that only remembers."""

    load_changed = Signal()
    moment_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.engine: Any = None
        self.moment: float | None = None
        self.presets = Presets(self)
        self.load = Load()

    def set_load(self, load: Load) -> None:
        """Take a load, as the real one does."""
        self.load = load
        self.load_changed.emit()

    def choose_moment(self, moment: float | None) -> None:
        """Look at the figures of a moment of the run."""
        self.moment = moment
        self.moment_changed.emit()


class FakeTabs(QObject):
    """The tabs of a controller: the one that it shows."""

    changed = Signal()

    def __init__(self, controller: FakeController) -> None:
        super().__init__(controller)
        self._controller = controller

    def notify(self, text: str) -> None:
        """Tell the user something."""
        self._controller.notified.emit(text)

    @property
    def front(self) -> object:
        """The tab in front."""
        return self._controller.tab

    @property
    def shown(self) -> object:
        """The engine that is shown."""
        return self._controller.source


class FakeController(QObject):
    """Has the signals and properties that panels use."""

    snapshot_changed = Signal(object)
    selection_changed = Signal(int, int)
    why_asked = Signal(object)
    bytes_wanted = Signal(int, int)
    theme_changed = Signal()
    tabs_changed = Signal()
    inputs_changed = Signal()
    history_changed = Signal()
    notified = Signal(object)
    dock_wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns(self)
        self.running = FakeRunning(self)
        self.snapshot: Snapshot | None = None
        self.selection = (0, -1)
        self.stepped: object = None
        self.tab: object = None
        self.notebook = Notebook(FakeTabs(self))  # type: ignore[arg-type]
        self.seeks: list[int] = []

    def show(self, snapshot: Snapshot | None) -> None:
        """Publish a snapshot."""
        self.snapshot = snapshot
        self.snapshot_changed.emit(snapshot)

    def select(self, row: int, index: int = -1) -> None:
        """Select, as the real one does."""
        self.selection = (row, index)
        self.selection_changed.emit(row, index)

    @property
    def source(self) -> object:
        """The engine of the state shown."""
        return self.running.engine or self.stepped

    @property
    def shown(self) -> object:
        """The engine that is shown."""
        return self.source

    @property
    def recorded(self) -> object:
        """The source, if it has a history."""
        return self.stepped

    @property
    def sought(self) -> object:
        """The engine shown, if it has a history."""
        return self.stepped

    def seek(self, step: int) -> None:
        """Remember where to."""
        self.seeks.append(step)
