"""What each reader was given: delivered, delivered twice, torn, never written, skipped.

This is kept apart from the fate of events. A fate is what the channel did with an event; a reader
may get an event and the channel may still count it as lost, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import NO_LAP
from relayviz.model.ledger.lane import NEVER
from relayviz.model.ledger.seen import Seen, covered
from relayviz.model.ledger.table import Table, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.channel.trail import Reading
    from relayviz.model.history.history import Step
    from relayviz.model.ledger.lane import Clobber, Lane

    Column = NDArray[np.int64]

PART = np.dtype([(name, np.int64) for name in ("step", "serial", "start", "length")])
"""Bytes that a reader was given in one piece: the sub-buffer's serial or NO_LAP, the first byte."""

SKIP = np.dtype([(name, np.int64) for name in ("step", "first", "end")])
"""Sub-buffers that a reader passed over: the first serial, and the one behind the last."""


@dataclass(slots=True, eq=False)
class Reader:
    """A descriptor from its opening to its closing.

    Attributes:
        fd: Its slot.
        buffer: The CPU number of its buffer.
        opened: The step that opened it.
        closed: The step that closed it; NEVER: it is open.
        parts: What it was given, PART.
        skips: What it passed over, SKIP.
    """

    fd: int
    buffer: int
    opened: int
    closed: int = NEVER
    parts: Table = field(default_factory=lambda: Table(PART))
    skips: Table = field(default_factory=lambda: Table(SKIP))

    def given(self, step: int) -> NDArray[np.void]:
        """Return what it was given up to a step."""
        return self.parts.rows[: self.parts.until(step)]

    def skipped(self, step: int) -> NDArray[np.void]:
        """Return what it passed over up to a step."""
        return self.skips.rows[: self.skips.until(step)]

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self.closed = NEVER if self.closed > step else self.closed
        self.parts.cut(self.parts.until(step))
        self.skips.cut(self.skips.until(step))


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
    """What one reader got of an event.

    Attributes:
        fd: Its slot.
        step: The step that gave it the last of it.
        length: Bytes of it.
        over: What had gone over some of these bytes before it got them; None: nothing.
    """

    fd: int
    step: int
    length: int
    over: Clobber | None = None


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
        parts = [(step, run.lap, run.start, run.length) for run in reading.runs]
        first, end = reading.skipped
        skips = [(step, first, end)] if first < end else []
        self.add_many(fd, np.array(parts, PART), np.array(skips, SKIP), lane)

    def add_many(
        self, fd: int, parts: NDArray[np.void], skips: NDArray[np.void], lane: Lane
    ) -> None:
        """Take in what reads of a descriptor delivered and passed over, with laps as serials."""
        reader = self._open[fd]
        for rows, names in ((parts, ("serial",)), (skips, ("first", "end"))):
            for name in names:
                rows[name] = lane.serials(rows[name])
        reader.parts.extend(parts)
        reader.skips.extend(skips)

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._all = [reader for reader in self._all if reader.opened <= step]
        for reader in self._all:
            reader.truncate(step)
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
        if not readers:
            return found
        parts = np.concatenate([one.given(step) for one in readers])
        parts = parts[parts["serial"] != NO_LAP]
        skips = np.concatenate([one.skipped(step) for one in readers])
        if not len(parts) and not len(skips):
            return found
        # only sub-buffers that somebody got to are looked at
        first = min(one.min(initial=NEVER) for one in (parts["serial"], skips["first"]))
        last = max(one.max(initial=-1) for one in (parts["serial"], skips["end"]))
        serials = lane.rows["serial"][: len(found)]
        stored = np.flatnonzero((serials >= first) & (serials <= last))
        if len(stored):
            found[stored] = self._flags(lane, stored, parts, skips, step)
        return found

    def _flags(
        self,
        lane: Lane,
        stored: NDArray[np.intp],
        parts: NDArray[np.void],
        skips: NDArray[np.void],
        step: int,
    ) -> Column:
        """Return the flags of some rows."""
        rows = lane.rows[stored]
        flags = covered(rows, parts, self._size)
        is_touched = flags != 0
        is_torn = (flags & Seen.PART != 0) & (rows["decided"] <= step)
        flags[is_torn] ^= Seen.PART | Seen.TORN
        for row in lane.clobbers:
            at = int(np.searchsorted(stored, row))
            if at < len(stored) and stored[at] == row:
                pieces = parts[parts["serial"] == rows["serial"][at]]
                within = int(rows["start"][at]), int(rows["start"][at] + rows["length"][at])
                if any(_gets(one, pieces, within) for one in lane.clobbers_at(row, step)):
                    flags[at] |= Seen.TORN
        low, high = (np.searchsorted(rows["serial"], skips[name]) for name in ("first", "end"))
        passed = spread(low, high - low)
        flags[passed[~is_touched[passed]]] |= Seen.SKIPPED
        return flags

    def got(
        self,
        buffer: int,
        stretch: tuple[int, int, int],
        step: int,
        clobbers: Sequence[Clobber] = (),
    ) -> tuple[Got, ...]:
        """Return what each reader of a buffer got of some bytes up to a step, the first first.

        Args:
            buffer: The buffer.
            stretch: Serial of the sub-buffer, first byte, the one behind the last.
            step: The step.
            clobbers: What went over these bytes.
        """
        serial, begin, end = stretch
        found = []
        for reader in self.at(step):
            pieces: list[tuple[int, int]] = []
            last = length = 0
            parts = reader.given(step) if reader.buffer == buffer else reader.given(-1)
            parts = parts[parts["serial"] == serial]
            for when, _, first, count in parts.tolist():
                piece = max(begin, first), min(end, first + count)
                if piece[0] < piece[1]:
                    pieces.append(piece)
                    if (known := _covered(pieces)) > length:
                        last, length = when, known
            if length:
                over = (one for one in clobbers if _gets(one, parts, (begin, end)))
                found.append(Got(reader.fd, last, length, next(over, None)))
        return tuple(sorted(found, key=lambda one: one.step))

    def given(self, reader: Reader, lane: Lane, step: int) -> Given:
        """Return what a reader was given up to a step."""
        seen = self.seen([reader], lane, step)
        parts = reader.given(step)
        return Given(
            {flag: int(np.count_nonzero(seen & flag)) for flag in Seen},
            int(parts["length"].sum()),
            int(parts["length"][parts["serial"] == NO_LAP].sum()),
        )


def _gets(clobber: Clobber, parts: NDArray[np.void], within: tuple[int, int]) -> bool:
    """Whether parts of a sub-buffer (PART) have bytes of an event that were gone over before."""
    begin, end = max(clobber.start, within[0]), min(clobber.end, within[1])
    later = parts[parts["step"] > clobber.step]
    return bool(((later["start"] < end) & (begin < later["start"] + later["length"])).any())


def _covered(pieces: list[tuple[int, int]]) -> int:
    """Return how many bytes lie in any of some pieces."""
    reached = total = 0
    for first, end in sorted(pieces):
        total += max(end - max(first, reached), 0)
        reached = max(reached, end)
    return total
