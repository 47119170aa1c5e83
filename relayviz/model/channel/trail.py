"""What a step did to events stored before it: which sub-buffers it decided, which bytes it read.

An operation and its result do not tell that: which fate a sub-buffer's events get is the core's
decision, and where a read finds its bytes has rules of its own. So a step writes it down, as ranges
of sub-buffers; most steps have nothing to write.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

Plain = tuple[tuple[tuple[int, ...], ...], tuple[Any, ...] | None, tuple[tuple[int, ...], ...]]


class Fate(IntEnum):
    """What became of an event. Each has exactly one at any step, decided at one step for good."""

    UNREAD = 0  # not decided: it waits to be read
    CONSUMED = 1
    RELEASED_UNREAD = 2
    OVERWRITTEN = 3
    DISCARDED_RESET = 4
    DISCARDED_CLOSE = 5
    REFUSED_FULL = 6
    TOO_BIG = 7
    BUSY = 8
    WRITTEN_LATE = 9

    @property
    def entry(self) -> str:
        """The name that the account has for it."""
        return self.name.lower()


STORED = (
    Fate.UNREAD,
    Fate.CONSUMED,
    Fate.RELEASED_UNREAD,
    Fate.OVERWRITTEN,
    Fate.DISCARDED_RESET,
    Fate.DISCARDED_CLOSE,
)
"""The fates of events that had been stored; the others were never in the buffer."""

LOST_FATES = tuple(fate for fate in Fate if fate not in (Fate.UNREAD, Fate.CONSUMED))
"""The fates of events that are lost."""

NO_LAP = -1
"""As the lap of a run: nothing has been put into that sub-buffer since open or reset."""


class Verdict(NamedTuple):
    """The events of some sub-buffers got their fate.

    Attributes:
        buffer: The CPU number of the buffer.
        first: The lap of the first sub-buffer.
        last: The lap of the last. Those between that were decided before keep what they have.
        fate: What they got.
    """

    buffer: int
    first: int
    last: int
    fate: Fate


class Run(NamedTuple):
    """Bytes that a read or splice delivered in one piece.

    Attributes:
        lap: What the sub-buffer held, or NO_LAP.
        subbuf: The sub-buffer.
        start: First byte, from the start of the sub-buffer.
        length: Bytes.
    """

    lap: int
    subbuf: int
    start: int
    length: int


class Reading(NamedTuple):
    """What a read or splice did.

    Attributes:
        buffer: The CPU number of the buffer.
        runs: What it delivered, in order.
        skipped: Because the writer had lapped the reader: the first lap that it passed over, and
            the one behind the last. Equal: none.
        released: How many sub-buffers it released; those that it skipped are not among them.
    """

    buffer: int
    runs: tuple[Run, ...]
    skipped: tuple[int, int] = (0, 0)
    released: int = 0


class Over(NamedTuple):
    """Bytes that a callback stored into a sub-buffer which may hold events.

    Attributes:
        buffer: The CPU number of the buffer.
        subbuf: The sub-buffer.
        start: First byte, from the start of the sub-buffer.
        end: The one behind the last.
    """

    buffer: int
    subbuf: int
    start: int
    end: int


class Trail(NamedTuple):
    """What a step did to events stored before it.

    Attributes:
        verdicts: The fates it decided.
        reading: What it delivered.
        over: What its callbacks stored where events may lie.
    """

    verdicts: tuple[Verdict, ...] = ()
    reading: Reading | None = None
    over: tuple[Over, ...] = ()

    def plain(self) -> Plain:
        """Return it as tuples of numbers, which anything can store."""
        reading = self.reading
        return (
            tuple((one.buffer, one.first, one.last, int(one.fate)) for one in self.verdicts),
            None
            if reading is None
            else (
                reading.buffer,
                tuple(map(tuple, reading.runs)),
                reading.skipped,
                reading.released,
            ),
            tuple(map(tuple, self.over)),
        )

    @classmethod
    def of(cls, plain: Plain) -> Trail:
        """Return what `plain` gave as a trail again."""
        verdicts, reading, over = plain
        made = tuple(
            Verdict(buffer, first, last, Fate(fate)) for buffer, first, last, fate in verdicts
        )
        if reading is None:
            return cls(made, None, tuple(map(Over._make, over)))
        buffer, runs, skipped, released = reading
        read = Reading(buffer, tuple(map(Run._make, runs)), skipped, released)
        return cls(made, read, tuple(map(Over._make, over)))
