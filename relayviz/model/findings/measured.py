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

MADE = 0.95  # of what was asked for: with less a run proves nothing
MUCH_LONGER = 4  # times the usual time between two visits: that is a stall
KNOWN = 4  # gaps from which on it is known what is usual; the one that goes on is among them


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """What the readers found in the events they got, a row for each CPU.

    Attributes:
        intact: Events that were as written, shape (cpus,).
        torn: Events whose bytes do not belong together.
        missing: Numbers that were left out.
        twice: Events that had been delivered before.
        torn_records: Records of several events of which some came and others did not.
        unwritten: Bytes without the beginning of an event: nobody's, or the rest of one.
        lapped: Times that the reader was lapped.
        skipped: Sub-buffers that it lost by that.
    """

    intact: Counts
    torn: Counts
    missing: Counts
    twice: Counts
    torn_records: Counts
    unwritten: Counts
    lapped: Counts
    skipped: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The times between two visits, in classes by their length: shape (rows, classes).

    Class 0 is no time at all, class k from 2^(k-1) us to below 2^k. The time since the last visit
    counts as one that ends now.

    Attributes:
        visits: How many there were.
        seconds: How long they were together.
        lost: Events that were lost for want of room in them.
    """

    visits: Counts
    seconds: Times
    lost: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Consumers:
    """What the consumers did, a row for each buffer, shape (rows,).

    A report releases sub-buffers: by relay_subbufs_consumed, or by a read that reached their end.

    Attributes:
        visits: Times that a consumer looked.
        reads: Calls of read.
        reports: Times that it released something, or called relay_subbufs_consumed.
        reported: Sub-buffers that were released by that.
        releasing: Those that calls under way may be releasing, at most.
        forgotten: Times that it read sub-buffers to their end and did not report them.
        ignored: Calls of relay_subbufs_consumed that named more sub-buffers than there are.
        clamped: Those that named more than were ready.
        last: When it last reported, in seconds of running time; 0: never.
        away: Seconds that none came, at most.
        gaps: All times that none came.
        losing_visits: Visits behind a time in which something was lost for want of room.
        emptying_visits: Of these: that left nothing of what was ready.
        backlog: The most bytes that were attempted since the oldest sub-buffer began that was not
            consumed yet: what would have had to wait, had nothing been lost.
    """

    visits: Counts
    reads: Counts
    reports: Counts
    reported: Counts
    releasing: Counts
    forgotten: Counts
    ignored: Counts
    clamped: Counts
    last: Times
    away: Times
    gaps: Gaps
    losing_visits: Counts
    emptying_visits: Counts
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
        released: Sub-buffers that count as consumed since it began.
        ready: Finished and not consumed, now.
        stored: Bytes of the sub-buffers finished since it began, without their padding.
        header: Bytes of header that sub-buffers have, 0: none.
        account: The account's entries since it began, as of relay.BUFFER_DTYPE.
        last_toobig: Bytes of the last event that was too big.
        burned: Sub-buffers that were begun for an event that did not fit beside their header.
        flushes: Calls of relay_flush; one that subbuf_start refuses finishes nothing.
        flushed: Sub-buffers finished by relay_flush.
        flushed_empty: Of these: without a single event.
        flush_padding: Bytes that these left unused.
        asked: Events that were to be written, at a rate or tried.
        slept: Seconds that the machine slept meanwhile.
        consumers: What the consumers did.
        displaced: Torn events to which the writer had not come round since their first bytes were
            read.
        unseen: Events that came to count as consumed and that no consumer had got until then,
            also not before it began.
        verified: What they found.
    """

    config: ChannelConfig
    mode: Mode
    began: float
    now: float
    cpu: NDArray[np.uint32]
    produced: Counts
    released: Counts
    ready: Counts
    stored: Counts
    header: int
    account: NDArray[np.void]
    last_toobig: int
    burned: Counts
    flushes: Counts
    flushed: Counts
    flushed_empty: Counts
    flush_padding: Counts
    asked: Counts
    slept: float
    consumers: Consumers
    displaced: Counts
    unseen: Counts
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
    def event(self) -> Times:
        """Bytes of an event, the mean of those attempted; 0 where none was."""
        mean: Times = self.bytes("attempted") / np.maximum(self.events("attempted"), 1)
        return mean

    @cached_property
    def full_ones(self) -> Counts:
        """Sub-buffers that were finished because the next event did not fit."""
        others = self.flushed + self.burned
        found: Counts = self.produced - np.minimum(others, self.produced)
        return found

    @cached_property
    def padding(self) -> Times:
        """Bytes of padding in such a sub-buffer, the mean; 0 where there was none."""
        whole = self.produced.astype(np.float64) * self.config.subbuf_size - self.stored
        whole -= self.flush_padding + self.burned.astype(np.float64) * self.room
        found: Times = np.maximum(whole, 0) / np.maximum(self.full_ones, 1)
        return np.where(self.full_ones > 0, np.minimum(found, self.room), 0.0)

    @cached_property
    def usable(self) -> Times:
        """Bytes of events that a sub-buffer holds when events alone fill it, at least 1."""
        guess = np.where(self.event > 0, self.room % np.maximum(np.round(self.event), 1), 0)
        unused = np.where(self.full_ones > 0, np.minimum(self.padding, self.event), guess)
        used: Times = np.maximum(self.room - unused, 1)
        return used

    @cached_property
    def filled(self) -> Times:
        """Bytes of events in a finished sub-buffer, the mean: flushes and headers burned count."""
        events = self.stored.astype(np.float64) - self.produced * float(self.header)
        found: Times = np.maximum(events, 0) / np.maximum(self.produced, 1)
        return np.where(self.produced > 0, np.minimum(found, self.usable), self.usable)

    @cached_property
    def holds(self) -> Times:
        """Bytes of events that a buffer holds as its sub-buffers are filled now."""
        found: Times = self.config.n_subbufs * self.filled
        return found

    @cached_property
    def could_hold(self) -> Times:
        """Bytes of events that a buffer would hold if events alone filled its sub-buffers."""
        found: Times = self.config.n_subbufs * self.usable
        return found

    @cached_property
    def fill_time(self) -> Times:
        """Seconds until a sub-buffer is full; infinite where nothing is written."""
        with np.errstate(divide="ignore"):
            found: Times = self.usable / self.rate
        return found

    @cached_property
    def skipped(self) -> Counts:
        """Sub-buffers that readers by read went over and that count as consumed by that."""
        found: Counts = np.where(self.consumers.reads > 0, self.verified.skipped, 0)
        return found

    @cached_property
    def idle(self) -> Times:
        """Seconds since a consumer last reported; since the beginning, if it never did."""
        return self.now - np.maximum(self.consumers.last, self.began)

    @cached_property
    def stall_class(self) -> Counts:
        """The class of gaps from which on they are stalls; behind the last: there are none.

        A stall is much longer than the usual gap, and most gaps are usual.
        """
        visits, times = (
            column[:, 1:].astype(np.float64)
            for column in (self.consumers.gaps.visits, self.consumers.gaps.seconds)
        )
        before, usual = visits.cumsum(axis=1)[:, :-1], times.cumsum(axis=1)[:, :-1]
        means = np.where(visits > 0, times / np.maximum(visits, 1), np.inf)[:, 1:]
        shortest = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]  # of this class and above
        much = shortest * before >= MUCH_LONGER * usual
        most = (2 * before >= visits.sum(axis=1, keepdims=True)) & (before >= KNOWN)
        parted = np.isfinite(shortest) & much & most
        found = np.where(parted.any(axis=1), parted.argmax(axis=1) + 2, visits.shape[1] + 1)
        classes: Counts = found.astype(np.uint64)
        return classes

    def of_stalls(self, column: Counts | Times) -> Times:
        """Return the sum over the gaps that are stalls, of a column of the gaps."""
        classes = np.arange(column.shape[1])
        found: Times = np.where(classes >= self.stall_class[:, None], column, 0).sum(axis=1)
        return found.astype(np.float64)

    @cached_property
    def every(self) -> Times:
        """Seconds from a visit of the consumer to the next, the mean; stalls are none of them."""
        gaps = self.consumers.gaps
        usual = gaps.visits[:, 1:].sum(axis=1) - self.of_stalls(gaps.visits)
        times = gaps.seconds.sum(axis=1) - self.of_stalls(gaps.seconds)
        return np.where(usual > 0, times / np.maximum(usual, 1), self.seconds)

    @cached_property
    def is_limited(self) -> Rows:
        """Whether a buffer that loses is not emptied then: its consumer takes too little."""
        losing = self.consumers.losing_visits
        rows: Rows = (self.crowded_out > 0) & (2 * self.consumers.emptying_visits < losing)
        return rows
