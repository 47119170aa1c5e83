"""One operation that was done, with all that a replay and a reader of the log have to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from relayviz.model.channel.marks import LOSS

if TYPE_CHECKING:
    from relayviz.model.channel.call import Call
    from relayviz.model.channel.marks import Mark
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.channel.result import CallbackError, Result
    from relayviz.model.channel.trail import Trail


@dataclass(frozen=True, slots=True)
class Store:
    """Bytes that a callback put into a sub-buffer.

    Attributes:
        into: The new sub-buffer or the one just finished.
        offset: Bytes from its start.
        data: The bytes.
    """

    into: Literal["new", "previous"]
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """What one call of a Python subbuf_start did.

    Attributes:
        accepted: What it returned; False if it raised.
        reserved: Bytes of header it reserved; None: it did not ask.
        stores: What it stored.
        error: What it raised.
    """

    accepted: bool
    reserved: int | None = None
    stores: tuple[Store, ...] = ()
    error: CallbackError | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One operation done.

    Attributes:
        id: Its place in History.steps.
        parent: The id of the step before; the root's own is 0.
        branch: The number of the branch that it made longer.
        depth: Its number on its path; 0: the channel was opened.
        time: When, in seconds since the epoch.
        operation: What was done; CPU, slot and event are the ones that were meant.
        event: The number of the event that it tried to store.
        next_event: The number that the next such step on this path gets.
        decisions: What the Python subbuf_start did, call by call.
        result: What became of it.
        place: Where its event was put.
        marks: What to show on the time line: (CPU number of the buffer, mark); ALL: every buffer.
        trail: What it did to events stored before it; None: nothing.
        calls: The client's callbacks that ran in it, in order.
    """

    id: int
    parent: int
    branch: int
    depth: int
    time: float
    operation: Operation
    event: int | None
    next_event: int
    decisions: tuple[Decision, ...]
    result: Result
    place: EventPlace | None = None
    marks: tuple[tuple[int, Mark], ...] = ()
    trail: Trail | None = None
    calls: tuple[Call, ...] = ()

    @property
    def is_loss(self) -> bool:
        """Whether an event was lost by it: its own, or some that were stored before."""
        own = self.event is not None and self.result.is_loss
        return own or any(mark & LOSS for _, mark in self.marks)

    def title(self) -> str:
        """Name the call, and the event and its record if there are such."""
        title = self.operation.title()
        if self.event is None:
            return title
        record = self.operation.record
        return f"{title}, event {self.event}{f' of record {record}' if record else ''}"
