"""Looking at a stepped channel: its whole state, and the few figures that one step can change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.state import state_of
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.state import Count

if TYPE_CHECKING:
    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.state import State
    from relayviz.relay import Account, Buffer


def look(channel: StepChannel) -> State:
    """Return the state of a channel."""
    consumer = channel.consumer
    return state_of(
        channel.channel,
        channel.config,
        channel.mode,
        source=channel.source,
        reserved=tuple(
            replace(slot.shown, is_current=channel.is_current(slot))
            for slot in channel.slots.values()
        ),
        files=tuple(consumer.files[fd].shown for fd in sorted(consumer.files)),
        mappings=tuple(consumer.mappings[fd].shown for fd in sorted(consumer.mappings)),
    )


class Figures(NamedTuple):
    """What can be counted of one buffer, in the kernel's words."""

    cpu: int
    produced: int
    consumed: int
    offset: int
    current: int
    bytes_consumed: int
    prev_padding: int
    file_size: int
    account: Account

    @property
    def ready(self) -> int:
        """Finished sub-buffers not yet consumed."""
        return self.produced - self.consumed


def figures(buf: Buffer) -> Figures:
    """Return the figures of a buffer now."""
    return Figures(
        buf.cpu,
        buf.subbufs_produced,
        buf.subbufs_consumed,
        buf.offset,
        buf.current,
        buf.bytes_consumed,
        buf.prev_padding,
        buf.file_size or 0,
        buf.account,
    )


class Change(NamedTuple):
    """The figures of one buffer before and after a step.

    Attributes:
        before: Before; of a new buffer the same as after.
        after: After.
        is_new: The step made the buffer.
    """

    before: Figures
    after: Figures
    is_new: bool = False

    def grown(self, entry: str) -> Count:
        """Return by how much an entry of the account has grown."""
        now, then = getattr(self.after.account, entry), getattr(self.before.account, entry)
        return Count(now.events - then.events, now.bytes - then.bytes)


def concerned(channel: StepChannel, operation: Operation) -> list[Buffer]:
    """Return the buffers that an operation can change."""
    if operation.kind in _ON_BUFFERS:
        return list(channel.buffers)
    cpu = operation.cpu
    if operation.kind in _ON_DESCRIPTORS and operation.fd is not None:
        shown = channel.consumer.files.get(operation.fd)
        cpu = cpu if shown is None else shown.shown.cpu
    if operation.kind is Kind.FILL and operation.event in channel.slots:
        cpu = channel.slots[operation.event].shown.cpu
    buf = channel.buffer(cpu)
    return [] if buf is None else [buf]


_ON_BUFFERS = frozenset({Kind.FLUSH, Kind.RESET, Kind.LATE_SETUP, Kind.SET_MODE, Kind.CLOSE})
_ON_DESCRIPTORS = frozenset({Kind.CLOSE_FILE, Kind.READ, Kind.POLL, Kind.SPLICE, Kind.MMAP})

LOSS_MARKS = {
    "refused_full": Mark.LOST_FULL,
    "too_big": Mark.LOST_TOO_BIG,
    "busy": Mark.LOST_BUSY,
    "written_late": Mark.LOST_BUSY,
    "overwritten": Mark.OVERWRITTEN,
    "discarded_reset": Mark.DISCARDED,
    "discarded_close": Mark.DISCARDED,
    "released_unread": Mark.RELEASED,
}
"""The mark of each entry of the account that is a loss."""
FIGURE_MARKS = {
    "offset": Mark.OFFSET,
    "prev_padding": Mark.PADDING,
    "bytes_consumed": Mark.POSITION,
}
"""The mark of each figure that is another than before."""
_KIND_MARKS = {
    Kind.FILL: Mark.FILLED,
    Kind.FLUSH: Mark.FLUSHED,
    Kind.RESET: Mark.RESET,
    Kind.READ: Mark.READ,
    Kind.SPLICE: Mark.READ,
    Kind.POLL: Mark.FILE,
    Kind.OPEN_FILE: Mark.FILE,
    Kind.CLOSE_FILE: Mark.FILE,
    Kind.MMAP: Mark.FILE,
    Kind.UNMAP: Mark.FILE,
    Kind.LATE_SETUP: Mark.CHANNEL,
    Kind.CPU_ONLINE: Mark.CHANNEL,
    Kind.SET_MODE: Mark.CHANNEL,
    Kind.CLOSE: Mark.CHANNEL,
}


def mark(kind: Kind, change: Change, *, failed: bool) -> Mark:
    """Return what a step looks like on the time line of one buffer."""
    found = Mark(0)
    for name, figure in FIGURE_MARKS.items():
        if getattr(change.after, name) != getattr(change.before, name):
            found |= figure
    if failed:
        return found | Mark.ERROR
    found |= _KIND_MARKS.get(kind, Mark(0))
    if kind in ATTEMPTS and change.grown("accepted").events:
        found |= Mark.RESERVED if kind is Kind.RESERVE else Mark.STORED
    if change.after.produced > change.before.produced:
        found |= Mark.SWITCHED
    if change.after.consumed > change.before.consumed:
        found |= Mark.CONSUMED
    for entry, loss in LOSS_MARKS.items():
        if change.grown(entry).events:
            found |= loss
    return found
