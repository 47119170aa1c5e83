"""What only looking often tells: how long a consumer stayed away, whether a buffer gets empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.state import State


class Watch:
    """Follows each buffer from look to look.

    Threads: one.

    Args:
        state: The channel when it begins.
        visits: How often each buffer's consumer has looked, shape (rows,).
        seconds: Running time.

    Attributes:
        away: Seconds that no consumer came, at most, shape (rows,).
        least: The fewest sub-buffers that were ready since the first loss for want of room; where
            nothing is lost, a number that no buffer reaches.
    """

    def __init__(self, state: State, visits: NDArray[np.uint64], seconds: float) -> None:
        self._visits, self._seen = visits, np.full(len(visits), seconds)
        self._lost = _crowded_out(state)
        self.away = np.zeros(len(visits))
        self.least = np.full(len(visits), np.iinfo(np.uint64).max, np.uint64)

    def look(self, state: State, visits: NDArray[np.uint64], seconds: float) -> None:
        """Take in what is to be seen now; arguments as for the beginning."""
        came = visits - self._visits
        # several visits since the last look: each was away for a part of that time
        self.away = np.maximum(self.away, (seconds - self._seen) / np.maximum(came, 1))
        self._seen = np.where(came > 0, seconds, self._seen)
        self._visits = visits
        ready = state.buffers["produced"] - state.buffers["consumed"]
        loses = _crowded_out(state) > self._lost
        self.least = np.where(loses, np.minimum(self.least, ready), self.least)


def _crowded_out(state: State) -> NDArray[np.uint64]:
    account = state.buffers["account"]
    lost: NDArray[np.uint64] = account["refused_full"]["events"] + account["overwritten"]["events"]
    return lost
