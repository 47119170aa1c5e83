"""The clock that a load goes by: the machine's, or one that is simulated. Plain frozen data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.model.load.load import Load


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated clock: nothing is waited for, and a load does the same on any machine.

    Attributes:
        seed: Of the sizes that are drawn.
        event_seconds: How long a write takes, so that it can be as fast as it goes; 0: no time.
    """

    seed: int = 0
    event_seconds: float = 0.0

    def problem(self, load: Load) -> str:
        """Say why a load cannot be simulated, with the remedy; empty: it can."""
        if self.event_seconds and not LEAST_TIME <= self.event_seconds <= MOST_TIME:
            return f"A write takes {LEAST_TIME:g} to {MOST_TIME:g} s, or no time at all."
        rates = [one.rate for one in load.every_writing]
        if not self.event_seconds:
            return NEEDS_A_RATE if any(map(math.isinf, rates)) else ""
        most = 1 / self.event_seconds
        if any(most < rate < math.inf for rate in rates):
            return (
                f"Writes that take {self.event_seconds:g} s each make {most:.0f} events a second at"
                " most: give a lower rate, or as fast as it goes."
            )
        return ""

    def rate(self, load: Load) -> float:
        """Return the most events a second that are due on a CPU of a load that can be simulated."""
        most = max(one.rate for one in load.every_writing)
        return min(most, 1 / self.event_seconds) if self.event_seconds else most


LEAST_TIME, MOST_TIME = 1e-9, 1.0  # seconds that a write can take
NEEDS_A_RATE = (
    "On a simulated clock a write takes no time, so that writing as fast as it goes would have no"
    " end: give a rate."
)
