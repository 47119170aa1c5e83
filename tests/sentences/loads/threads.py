"""What only real threads, or a real machine, come to: loads not made, and torn events.

Nothing is waited for but the state itself, and no number is known before; what is said is held
against what was counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING
from unittest.mock import patch

from relayviz.engines.live import look
from relayviz.engines.live.channel import LiveChannel
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault
from relayviz.model.load.load import AS_FAST_AS_IT_GOES, BreakOn, Load, Reading
from tests.engines.faults import fixed
from tests.engines.running import await_that
from tests.sentences.loads.named import MMAP, READ, SMALL

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot

NEVER = BreakOn()
NIGHT = 3600.0  # seconds that a machine slept


@dataclass(frozen=True)
class Threads:
    """A load for real threads, and the fault that is waited for; the machine may have slept."""

    config: ChannelConfig
    load: Load
    fault: Fault
    break_on: BreakOn = NEVER
    has_slept: bool = False

    def run(self) -> Snapshot:
        """Run until the fault is found and, if something shall stop it, that has."""
        looks = count()
        clock = (lambda: NIGHT * min(next(looks), 1)) if self.has_slept else look._slept
        channel = LiveChannel(self.config, self.load)
        try:
            with patch.object(look, "_slept", clock):
                looker = look.Looker(channel)
                channel.break_on(self.break_on)
                channel.pool.run()
                await_that(lambda: self._is_found(channel, looker), self.fault)
                channel.pool.pause()
                return looker.look(running=False, break_on=self.break_on)
        finally:
            channel.close()

    def _is_found(self, channel: LiveChannel, looker: look.Looker) -> bool:
        if self.break_on != NEVER and channel.pool.hit is None:
            return False
        live = looker.look(running=False, break_on=self.break_on).live
        return live is not None and self.fault in {one.fault for one in live.findings}


TOO_FAST = Load(fixed(64, 900e6), Reading(MMAP, 0.01))
LARGE = ChannelConfig(subbuf_size=60_000, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE)
TEARS = Load(fixed(60_000, AS_FAST_AS_IT_GOES), Reading(READ, pace=0.0))
THREADS = {
    "more than a machine can make": Threads(SMALL, TOO_FAST, Fault.NOT_MADE),
    "a machine that slept": Threads(
        SMALL, replace(TOO_FAST, writing=fixed(64, 500)), Fault.NOT_MADE, has_slept=True
    ),
    "large events read while they are written": Threads(
        LARGE, TEARS, Fault.TORN, BreakOn(torn=True)
    ),
}
