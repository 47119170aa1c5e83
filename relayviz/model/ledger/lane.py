"""The events of one buffer in the order they were tried, each with its fate: a row of figures each.

A row says when the fate was decided, so one table answers for every step of a branch.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from relayviz.model.channel.state import Count
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.ledger.table import Table, rows_of, spread
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Column = NDArray[np.integer[Any]]

NEVER = 2**31 - 1
"""As the number of a step: it has not come."""

ROW = np.dtype(
    [
        ("step", np.int32),
        ("event", np.int32),
        ("decided", np.int32),  # the step; NEVER: not yet
        ("filled", np.int32),  # the step; NEVER: not yet; -1: it was written, not reserved
        ("length", np.int32),
        ("serial", np.int32),  # the sub-buffer, counted over resets; -1: it was not stored
        ("start", np.int32),
        ("cpu", np.uint16),
        ("fate", np.uint8),
    ]
)
_OPEN = np.dtype([("serial", np.int64), ("first", np.int64), ("end", np.int64)])
"""A sub-buffer that is not decided: its rows, with those of refused events between them."""

UNFILLED = 1 << 15
"""In bits of fates: reserved and not filled."""

CLOBBERED = 1 << 13
"""In bits of fates: its bytes were gone over before it was consumed."""

_BITS = np.array([1 << fate for fate in Fate], np.uint16)
LOSS_BITS = sum(1 << fate for fate in LOST_FATES)
"""In bits of fates: those of lost events."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events of a buffer have a fate at a step.

    Attributes:
        count: Events and their bytes.
        subbufs: The sub-buffers that hold or held them; 0: they were never stored.
    """

    count: Count
    subbufs: int

    @classmethod
    def total(cls, tallies: Iterable[Tally]) -> Tally:
        """Return the sum of several."""
        events = size = subbufs = 0
        for one in tallies:
            events, size = events + one.count.events, size + one.count.bytes
            subbufs += one.subbufs
        return cls(Count(events, size), subbufs)


class Clobber(NamedTuple):
    """Bytes of a stored event were gone over.

    Attributes:
        step: By which step.
        event: Whose slot was filled too late; None: subbuf_start stored them.
        start: The first byte, from the start of the sub-buffer.
        end: The one behind the last.
    """

    step: int
    event: int | None
    start: int
    end: int

    @property
    def by(self) -> str:
        """Who it was."""
        return "subbuf_start" if self.event is None else f"event {grouped(self.event)}"


class Lane:
    """The events of one buffer.

    Threads: one, any.

    Args:
        n_subbufs: Sub-buffers of the buffer.

    Attributes:
        clobbers: Of rows what went over their bytes, in order.
    """

    def __init__(self, n_subbufs: int) -> None:
        self._n = n_subbufs
        self._table = Table(ROW)
        self._open = Table(_OPEN)
        self._bases = [(0, 0)]  # from this step on sub-buffer 0 has this serial
        self._newest = 0  # the highest serial that was heard of
        self.clobbers: dict[int, tuple[Clobber, ...]] = {}

    # -- growing -------------------------------------------------------------------------------

    def add(self, row: tuple[int, ...]) -> int:
        """Add an event (ROW, with the lap as serial); return its row."""
        at = len(self._table)
        if row[5] >= 0:
            serial = self.serial(row[5])
            row = (*row[:5], serial, *row[6:])
            if not self._goes_on(serial, at + 1):
                self._open.append((serial, at, at + 1))
        self._table.append(row)
        return at

    def add_many(self, rows: NDArray[np.void]) -> None:
        """Add events (ROW, with laps as serials) in order."""
        at = len(self._table)
        rows["serial"] = self.serials(rows["serial"])
        self._table.extend(rows)
        self._note_open(at + np.flatnonzero(rows["serial"] >= 0))

    def _note_open(self, rows: NDArray[np.intp]) -> None:
        """Note the sub-buffers of stored events as not decided."""
        if not len(rows):
            return
        serials = self.rows["serial"][rows]
        cuts = np.flatnonzero(np.diff(serials, prepend=-1))
        ends = np.append(rows[cuts[1:] - 1], rows[-1]) + 1
        more = int(self._goes_on(int(serials[0]), int(ends[0])))
        self._open.extend(rows_of(_OPEN, serials[cuts], rows[cuts], ends)[more:])

    def _goes_on(self, serial: int, end: int) -> bool:
        """Note that the newest sub-buffer has got more events; False: it is another one."""
        laps = self._open.rows
        if not len(laps) or laps["serial"][-1] != serial:
            return False
        laps["end"][-1] = end
        return True

    def serial(self, lap: int) -> int:
        """Return the number of a lap counted over resets, from open on."""
        serial = self._bases[-1][1] + lap
        self._newest = max(self._newest, serial)
        return serial

    def serials(self, laps: Column) -> Column:
        """Return the numbers of laps, as `serial`; what is below 0 is no lap."""
        found: Column = np.where(laps >= 0, self._bases[-1][1] + laps, laps)
        self._newest = max(self._newest, int(found.max(initial=0)))
        return found

    def decide(self, first: int, last: int, fate: Fate, step: int) -> None:
        """Give the events in the laps `first` to `last` their fate, unless they have one."""
        self.decide_many(*(np.array([one]) for one in (step, first, last, int(fate))))

    def decide_many(self, steps: Column, first: Column, last: Column, fates: Column) -> None:
        """Give events their fates, unless they have one.

        Args:
            steps: The steps that decide, in order.
            first: Of each the first lap that it is about.
            last: The last.
            fates: What the events get.
        """
        base, laps = self._bases[-1][1], self._open.rows
        low = np.searchsorted(laps["serial"], base + first)
        high = np.searchsorted(laps["serial"], base + last, "right")
        counts = np.maximum(high - low, 0)
        which = np.full(len(laps), len(steps))  # the first that is about it
        np.minimum.at(which, spread(low, counts), np.arange(len(steps)).repeat(counts))
        is_decided = which < len(steps)
        begins, sizes = laps["first"][is_decided], (laps["end"] - laps["first"])[is_decided]
        rows, which = spread(begins, sizes), which[is_decided].repeat(sizes)
        is_stored = self.rows["serial"][rows] >= 0  # others lie between
        rows, which = rows[is_stored], which[is_stored]
        self.rows["fate"][rows], self.rows["decided"][rows] = fates[which], steps[which]
        self._open.keep(~is_decided)

    def lost_by(self, step: int) -> list[int]:
        """Return the numbers of the events that a step lost."""
        rows = self.rows
        is_lost = (rows["decided"] == step) & np.isin(rows["fate"], LOST_FATES)
        numbers: list[int] = rows["event"][is_lost].tolist()
        return numbers

    def reset(self, step: int) -> None:
        """Count laps from 0 again from a step on."""
        self._bases.append((step, self._newest + 1))

    def fill(self, row: int, step: int) -> None:
        """Note that a reserved event was filled in."""
        self.rows["filled"][row] = step

    def clobber(self, index: int, clobber: Clobber) -> None:
        """Note whose bytes were gone over: those of what the sub-buffer `index` holds now."""
        start, end = clobber.start, clobber.end
        if start >= end:
            return
        laps = self._open.rows
        held = laps[(laps["serial"] - self._bases[-1][1]) % self._n == index]
        for row in range(held["first"][-1], held["end"][-1]) if len(held) else ():
            first, is_stored = int(self.rows["start"][row]), self.rows["serial"][row] >= 0
            if is_stored and first < end and start < first + int(self.rows["length"][row]):
                self.clobbers[row] = (*self.clobbers.get(row, ()), clobber)

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._table.cut(self.rows_at(step))
        rows = self.rows
        late = rows["decided"] > step
        rows["decided"][late], rows["fate"][late] = NEVER, Fate.UNREAD
        rows["filled"][(rows["filled"] > step)] = NEVER
        self._bases = [base for base in self._bases if base[0] <= step]
        for row, some in list(self.clobbers.items()):
            self.clobbers[row] = tuple(one for one in some if one.step <= step)
        self.clobbers = {row: some for row, some in self.clobbers.items() if some}
        self._open.cut(0)
        self._note_open(np.flatnonzero(late))

    def unfilled(self) -> Iterator[tuple[int, int]]:
        """Give (event, row) of what is reserved and not filled."""
        for row in np.flatnonzero(self.rows["filled"] == NEVER).tolist():
            yield int(self.rows["event"][row]), row

    def frozen(self) -> Lane:
        """Return a copy that can be asked and not grow."""
        result = Lane(self._n)
        result._table = self._table.copy()
        result._bases, result.clobbers = [*self._bases], {**self.clobbers}
        return result

    # -- asking --------------------------------------------------------------------------------

    @property
    def rows(self) -> NDArray[np.void]:
        """All rows; a view that holds until something is added."""
        return self._table.rows

    def rows_at(self, step: int) -> int:
        """Return how many events had been tried at a step."""
        return self._table.until(step)

    def row_of(self, event: int) -> int | None:
        """Return the row of an event; None: it was not tried here."""
        row = bisect_left(self.rows["event"], event)
        return row if row < len(self._table) and self.rows["event"][row] == event else None

    def lap(self, row: int) -> tuple[int, int] | None:
        """Return (lap, index) of the sub-buffer of an event; None: it was not stored."""
        serial = int(self.rows["serial"][row])
        if serial < 0:
            return None
        base = next(base for _, base in reversed(self._bases) if base <= serial)
        return serial - base, (serial - base) % self._n

    def clobbers_at(self, row: int, step: int) -> tuple[Clobber, ...]:
        """Return what had gone over the bytes of an event at a step; before they were in: none."""
        filled = int(self.rows["filled"][row])
        return tuple(one for one in self.clobbers.get(row, ()) if filled < one.step <= step)

    def is_held(self, row: int, lap: int, step: int) -> bool:
        """Return whether an event was put into what is lap `lap` at a step: resets count anew."""
        return int(self.rows["serial"][row]) == self.serial_at(lap, step)

    def serial_at(self, lap: int, step: int) -> int:
        """Return the serial of what was lap `lap` at a step."""
        return next(base for when, base in reversed(self._bases) if when <= step) + lap

    def fates(self, step: int, first: int = 0, last: int | None = None) -> NDArray[np.uint8]:
        """Return the fates that events had at a step, shape (last - first,)."""
        rows = self.rows[first : self.rows_at(step) if last is None else last]
        return np.where(rows["decided"] <= step, rows["fate"], np.uint8(Fate.UNREAD))

    def bits(self, step: int, first: int, last: int) -> NDArray[np.uint16]:
        """Return the same as bits, 1 << fate, with UNFILLED and CLOBBERED where that holds."""
        found: NDArray[np.uint16] = _BITS[self.fates(step, first, last)]
        waits = self.rows["filled"][first:last] > step
        found = np.where(waits, found | np.uint16(UNFILLED), found)
        for row in self.clobbers:
            if first <= row < last and self.clobbers_at(row, step):
                found[row - first] |= np.uint16(CLOBBERED)
        return found

    def tallies(self, step: int) -> dict[Fate, Tally]:
        """Return how many events of each fate there are at a step; none of them is left out."""
        count = self.rows_at(step)
        rows, fates = self.rows[:count], self.fates(step, 0, count)
        events = np.bincount(fates, minlength=len(Fate))
        sizes = np.bincount(fates, rows["length"], len(Fate))
        stored = np.flatnonzero(rows["serial"] >= 0)
        serials = rows["serial"][stored]
        # the events of a sub-buffer lie behind each other and share their fate
        begins = stored[np.flatnonzero(np.diff(serials, prepend=-1))]
        subbufs = np.bincount(fates[begins], minlength=len(Fate))
        return {
            fate: Tally(Count(int(events[fate]), int(sizes[fate])), int(subbufs[fate]))
            for fate in Fate
        }


def columns(bits: NDArray[np.uint16], width: int) -> NDArray[np.uint16]:
    """Gather events, in order, into columns of pixels.

    Args:
        bits: Of each event, shape (events,).
        width: Columns.

    Returns:
        The union of the bits of all events that a column stands for, shape (width,): however many
        these are, no fate of theirs is missing. With fewer events than columns one event takes
        several of them.
    """
    if not len(bits) or width < 1:
        return np.zeros(max(width, 0), np.uint16)
    begins = np.arange(width, dtype=np.int64) * len(bits) // width
    return np.bitwise_or.reduceat(bits, begins)
