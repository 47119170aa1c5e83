"""The experiment behind the demo: numbered events into one channel, then its file is read back."""

from __future__ import annotations

import struct
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.relay import Account, Count

Mode = Literal["no-overwrite", "overwrite"]
MODES: tuple[Mode, ...] = ("no-overwrite", "overwrite")
LOSSES = (
    "refused_full",
    "too_big",
    "overwritten",
    "released_unread",
    "discarded_reset",
    "discarded_close",
    "busy",
)

_HEAD = struct.Struct("<II")  # number and length: an event that is read back says which one it is
_LENGTHS = (20, 12, 28, 16)  # bytes, in turn: uneven, so that padding appears
_STATES = ("free", "current", "unread", "done")  # by their number in a snapshot
_CHUNK = 4096  # bytes asked for at a time
_TOO_BIG = 5  # the number of the event that is longer than a sub-buffer


@dataclass(frozen=True)
class Plan:
    """What is written to what: sizes in bytes, events numbered from 1."""

    subbuf_size: int
    n_subbufs: int
    events: int

    def length(self, number: int) -> int:
        """Bytes of an event."""
        if number == _TOO_BIG:
            return self.subbuf_size + _HEAD.size
        return _LENGTHS[number % len(_LENGTHS)]


@dataclass(frozen=True)
class Attempt:
    """One event that was written.

    Attributes:
        number: Which event.
        length: Its bytes.
        loss: The entry of the account that grew, None when the event was stored.
        overwritten: Older events, unread, that went to make room.
    """

    number: int
    length: int
    loss: str | None
    overwritten: int


@dataclass(frozen=True)
class Subbuf:
    """One sub-buffer as the channel's snapshot and memory show it.

    Attributes:
        state: "free", "current", "unread" or "done".
        used: Bytes before the padding.
        padding: Unused bytes at the end, once the sub-buffer is finished.
        events: (first byte, bytes, number) of each event found in its memory.
    """

    index: int
    state: str
    used: int
    padding: int
    events: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class State:
    """The ring at a moment without writers."""

    subbufs: tuple[Subbuf, ...]
    account: Account
    produced: int
    consumed: int
    blocked: bool


@dataclass(frozen=True)
class Run:
    """What happened to a plan in one mode.

    Attributes:
        filled: The ring after the last event of the plan.
        file_name: The file that was then read to its end.
        read_back: The numbers of the events in it.
        read_bytes: Its bytes.
        drained: The ring after reading.
        resumed: One more event, written after reading.
    """

    mode: Mode
    plan: Plan
    attempts: tuple[Attempt, ...]
    filled: State
    file_name: str
    read_back: tuple[int, ...]
    read_bytes: int
    drained: State
    resumed: Attempt

    def lost(self, loss: str) -> tuple[int, ...]:
        """The numbers of the events that were lost for one reason."""
        if loss == "overwritten":
            kept = set(self.read_back)
            return tuple(a.number for a in self.attempts if a.loss is None and a.number not in kept)
        return tuple(a.number for a in self.attempts if a.loss == loss)


def count(account: Account, entry: str) -> Count:
    """One entry of an account by its name."""
    value: Count = getattr(account, entry)
    return value


def perform(plan: Plan, mode: Mode) -> Run:
    """Write the plan's events to a new channel, read its file, write one more, close it.

    Raises:
        relay.RelayError: The channel cannot be opened with these sizes.
    """
    policy = relay.OVERWRITE if mode == "overwrite" else relay.NO_OVERWRITE
    with relay.Channel(
        f"demo-{mode}-",
        subbuf_size=plan.subbuf_size,
        n_subbufs=plan.n_subbufs,
        callbacks=relay.Callbacks(subbuf_start=policy),
        cpus=1,
    ) as channel:
        attempts = tuple(_write(channel, plan, number) for number in range(1, plan.events + 1))
        filled = _look(channel)
        data = _read_all(channel)
        drained = _look(channel)
        resumed = _write(channel, plan, plan.events + 1)
        return Run(
            mode=mode,
            plan=plan,
            attempts=attempts,
            filled=filled,
            file_name=f"{channel.base_filename}0",
            read_back=tuple(number for _, _, number in events_in(data)),
            read_bytes=len(data),
            drained=drained,
            resumed=resumed,
        )


def event_bytes(number: int, length: int) -> bytes:
    """An event that says its number and length."""
    return _HEAD.pack(number, length) + bytes([number & 0xFF]) * (length - _HEAD.size)


def events_in(data: bytes | memoryview) -> Iterator[tuple[int, int, int]]:
    """The events that lie one behind the other: (first byte, bytes, number) of each."""
    at = 0
    while at + _HEAD.size <= len(data):
        number, length = _HEAD.unpack_from(data, at)
        if not _HEAD.size <= length <= len(data) - at:
            return
        yield at, length, number
        at += length


def _write(channel: relay.Channel, plan: Plan, number: int) -> Attempt:
    """Write one event; what the account says before and after tells what became of it."""
    length = plan.length(number)
    buffer = channel.buffers[0]
    before = buffer.account
    stored = channel.write(event_bytes(number, length))
    after = buffer.account
    grown = {
        loss: count(after, loss).events - count(before, loss).events
        for loss in LOSSES
        if count(after, loss).events != count(before, loss).events
    }
    overwritten = grown.pop("overwritten", 0)
    return Attempt(number, length, None if stored else next(iter(grown)), overwritten)


def _read_all(channel: relay.Channel) -> bytes:
    with closing(channel.open_file(0)) as file:
        return b"".join(iter(lambda: file.read(_CHUNK), b""))


def _look(channel: relay.Channel) -> State:
    """The state of the channel's only buffer."""
    buffer = channel.buffers[0]
    size = channel.subbuf_size
    subbufs = []
    for index, row in enumerate(channel.snapshot().subbufs[0]):
        used = int(row["used"])
        memory = bytes(buffer.data[index * size : index * size + used])
        state = _STATES[row["state"]]
        subbufs.append(Subbuf(index, state, used, int(row["padding"]), tuple(events_in(memory))))
    return State(
        tuple(subbufs),
        buffer.account,
        buffer.subbufs_produced,
        buffer.subbufs_consumed,
        buffer.blocked,
    )
