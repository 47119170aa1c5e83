"""What fates are told from, of steps that were recorded together: in columns, with no step made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome, Refusal
from relayviz.model.channel.trail import Fate, Run
from relayviz.model.history.lanes import expand, squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.history.step import Step

_TYPES = (np.int32, np.int32, np.int32, np.int32, np.uint16, np.uint8)
_WIDTHS = (5, 8, 4, 3)  # of the tables
_PLAIN = frozenset(
    {
        *(Kind.WRITE, Kind.WRITE_NOLOCK, Kind.SWITCH, Kind.FLUSH),
        *(Kind.READ, Kind.SPLICE, Kind.POLL, Kind.CONSUME),
    }
)
REFUSALS = {
    Outcome.FULL: Fate.REFUSED_FULL,
    Outcome.TOO_BIG: Fate.TOO_BIG,
    Outcome.BUSY: Fate.BUSY,
}
"""The fates of events that are not stored."""

NO_ATTEMPT = -1
"""As the buffer of a step: it tried to store nothing."""


class Attempts(NamedTuple):
    """The attempts of a block, and what it did to events before.

    In such a block an event never goes into a sub-buffer of which it decided before.

    Attributes:
        buffers: For each step the CPU number of the buffer that it tried, or NO_ATTEMPT.
        laps: The lap that its event went to; -1: it was not stored.
        starts: The first byte in the sub-buffer; -1: the same.
        lengths: Bytes.
        cpus: Who wrote it.
        fates: Its fate at once: UNREAD if it was stored.
        verdicts: The fates of events before: (step of the block, buffer, first lap, last lap, fate)
            each, in order.
        reads: What reads delivered: (step, descriptor, buffer, first lap skipped, the one behind
            the last, sub-buffers released, first of its runs, how many) each, in order.
        runs: Their runs: (lap or NO_LAP, sub-buffer, first byte, bytes) each.
        reports: What subbufs_consumed released: (step, buffer, sub-buffers) each, in order.
    """

    buffers: NDArray[np.int32]
    laps: NDArray[np.int32]
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    cpus: NDArray[np.uint16]
    fates: NDArray[np.uint8]
    verdicts: NDArray[np.int64]
    reads: NDArray[np.int64]
    runs: NDArray[np.int64]
    reports: NDArray[np.int64]

    def packed(self) -> bytes:
        """Return the columns as few bytes."""
        kinds = (*_TYPES, *(np.int64 for _ in _WIDTHS))
        found = [np.asarray(column, kind) for column, kind in zip(self, kinds, strict=True)]
        return squeeze(tuple(one.tobytes() for one in found))

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Attempts | None:
        """Return the attempts of steps; None: there is more to them than attempts tell."""
        if not all(map(_is_plain, steps)):
            return None
        rows = list(zip(*map(_attempt, steps), strict=True))
        verdicts, reads, reports, runs = [], [], [], list[Run]()
        for row, step in enumerate(steps):
            if step.trail is not None:
                verdicts += [(row, *verdict) for verdict in step.trail.verdicts]
            reading = None if step.trail is None else step.trail.reading
            if reading is not None:
                where = (row, step.operation.fd or 0, reading.buffer, *reading.skipped)
                reads.append((*where, reading.released, len(runs), len(reading.runs)))
                runs += reading.runs
            if _is_report(step):
                reports.append((row, step.marks[0][0], step.result.value))
        tables = zip((verdicts, reads, runs, reports), _WIDTHS, strict=True)
        return cls(
            *map(np.array, rows, _TYPES),
            *(np.array(table, np.int64).reshape(-1, width) for table, width in tables),
        )

    def part(self, begin: int, end: int) -> Attempts:
        """Return those of the steps from row `begin` to before row `end`."""
        if begin == 0 and end == len(self.buffers):
            return self
        rows = slice(begin, end)
        return Attempts(
            *(self.buffers[rows], self.laps[rows], self.starts[rows], self.lengths[rows]),
            *(self.cpus[rows], self.fates[rows]),
            *(_within(self.verdicts, begin, end), _within(self.reads, begin, end)),
            *(self.runs, _within(self.reports, begin, end)),
        )

    @classmethod
    def joined(cls, parts: Sequence[Attempts]) -> Attempts:
        """Return those of several blocks, one behind the other, as if they were one."""
        row = run = 0
        moved = []
        for part in parts:
            reads = part.reads + np.array([row, *(0,) * 5, run, 0])
            verdicts, reports = part.verdicts + _down(row, 5), part.reports + _down(row, 3)
            moved.append(part._replace(verdicts=verdicts, reads=reads, reports=reports))
            row, run = row + len(part.buffers), run + len(part.runs)
        return cls(*map(np.concatenate, zip(*moved, strict=True)))

    @classmethod
    def unpacked(cls, data: bytes) -> Attempts:
        """Return what `packed` gave as columns again."""
        packed = expand(data)
        columns = map(np.frombuffer, packed[: len(_TYPES)], _TYPES)
        tables = (
            np.frombuffer(table, np.int64).reshape(-1, width)
            for table, width in zip(packed[len(_TYPES) :], _WIDTHS, strict=True)
        )
        return cls(*columns, *tables)


_LARGEST = 2**31 - 1  # of the columns; larger events and buffers are told step by step


def _is_report(step: Step) -> bool:
    return step.operation.kind is Kind.CONSUME and bool(step.result.value)


def _reported(step: Step) -> tuple[int, ...]:
    """Return of which buffer how many sub-buffers were reported; nothing if none were."""
    return (step.marks[0][0], step.result.value or 0) if step.marks and _is_report(step) else ()


def _is_plain(step: Step) -> bool:
    """Return whether its attempt and its trail are all that there is to a step, and fit in."""
    place = step.place
    figures = () if place is None else (place.buffer, place.lap, place.start, place.length)
    return (
        step.operation.kind in _PLAIN
        and step.result.refusal in (None, Refusal.FULL)
        and not (step.trail is not None and step.trail.over)
        and (bool(step.marks) or not _is_report(step))  # of which buffer, the marks say
        and max(step.operation.length, *figures, *_reported(step), 0) <= _LARGEST
    )


def _attempt(step: Step) -> tuple[int, int, int, int, int, int]:
    """Return the columns of a step, without its tables."""
    place, operation = step.place, step.operation
    fate = REFUSALS.get(step.result.outcome)
    is_attempt = operation.kind in ATTEMPTS and step.event is not None
    if is_attempt and place is not None:
        where = place.buffer, place.lap, place.start, place.length
        return *where, operation.cpu, int(Fate.UNREAD)
    if is_attempt and fate is not None and step.marks:
        return step.marks[0][0], -1, -1, operation.length, operation.cpu, int(fate)
    return NO_ATTEMPT, -1, -1, 0, 0, int(Fate.UNREAD)


def _down(rows: int, width: int) -> NDArray[np.int64]:
    """Return what moves the first column of a table by some rows."""
    return np.array([rows, *(0,) * (width - 1)])


def _within(table: NDArray[np.int64], begin: int, end: int) -> NDArray[np.int64]:
    """Return the rows of a table that are of the steps from `begin` to before `end`."""
    low, high = np.searchsorted(table[:, 0], [begin, end])
    return table[low:high] - _down(begin, table.shape[1])
