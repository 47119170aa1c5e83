"""What each reader was given: delivered, delivered twice, torn, never written, skipped.

This is kept apart from the fate of events. A fate is what the channel did with an event; a reader
may get an event and the channel may still count it as lost, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import NO_LAP
from relayviz.model.ledger.lane import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.channel.trail import Reading
    from relayviz.model.history.history import Step
    from relayviz.model.ledger.lane import Lane

    Part = tuple[int, int, int, int]


class Seen(IntFlag):
    """What a reader got of an event; 0: nothing, and nothing was kept from it."""

    WHOLE = 1  # every byte of it, at least once
    PART = 2  # some bytes; the others can still come
    TWICE = 4  # some byte more than once (defects D1, D2)
    TORN = 8  # some bytes and never the others, or bytes of another event among them
    UNWRITTEN = 16  # its bytes before anybody had stored them: it was only reserved
    SKIPPED = 32  # nothing: the writer had lapped the reader, which passed it over


@dataclass(slots=True, eq=False)
class Reader:
    """A descriptor from its opening to its closing.

    Attributes:
        fd: Its slot.
        buffer: The CPU number of its buffer.
        opened: The step that opened it.
        closed: The step that closed it; NEVER: it is open.
        parts: What it was given: (step, serial of the sub-buffer or NO_LAP, first byte, bytes).
        skips: What it passed over: (step, first serial, the one behind the last).
    """

    fd: int
    buffer: int
    opened: int
    closed: int = NEVER
    parts: list[Part] = field(default_factory=list)
    skips: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader was given up to a step, in figures.

    Attributes:
        events: How many events it saw in each way, by Seen.
        bytes: All bytes that it got.
        unwritten: Of these: from sub-buffers that nobody had written since open or reset.
    """

    events: dict[Seen, int]
    bytes: int
    unwritten: int


class Got(NamedTuple):
    """What one reader got of an event: its slot, the step that gave it the last of it, bytes."""

    fd: int
    step: int
    length: int


class Readers:
    """All readers of a branch.

    Threads: one, any.

    Args:
        subbuf_size: Bytes of a sub-buffer.
    """

    def __init__(self, subbuf_size: int) -> None:
        self._size = subbuf_size
        self._all: list[Reader] = []
        self._open: dict[int, Reader] = {}

    def note(self, step: Step) -> None:
        """Take in that a descriptor was opened or closed."""
        fd = step.result.value
        if step.result.outcome is not Outcome.OK or fd is None:
            return
        if step.operation.kind is Kind.CLOSE_FILE:
            self._open.pop(fd).closed = step.depth
            return
        self._open[fd] = Reader(fd, step.marks[0][0], step.depth)
        self._all.append(self._open[fd])

    def add(self, step: int, fd: int, reading: Reading, lane: Lane) -> None:
        """Take in what a read or splice of a step delivered."""
        reader = self._open[fd]
        for run in reading.runs:
            serial = NO_LAP if run.lap == NO_LAP else lane.serial(run.lap)
            reader.parts.append((step, serial, run.start, run.length))
        first, end = reading.skipped
        if first < end:
            reader.skips.append((step, lane.serial(first), lane.serial(end)))

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._all = [reader for reader in self._all if reader.opened <= step]
        for reader in self._all:
            reader.closed = NEVER if reader.closed > step else reader.closed
            reader.parts = [part for part in reader.parts if part[0] <= step]
            reader.skips = [skip for skip in reader.skips if skip[0] <= step]
        self._open = {reader.fd: reader for reader in self._all if reader.closed == NEVER}

    def at(self, step: int) -> list[Reader]:
        """Return the readers that had been opened at a step, in that order."""
        return [reader for reader in self._all if reader.opened <= step]

    def seen(self, readers: Sequence[Reader], lane: Lane, step: int) -> NDArray[np.uint8]:
        """Return what readers of a buffer, taken together, got of each event up to a step.

        Returns:
            Flags of Seen for each event that had been tried, shape (events,).
        """
        found = np.zeros(lane.rows_at(step), np.uint8)
        parts = [part for one in readers for part in one.parts if part[0] <= step and part[1] >= 0]
        skips = [skip for one in readers for skip in one.skips if skip[0] <= step]
        if not parts and not skips:
            return found
        # only sub-buffers that somebody got to are looked at
        first = min([part[1] for part in parts] + [skip[1] for skip in skips])
        last = max([part[1] for part in parts] + [skip[2] for skip in skips])
        serials = lane.rows["serial"][: len(found)]
        stored = np.flatnonzero((serials >= first) & (serials <= last))
        if len(stored):
            found[stored] = self._flags(lane, stored, sorted(parts), skips, step)
        return found

    def _flags(
        self,
        lane: Lane,
        stored: NDArray[np.intp],
        parts: list[Part],
        skips: list[tuple[int, int, int]],
        step: int,
    ) -> NDArray[np.int64]:
        """Return the flags of some rows."""
        rows = lane.rows[stored]
        cover = _Cover(rows, self._size)
        cover.take(parts)
        flags = cover.flags()
        touched = flags != 0
        is_torn = (flags & Seen.PART != 0) & (rows["decided"] <= step)
        flags[is_torn] ^= Seen.PART | Seen.TORN
        for row, (when, _) in lane.clobbers.items():
            at = int(np.searchsorted(stored, row))
            if at < len(stored) and stored[at] == row and when <= cover.last[at]:
                flags[at] |= Seen.TORN
        for _, first, end in skips:
            low, high = np.searchsorted(rows["serial"], [first, end])
            flags[low:high] |= np.where(touched[low:high], 0, Seen.SKIPPED)
        return flags

    def got(self, buffer: int, stretch: tuple[int, int, int], step: int) -> tuple[Got, ...]:
        """Return what each reader of a buffer got of some bytes up to a step, the first first.

        Args:
            buffer: The buffer.
            stretch: Serial of the sub-buffer, first byte, the one behind the last.
            step: The step.
        """
        serial, begin, end = stretch
        found = []
        for reader in self.at(step):
            pieces: list[tuple[int, int]] = []
            last = length = 0
            for when, where, first, count in reader.parts if reader.buffer == buffer else ():
                piece = max(begin, first), min(end, first + count)
                if when <= step and where == serial and piece[0] < piece[1]:
                    pieces.append(piece)
                    if (known := _covered(pieces)) > length:
                        last, length = when, known
            if length:
                found.append(Got(reader.fd, last, length))
        return tuple(sorted(found, key=lambda one: one.step))

    def given(self, reader: Reader, lane: Lane, step: int) -> Given:
        """Return what a reader was given up to a step."""
        seen = self.seen([reader], lane, step)
        parts = [part for part in reader.parts if part[0] <= step]
        return Given(
            {flag: int(np.count_nonzero(seen & flag)) for flag in Seen},
            sum(part[3] for part in parts),
            sum(part[3] for part in parts if part[1] == NO_LAP),
        )


