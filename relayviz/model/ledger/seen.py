"""What a reader got of an event, found from the pieces that it was given."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.ledger.lane import NEVER
from relayviz.model.ledger.table import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.int64]


class Seen(IntFlag):
    """What a reader got of an event; 0: nothing, and nothing was kept from it."""

    WHOLE = 1  # every byte of it, at least once
    PART = 2  # some bytes; the others can still come
    TWICE = 4  # some byte more than once (defects D1, D2)
    TORN = 8  # some bytes and never the others, or some that are not its own any more
    UNWRITTEN = 16  # its bytes before anybody had stored them: it was only reserved
    SKIPPED = 32  # nothing: the writer had lapped the reader, which passed it over


def covered(rows: NDArray[np.void], parts: NDArray[np.void], subbuf_size: int) -> Column:
    """Find which bytes of which events were delivered.

    Args:
        rows: Stored events of a buffer in order (lane.ROW).
        parts: What was delivered, in any order (delivery.PART).
        subbuf_size: Bytes of a sub-buffer.

    Returns:
        Of each event WHOLE, PART, TWICE and UNWRITTEN, shape (events,).
    """
    # addresses that go on from sub-buffer to sub-buffer, through laps and resets
    begins = rows["serial"].astype(np.int64) * subbuf_size + rows["start"]
    ends = begins + rows["length"]
    froms = parts["serial"] * subbuf_size + parts["start"]
    tos = froms + parts["length"]
    low = np.searchsorted(ends, froms, "right")
    counts = np.maximum(np.searchsorted(begins, tos) - low, 0)
    events, steps = spread(low, counts), parts["step"].repeat(counts)
    pieces = _Pieces(
        events,
        np.maximum(begins[events], froms.repeat(counts)),
        np.minimum(ends[events], tos.repeat(counts)),
    )
    flags = pieces.flags(begins, ends)
    first = np.full(len(rows), NEVER)
    np.minimum.at(first, events, steps)
    flags[rows["filled"] > first] |= int(Seen.UNWRITTEN)
    return flags


class _Pieces:
    """Bytes of events, put in order."""

    def __init__(self, events: NDArray[np.intp], froms: Column, tos: Column) -> None:
        order = np.lexsort((froms, events))
        self._events, self._froms, self._tos = events[order], froms[order], tos[order]

    def flags(self, begins: Column, ends: Column) -> Column:
        """Return WHOLE, PART and TWICE of each of the events that lie there."""
        events, froms = self._events, self._froms
        # events lie behind each other, so what was reached in one is not behind the next
        reached = np.maximum.accumulate(self._tos)
        before = np.maximum(np.concatenate([[-1], reached[:-1]]), begins[events])
        is_empty = begins[events] == ends[events]
        again = (froms < before) | (is_empty & (np.diff(events, prepend=-1) == 0))
        whole_to = np.full(len(begins), -1)
        np.maximum.at(whole_to, events, self._tos)
        count = len(begins)
        is_some = np.bincount(events, minlength=count) > 0
        has_gap = np.bincount(events, froms > before, count) > 0
        is_whole = is_some & ~has_gap & (whole_to >= ends)
        is_twice = np.bincount(events, again, count) > 0
        flags: Column = np.where(is_whole, int(Seen.WHOLE), 0)
        flags |= np.where(is_some & ~is_whole, int(Seen.PART), 0)
        flags |= np.where(is_twice, int(Seen.TWICE), 0)
        return flags
