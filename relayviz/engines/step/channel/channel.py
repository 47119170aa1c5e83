"""A real channel on which operations are performed.

It does what it is told and explains nothing: performing the same operations with the same decisions
gives the same state, which is all that a replay needs.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from relayviz import relay
from relayviz.engines.step.channel.files import Consumer, StepError
from relayviz.model.channel.call import created, removed
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind, pattern
from relayviz.model.channel.state import Reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.engines.step.channel.client import Client
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.store import Deed
    from relayviz.relay import Buffer, Directory, Entry, IsGlobal, Preset

    Method = Callable[[Operation, int | None], object]

_serial = count()  # tells the directories of this process's channels apart


class Slot(NamedTuple):
    """A reserved slot; `resets` is how often the channel had been reset before."""

    memory: memoryview
    shown: Reserved
    resets: int


class StepChannel:
    """A channel with its files, mappings and reserved slots.

    Threads: one at a time.

    Args:
        config: What to open, or what was opened.
        client: The user's subbuf_start, for the mode "python".
        data: The channel to make, as Channel.save returned it; None: a new one is opened.
        mode: With `data`: what subbuf_start does; None: as configured.
        source: With `mode`: its Python text.

    Attributes:
        channel: The relay channel.
        buffers: Its buffers by CPU number.
        consumer: Its descriptors and mappings.
        mode: What subbuf_start does now.
        source: Its Python text in the mode "python".
        slots: What is reserved and not filled by event number, oldest first.
        resets: How often the channel was reset.

    Raises:
        relay.RelayError: The channel cannot be opened; nothing is left behind.
    """

    def __init__(
        self,
        config: ChannelConfig,
        client: Client,
        data: bytes | None = None,
        mode: Mode | None = None,
        source: str = "",
    ) -> None:
        self.config, self.client = config, client
        self.mode, self.source = (config.mode, config.source) if mode is None else (mode, source)
        client.use(self.source)
        self.slots: dict[int, Slot] = {}
        self.resets = 0
        self._directory = relay.Directory(f"step-{os.getpid()}-{next(_serial)}")
        try:
            self.channel = self._open() if data is None else self._load(data)
        except BaseException:
            self._directory.remove()
            raise
        self.buffers = self.channel.buffers
        self.consumer = Consumer(self.channel)
        self._methods = self._writer_methods() | self.consumer.methods()

    def _open(self) -> relay.Channel:
        config = self.config
        return relay.Channel(
            config.base_filename,
            self._directory,
            subbuf_size=config.subbuf_size,
            n_subbufs=config.n_subbufs,
            callbacks=self._callbacks(),
            cpus=config.cpus,
            online=config.online_cpus,
        )

    def _load(self, data: bytes) -> relay.Channel:
        return relay.Channel.load(data, parent=self._directory, callbacks=self._callbacks())

    def _callbacks(self) -> relay.Callbacks:
        is_global = int(self.config.is_global)

        note = self.client.note

        def create(
            name: str | None, parent: Directory | None, mode: int, buf: Buffer, glob: IsGlobal
        ) -> Entry:
            glob.value = is_global
            try:
                entry = relay.create_buf_file(name, parent, mode, buf, glob)
            except Exception as error:
                note(created(name, buf.cpu, f"failed ({error})"))
                raise
            note(created(name, buf.cpu, "global" if is_global else "made"))
            return entry

        def remove(entry: Entry | None) -> None:
            note(removed(None if entry is None else entry.name))
            relay.remove_buf_file(entry)

        return relay.Callbacks(self._subbuf_start(self.mode), create, remove)

    def _subbuf_start(self, mode: Mode) -> Preset | Client | None:
        if mode is Mode.DEFAULT:
            return None
        if mode is Mode.PYTHON:
            return self.client
        preset = relay.OVERWRITE if mode is Mode.OVERWRITE else relay.NO_OVERWRITE
        return preset.with_header(self.config.header)

    def differs(self) -> str | None:
        """Return a field of the configuration that the channel does not agree with; None: none."""
        names = ("subbuf_size", "n_subbufs", "cpus", "is_global")
        config, channel = self.config, self.channel
        return next((one for one in names if getattr(config, one) != getattr(channel, one)), None)

    def close(self) -> None:
        """Give everything back; the channel cannot be used any more."""
        self.slots.clear()
        self.consumer.close()
        self.channel.close()
        self._directory.remove()
        # buffers keep their memory, and the methods this channel: so all goes now, not some day
        self.buffers = ()
        self._methods.clear()

    def buffer(self, cpu: int) -> Buffer | None:
        """Return the buffer that a CPU writes to; None: it has none."""
        if self.channel.is_global:
            return self.buffers[0] if 0 <= cpu < self.config.cpus else None
        at = bisect_left(self.buffers, cpu, key=_cpu_of)
        is_there = at < len(self.buffers) and self.buffers[at].cpu == cpu
        return self.buffers[at] if is_there else None

    def perform(self, operation: Operation, event: int | None) -> object:
        """Do one operation.

        Args:
            operation: With all choices made (step_resolve).
            event: The number of the event that it tries to store.

        Returns:
            What the call returned.

        Raises:
            StepError, relay.RelayError, OSError, ValueError, MemoryError: It cannot be done.
        """
        return self._methods[operation.kind](operation, event)

    def replay(self, deeds: Iterable[Deed]) -> None:
        """Perform steps again with the decisions of then. Runs no code of the user."""
        methods, repeat = self._methods, self.client.repeat
        repeat(())
        for operation, event, decisions in deeds:
            if decisions:
                repeat(decisions)
            try:
                methods[operation.kind](operation, event)
            except Exception:  # noqa: BLE001, S112  it failed then too: its result says so
                continue

    # -- the kernel's side ---------------------------------------------------------------------

    def _writer_methods(self) -> dict[Kind, Method]:
        channel = self.channel
        write, write_nolock = channel.write, channel.write_nolock
        return {
            Kind.WRITE: lambda op, event: write(_bytes(op, event), op.cpu),
            Kind.WRITE_NOLOCK: lambda op, event: write_nolock(_bytes(op, event), op.cpu),
            Kind.RESERVE: self._reserve,
            Kind.FILL: self._fill,
            Kind.SWITCH: lambda op, _: channel.switch_subbuf(op.length, op.cpu),
            Kind.FLUSH: lambda _op, _: channel.flush(),
            Kind.RESET: self._reset,
            Kind.CONSUME: lambda op, _: channel.subbufs_consumed(op.cpu, op.count),
            Kind.LATE_SETUP: lambda op, _: channel.late_setup_files(op.text, self._directory),
            Kind.CPU_ONLINE: self._set_online,
            Kind.SET_MODE: self._set_mode,
            Kind.CLOSE: self._close_channel,
        }

    def _reserve(self, operation: Operation, event: int | None) -> bool:
        """Return whether there was room; an empty slot has nothing to be filled in."""
        length, cpu = operation.length, operation.cpu
        memory = self.channel.reserve(length, cpu)
        buf = self.buffer(cpu)
        if memory and buf is not None and event is not None:
            index, end = buf.current, buf.current * self.config.subbuf_size + buf.offset
            lap, start = buf.subbufs_produced, end - length
            shown = Reserved(event, cpu, buf.cpu, index, lap, start, end, is_current=True)
            self.slots[event] = Slot(memory, shown, self.resets)
        return memory is not None

    def _fill(self, operation: Operation, _event: int | None) -> tuple[int, bool]:
        """Return the number of bytes stored, and whether the slot was still the event's own."""
        slot = self.slot(operation)
        is_current = self.is_current(slot)
        event, room = slot.shown.event, len(slot.memory)
        data = pattern(event, room) if operation.data is None else operation.data
        if len(data) > room:
            raise StepError(f"{len(data)} B do not fit into the {room} B reserved for {event}.")
        slot.memory[: len(data)] = data
        del self.slots[event]
        return len(data), is_current

    def is_current(self, slot: Slot) -> bool:
        """Return whether a slot's sub-buffer has not been used again since."""
        buf = self.buffer(slot.shown.cpu)
        if buf is None or slot.resets != self.resets:
            return False
        newest = buf.subbufs_produced - int(buf.blocked)
        return slot.shown.lap + self.config.n_subbufs > newest

    def slot(self, operation: Operation) -> Slot:
        """Return the slot that a resolved operation means; StepError: there is none."""
        if operation.event in self.slots:
            return self.slots[operation.event]
        which = f"on cpu {operation.cpu}"
        if operation.event is not None:
            which = f"for event {operation.event}"
        raise StepError(f"No reserved slot waits {which}: reserve one first.")

    def _reset(self, _operation: Operation, _event: int | None) -> None:
        self.channel.reset()
        self.resets += 1

    def _set_online(self, operation: Operation, _event: int | None) -> None:
        self.channel.set_online(operation.cpu, bool(operation.count))
        self.buffers = self.channel.buffers

    def _set_mode(self, operation: Operation, _event: int | None) -> None:
        mode = Mode(operation.text)
        if mode is Mode.PYTHON and not self.client.use(operation.source):
            raise StepError("Confirm this subbuf_start first: it runs as a program.")
        self.use_mode(mode, operation.source if mode is Mode.PYTHON else "")

    def use_mode(self, mode: Mode, source: str) -> None:
        """Let subbuf_start do something else from now on; Python text that was confirmed."""
        self.client.use(source)
        self.channel.set_subbuf_start(self._subbuf_start(mode))
        self.mode, self.source = mode, source

    def _close_channel(self, _operation: Operation, _event: int | None) -> None:
        if self.channel.closed:
            raise StepError("The channel is closed already: open a new one.")
        self.channel.close()


_cpu_of = attrgetter("cpu")


def _bytes(operation: Operation, event: int | None) -> bytes | memoryview:
    """Return what an attempt writes."""
    return pattern(event or 0, operation.length) if operation.data is None else operation.data
