"""The reference beside a stepped channel, with plain books of what is where, who read what and why.

It does what the steps say was asked for, in plain Python, and compares its counters after each.
"""

from __future__ import annotations

import select
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome
from tests import reference
from tests.reference import Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.step import Decision, Step

_names = count()


class Look(NamedTuple):
    """The counters of a buffer, and what its ring holds, at one moment."""

    cpu: int
    produced: int
    consumed: int
    offset: int
    current: int
    position: int  # bytes_consumed
    there: int  # finished and not consumed sub-buffers that are in the ring
    unread: int  # bytes in these, and in the one being written, that are not read
    size: int

    @property
    def ready(self) -> int:
        return self.produced - self.consumed

    @property
    def is_blocked(self) -> bool:
        return self.offset > self.size


@dataclass
class Moment:
    """A step with what the reference says of it."""

    step: Step
    before: dict[int, Look]
    after: dict[int, Look]
    buffer: int | None  # the CPU number of the one that it was about
    data: bytes = b""  # what a read or splice delivered
    mask: int = 0  # what a poll said
    polled: int = 0  # what a poll would have said just before
    is_left: bool = False  # whether a read behind it gets a byte
    refusals: int = 0  # there, up to now

    @property
    def then(self) -> Look:
        assert self.buffer is not None
        return self.before[self.buffer]

    @property
    def now(self) -> Look:
        assert self.buffer is not None
        return self.after[self.buffer]


@dataclass
class Put:
    """Where an event was put: buffer, resets before, sub-buffer counted from these, first byte."""

    buffer: int
    resets: int
    lap: int
    index: int
    start: int
    memory: memoryview | None = None
    data: bytes = b""  # what is in there; empty: nothing yet


class Watched(reference.Channel):
    """A reference channel that notes at each switch what each sub-buffer holds."""

    def __init__(self, config: ChannelConfig, decisions: Sequence[Decision]) -> None:
        self.slots: dict[int, dict[int, int]] = {}  # of each buffer: sub-buffer and its serial
        self.decisions = iter(decisions)
        self.config = config
        self.mode = config.mode
        self.home = Directory(f"mirror-{next(_names)}")
        callbacks = reference.Callbacks(self.answer, self.create)
        super().__init__(
            config.base_filename,
            self.home,
            subbuf_size=config.subbuf_size,
            n_subbufs=config.n_subbufs,
            callbacks=callbacks,
            cpus=config.cpus,
            online=config.online_cpus,
        )

    def create(
        self,
        name: str | None,
        parent: Directory | None,
        mode: int,
        buf: reference.Buffer,
        is_global: reference.IsGlobal,
    ) -> reference.Entry:
        is_global.value = int(self.config.is_global)
        return self.home if name is None else reference.create_file(name, parent, mode, buf)

    def answer(
        self, buf: reference.Buffer, new: memoryview, prev: memoryview | None, padding: int
    ) -> bool:
        if self.mode is Mode.DEFAULT:
            return not buf.full
        if self.mode is Mode.PYTHON:
            decision = next(self.decisions)
            if decision.reserved is not None:
                buf.subbuf_start_reserve(decision.reserved)
            for store in decision.stores:
                target = prev if store.into == "previous" and prev is not None else new
                target[store.offset : store.offset + len(store.data)] = store.data
            return decision.accepted
        policy = reference.OVERWRITE if self.mode is Mode.OVERWRITE else reference.NO_OVERWRITE
        return policy.with_header(self.config.header)(buf, new, prev, padding)

    def subbuf_start(
        self, buf: reference.Buffer, new: int, prev: int | None, prev_padding: int
    ) -> bool:
        slots = self.slots.setdefault(buf.cpu, {})
        if prev is None:
            slots.clear()
        elif buf.subbufs_produced - 1 not in slots.values():  # else it asks again
            slots[prev] = buf.subbufs_produced - 1
        agreed = super().subbuf_start(buf, new, prev, prev_padding)
        if agreed and prev is not None:
            slots.pop(new, None)
        return agreed

    def look(self, buf: reference.Buffer) -> Look:
        held = {
            serial: index
            for index, serial in self.slots.get(buf.cpu, {}).items()
            if serial >= buf.subbufs_consumed
        }
        size = buf.subbuf_size
        unread = sum(size - buf.paddings[index] for index in held.values())
        unread += 0 if buf.blocked else buf.offset
        is_in_ring = buf.subbufs_consumed in held or buf.subbufs_consumed == buf.subbufs_produced
        unread -= buf.bytes_consumed if is_in_ring else 0
        return Look(
            buf.cpu, buf.subbufs_produced, buf.subbufs_consumed, buf.offset, buf.current,
            buf.bytes_consumed, len(held), unread, size,
        )  # fmt: skip


