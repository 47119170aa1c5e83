"""The recorded operations on the stepping build: an actor runs each, stop by stop, to its end."""

from __future__ import annotations

import errno
import zlib
from typing import TYPE_CHECKING

import numpy as np

from relayviz import relay
from relayviz.conformance.subject.client import MAX_RECORDS
from relayviz.conformance.subject.events import event_bytes
from relayviz.conformance.subject.inside_files import InsideFiles
from relayviz.relay import CALLS, ActorKind, MachineConfig, MachineMode, What

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relayviz.conformance.recording import Op
    from relayviz.relay import ClientCall, FileLook, Machine

Result = dict[str, object]

POSSIBLE_CPUS, ONLINE_CPUS, PAGE = 4, (0, 1), 4096
U32 = 2**32 - 1
FILE_MODE = 0o400
MODES = {
    "no-overwrite": MachineMode.NO_OVERWRITE,
    "overwrite": MachineMode.OVERWRITE,
    "default": MachineMode.DEFAULT,
}
LACKS = {"create_buf_file": 1, "remove_buf_file": 2}
NO_TABLE = 4


class InsideHost:
    """A machine for one sequence, with what a recording tells of it; as replay.Host.

    Args:
        rule: Who keeps whom out.
    """

    def __init__(self, rule: int) -> None:
        self._rule = rule
        self._online = set(ONLINE_CPUS)
        self._machine: Machine | None = None  # the last one: its files outlive the channel
        self._is_open = False
        self._task = 0
        self._failed: tuple[list[ClientCall], int] | None = None
        self._files = InsideFiles()
        self._methods: Mapping[str, Callable[[Op], Result]] = {
            "open": self._open,
            "write": lambda op: self._write(What.WRITE, op),
            "__write": lambda op: self._write(What.WRITE_NOLOCK, op),
            "write_many": self._write_many,
            "reserve": self._reserve,
            "switch_subbuf": lambda op: self._told(What.SWITCH, op, length=op["len"]),
            "buf_full": lambda op: self._told(What.FULL, op),
            "flush": lambda _op: self._untold(What.FLUSH),
            "reset": lambda _op: self._untold(What.RESET),
            "subbufs_consumed": lambda op: self._untold(What.CONSUME, cpu=op["cpu"], count=op["k"]),
            "late_setup_files": self._late_setup,
            "close": self._close,
            "cpu_online": self._cpu_online,
            "state": lambda _op: {},
        }

    def perform(self, op: Op) -> dict[str, object]:
        """Perform one operation and return what can be observed after it."""
        name = op["op"]
        if self._machine is not None:
            self._machine.calls()  # what a step before left
        self._failed = None
        if name in self._methods:
            seen: dict[str, object] = {"result": self._methods[name](op)}
        else:
            seen = {"result": self._files.perform(self._machine, op)}
        self._files.go_on()
        if name != "cpu_online":  # those of cpu_online were not recorded
            seen |= self._callbacks()
        return seen | self._state()

    def close(self) -> None:
        """Let go of the machines: nothing of them is left anywhere."""
        self._machine = None

    # -- what is observed ----------------------------------------------------------------------

    def _callbacks(self) -> dict[str, object]:
        rows: list[ClientCall] = []
        total = 0
        if self._failed is not None:
            rows, total = self._failed
        elif self._machine is not None:
            rows, total = self._machine.calls()
        records = [_record(call) for call in rows[:MAX_RECORDS]]
        if total > MAX_RECORDS:
            return {"callbacks": records, "callbacks_total": total}
        return {"callbacks": records}

    def _state(self) -> dict[str, object]:
        if self._is_open and self._machine is not None:
            return {"state": _channel_state(self._machine)}
        seen: dict[str, object] = {"state": None}
        if fds := self._files.open_files():
            seen["fds"] = [
                {"fd": fd, **_file_state(machine.file_of(fd), machine, -1 - fd)}
                for fd, machine in fds
            ]
        return seen

    # -- operations ----------------------------------------------------------------------------

    def _run(self, what: int, *, cpu: int = 0, **more: int | bytes | None) -> int:
        assert self._machine is not None, "callers look"  # noqa: S101
        self._machine.queue(self._task, what, cpu & U32, **more)  # type: ignore[arg-type]
        self._machine.run(self._task)
        return self._machine.look(self._task).result

    def _told(self, what: int, op: Op, *, length: int = 0) -> Result:
        if not self._is_open:
            return {"error": "no channel"}
        return {"ret": self._run(what, cpu=op["cpu"], length=length)}

    def _untold(self, what: int, *, cpu: int = 0, count: int = 1) -> Result:
        if self._is_open:
            self._run(what, cpu=cpu, count=count)
        return {}

    def _open(self, op: Op) -> Result:
        if self._is_open:
            return {"error": "a channel is open"}
        config = _config(op, self._online, self._rule)
        try:
            self._machine = machine = relay.Machine(config)
        except relay.RelayError:
            self._machine = None
            self._failed = relay.failed_calls()
            return {"opened": False}
        self._task = machine.add(ActorKind.TASK, 0)
        self._is_open = True
        return {
            "opened": True,
            "alloc_size": machine.snapshot().alloc_size,
            "subbuf_size": op["subbuf_size"],
            "n_subbufs": op["n_subbufs"],
            "version": relay.CHANNEL_VERSION,
        }

    def _write(self, what: int, op: Op) -> Result:
        if not self._is_open:
            return {"error": "no channel"}
        data = bytes(event_bytes(op["event"], op["len"]))
        self._run(what, cpu=op["cpu"], length=op["len"], data=data)
        return {}

    def _write_many(self, op: Op) -> Result:
        for event in range(op["event"], op["event"] + op["count"]):
            result = self._write(What.WRITE, op | {"event": event})
            if result:
                return result
        return {}

    def _reserve(self, op: Op) -> Result:
        if not self._is_open:
            return {"error": "no channel"}
        at = self._run(What.RESERVE, cpu=op["cpu"], length=op["len"])
        if at < 0:
            return {"reserved": None}
        data = bytes(event_bytes(op["event"], op["len"]))
        self._run(What.FILL, cpu=op["cpu"], length=op["len"], data=data)
        return {"reserved": at}

    def _late_setup(self, op: Op) -> Result:
        if not self._is_open:
            return {"ret": -errno.EINVAL}
        name = op["base_filename"]
        data = None if name is None else name.encode()
        return {"ret": self._run(What.LATE_SETUP, count=int(op["parent"]), data=data)}

    def _close(self, _op: Op) -> Result:
        if self._is_open:
            self._run(What.CLOSE)
        self._is_open = False
        return {}

    def _cpu_online(self, op: Op) -> Result:
        if self._is_open:
            self._run(What.ONLINE if op["online"] else What.OFFLINE, cpu=op["cpu"])
        (self._online.add if op["online"] else self._online.discard)(op["cpu"])
        return {"ret": 0}


