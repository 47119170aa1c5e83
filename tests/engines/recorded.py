"""Recorded sequences of a real kernel as operations of an engine."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relayviz.conformance.recording import read_recording
from relayviz.conformance.subject.events import event_bytes
from relayviz.model.channel.client import SubbufStart, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from tests.engines.shown import memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relayviz.conformance.recording import Op, Sequence
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

POSSIBLE_CPUS, ONLINE_CPUS = 4, {0, 1}
LONGEST = 2000  # events of one write_many
# what an engine has no operation for
ABSENT = {"file_splice": "splice", "pipe_read": "splice", "pipe_close": "splice"}
MAPPINGS = {"shared-read": "shared", "shared-rw": "writable", "private": "private"}

COUNTED = {
    "switch_subbuf": Kind.SWITCH,
    "subbufs_consumed": Kind.CONSUME,
    "cpu_online": Kind.CPU_ONLINE,
}

# the client of the kernel module that made the recordings
CLIENT = """
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    if {stores} and prev_subbuf is not None:
        prev_subbuf[:4] = prev_padding.to_bytes(4, "little")
    if {refuses} and buf.full:
        return False
    buf.subbuf_start_reserve({reserve})
    subbuf[:{reserve}] = b"\\xee" * {reserve}
    return True
"""


class Untranslatable(Exception):  # noqa: N818  it is no error
    """A sequence that an engine has no equivalent for; the text says what it lacks."""


@dataclass
class Story:
    """A recorded sequence for an engine.

    Attributes:
        config: What is opened.
        clients: The recorded client, where the ready-made ones do not do all that it did.
        steps: The operations of each recorded step from the opening on, and what the kernel showed.
    """

    name: str
    config: ChannelConfig
    clients: list[SubbufStart]
    steps: list[tuple[list[Operation], Op, dict[str, Any]]] = field(default_factory=list)


def stories(paths: list[Path]) -> Iterator[Story | tuple[str, str]]:
    """Translate recordings; a sequence that cannot be is given as its name and the reason."""
    for path in paths:
        for sequence in read_recording(path, lambda _done: None):
            try:
                yield translate(sequence)
            except Untranslatable as reason:
                yield sequence.name, str(reason)


def translate(sequence: Sequence) -> Story:
    """Translate one sequence."""
    ops = [step.op for step in sequence.steps]
    for op in ops:
        if op["op"] in ABSENT:
            raise Untranslatable(ABSENT[op["op"]])
        if op.get("file_api") == "debugfs-proxy":
            raise Untranslatable("proxy")
        if op.get("create_fail") or op.get("early_create_returns") == "null":
            raise Untranslatable("create-fail")
        if op.get("count", 0) > LONGEST:
            raise Untranslatable("too long")
    if sum(op["op"] == "open" for op in ops) != 1:
        raise Untranslatable("reopen, or no open")
    return Translator(sequence).story()


class Translator:
    """Goes through a sequence and keeps in mind what is open."""

    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._online = set(ONLINE_CPUS)
        self._is_open = False
        self._files: set[int] = set()
        self._mappings: dict[int, int] = {}  # recorded slot: number of the mapping

    def story(self) -> Story:
        story: Story | None = None
        for step in self._sequence.steps:
            expected: dict[str, Any] = dict(step.expected)
            if step.op["op"] == "open":
                if not expected["result"]["opened"]:
                    raise Untranslatable("open refused")
                config, clients = self._opening(step.op)
                story = Story(self._sequence.name, config, clients)
                self._is_open = True
            if story is not None:
                operations = list(self._operations(step.op, expected["result"]))
                story.steps.append((operations, step.op, expected))
            elif step.op["op"] == "cpu_online":
                (self._online.add if step.op["online"] else self._online.discard)(step.op["cpu"])
        assert story is not None
        return story

    def _opening(self, op: Op) -> tuple[ChannelConfig, list[SubbufStart]]:
        names = op["callbacks"]
        is_default = "subbuf_start" not in names
        clients, mode, source = [], Mode(op["mode"]), ""
        if is_default:
            mode = Mode.DEFAULT
        elif op["reserve"]:
            stores = op["header"] == "padding" and op["reserve"] >= 4
            refuses = op["mode"] == "no-overwrite"
            source = CLIENT.format(stores=stores, refuses=refuses, reserve=op["reserve"])
            mode, clients = Mode.PYTHON, [compile_subbuf_start(source)]
        config = ChannelConfig(
            base_filename=op["base_filename"],
            subbuf_size=op["subbuf_size"],
            n_subbufs=op["n_subbufs"],
            cpus=POSSIBLE_CPUS,
            online=tuple(sorted(self._online)),
            mode=mode,
            is_global=op["global"],
            source=source,
        )
        return config, clients

    def _operations(self, op: Op, result: dict[str, Any]) -> Iterator[Operation]:
        kind = op["op"]
        if kind.startswith(("file_", "map_")):
            yield from self._consumer(op, result)
        elif self._is_open:
            yield from self._kernel(op, result)
        if kind == "close":
            self._is_open = False

    def _kernel(self, op: Op, result: dict[str, Any]) -> Iterator[Operation]:
        cpu, length = op.get("cpu", 0), op.get("len", 0)
        match op["op"]:
            case "write" | "write_many":
                for event in range(op["event"], op["event"] + op.get("count", 1)):
                    yield Operation(Kind.WRITE, cpu, data=bytes(event_bytes(event, length)))
            case "__write":
                data = bytes(event_bytes(op["event"], length))
                yield Operation(Kind.WRITE_NOLOCK, cpu, data=data)
            case "reserve":
                yield Operation(Kind.RESERVE, cpu, length)
                if length and result["reserved"] is not None:
                    data = bytes(event_bytes(op["event"], length))
                    yield Operation(Kind.FILL, cpu, data=data)
            case "late_setup_files":
                if op["base_filename"] is not None:
                    yield Operation(Kind.LATE_SETUP, text=op["base_filename"])
            case "flush" | "reset" | "close":
                yield Operation(Kind(op["op"]))
            case name if name in COUNTED and cpu >= 0:  # for an engine -1 is every CPU
                count = int(op["k"] if "k" in op else op.get("online", 0))
                yield Operation(COUNTED[name], cpu, length, count)

    def _consumer(self, op: Op, result: dict[str, Any]) -> Iterator[Operation]:
        kind, fd = op["op"], op["fd"]
        if kind == "file_open" and result["ret"] == 0:
            if fd in self._files:
                yield Operation(Kind.CLOSE_FILE, fd=fd)
            self._files.add(fd)
            cpu = int(op["file"].lstrip("abcdefghijklmnopqrstuvwxyz-_"))
            yield Operation(Kind.OPEN_FILE, cpu, fd=fd, text=op["flags"])
        elif kind == "map_unmap" and fd in self._mappings:
            yield Operation(Kind.UNMAP, fd=self._mappings.pop(fd))
        elif fd not in self._files:
            return
        elif kind == "file_close":
            self._files.remove(fd)
            yield Operation(Kind.CLOSE_FILE, fd=fd)
        elif kind == "file_read":
            yield Operation(Kind.READ, fd=fd, length=op["n"])
        elif kind == "file_poll":
            yield Operation(Kind.POLL, fd=fd)
        elif kind == "file_mmap" and result["ret"] == 0:
            if fd in self._mappings:
                yield Operation(Kind.UNMAP, fd=self._mappings.pop(fd))
            taken = set(self._mappings.values())
            self._mappings[fd] = next(n for n in range(len(taken) + 1) if n not in taken)
            yield Operation(Kind.MMAP, fd=fd, length=op["len"], text=MAPPINGS[op["kind"]])


def shown_state(engine: StepEngine, snapshot: Snapshot) -> dict[str, object]:
    """Return what an engine shows in the form of a recorded state."""
    return {
        "is_global": int(snapshot.is_global),
        "named": int(snapshot.named),
        "last_toobig": snapshot.last_toobig,
        "bufs": [shown_buffer(engine, snapshot, row) for row in range(snapshot.rows)],
    }


def shown_files(engine: StepEngine, snapshot: Snapshot) -> list[dict[str, object]]:
    """Return what an engine shows of the buffers of open descriptors, as recorded."""
    found = []
    for file in snapshot.files:
        row = snapshot.row_of(file.cpu)
        assert row is not None
        found.append({"fd": file.fd} | shown_buffer(engine, snapshot, row))
    return found


def shown_buffer(engine: StepEngine, snapshot: Snapshot, row: int) -> dict[str, object]:
    """Return a buffer in the form of a recorded one."""
    buf = snapshot.buffers[row]
    names = ("cpu", "produced", "consumed", "offset", "bytes_consumed", "prev_padding", "finalized")
    return {name: int(buf[name]) for name in names} | {
        "cur": int(buf["current"]),
        "padding": snapshot.subbufs["padding"][row].tolist(),
        "i_size": int(buf["file_size"]) if buf["has_file"] else None,
        "mem": f"{zlib.crc32(memory(engine, snapshot, row)):08x}",
    }
