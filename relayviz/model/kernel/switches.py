"""Calls of relay_switch_subbuf as the kernel printed them, and what became of each event.

Every event that does not fit calls it, and every flush: what memory does not count is here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """What became of a call."""

    STORED = "stored"
    """The sub-buffer was switched, and the event fits into the next."""
    REFUSED = "refused"
    """subbuf_start refused: the event is lost."""
    TOO_BIG = "too big"
    """The event is larger than a sub-buffer, or than what its header leaves: it is lost."""
    FLUSHED = "flushed"
    """A flush, which has no event."""
    NOT_KNOWN = "not known"
    """What it returned was not printed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        time: Seconds, by the kernel's trace clock.
        process: Who wrote, with the number: "dd-123".
        on: The CPU on which it ran.
        channel: Address of the channel.
        cpu: Of the buffer.
        offset: Bytes used before; subbuf_size + 1: the switch before was refused.
        produced: Sub-buffers finished before.
        consumed: Sub-buffers reported as consumed.
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: Sub-buffers of the buffer.
        length: Bytes of the event; 0: a flush.
        ending: What became of it.
    """

    time: float
    process: str
    on: int
    channel: int
    cpu: int
    offset: int
    produced: int
    consumed: int
    subbuf_size: int
    n_subbufs: int
    length: int
    ending: Ending

    @property
    def was_refused(self) -> bool:
        """Whether the switch before was refused."""
        return self.offset == self.subbuf_size + 1


@dataclass(slots=True)
class Tally:
    """What calls of one buffer came to.

    Attributes:
        endings: How many there were of each.
        losers: How many events each process lost.
        first: The time of the first call.
        last: The same of the last.
        last_lost: The time of the last lost event; None: none was.
    """

    endings: Counter[Ending] = field(default_factory=Counter)
    losers: Counter[str] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0
    last_lost: float | None = None

    def take(self, call: Call) -> None:
        """Count one call."""
        if not self.endings:
            self.first = call.time
        self.last = call.time
        self.endings[call.ending] += 1
        if call.ending in (Ending.REFUSED, Ending.TOO_BIG):
            self.losers[call.process] += 1
            self.last_lost = call.time


def tallies(calls: list[Call]) -> dict[tuple[int, int], Tally]:
    """Return what the calls of each buffer came to, by channel and CPU."""
    found: dict[tuple[int, int], Tally] = {}
    for call in calls:
        found.setdefault((call.channel, call.cpu), Tally()).take(call)
    return found