@dataclass
class Mirror:
    """Does what a stepped channel did; `moments` has a record of each step."""

    config: ChannelConfig
    opening: Step
    moments: list[Moment] = field(default_factory=list)
    puts: dict[int, Put] = field(default_factory=dict)
    resets: int = 0
    late: set[int] = field(default_factory=set)  # filled when the room was theirs no more
    spoiled: dict[int, int] = field(default_factory=dict)  # others since that step, not read yet

    def __post_init__(self) -> None:
        self.channel = Watched(self.config, self.opening.decisions)
        self.files: dict[int, reference.RelayFile] = {}
        self._refusals: dict[int, int] = {}

    def looks(self) -> dict[int, Look]:
        return {buf.cpu: self.channel.look(buf) for buf in self.channel.buffers}

    def _buffer(self, step: Step) -> reference.Buffer | None:
        operation = step.operation
        if operation.fd in self.files and operation.kind in (Kind.READ, Kind.SPLICE, Kind.POLL):
            return self.files[operation.fd].buffer
        if self.channel.is_global and 0 <= operation.cpu < self.config.cpus:
            return self.channel.buffers[0]
        return self.channel._by_cpu.get(operation.cpu)

    def take(self, step: Step, channel: StepChannel) -> Moment:
        """Do a step that the channel has done, and hold the counters of both side by side."""
        if step.operation.kind is Kind.OPEN:
            looks = self.looks()
            moment = Moment(step, looks, looks, None)
        else:
            moment = self._do(step)
        self.moments.append(moment)
        for buf in channel.buffers:
            mine = moment.after[buf.cpu]
            theirs = (buf.subbufs_produced, buf.subbufs_consumed, buf.offset, buf.bytes_consumed)
            assert theirs == (mine.produced, mine.consumed, mine.offset, mine.position), step
        return moment

    def _do(self, step: Step) -> Moment:
        buf = self._buffer(step)
        moment = Moment(step, self.looks(), {}, None if buf is None else buf.cpu)
        moment.polled = self._poll(step)
        self.channel.decisions = iter(step.decisions)
        is_splice = step.operation.kind is Kind.SPLICE  # it moves on even if it fails
        if step.result.outcome is not Outcome.ERROR or is_splice:
            self._perform(step, moment)
        moment.after = self.looks()
        self._note_spoiled(step)
        if step.operation.kind is Kind.POLL and buf is not None:
            moment.is_left = self._is_left(buf)
        if step.operation.kind in ATTEMPTS and step.result.outcome is Outcome.FULL:
            assert buf is not None
            self._refusals[buf.cpu] = self._refusals.get(buf.cpu, 0) + 1
            moment.refusals = self._refusals[buf.cpu]
        return moment

    def _note_spoiled(self, step: Step) -> None:
        """Note events in the ring whose bytes are not theirs any more."""
        for event, put in self.puts.items():
            if event in self.spoiled or not put.data or not self.is_own(event):
                continue
            memory = self.channel._by_cpu[put.buffer].subbuf(put.index)
            if bytes(memory[put.start : put.start + len(put.data)]) != put.data:
                self.spoiled[event] = step.depth

    def _poll(self, step: Step) -> int:
        file = self.files.get(-1 if step.operation.fd is None else step.operation.fd)
        return 0 if file is None else file.poll()

    @staticmethod
    def _is_left(buf: reference.Buffer) -> bool:
        kept = buf.subbufs_consumed, buf.bytes_consumed
        found = bool(buf.read(1))
        buf.subbufs_consumed, buf.bytes_consumed = kept
        return found

    def _perform(self, step: Step, moment: Moment) -> None:
        channel, operation = self.channel, step.operation
        kind, cpu, fd = operation.kind, operation.cpu, operation.fd
        deeds: dict[Kind, Callable[[], object]] = {
            **dict.fromkeys(ATTEMPTS, lambda: self._attempt(step)),
            Kind.FILL: lambda: self._fill(step),
            Kind.SWITCH: lambda: channel.switch_subbuf(operation.length, cpu),
            Kind.CONSUME: lambda: channel.subbufs_consumed(cpu, operation.count),
            Kind.FLUSH: channel.flush,
            Kind.RESET: self._reset,
            Kind.CLOSE: channel.close,
            Kind.LATE_SETUP: lambda: channel.late_setup_files(operation.text, channel.home),
            Kind.CPU_ONLINE: lambda: channel.set_online(cpu, bool(operation.count)),
            Kind.OPEN_FILE: lambda: self._open(step),
        }
        if kind is Kind.SET_MODE:
            channel.mode = Mode(operation.text)
        elif kind in deeds:
            deeds[kind]()
        elif fd is not None and fd in self.files:
            self._on_file(kind, fd, operation.length, moment)

    def _reset(self) -> None:
        self.channel.reset()
        self.resets += 1

    def _open(self, step: Step) -> None:
        assert step.result.value is not None
        flags = step.operation.text or "r"
        self.files[step.result.value] = self.channel.open_file(step.operation.cpu, flags)

    def _on_file(self, kind: Kind, fd: int, length: int, moment: Moment) -> None:
        if kind is Kind.CLOSE_FILE:
            del self.files[fd]
        elif kind is Kind.READ:
            moment.data = self.files[fd].read(length)
        elif kind is Kind.SPLICE and self.files[fd]._readable:
            moment.data = self.files[fd].buffer.splice(length)
        elif kind is Kind.POLL:
            moment.mask = self.files[fd].poll()

    def _attempt(self, step: Step) -> None:
        channel, operation = self.channel, step.operation
        cpu, length = operation.cpu, operation.length
        memory = None
        if operation.kind is Kind.RESERVE:
            memory = channel.reserve(length, cpu)
            done = memory is not None
        else:
            done = channel.write(operation.data or bytes(length), cpu)
        buf = channel._by_cpu[cpu]
        assert done == (step.result.outcome is Outcome.STORED), step
        if done and step.event is not None:
            start = buf.offset - length
            place = (buf.cpu, self.resets, buf.subbufs_produced, buf.current, start)
            data = b"" if memory is not None else operation.data or bytes(length)
            self.puts[step.event] = Put(*place, memory, data)

    def _fill(self, step: Step) -> None:
        put = self.puts[step.operation.event or 0]
        data = step.operation.data or b""
        if not self.is_own(step.operation.event or 0):
            self.late.add(step.operation.event or 0)
        else:
            put.data = data
        if put.memory is not None:
            put.memory[: len(data)] = data

    def is_own(self, event: int) -> bool:
        """Return whether the sub-buffer that an event was put into is its own still."""
        put = self.puts[event]
        buf = self.channel._by_cpu[put.buffer]
        if put.resets != self.resets:
            return False
        newest = buf.subbufs_produced - buf.blocked
        return put.lap > newest - self.config.n_subbufs


IN = select.POLLIN | select.POLLRDNORM
