"""What an engine is, by what it can do: to be looked at, sought in, stepped, put under a load.

The window knows engines by these protocols alone. What an engine can do is asked of it (`can`, and
`sought`, `stepped`, `running`, `handing_over`, `watching` below), never of which class it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.enough import Enough
    from relayviz.model.engine.snapshot import Frame, Snapshot
    from relayviz.model.history.facts import Facts
    from relayviz.model.history.history import History
    from relayviz.model.history.kept import Kept
    from relayviz.model.ledger.ledger import Ledger
    from relayviz.model.live.live import Rates
    from relayviz.model.load.load import BreakOn, Load

BEGAN_RUNNING = (
    "This channel began in the state of a running one: no operations lead there, so another channel"
    " cannot do the same."
)


class OpenError(Exception):
    """A channel could not be opened.

    Attributes:
        field: The field of the ChannelConfig to look at; None: no particular one.
        message: What is wrong and what would be right.
    """

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


class Can(StrEnum):
    """What an engine can do besides being looked at, and the protocol that it then has."""

    SEEK = "seek"
    """It has a history and shows any step of it: SoughtEngine."""
    STEP = "step"
    """It takes operations: SteppedEngine."""
    RUN = "run"
    """Threads of its own act on it, under a load: RunningEngine."""
    HAND_OVER = "hand over"
    """Its state can be stepped: HandingOver."""
    SAVE = "save"
    """What is seen of it can be saved: SavingEngine."""
    WATCH = "watch"
    """It looks again and again at a channel that others work on: WatchingEngine."""
    PLAY = "play"
    """It plays what was recorded, from any moment: PlayedEngine."""
    TAPE = "tape"
    """It has the records that somebody wrote, and shows any moment: engine.taped."""
    INSIDE = "inside"
    """Actors are stepped through the core's code, back and forward: model.inside.acting."""


class Source(Protocol):
    """What views pull besides snapshots; what an engine does not have is None.

    Threads: any thread may call anything; no call waits for the engine.
    """

    @property
    def config(self) -> ChannelConfig:
        """What the channel was opened with."""

    @property
    def history(self) -> History | None:
        """All that was done; grows while it is read."""

    @property
    def ledger(self) -> Ledger | None:
        """What the history says of events; for one thread, which lets it follow a branch first."""

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of a buffer's bytes as they are in a snapshot; None: ask a newer one.

        While it runs by itself they may be the bytes as they are when it is asked.

        Args:
            snapshot: The state that is shown.
            row: The buffer's row in it.
            first: First byte.
            last: Behind the last byte; None: the whole buffer.
        """

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates | None:
        """Return a stretch of the run in so many bins at most, the newest last.

        Args:
            seconds: How long it is.
            columns: How many bins.
            back: How many seconds before now it ends.
        """

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32] | None:
        """Return what happened on each CPU in a stretch, flags of model.ledger.timeline.Mark.

        Of the shape (cpus, columns), the newest last; arguments as for rates.
        """


class RecordedSource(Source, Protocol):
    """A source where everything that was done is written down."""

    @property
    def history(self) -> History:
        """All that was done; grows while it is read."""

    @property
    def ledger(self) -> Ledger:
        """What the history says of events; for one thread, which lets it follow a branch first."""


class Engine(Source, Protocol):
    """A channel that can be looked at.

    Threads: any thread may call anything; no call waits for the engine but wait_idle and close.
    """

    @property
    def kind(self) -> str:
        """The id of its EngineKind; a tab has one engine of a kind."""

    @property
    def can(self) -> frozenset[Can]:
        """What it can do besides."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest state."""

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is left to do; False: the time, in seconds, was up before."""

    def close(self, timeout: float = ...) -> bool:
        """End the engine, its threads and its channel. Can be called again.

        Args:
            timeout: Seconds to wait for what is being done.

        Returns:
            Whether it has ended: no thread and no memory of it is left.
        """


class SoughtEngine(RecordedSource, Engine, Protocol):
    """An engine with a history that goes to any step of it.

    What was asked for happens in that order, in the engine's own thread.
    """

    @property
    def facts(self) -> Facts:
        """The figures of every step."""

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is not yet to be seen in the snapshot."""

    def seek(self, step: int) -> None:
        """Go to a step of the branch shown; numbers beyond its ends mean these."""

    def back(self) -> None:
        """Go one step back."""

    def forward(self) -> None:
        """Go one step forward."""

    def home(self) -> None:
        """Go to where the channel was just opened."""

    def end(self) -> None:
        """Go to the last step of the branch shown."""

    def goto(self, step_id: int) -> None:
        """Go to any step of any branch, by its id."""

    def go(self, branch: int, step: int) -> None:
        """Go to a step of a branch, which may come to be by what was asked for before."""


