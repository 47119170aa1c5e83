"""A load on a simulated clock: one thread does what is due, one operation after another.

Simulation runs in the thread of who asks; SimulatedEngine is the live engine of the window on that
clock: the same pictures, the same each time, and sooner there.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from relayviz.engines.live import figures
from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.engine import FRAME, LiveEngine
from relayviz.engines.live.look import Looker
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.measured import Measured
    from relayviz.model.live.live import Rates
    from relayviz.model.load.load import Load

_LOOK = 0.05  # simulated seconds between two looks, ...
_LOOKS = 2000  # ... so many at most ...
_EVENTS = 500_000  # ... and so many events: somebody may want to stop it
SPEED = 10  # simulated seconds in one that goes by in the window, at most
_SHOWN = 200_000  # events between two looks there, at most
_NEVER = threading.Event()


class Simulation:
    """A channel under a simulated load; the same each time.

    Threads: one, which another may stop.

    Args:
        config: What to open.
        load: What it is put under.
        simulated: The clock.

    Attributes:
        snapshot: The last state.

    Raises:
        OpenError: It cannot be opened, or the load cannot be simulated.
    """

    def __init__(self, config: ChannelConfig, load: Load, simulated: Simulated) -> None:
        self._break = BreakOn()
        self._channel = LiveChannel(config, load, simulated)
        self._config, self._rate = config, config.cpus * simulated.rate(load)
        self._looker = Looker(self._channel)
        self.snapshot: Snapshot = self._look(running=False)

    def set_break(self, break_on: BreakOn) -> None:
        """Say what shall stop it."""
        self._break = break_on
        self._channel.break_on(break_on)

    def run(
        self,
        seconds: float,
        watch: Callable[[], object] = str,
        stop: threading.Event = _NEVER,
    ) -> None:
        """Let simulated time go by, until something stops it.

        Args:
            seconds: How much.
            watch: Is called now and then, behind a look.
            stop: Set to end it.
        """
        step = min(max(_LOOK, seconds / _LOOKS), _EVENTS / max(self._rate, 1.0))
        end = self._channel.pool.time + seconds
        try:
            while not stop.is_set() and self._channel.simulate(end, step):
                self.snapshot = self._look(running=True)
                watch()
        finally:  # Ctrl-C comes between two looks
            self.snapshot = self._look(running=False)

    def rates(self, seconds: float, columns: int) -> Rates:
        """Return the last seconds in so many bins at most, the newest last."""
        bins = self._channel.pool.bins(columns, seconds)
        return figures.rates(bins, seconds, self._config.n_subbufs)

    def measured(self) -> Measured:
        """Return what was measured since the beginning; see findings."""
        return self._looker.measured

    def close(self) -> None:
        """Give everything back. Can be called again."""
        self._channel.close()

    def _look(self, *, running: bool) -> Snapshot:
        return self._looker.look(running=running, break_on=self._break)


class SimulatedEngine(LiveEngine):
    """A channel under a simulated load; a relayviz.model.engine.protocol.RunningEngine.

    No native threads: its own thread lets simulated time go by, some of it between two looks.

    Args:
        config, load, clients: As of LiveEngine; a load that writes as fast as it goes has no
            meaning here.

    Raises:
        OpenError: It cannot be opened, or the load cannot be simulated.
    """

    kind: ClassVar[str] = "simulated"
    clock: ClassVar[Simulated] = Simulated()

    def set_load(self, load: Load) -> None:
        """Change the load; ValueError: it has problems, or cannot be simulated."""
        if problem := self.clock.problem(load):
            raise ValueError(problem)
        super().set_load(load)

    # -- in the engine's thread ----------------------------------------------------------------

    def _go(self) -> None:
        self._goes = True

    def _halt(self) -> None:
        self._goes = False

    def _work(self) -> bool:
        if self._goes:
            rate = self.config.cpus * max(self.clock.rate(self._load), 1.0)
            with self._standing:  # who takes the state must find it between two operations
                self._channel.pool.simulate(min(FRAME * SPEED, _SHOWN / rate))
            self._goes = self._channel.pool.hit is None
        return self._goes
