"""Which event lies where, over a whole history, and what each byte of a sub-buffer is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.place import EventPlace
from relayviz.model.ledger.following import Following
from relayviz.model.ledger.table import Table, joined, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relayviz.model.channel.state import State
    from relayviz.model.history.history import History


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


SPOT = np.dtype(
    [
        ("step", np.int32),
        ("buffer", np.int32),  # its CPU number
        ("subbuf", np.uint32),
        ("start", np.uint32),
        ("end", np.uint32),
    ]
)
"""Where a step put an event."""

_BLOCK = 2**14  # of these looked at in one go


class EventIndex(Following):
    """The places of a branch's events, kept up to date as the branch grows.

    Threads: one, any; the history may grow meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._history: History | None = None
        self._taken = 0  # the branch that steps were taken from last: all that are in lie on it
        self._spots = Table(SPOT)

    def take(self, history: History, branch: int, first: int, last: int, looks: int | None) -> int:
        """Take in the steps from `first` to `last` of a branch; none has to be looked at."""
        del looks
        self._history, self._taken = history, branch
        self._spots.expect(history.length(branch) + 1 - first)
        self._spots.extend(rows_of(SPOT, *joined(history.spots(branch, first, last))))
        return last

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._spots.cut(self._spots.until(step))

    def places(self, state: State, step: int, row: int, index: int) -> Iterator[EventPlace]:
        """Give what was put into a sub-buffer up to a step, newest first.

        Left out is what newer events have gone over as a whole.

        Args:
            state: The state after the step.
            step: Its number on the branch.
            row: The buffer's row in the state.
            index: The sub-buffer.
        """
        if self._history is None:
            return
        free = [(0, state.subbuf_size)]
        for one, start, end in self._put(int(state.buffers["cpu"][row]), index, step):
            if any(first < end and start < last for first, last in free):
                place = self._history.at(self._taken, one).place
                if place is not None:
                    yield place
                free = [piece for piece_of in free for piece in _without(piece_of, start, end)]
            elif not free:
                return

    def _put(self, buffer: int, index: int, step: int) -> Iterator[tuple[int, int, int]]:
        """Give (step, first byte, behind the last) of what was put there, newest first."""
        rows, end = self._spots.rows, self._spots.until(step)
        while end > 0:  # what is seen lies mostly near the end
            begin = max(0, end - _BLOCK)
            some = rows[begin:end]
            there = some[(some["buffer"] == buffer) & (some["subbuf"] == index)]
            yield from there[["step", "start", "end"]][::-1].tolist()
            end = begin


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
