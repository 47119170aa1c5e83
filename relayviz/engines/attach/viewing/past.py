"""The looks at another process's channel so far: events and losses in bins, marks of lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.looked.past import LookedPast, New, marks_of
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.live.live import Rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.state import State

LOST_AS = {
    "refused_full": Mark.LOST_FULL,
    "too_big": Mark.LOST_TOO_BIG,
    "busy": Mark.LOST_BUSY,
    "written_late": Mark.LOST_BUSY,
    "overwritten": Mark.OVERWRITTEN,
    "discarded_reset": Mark.DISCARDED,
    "discarded_close": Mark.DISCARDED,
    "released_unread": Mark.RELEASED,
}
COUNTED = ("accepted", "consumed", *LOSSES)
PLACES = ("produced", "consumed", "bytes_consumed")


class AccountPast(LookedPast):
    """Looks at the buffers that a channel had at first.

    Args:
        cpus: Their CPUs, in order.

    Threads: one adds; any may ask.
    """

    def __init__(self, cpus: tuple[int, ...]) -> None:
        super().__init__(len(cpus), 1 + len(COUNTED))
        self._cpus = cpus
        self._last: dict[int, NDArray[np.int64]] = {}  # by CPU

    def add(self, time: float, state: State, damaged: frozenset[int]) -> None:
        """Take a look in.

        Args:
            time: Seconds since the first.
            state: What it showed.
            damaged: Rows of which it showed nothing.
        """
        figures, marks, fill = np.zeros(1 + len(COUNTED), np.int64), [0] * len(self._cpus), 0.0
        for row, cpu in enumerate(state.buffers["cpu"].tolist()):
            if row in damaged:
                continue
            now = _figures(state.buffers[row])
            before = self._last.get(cpu)
            self._last[cpu] = now
            fill = max(fill, state.ready(row) / state.n_subbufs)
            if before is None:
                continue
            new = now - before
            counted = np.maximum(new[: 1 + len(COUNTED)], 0)
            figures += counted
            if cpu in self._cpus:
                marks[self._cpus.index(cpu)] = _marks(counted, new[1 + len(COUNTED) :])
        self.keep(New(time, figures.tolist(), marks, fill))

    def rates(self, seconds: float, columns: int, end: float) -> Rates:
        """Return a stretch in bins, as LookedPast.bins."""
        width, sums, fill = self.bins(seconds, columns, end)
        size, written, consumed = sums[:3]
        return Rates(width, written, size, consumed, fill, sums[3:])


def _figures(row: np.void) -> NDArray[np.int64]:
    account = row["account"]
    told = [int(account["accepted"]["bytes"])]
    told += [int(account[name]["events"]) for name in COUNTED]
    return np.array(told + [int(row[name]) for name in PLACES], np.int64)


def _marks(counted: NDArray[np.int64], places: NDArray[np.int64]) -> int:
    """Return what is new as the flags of a lane."""
    new = dict(zip(COUNTED, counted[1:].tolist(), strict=True))
    finished, released, read = places.tolist()
    return marks_of(
        (
            (new["accepted"], Mark.STORED),
            (finished > 0, Mark.SWITCHED),
            (released > 0 or read, Mark.READ),
            (released > 0, Mark.CONSUMED),
            (finished < 0, Mark.RESET),
            *((new[name], mark) for name, mark in LOST_AS.items()),
        )
    )
