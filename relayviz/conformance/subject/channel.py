"""The recorded operations on the channel: the kernel's side."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from relayviz.conformance.subject.client import Client, Log, address_of
from relayviz.conformance.subject.events import event_bytes, events_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from relayviz.conformance.recording import Op
    from relayviz.conformance.subject.subject import Buffer, Channel, Directory

Result = dict[str, object]

POSSIBLE_CPUS = 4  # of the machine that made the recordings
ONLINE_CPUS = frozenset({0, 1})
BATCH = 4096  # events that a write_many hands over at once


class ChannelSide:
    """The one channel of a sequence, and the machine's CPUs.

    Args:
        relay: The implementation.
        directory: The channel's own folder.
        log: Where the client's callbacks are noted.
        root: What stands for the root of the host filesystem; None: that itself.
    """

    def __init__(
        self, relay: ModuleType, directory: Directory, log: Log, root: Directory | None = None
    ) -> None:
        self._relay, self._directory, self._log = relay, directory, log
        self._root = root
        self._online = set(ONLINE_CPUS)
        self.channel: Channel | None = None
        self._on_channel: Mapping[str, Callable[[Channel, Op], Result]] = {
            "write": self._write,
            "__write": self._write_nolock,
            "reserve": self._reserve,
            "write_many": self._write_many,
            "switch_subbuf": self._switch_subbuf,
            "buf_full": self._buf_full,
        }
        # these exist without a channel too: the kernel accepts NULL
        self._always: Mapping[str, Callable[[Op], Result]] = {
            "open": self._open,
            "flush": self._flush,
            "reset": self._reset,
            "subbufs_consumed": self._subbufs_consumed,
            "late_setup_files": self._late_setup_files,
            "close": self._close,
            "cpu_online": self._cpu_online,
            "state": lambda _op: {},
        }

    def operation(self, name: str) -> Callable[[Op], Result] | None:
        """Return what performs the operation, None if it is not the channel's."""
        method = self._on_channel.get(name)
        return self._always.get(name) if method is None else self._with_channel(method)

    def _with_channel(self, method: Callable[[Channel, Op], Result]) -> Callable[[Op], Result]:
        if self.channel is None:
            return lambda _op: {"error": "no channel"}
        channel = self.channel
        return lambda op: method(channel, op)

    def _parent(self, op: Op) -> Directory | None:
        return self._directory if op["parent"] else self._root

    def _buffer(self, channel: Channel, cpu: int) -> Buffer:
        """Return the CPU's buffer; LookupError if it has none."""
        if channel.is_global:
            return channel.buffers[0]
        return next(buf for buf in channel.buffers if buf.cpu == cpu)

    # -- making and ending ---------------------------------------------------------------------

    def _open(self, op: Op) -> Result:
        if self.channel is not None:
            return {"error": "a channel is open"}
        try:
            self.channel = channel = self._relay.Channel(
                op["base_filename"],
                self._parent(op),
                subbuf_size=op["subbuf_size"],
                n_subbufs=op["n_subbufs"],
                callbacks=Client(self._relay, op, self._directory, self._log).table(),
                cpus=POSSIBLE_CPUS,
                online=sorted(self._online),
            )
        except self._relay.RelayError:
            return {"opened": False}
        return {
            "opened": True,
            "alloc_size": channel.alloc_size,
            "subbuf_size": channel.subbuf_size,
            "n_subbufs": channel.n_subbufs,
            "version": self._relay.CHANNEL_VERSION,
        }

    def _late_setup_files(self, op: Op) -> Result:
        if self.channel is None:
            return {"ret": -errno.EINVAL}
        try:
            self.channel.late_setup_files(op["base_filename"], self._parent(op))
        except self._relay.RelayError as error:
            return {"ret": -error.errno}
        return {"ret": 0}

    def close(self) -> None:
        """Close the channel, if there is one."""
        channel, self.channel = self.channel, None
        if channel is not None:
            channel.close()

    def _close(self, _op: Op) -> Result:
        self.close()
        return {}

    def _cpu_online(self, op: Op) -> Result:
        cpu, online = op["cpu"], op["online"]
        if self.channel is not None:
            self.channel.set_online(cpu, online)
        (self._online.add if online else self._online.discard)(cpu)
        return {"ret": 0}

    # -- writing -------------------------------------------------------------------------------

    def _write(self, channel: Channel, op: Op) -> Result:
        channel.write(event_bytes(op["event"], op["len"]), op["cpu"])
        return {}

    def _write_nolock(self, channel: Channel, op: Op) -> Result:
        channel.write_nolock(event_bytes(op["event"], op["len"]), op["cpu"])
        return {}

    def _write_many(self, channel: Channel, op: Op) -> Result:
        length, event, end = op["len"], op["event"], op["event"] + op["count"]
        for first in range(event, end, BATCH):
            count = min(BATCH, end - first)
            channel.write_many(events_bytes(first, length, count), [length] * count, op["cpu"])
        return {}

    def _reserve(self, channel: Channel, op: Op) -> Result:
        slot = channel.reserve(op["len"], op["cpu"])
        if slot is None:
            return {"reserved": None}
        slot[:] = event_bytes(op["event"], op["len"])
        start = self._buffer(channel, op["cpu"]).data.__array_interface__["data"][0]
        return {"reserved": address_of(slot) - start}

    def _switch_subbuf(self, channel: Channel, op: Op) -> Result:
        return {"ret": channel.switch_subbuf(op["len"], op["cpu"])}

    def _buf_full(self, channel: Channel, op: Op) -> Result:
        return {"ret": int(self._buffer(channel, op["cpu"]).full)}

    # -- the whole channel ---------------------------------------------------------------------

    def _flush(self, _op: Op) -> Result:
        if self.channel is not None:
            self.channel.flush()
        return {}

    def _reset(self, _op: Op) -> Result:
        if self.channel is not None:
            self.channel.reset()
        return {}

    def _subbufs_consumed(self, op: Op) -> Result:
        if self.channel is not None:
            try:
                self.channel.subbufs_consumed(op["cpu"], op["k"])
            except self._relay.CpuError:
                return {}  # the kernel ignores such a number; we do too, and say so
        return {}
