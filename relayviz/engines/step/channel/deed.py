"""An operation that was performed, and how such a thing is put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.state import LOSS_WORDS, Count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.channel.state import Change, Figures
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.trail import Reading
    from relayviz.model.history.step import Decision

UNREAD_LOSSES = (
    "overwritten",
    "discarded_reset",
    "discarded_close",
    "released_unread",
)
"""The ways to lose an event that had been stored."""
_SWITCHES = ATTEMPTS | {Kind.SWITCH, Kind.FLUSH}
_DISCARDS = ("discarded_reset", "discarded_close")


class Deed(NamedTuple):
    """An operation that was performed.

    Attributes:
        operation: What was done.
        returned: What the call returned.
        changes: The figures of each buffer that it could change, before and after.
        config: What the channel was opened with.
        decisions: What a Python subbuf_start did meanwhile.
        standing: The channel, as it is after it; None: it has gone on since.
        was_online: The CPUs that were on line before it.
        reading: What a read or splice did; None: nothing, or it was another operation.
        is_left: Of a poll: whether a read would have found something.
        begun: For what may discard: bytes of events that were read, at least, of sub-buffers not
            read to their end, by CPU number.
    """

    operation: Operation
    returned: object
    changes: Sequence[Change]
    config: ChannelConfig
    decisions: Sequence[Decision] = ()
    standing: StepChannel | None = None
    was_online: tuple[int, ...] = ()
    reading: Reading | None = None
    is_left: bool = False
    begun: tuple[tuple[int, int], ...] = ()

    @property
    def channel(self) -> StepChannel:
        """The channel, as it is after the operation."""
        if self.standing is None:
            raise LookupError(f"the channel does not stand after {self.operation.title()} any more")
        return self.standing

    @property
    def size(self) -> int:
        """Bytes of a sub-buffer."""
        return self.config.subbuf_size

    @property
    def n_subbufs(self) -> int:
        """Sub-buffers of a buffer."""
        return self.config.n_subbufs

    def grown(self, entry: str) -> Count:
        """Return by how much an entry of the account has grown in all buffers together."""
        counts = [change.grown(entry) for change in self.changes]
        return Count(sum(one.events for one in counts), sum(one.bytes for one in counts))

    def is_asked(self, change: Change) -> bool:
        """Return whether subbuf_start is asked for the next sub-buffer of a buffer."""
        kind = self.operation.kind
        if kind not in _SWITCHES:
            return False
        if kind is not Kind.FLUSH and self.operation.length > self.size:
            return False  # too big is found out before
        if kind is Kind.SWITCH and self.returned is None and not self.decisions:
            return False  # there is no such buffer, or it is closed
        if kind in ATTEMPTS and not _is_tried(change):
            return False
        then, now = change.before, change.after
        return now.produced > then.produced or then.offset > self.size

    def overwritten(self, now: Figures) -> int:
        """Return how many of the ready sub-buffers are there no more, as State.overwritten does."""
        return max(now.ready - (self.n_subbufs - (now.offset <= self.size)), 0)

    def stored_at(self, event: int | None, step: int = 0, time: float = 0.0) -> EventPlace | None:
        """Return where an event was put: it is the newest in the sub-buffer being written.

        Args:
            event: Its number; None: none was tried.
            step: The number of the step that this is, once it has one.
            time: When it was made.
        """
        if event is None or not self.returned:
            return None
        now, operation = self.changes[0].after, self.operation
        return EventPlace(
            event=event,
            cpu=operation.cpu,
            buffer=now.cpu,
            index=now.current,
            lap=now.produced,
            start=now.offset - operation.length,
            length=operation.length,
            step=step,
            time=time,
            kind=operation.kind,
        )

    def losses(self) -> str:
        """Say which stored events were lost by it; empty: none."""
        if all(change.before.account == change.after.account for change in self.changes):
            return ""
        grown = ((entry, self.grown(entry)) for entry in UNREAD_LOSSES)
        return (
            "".join(
                f" Lost, {LOSS_WORDS[entry]}: {events(count)}."
                for entry, count in grown
                if count.events
            )
            + self._discarded_read()
        )

    def _discarded_read(self) -> str:
        """Say how much had been read of what was discarded: the account cannot tell."""
        cpus = {
            one.after.cpu
            for one in self.changes
            if any(one.grown(entry).events for entry in _DISCARDS)
        }
        read = sum(size for cpu, size in self.begun if cpu in cpus)
        if not read:
            return ""
        return f" Of that, {read} B or more had been read: the account goes by whole sub-buffers."


def _is_tried(change: Change) -> bool:
    """Return whether an event came to a buffer that was open."""
    tried = change.grown("attempted").events
    return bool(tried) and not change.grown("written_late").events


def many(number: int, thing: str) -> str:
    """Return "1 thing", "2 things"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def events(count: Count) -> str:
    """Return "1 event (40 B)", "2 events (80 B)"."""
    return f"{many(count.events, 'event')} ({count.bytes} B)"


def which(numbers: Sequence[int], longest: int = 6) -> str:
    """List CPU numbers: "cpu 0, 1, 2"; only the first of many."""
    listed = ", ".join(str(number) for number in numbers[:longest])
    return f"cpu {listed}" if len(numbers) <= longest else f"cpu {listed}, …"
