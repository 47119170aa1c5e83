"""The live engine on a simulated clock: the same pictures, the same each time, and sooner there.

No native threads: the engine's own thread lets simulated time go by, some of it between two looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from relayviz.engines.live.engine import FRAME, LiveEngine
from relayviz.model.load.clock import Simulated

if TYPE_CHECKING:
    from relayviz.model.load.load import Load

SPEED = 10  # simulated seconds in one that goes by, at most
_EVENTS = 200_000  # that are written between two looks, at most: somebody may want to stop it


class SimulatedEngine(LiveEngine):
    """A channel under a simulated load; a relayviz.model.engine.protocol.RunningEngine.

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
            self._channel.pool.simulate(min(FRAME * SPEED, _EVENTS / rate))
            self._goes = self._channel.pool.hit is None
        return self._goes
