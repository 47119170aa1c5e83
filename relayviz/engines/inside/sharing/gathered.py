"""What several who look found, put together as if one had looked.

Each goes on from the beginnings of schedules that it is given, and knows nothing of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from relayviz.relay import Explored

if TYPE_CHECKING:
    from relayviz.engines.inside.explore import Bounds
    from relayviz.engines.inside.sharing.prefixes import Prefix

EACH = {"none": 4, "state": 1}
"""Beginnings for each worker. Without pruning so many that none waits long for the others; by state
few, as what lies behind two of them is mostly the same, and gone through twice."""


@dataclass(slots=True)
class Gathered:
    """What was found so far, and how far is still to be looked.

    Attributes:
        bounds: Of all schedules.
        within: States on the way to the beginnings, which nobody counts.
        states: Gone through, those of unfinished beginnings left out.
        is_stopped: A limit was reached, or the user has ended it.
    """

    bounds: Bounds
    within: int
    states: int = field(init=False)
    is_stopped: bool = False
    _rows: list[Explored] = field(default_factory=list)
    _best: Explored | None = None

    def __post_init__(self) -> None:
        self.states = self.within

    def is_enough(self, states: int) -> bool:
        """Return whether so many states are as many as there may be."""
        return bool(self.bounds.states) and states >= self.bounds.states

    def left(self, prefix: Prefix) -> Bounds | None:
        """Return how far is to be looked from a beginning; None: nothing better lies there."""
        most = self.bounds
        switches = most.switches
        if self._best is not None:
            switches = self._best.switches  # as many with fewer steps is better
        if switches is not None:
            switches -= prefix.switches
        if switches is not None and switches < 0:
            return None
        interrupts = None if most.interrupts is None else most.interrupts - prefix.interrupts
        if self.is_enough(self.states):
            self.is_stopped = True
            return None
        states = most.states and most.states - self.states
        return replace(most, switches=switches, interrupts=interrupts, states=states)

    def take(self, prefix: Prefix, row: Explored) -> None:
        """Take in what was found behind a beginning."""
        self._rows.append(row)
        self.states += row.states
        if not row.found:
            return
        schedule = bytes(prefix.actors) + (row.schedule or b"")
        mine = row._replace(switches=prefix.switches + row.switches, schedule=schedule)
        if self._best is None or _cost(mine) < _cost(self._best):
            self._best = mine

    def all_in_all(self) -> Explored:
        """Return what all found, as one would have."""
        rows, best = self._rows, self._best
        ends = {key for row in rows for key in _keys(row)}
        return Explored(
            found=best is not None,
            finished=not self.is_stopped and all(row.finished for row in rows),
            states=self.within + sum(row.states for row in rows),
            schedules=sum(row.schedules for row in rows),
            steps=self.within + sum(row.steps for row in rows),
            ends=len(ends),
            ends_hash=sum(ends) % 2**64,
            switches=best.switches if best else 0,
            schedule=best.schedule if best else None,
            end_keys=None,
        )


def _cost(row: Explored) -> tuple[int, int, bytes]:
    schedule = row.schedule or b""
    return row.switches, len(schedule), schedule


def _keys(row: Explored) -> list[int]:
    return memoryview(row.end_keys or b"").cast("Q").tolist()
