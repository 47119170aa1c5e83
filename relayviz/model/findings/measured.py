"""What was measured of a live channel: all that findings may be derived from.

The load is not in here on purpose: what was asked for proves nothing, what happened does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig, Mode

    Counts = NDArray[np.uint64]
    Times = NDArray[np.float64]
    Rows = NDArray[np.bool_]

MOST = 0.75  # of the sub-buffers: who takes so many takes all there is


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """What the readers found in the events they got, a row for each CPU.

    Attributes:
        intact: Events that were as written, shape (cpus,).
        torn: Events whose bytes do not belong together.
        missing: Numbers that were left out.
        twice: Events that had been delivered before.
        unwritten: Bytes that nobody wrote where they were read.
        lapped: Times that the reader was lapped.
        skipped: Sub-buffers that it lost by that.
    """

    intact: Counts
    torn: Counts
    missing: Counts
    twice: Counts
    unwritten: Counts
    lapped: Counts
    skipped: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Consumers:
    """What the consumers did, a row for each buffer, shape (rows,).

    A report releases sub-buffers: by relay_subbufs_consumed, or by a read that reached their end.

    Attributes:
        visits: Times that a consumer looked.
        reads: Calls of read.
        reports: Times that it released something, or called relay_subbufs_consumed.
        reported: Sub-buffers that were released by that.
        forgotten: Times that it read sub-buffers to their end and did not report them.
        ignored: Calls of relay_subbufs_consumed that named more sub-buffers than there are.
        clamped: Those that named more than were ready.
        last: When it last reported, in seconds of running time; 0: never.
        away: Seconds that none came, at most.
        least: The fewest sub-buffers that were ready since the first loss for want of room.
        backlog: The most bytes that were attempted since the oldest sub-buffer began that was not
            consumed yet: what would have had to wait, had nothing been lost.
    """

    visits: Counts
    reads: Counts
    reports: Counts
    reported: Counts
    forgotten: Counts
    ignored: Counts
    clamped: Counts
    last: Times
    away: Times
    least: Counts
    backlog: Counts


@dataclass(frozen=True, eq=False)
class Measured:
    """A live channel since it began or its load last changed; arrays have a row for each buffer.

    Attributes:
        config: What the channel was opened with.
        mode: What subbuf_start does now.
        began: Running time when the measurement began, in seconds.
        now: Running time now.
        cpu: The CPU number of each row.
        produced: Sub-buffers finished since it began.
        ready: Finished and not consumed, now.
        stored: Bytes of the sub-buffers finished since it began, without their padding.
        header: Bytes of header that sub-buffers have, 0: none.
        account: The account's entries since it began, as of relay.BUFFER_DTYPE.
        last_toobig: Bytes of the last event that was too big.
        burned: Sub-buffers that were begun for an event that did not fit beside their header.
        flushed: Sub-buffers finished by relay_flush.
        flushed_empty: Of these: without a single event.
        consumers: What the consumers did.
        verified: What they found.
    """

    config: ChannelConfig
    mode: Mode
    began: float
    now: float
    cpu: NDArray[np.uint32]
    produced: Counts
    ready: Counts
    stored: Counts
    header: int
    account: NDArray[np.void]
    last_toobig: int
    burned: Counts
    flushed: Counts
    flushed_empty: Counts
    consumers: Consumers
    verified: Verified

    @property
    def seconds(self) -> float:
        """How long was measured."""
        return max(self.now - self.began, 1e-6)

    @property
    def overwrites(self) -> bool:
        """Whether unread data is given up for new."""
        return self.mode == "overwrite"

    @cached_property
    def room(self) -> int:
        """Bytes of a sub-buffer for events."""
        return max(self.config.subbuf_size - self.header, 1)

    def events(self, entry: str) -> Counts:
        """Return the events of an entry of the account."""
        found: Counts = self.account[entry]["events"]
        return found

    def bytes(self, entry: str) -> Counts:
        """Return the bytes of an entry of the account."""
        found: Counts = self.account[entry]["bytes"]
        return found

    @cached_property
    def crowded_out(self) -> Counts:
        """Events lost because there was no room: refused when full, or overwritten unread."""
        return self.events("refused_full") + self.events("overwritten")

    @cached_property
    def rate(self) -> Times:
        """Bytes a second that were attempted, padding and headers not counted."""
        found: Times = self.bytes("attempted") / self.seconds
        return found

    @cached_property
    def taken(self) -> Times:
        """Bytes a second that were consumed."""
        return self.bytes("consumed") / self.seconds

    @cached_property
    def padding(self) -> Times:
        """Bytes of padding in a finished sub-buffer, the mean; 0 where none was finished."""
        total = self.produced.astype(np.float64) * self.config.subbuf_size - self.stored
        return np.maximum(total, 0) / np.maximum(self.produced, 1)

    @cached_property
    def event(self) -> Times:
        """Bytes of an event, the mean of those attempted; 0 where none was."""
        mean: Times = self.bytes("attempted") / np.maximum(self.events("attempted"), 1)
        return mean

    @cached_property
    def usable(self) -> Times:
        """Bytes of a sub-buffer that are used for events, at least 1."""
        used: Times = np.maximum(self.room - np.minimum(self.padding, self.event), 1)
        return used

    @cached_property
    def hold(self) -> Times:
        """Seconds of writing that a buffer holds; infinite where nothing is written."""
        with np.errstate(divide="ignore"):
            found: Times = self.config.n_subbufs * self.usable / self.rate
        return found

    @cached_property
    def idle(self) -> Times:
        """Seconds since a consumer last reported; since the beginning, if it never did."""
        return self.now - np.maximum(self.consumers.last, self.began)

    @cached_property
    def every(self) -> Times:
        """Seconds from a visit of the consumer to the next, the mean."""
        found: Times = self.seconds / np.maximum(self.consumers.visits, 1)
        return found

    @cached_property
    def is_limited(self) -> Rows:
        """Whether a buffer that loses is never emptied: its consumer takes too little."""
        per_visit = self.consumers.reported / np.maximum(self.consumers.visits, 1)
        takes_all = (per_visit >= MOST * self.config.n_subbufs) | (self.consumers.least == 0)
        rows: Rows = (self.crowded_out > 0) & ~takes_all
        return rows
