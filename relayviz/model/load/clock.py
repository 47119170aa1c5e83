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
    """

    seed: int = 0

    @staticmethod
    def problem(load: Load) -> str:
        """Say why a load cannot be simulated, with the remedy; empty: it can."""
        return NEEDS_A_RATE if any(math.isinf(one.rate) for one in load.every_writing) else ""


NEEDS_A_RATE = (
    "On a simulated clock nothing takes time, so that writing as fast as it goes would have no"
    " end: give a rate."
)
