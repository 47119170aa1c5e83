"""The looks at a kernel's channel so far: sub-buffers and bytes in bins, and marks of lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.looked.past import LookedPast, New, marks_of
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.kernel.changes import change
from relayviz.model.live.live import Rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.kernel.changes import Change
    from relayviz.model.kernel.position import Position

FIGURES = ("finished", "consumed", "stored")


class Past(LookedPast):
    """Looks at the buffers of a channel, in their order.

    Args:
        rows: How many buffers.

    Threads: one adds; any may ask.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(rows, len(FIGURES))
        self._last: Sequence[Position | None] = ()

    def add(self, time: float, positions: Sequence[Position | None]) -> list[Change | None]:
        """Take a look in, and return what is new in it, by row.

        Args:
            time: Seconds since the first.
            positions: Where writer and consumer are, by row; None: it is not known.
        """
        before = self._last if len(self._last) == len(positions) else positions
        changes = [change(*pair) for pair in zip(before, positions, strict=True)]
        self._last = positions
        ready = [
            (one.produced - one.consumed) / one.n_subbufs for one in positions if one is not None
        ]
        known = [one for one in changes if one is not None]
        figures = [sum(getattr(one, name) for one in known) for name in FIGURES]
        marks = [0 if one is None else _marks(one) for one in changes]
        self.keep(New(time, figures, marks, max(ready, default=0.0)))
        return changes

    def rates(self, seconds: float, columns: int, end: float) -> Rates:
        """Return a stretch in bins, as LookedPast.bins."""
        width, (written, consumed, stored), fill = self.bins(seconds, columns, end)
        lost = np.zeros((len(LOSSES), len(fill)))
        return Rates(width, written, stored, consumed, fill, lost, unit="sub-buffers")


def _marks(one: Change) -> int:
    """Return a change as the flags of a lane."""
    return marks_of(
        (
            (one.stored, Mark.STORED),
            (one.finished, Mark.SWITCHED),
            (one.read, Mark.READ),
            (one.consumed, Mark.CONSUMED),
            (one.refused, Mark.LOST_FULL),
            (one.overwritten, Mark.OVERWRITTEN),
        )
    )