class _Cover:
    """Which bytes of which events were delivered, and when."""

    def __init__(self, rows: NDArray[np.void], size: int) -> None:
        self._size = size
        self._rows = rows
        # addresses that go on from sub-buffer to sub-buffer, through laps and resets
        self._begins = rows["serial"].astype(np.int64) * size + rows["start"]
        self._ends = self._begins + rows["length"]
        self._whole = np.zeros(len(rows) + 1, np.int64)  # differences of how often
        self._pieces: dict[int, list[tuple[int, int]]] = {}
        self._first = np.full(len(rows), NEVER, np.int64)
        self.last = np.full(len(rows), -1, np.int64)

    def take(self, parts: list[Part]) -> None:
        """Add bytes that were delivered, in the order of time."""
        if not parts:
            return
        whens, serials, starts, lengths = np.array(parts, np.int64).T
        begins = serials * self._size + starts
        ends = begins + lengths
        low = np.searchsorted(self._ends, begins, "right")
        high = np.searchsorted(self._begins, ends, "left")
        some = np.flatnonzero(low < high)
        whens, begins, ends, low, high = (one[some] for one in (whens, begins, ends, low, high))
        # at either end of a part an event may have been cut
        cut_low = (self._begins[low] < begins) | (self._ends[low] > ends)
        cut_high = (high - 1 > low) & (self._ends[high - 1] > ends)
        whole_low, whole_high = low + cut_low, high - cut_high
        is_whole = whole_low < whole_high
        np.add.at(self._whole, whole_low[is_whole], 1)
        np.add.at(self._whole, whole_high[is_whole], -1)
        for cut, events in ((cut_low, low), (cut_high, high - 1)):
            for at in np.flatnonzero(cut).tolist():
                self._add_piece(int(events[at]), int(begins[at]), int(ends[at]))
        spans = list(zip(whens.tolist(), low.tolist(), high.tolist(), strict=True))
        for when, first, last in spans:
            self.last[first:last] = when
        for when, first, last in reversed(spans):
            self._first[first:last] = when

    def _add_piece(self, event: int, begin: int, end: int) -> None:
        piece = max(begin, int(self._begins[event])), min(end, int(self._ends[event]))
        self._pieces.setdefault(event, []).append(piece)

    def flags(self) -> NDArray[np.int64]:
        """Return WHOLE, PART, TWICE and UNWRITTEN for each event."""
        times = np.cumsum(self._whole[:-1])
        flags: NDArray[np.int64] = np.zeros(len(times), np.int64)
        flags[times > 0] = int(Seen.WHOLE)
        flags[times > 1] |= int(Seen.TWICE)
        for event, pieces in self._pieces.items():
            covered = int(self._ends[event] - self._begins[event])
            is_whole, is_twice = _joined(pieces, int(self._begins[event]), covered)
            whole = bool(times[event]) or is_whole
            flags[event] |= int(Seen.WHOLE if whole else Seen.PART)
            if is_twice or times[event]:
                flags[event] |= int(Seen.TWICE)
        flags[self._rows["filled"] > self._first] |= int(Seen.UNWRITTEN)
        return flags


def _covered(pieces: list[tuple[int, int]]) -> int:
    """Return how many bytes lie in any of some pieces."""
    reached = total = 0
    for first, end in sorted(pieces):
        total += max(end - max(first, reached), 0)
        reached = max(reached, end)
    return total


def _joined(pieces: list[tuple[int, int]], begin: int, length: int) -> tuple[bool, bool]:
    """Return whether pieces cover a stretch, and whether any byte lies in two of them."""
    reached, twice, gap = begin, False, False
    for first, end in sorted(pieces):
        gap |= first > reached
        twice |= first < reached
        reached = max(reached, end)
    return not gap and reached >= begin + length, twice
