"""Which event lies where, over a whole history, and what each byte of a sub-buffer is."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.place import EventPlace
from relayviz.model.ledger.following import Following

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from relayviz.model.channel.state import State
    from relayviz.model.history.history import History

    Column = NDArray[np.int64]


class Role(StrEnum):
    """What bytes of a sub-buffer are."""

    HEADER = "header"
    EVENT = "event"
    RESERVED = "reserved"  # handed out by relay_reserve and not yet filled
    PADDING = "padding"
    STALE = "stale"  # left over from an earlier use of the sub-buffer
    FREE = "free"  # no event was ever put there


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes of a sub-buffer that belong together.

    Attributes:
        start: First byte, from the start of the sub-buffer.
        end: Behind the last.
        role: What they are.
        event: Whose bytes they are; in padding and stale bytes: whose are still there.
    """

    start: int
    end: int
    role: Role
    event: EventPlace | None = None


class _Put:
    """The events that were ever put into one sub-buffer, in order: columns, for there are many."""

    def __init__(self) -> None:
        self.steps, self.starts, self.ends = array("Q"), array("Q"), array("Q")

    def truncate(self, step: int) -> None:
        """Forget what came behind a step."""
        end = bisect_right(self.steps, step)
        del self.steps[end:], self.starts[end:], self.ends[end:]

    def visible(self, step: int, size: int) -> Iterator[int]:
        """Give the steps up to one of whose bytes some are not another's since, newest first."""
        free = [(0, size)]
        for at in range(bisect_right(self.steps, step) - 1, -1, -1):
            start, end = self.starts[at], self.ends[at]
            if any(first < end and start < last for first, last in free):
                yield self.steps[at]
                free = [piece for one in free for piece in _without(one, start, end)]
            elif not free:
                return


class EventIndex(Following):
    """The places of a branch's events by sub-buffer, kept up to date as the branch grows.

    Threads: one, any; the history may grow meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._history: History | None = None
        self._taken = 0  # the branch that steps were taken from last: all that are in lie on it
        self._put: dict[tuple[int, int], _Put] = defaultdict(_Put)

    def take(self, history: History, branch: int, first: int, last: int) -> None:
        """Take in the steps from `first` to `last` of a branch."""
        self._history, self._taken = history, branch
        for stretch in history.spots(branch, first, last):
            self._add(*(column.astype(np.int64) for column in stretch))

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        for put in self._put.values():
            put.truncate(step)

    def _add(
        self, steps: Column, buffers: Column, subbufs: Column, starts: Column, ends: Column
    ) -> None:
        """Put events to the sub-buffers that they went to."""
        order = np.lexsort((subbufs, buffers))
        keys = np.stack((buffers[order], subbufs[order]))
        cuts = np.flatnonzero(np.any(np.diff(keys, axis=1), axis=0)) + 1
        for chosen in np.split(order, cuts) if len(order) else ():
            put = self._put[int(buffers[chosen[0]]), int(subbufs[chosen[0]])]
            put.steps.frombytes(steps[chosen].tobytes())
            put.starts.frombytes(starts[chosen].tobytes())
            put.ends.frombytes(ends[chosen].tobytes())

    def places(self, state: State, step: int, row: int, index: int) -> Iterator[EventPlace]:
        """Give what was put into a sub-buffer up to a step, newest first.

        Left out is what newer events have gone over as a whole.

        Args:
            state: The state after the step.
            step: Its number on the branch.
            row: The buffer's row in the state.
            index: The sub-buffer.
        """
        put = self._put.get((int(state.buffers["cpu"][row]), index))
        if put is None or self._history is None:
            return
        for one in put.visible(step, state.subbuf_size):
            place = self._history.at(self._taken, one).place
            if place is not None:
                yield place


def _without(stretch: tuple[int, int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give what is left of a stretch when another is taken out."""
    first, last = stretch
    if first < min(start, last):
        yield first, min(start, last)
    if max(end, first) < last:
        yield max(end, first), last


def regions(state: State, row: int, index: int, places: Iterable[EventPlace]) -> list[Region]:
    """Say what each byte of a sub-buffer is.

    Args:
        state: The state.
        row: The buffer's row in it.
        index: The sub-buffer.
        places: What was ever put there, newest first (EventIndex.places).

    Returns:
        Regions in order that cover the sub-buffer from its first to its last byte.
    """
    unfilled = {slot.event for slot in state.reserved if slot.is_current}
    found: list[Region] = []
    cuts = _role_cuts(state, row, index)
    # the newest who put bytes somewhere is who has them there
    layers = sorted(_uncovered(places, state.subbuf_size), key=lambda layer: layer[0])
    for start, end, role in cuts:
        for first, last, place in _within(layers, start, end):
            found.append(_region(first, last, role, place, unfilled))
    return found


def _region(
    start: int, end: int, role: Role, place: EventPlace | None, unfilled: set[int]
) -> Region:
    if role is Role.HEADER:
        return Region(start, end, role)
    if role is Role.EVENT and place is not None and place.event in unfilled:
        return Region(start, end, Role.RESERVED, place)
    if role is Role.STALE and place is None:
        return Region(start, end, Role.FREE)
    return Region(start, end, role, place)


def _role_cuts(state: State, row: int, index: int) -> Iterator[tuple[int, int, Role]]:
    """Cut a sub-buffer by what its counters say; empty pieces are left out."""
    subbuf = state.subbufs[row, index]
    size = state.subbuf_size
    used = min(int(subbuf["used"]), size)
    header = min(int(subbuf["header"]), used)
    padding = min(int(subbuf["padding"]), size - used)
    edges = (0, header, used, size - padding, size)
    roles = (Role.HEADER, Role.EVENT, Role.STALE, Role.PADDING)
    for start, end, role in zip(edges, edges[1:], roles, strict=False):
        if start < end:
            yield start, end, role


Layer = tuple[int, int, EventPlace]


def _uncovered(places: Iterable[EventPlace], size: int) -> Iterator[Layer]:
    """Go back in time and give of each event the bytes that no newer one has taken."""
    free = [(0, size)]
    for place in places:
        if not free:
            return
        left = []
        for start, end in free:
            first, last = max(start, place.start), min(end, place.end)
            if first >= last:
                left.append((start, end))
                continue
            yield first, last, place
            left += [(a, b) for a, b in ((start, first), (last, end)) if a < b]
        free = left


def _within(
    layers: list[Layer], start: int, end: int
) -> Iterator[tuple[int, int, EventPlace | None]]:
    """Give the layers inside a stretch, and the gaps between them as nobody's."""
    at = start
    for first, last, place in layers:
        if last <= at or first >= end:
            continue
        if first > at:
            yield at, first, None
        yield max(first, at), min(last, end), place
        at = min(last, end)
    if at < end:
        yield at, end, None