class SteppedEngine(SoughtEngine, Protocol):
    """A channel that takes operations, one step for each."""

    @property
    def root(self) -> object | None:
        """The state that the history begins with; None: the channel was opened anew."""

    def submit(self, *operations: Operation) -> None:
        """Ask for operations; one in the past begins a new branch."""

    def drop(self) -> None:
        """Do no more of what was asked for than what is being done."""

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name; it may come to be by what was asked for before."""

    def keep(self, kept: Kept, branch: int, step: int) -> None:
        """Forget all steps but some (History.kept), or take them back, and go to a step."""

    def confirm(self, client: SubbufStart) -> None:
        """Allow a Python subbuf_start: SET_MODE with its source works from now on."""

    def restart_with(self, mode: Mode, clients: Iterable[SubbufStart] = ()) -> SteppedEngine:
        """Open another channel with another mode, and do there what led to the step shown.

        Raises:
            OpenError: It cannot be opened.
        """

    def frames(self, branch: int) -> Iterator[Frame]:
        """Give the state after each step of a branch with its bytes, on a channel of its own.

        Raises:
            RelayError, OSError, MemoryError: The channel cannot be opened once more.
        """

    def enough(self, branch: int, step: int, event: int, stop: threading.Event) -> Enough | None:
        """Return how many sub-buffers would have kept an event that is lost at a step.

        Does what led there on channels of its own, which may take long; any thread may call it.

        Args:
            branch: The branch.
            step: The step.
            event: The event's number.
            stop: Set by another thread to end it.

        Returns:
            None: It was ended, or it cannot be told: Python decides, or it would take too long.
        """

    @property
    def client_runs_for(self) -> float:
        """How many seconds a Python subbuf_start has been running; 0: none is."""

    def give_up(self) -> bool:
        """Go on without a Python subbuf_start that does not return; False: none is running."""


class RunningEngine(Engine, Protocol):
    """A channel under load from threads of its own. Its snapshots have `live`."""

    @property
    def load(self) -> Load:
        """What was asked for last."""

    @property
    def running(self) -> bool:
        """Whether the threads are at work, or about to be."""

    def set_load(self, load: Load) -> None:
        """Change the load, also while it runs; ValueError: it has problems."""

    def set_mode(self, mode: Mode) -> None:
        """Change what subbuf_start does, also while it runs; ValueError: to Python."""

    def set_break(self, break_on: BreakOn) -> None:
        """Say what shall stop the run; ValueError: this channel cannot be stopped so."""

    def start(self) -> None:
        """Begin, or go on."""

    def pause(self) -> None:
        """Stop all threads at once, each between two operations."""

    def advise(self, seconds: float = 1.0) -> None:
        """Look for the smallest sizes that lose nothing; what is found becomes a finding."""


class WatchingEngine(Engine, Protocol):
    """Looks at a channel that others work on. Its snapshots have `foreign`."""

    @property
    def watching(self) -> bool:
        """Whether it looks again and again."""

    def watch(self, on: bool) -> None:
        """Look again and again, or let what is shown stay as it is; those who work go on."""

    @property
    def hz(self) -> float:
        """How often it looks, times a second at most."""

    def pace(self, hz: float) -> None:
        """Look so often from now on."""


class SavingEngine(Engine, Protocol):
    """A channel of which what is seen can be saved."""

    def save_seen(self, path: Path) -> str:
        """Write what is needed to see the same again, for its owner alone; say what is in it.

        It takes as long as that takes: not for the thread of a window.

        Raises:
            OpenError: It cannot be written, or there is nothing more to be seen.
        """


class HandingOver(Engine, Protocol):
    """A channel whose state can be stepped."""

    def step_from_here(self) -> SteppedEngine:
        """Pause, and return a stepped channel in exactly this state; OpenError: it cannot be."""


class Following(Protocol):
    """A channel that does what another has done, step for step, in every branch."""

    @property
    def engine(self) -> SteppedEngine:
        """Its engine; nobody else should ask it for operations."""

    @property
    def progress(self) -> float:
        """How much of what was asked for is done, 0 to 1."""

    def follow(self) -> tuple[Snapshot, Snapshot] | None:
        """Ask for what is missing; return both states once they belong together."""

    def step_beside(self, ours: Snapshot) -> int:
        """Return the number of its step that stands beside a state of the other."""

    def close(self) -> None:
        """End it; the other goes on."""


class NoCurves:
    """For engines that measure nothing over time: they have no rates and no lanes."""

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> None:
        """Return that there are none."""

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> None:
        """Return that there are none."""


def recorded(source: Source | None) -> RecordedSource | None:
    """Return a source as one where everything is written down; None: nothing is, or no source."""
    is_recorded = source is not None and source.history is not None and source.ledger is not None
    return cast("RecordedSource", source) if is_recorded else None


def sought(engine: Engine | None) -> SoughtEngine | None:
    """Return an engine as one that goes to any step; None: it cannot, or there is none."""
    return cast("SoughtEngine", engine) if _can(engine, Can.SEEK) else None


def stepped(engine: Engine | None) -> SteppedEngine | None:
    """Return an engine as one that takes operations; None: it does not, or there is none."""
    return cast("SteppedEngine", engine) if _can(engine, Can.STEP) else None


def running(engine: Engine | None) -> RunningEngine | None:
    """Return an engine as one that runs under a load; None: it does not, or there is none."""
    return cast("RunningEngine", engine) if _can(engine, Can.RUN) else None


def watching(engine: Engine | None) -> WatchingEngine | None:
    """Return an engine as one that looks again and again; None: it does not, or there is none."""
    return cast("WatchingEngine", engine) if _can(engine, Can.WATCH) else None


def saving(engine: Engine | None) -> SavingEngine | None:
    """Return an engine as one of which what is seen can be saved; None: it cannot, or none."""
    return cast("SavingEngine", engine) if _can(engine, Can.SAVE) else None


def handing_over(engine: Engine | None) -> HandingOver | None:
    """Return an engine as one whose state can be stepped; None: it cannot, or there is none."""
    return cast("HandingOver", engine) if _can(engine, Can.HAND_OVER) else None


def _can(engine: Engine | None, what: Can) -> bool:
    return engine is not None and what in engine.can