def _config(op: Op, online: set[int], rule: int) -> MachineConfig:
    names, fail = op["callbacks"], op["create_fail"]
    lacks = NO_TABLE if names is None else sum(LACKS[one] for one in LACKS if one not in names)
    no_start = names is None or "subbuf_start" not in names
    return MachineConfig(
        subbuf_size=op["subbuf_size"],
        n_subbufs=op["n_subbufs"],
        cpus=POSSIBLE_CPUS,
        online=bytes(cpu in online for cpu in range(POSSIBLE_CPUS)),
        rule=rule,
        base_filename=op["base_filename"],
        in_root=not op["parent"],
        # the recorded module's own callback decides as the default one does
        mode=MachineMode.DEFAULT if no_start else MODES[_mode(op)],
        is_global=op["global"],
        stores_padding=op["header"] == "padding",
        fills_header=True,
        early_null=op["early_create_returns"] == "null",
        lacks=lacks,
        header=op["reserve"],
        fail_at=-1 if fail is None else fail["call"],
        fail_answer=0 if fail is None or fail["kind"] == "null" else -errno.ENOMEM,
    )


def _mode(op: Op) -> str:
    return "overwrite" if op["mode"] == "overwrite" else "no-overwrite"


def _record(call: ClientCall) -> dict[str, object]:
    name, kind = call.name or None, CALLS[call.what]
    if kind == "create_buf_file":
        return {
            "cb": kind,
            "name": name,
            "mode": FILE_MODE,
            "is_global_in": call.global_in,
            "ret": call.answer,
        }
    if kind == "remove_buf_file":
        return {"cb": kind, "name": name}
    return {
        "cb": kind,
        "cpu": call.cpu,
        "subbuf": call.subbuf,
        "prev": call.prev,
        "prev_padding": call.padding,
        "full": call.full,
        "ret": call.answer,
    }


def _memory(machine: Machine, row: int) -> str:
    config = machine.config
    unused = -(config.subbuf_size * config.n_subbufs) % PAGE
    return f"{zlib.crc32(bytes(unused), zlib.crc32(machine.memory_of(row))):08x}"


def _channel_state(machine: Machine) -> dict[str, object]:
    seen = machine.snapshot()
    return {
        "is_global": int(seen.is_global),
        "named": int(machine.named),
        "last_toobig": seen.last_toobig,
        "bufs": [_buffer_state(machine, row, seen) for row in range(len(seen.buffers))],
    }


def _buffer_state(machine: Machine, row: int, seen: relay.Snapshot) -> dict[str, object]:
    figures = seen.buffers[row]
    return {
        "cpu": int(figures["cpu"]),
        "produced": int(figures["produced"]),
        "consumed": int(figures["consumed"]),
        "offset": int(figures["offset"]),
        "cur": int(figures["current"]),
        "bytes_consumed": int(figures["bytes_consumed"]),
        "prev_padding": int(figures["prev_padding"]),
        "padding": np.asarray(seen.subbufs["padding"][row]).tolist(),
        "finalized": int(figures["finalized"]),
        "i_size": int(figures["file_size"]) if figures["has_file"] else None,
        "mem": _memory(machine, row),
    }


def _file_state(look: FileLook | None, machine: Machine, row: int) -> dict[str, object]:
    assert look is not None, "the descriptor is open"  # noqa: S101
    return {
        "cpu": look.cpu,
        "produced": look.produced,
        "consumed": look.consumed,
        "offset": look.offset,
        "cur": look.current,
        "bytes_consumed": look.bytes_consumed,
        "prev_padding": look.prev_padding,
        "padding": look.padding,
        "finalized": look.finalized,
        "i_size": look.file_size,
        "mem": _memory(machine, row),
    }
