"""What every engine offers: operations go in, snapshots come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History
    from relayviz.model.live.live import Rates
    from relayviz.model.load.load import BreakOn, Load


class OpenError(Exception):
    """A channel could not be opened.

    Attributes:
        field: The field of the ChannelConfig to look at; None: no particular one.
        message: What is wrong and what would be right.
    """

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


class Engine(Protocol):
    """A channel that can be looked at.

    Threads: any thread may call anything; no call waits for the engine but wait_idle and close.
    """

    @property
    def config(self) -> ChannelConfig:
        """What the channel was opened with."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest state."""

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of a buffer's bytes as they are in a snapshot; None: ask a newer one.

        Args:
            snapshot: The state that is shown.
            row: The buffer's row in it.
            first: First byte.
            last: Behind the last byte; None: the whole buffer.
        """

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is left to do; False: the time, in seconds, was up before."""

    def close(self, timeout: float = ...) -> bool:
        """End the engine, its threads and its channel. Can be called again.

        Args:
            timeout: Seconds to wait for what is being done.

        Returns:
            Whether it has ended: no thread and no memory of it is left.
        """


class SteppedEngine(Engine, Protocol):
    """A channel that takes operations, one step for each, and goes to any step of its history.

    What was asked for happens in that order, in the engine's own thread.
    """

    @property
    def history(self) -> History:
        """All that was done; grows while it is read."""

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is not yet to be seen in the snapshot."""

    def submit(self, *operations: Operation) -> None:
        """Ask for operations; one in the past begins a new branch."""

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


class RunningEngine(Engine, Protocol):
    """A channel under load from threads of its own. Its snapshots have `live`.

    While it runs, `bytes_of` gives the bytes as they are when it is asked.
    """

    @property
    def load(self) -> Load:
        """What was asked for last."""

    @property
    def running(self) -> bool:
        """Whether the threads are at work, or about to be."""

    def set_load(self, load: Load) -> None:
        """Change the load, also while it runs; ValueError: it has problems."""

    def set_break(self, break_on: BreakOn) -> None:
        """Say what shall stop the run; ValueError: this channel cannot be stopped so."""

    def start(self) -> None:
        """Begin, or go on."""

    def pause(self) -> None:
        """Stop all threads at once, each between two operations."""

    def rates(self, seconds: float, columns: int) -> Rates:
        """Return the last seconds in so many bins at most, the newest last."""

    def lanes(self, seconds: float, columns: int) -> NDArray[np.uint32]:
        """Return what happened on each CPU, flags of model.timeline.Mark, shape (cpus, columns)."""
