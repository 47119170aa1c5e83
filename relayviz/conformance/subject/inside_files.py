"""The recorded operations on files, on the stepping build."""

from __future__ import annotations

import errno
import os
import stat
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.conformance.subject.waiter import ASKED, event_names
from relayviz.relay import ActorKind, Stepped, What

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relayviz.conformance.recording import Op
    from relayviz.relay import Machine

Result = dict[str, object]

MAX_HEX, FILE_MODE, PAGE = 64, 0o400, 4096
ACCESS = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR}


def _failure(number: int) -> Result:
    return {"ret": -1, "errno": errno.errorcode.get(number, str(number))}


def _bytes_result(data: bytes) -> Result:
    result: Result = {"ret": len(data), "crc32": f"{zlib.crc32(data):08x}"}
    if len(data) <= MAX_HEX:
        result["hex"] = data.hex()
    return result


@dataclass(frozen=True)
class _Open:
    machine: Machine
    flags: int


@dataclass(frozen=True)
class _Map:
    """What is mapped: a row of a machine, from an offset on."""

    machine: Machine
    row: int
    offset: int


class InsideFiles:
    """The slots of a sequence: open files, mappings, sleeping pollers. Files outlive channels."""

    def __init__(self) -> None:
        self._files: dict[int, _Open] = {}
        self._maps: dict[int, _Map] = {}
        self._waiters: dict[int, tuple[Machine, int]] = {}
        self._actors: dict[int, list[int]] = {}  # of each machine, free to be used again
        self._methods: Mapping[str, Callable[[_Open, Op], Result]] = {
            "file_close": self._close,
            "file_read": self._read,
            "file_pread": lambda file, op: self._number(file, What.PREAD, op),
            "file_lseek": lambda file, op: self._number(file, What.SEEK, op),
            "file_write": lambda file, op: self._number(file, What.FILE_WRITE, op),
            "file_fstat": self._fstat,
            "file_mmap": self._mmap,
        }
        self._on_slots: Mapping[str, Callable[[Op], Result]] = {
            "file_poll": self._poll,
            "map_peek": self._peek,
            "map_unmap": self._unmap,
            "waiter_start": self._waiter_start,
            "waiter_join": self._waiter_join,
        }

    def perform(self, machine: Machine | None, op: Op) -> Result:
        """Perform an operation; `machine` is where files are looked for."""
        if op["op"] == "file_open":
            return self._open(machine, op)
        if op["op"] in self._on_slots:
            return self._on_slots[op["op"]](op)
        file = self._files.get(op["fd"])
        return _failure(errno.EBADF) if file is None else self._methods[op["op"]](file, op)

    def open_files(self) -> list[tuple[int, Machine]]:
        """Return the open slots with the machines that they are files of."""
        return [(fd, file.machine) for fd, file in sorted(self._files.items())]

    def go_on(self) -> None:
        """Let pollers that were woken return."""
        for machine, actor in self._waiters.values():
            machine.run(actor)

    def _actor(self, machine: Machine) -> int:
        free = self._actors.setdefault(id(machine), [])
        return free.pop() if free else machine.add(ActorKind.READER, 0)

    def _run(self, machine: Machine, what: int, fd: int, length: int = 0, **more: object) -> int:
        actor = self._actor(machine)
        machine.queue(actor, what, 0, fd=fd, length=length, **more)  # type: ignore[arg-type]
        machine.run(actor)
        self._copied = machine.copy_of(actor)[0]
        self._actors[id(machine)].append(actor)
        return machine.look(actor).result

    def _open(self, machine: Machine | None, op: Op) -> Result:
        fd, flags = op["fd"], op["flags"]
        if machine is None:
            return _failure(errno.ENOENT)
        bits = ACCESS[flags.removesuffix("nb")] | (os.O_NONBLOCK if "nb" in flags else 0)
        old = self._files.get(fd)
        more = {"count": int(op["dir"] == "channel"), "data": op["file"].encode()}
        result = self._run(machine, What.OPEN_FILE, fd, bits, **more)
        if result < 0:
            return _failure(-result)
        if old is not None and old.machine is not machine:
            self._run(old.machine, What.CLOSE_FILE, fd)
        self._files[fd] = _Open(machine, bits)
        return {"ret": 0}

    def _close(self, file: _Open, op: Op) -> Result:
        del self._files[op["fd"]]
        self._run(file.machine, What.CLOSE_FILE, op["fd"])
        return {"ret": 0}

    def _read(self, file: _Open, op: Op) -> Result:
        got = self._run(file.machine, What.READ, op["fd"], op["n"])
        return _failure(-got) if got < 0 else _bytes_result(self._copied[:got])

    def _number(self, file: _Open, what: int, op: Op) -> Result:
        result = self._run(file.machine, what, op["fd"], op.get("n", 0))
        return _failure(-result) if result < 0 else {"ret": result}

    def _fstat(self, file: _Open, op: Op) -> Result:
        look = file.machine.file_of(op["fd"])
        size = 0 if look is None else look.file_size
        return {"ret": 0, "st_size": size, "st_mode": stat.S_IFREG | FILE_MODE}

    def _poll(self, op: Op) -> Result:
        file = self._files.get(op["fd"])
        mask = 0 if file is None else self._run(file.machine, What.POLL, op["fd"])
        return {"ret": int(mask != 0), "revents": event_names(mask)}

    # -- mappings: the system's, of the machine's memory -----------------------------------------

    def _mmap(self, file: _Open, op: Op) -> Result:
        config, look = file.machine.config, file.machine.file_of(op["fd"])
        whole = -(-config.subbuf_size * config.n_subbufs // PAGE) * PAGE
        access = file.flags & os.O_ACCMODE
        if op["len"] == 0 or op["offset"] % PAGE:
            return _failure(errno.EINVAL)
        if access == os.O_WRONLY or (op["kind"] == "shared-rw" and access != os.O_RDWR):
            return _failure(errno.EACCES)
        if op["len"] != whole or look is None:
            return _failure(errno.EINVAL)
        cpus = file.machine.snapshot().buffers["cpu"]
        row = int(np.flatnonzero(cpus == look.cpu)[0])
        self._maps[op["fd"]] = _Map(file.machine, row, op["offset"])
        return {"ret": 0}

    def _peek(self, op: Op) -> Result:
        mapped = self._maps.get(op["fd"])
        if mapped is None:
            return _failure(errno.EBADF)
        memory = mapped.machine.memory_of(mapped.row)
        memory += bytes(-len(memory) % PAGE)
        return _bytes_result(memory[mapped.offset :][op["off"] : op["off"] + op["n"]])

    def _unmap(self, op: Op) -> Result:
        return {"ret": 0} if self._maps.pop(op["fd"], None) else _failure(errno.EBADF)

    # -- pollers ---------------------------------------------------------------------------------

    def _waiter_start(self, op: Op) -> Result:
        file = self._files.get(op["fd"])
        if file is not None:
            actor = self._actor(file.machine)
            file.machine.queue(actor, What.SLEEP, 0, fd=op["fd"])
            file.machine.run(actor)
            self._waiters[op["fd"]] = file.machine, actor
        return {}

    def _waiter_join(self, op: Op) -> Result:
        if op["fd"] not in self._waiters:
            return {"woken": False, "revents": []}
        machine, actor = self._waiters.pop(op["fd"])
        woken = machine.look(actor).state == 0
        if not woken:
            machine.time_out(actor)
            ended = machine.run(actor)[0]
            assert ended is Stepped.ENDED, "its time is up"  # noqa: S101
        self._actors[id(machine)].append(actor)
        return {"woken": woken, "revents": event_names(machine.look(actor).result & ASKED)}
