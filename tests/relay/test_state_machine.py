"""Random operations on relayviz.relay and on the reference, compared after every step.

Compared are results, callbacks with their arguments, every field of every buffer and a checksum of
its whole memory; the account must balance. `make soak` runs many more and longer sequences.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import hypothesis.strategies as st
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from relayviz import relay
from relayviz.conformance.compare import differences
from relayviz.conformance.replay import Host
from relayviz.conformance.subject.events import event_bytes
from tests import reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SUBJECTS: tuple[ModuleType, ModuleType] = (reference, relay)  # what is right comes first
EXAMPLES = 200  # at least
SLOTS = st.integers(0, 2)
READS = st.integers(0, 20) | st.sampled_from([64, 100, 1000, 50_000])
KINDS = st.sampled_from(["shared-read", "shared-rw", "private"])
CPUS = st.integers(0, 3)
# Small numbers, and the places where behaviour changes: what is left, the whole, one more.
LENGTHS = st.integers(0, 12) | st.sampled_from(["rest", "rest+1", "half", "size", "size+1"])
SIZES = st.integers(1, 24) | st.sampled_from([64, 100, 256, 4096, 4097])

OPENS = st.fixed_dictionaries(
    {
        "subbuf_size": SIZES,
        "n_subbufs": st.integers(1, 4),
        "mode": st.sampled_from(["no-overwrite", "overwrite", "default"]),
        "reserve": st.sampled_from([0, 0, 1, 4, 5, 16]),
        "header": st.sampled_from(["fill", "padding"]),
        "global": st.booleans(),
        "base_filename": st.sampled_from(["cpu", "cpu", None]),
        "parent": st.booleans(),
        "create_fail": st.none(),
        "early_create_returns": st.just("dentry"),
        "file_api": st.just("direct"),
    }
)


def callbacks_for(op: dict[str, Any]) -> list[str]:
    """Name the callbacks of a channel of this mode."""
    files = ["create_buf_file", "remove_buf_file"]
    return files if op["mode"] == "default" else ["subbuf_start", *files]


def open_with_preset(host: Host, module: ModuleType, op: dict[str, Any]) -> None:
    """Open a channel whose subbuf_start is one of the ready-made ones."""
    preset = module.OVERWRITE if op["mode"] == "overwrite" else module.NO_OVERWRITE
    if op["reserve"]:
        preset = preset.with_header(op["reserve"])
    host._channel_side.channel = module.Channel(
        op["base_filename"],
        host._directory if op["parent"] else None,
        subbuf_size=op["subbuf_size"],
        n_subbufs=op["n_subbufs"],
        callbacks=module.Callbacks(subbuf_start=preset),
        cpus=4,
        online=sorted(host._channel_side._online),
    )


def account_rows(account: object) -> dict[str, tuple[int, int]]:
    """Return events and bytes of each row of an account."""
    names = (name for name in dir(account) if not name.startswith("_"))
    rows = {name: getattr(account, name) for name in names}
    return {name: (row.events, row.bytes) for name, row in rows.items() if hasattr(row, "events")}


def spliced(file: Any, n: int) -> bytes | int:  # noqa: ANN401
    """Return what a splice of `n` bytes puts into a pipe, or the errno of what it raises."""
    out, target = os.pipe()
    try:
        moved = file.splice(target, n)
        os.close(target)
        target = -1
        got = b"".join(iter(lambda: os.read(out, 1 << 16), b""))
        assert moved == len(got)
    except OSError as error:
        return int(error.errno or 0)
    else:
        return got
    finally:
        os.close(out)
        if target >= 0:
            os.close(target)


class RelayAgainstReference(RuleBasedStateMachine):
    """Does the same to both, and looks at both."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts = [Host(module) for module in SUBJECTS]
        self.op: dict[str, Any] = {}  # of the last open
        self.event = 0
        self.online = {0, 1}

    def teardown(self) -> None:
        for host in self.hosts:
            host.close()

    # -- doing and comparing -------------------------------------------------------------------

    def both(self, name: str, **fields: object) -> object:
        """Perform a recorded operation on both sides; return its result."""
        op = {"op": name, **fields}
        seen = [host.perform(op) for host in self.hosts]
        self.compare(seen)
        return seen[0]["result"]

    def both_call(self, call: Callable[[Any], int]) -> int:
        """Call something of both channels; return its result."""
        seen: list[dict[str, Any]] = []
        for host in self.hosts:
            host.log.clear()
            result = call(host._channel_side.channel)
            seen.append({"result": result} | host.callbacks() | host.state())
        self.compare(seen)
        return int(seen[0]["result"])

    def compare(self, seen: list[dict[str, object]]) -> None:
        """Check that both sides show the same, and that the account balances."""
        expected, got = seen
        assert differences(expected, got) == []
        assert self.hosts[0].log.records == self.hosts[1].log.records
        for buf in self.subject_buffers():
            rows = account_rows(buf.account)
            attempted, accepted = rows.pop("attempted"), rows.pop("accepted")
            assert attempted == tuple(map(sum, zip(*rows.values(), strict=True))), rows
            assert accepted <= attempted

    def subject_buffers(self) -> list[Any]:
        """Return all buffers of relayviz.relay that can still be reached."""
        host = self.hosts[1]
        channel = host._channel_side.channel
        buffers: list[Any] = [] if channel is None else list(channel.buffers)
        return buffers + [file.buffer for file in host._file_side.files.values()]

    def is_open(self) -> bool:
        return self.hosts[0]._channel_side.channel is not None

    def writing_cpu(self, number: int) -> int:
        """Return a CPU that can run a writer."""
        online = sorted(self.online)
        return online[number % len(online)]

    def reference_buffer(self, cpu: int) -> Any:  # noqa: ANN401
        channel = self.hosts[0]._channel_side.channel
        assert channel is not None
        return self.hosts[0]._channel_side._buffer(channel, cpu)

    def length(self, choice: int | str, cpu: int) -> int:
        """Return the number of bytes that a choice stands for at the moment."""
        size = int(self.op["subbuf_size"])
        rest = max(size - self.reference_buffer(cpu).offset, 0)
        places = {"rest": rest, "rest+1": rest + 1, "half": size // 2}
        places |= {"size": size, "size+1": size + 1}
        return places[choice] if isinstance(choice, str) else choice

    def attempt(self, cpu: int, count: int, call: Callable[[Any], int]) -> None:
        """Try `count` events on both sides; the account must count them, and those stored."""
        before = self.counts(cpu)
        stored = self.both_call(call)
        attempted, accepted = (b - a for a, b in zip(before, self.counts(cpu), strict=True))
        assert attempted == count
        assert accepted == int(stored)

    def counts(self, cpu: int) -> tuple[int, int]:
        """Return the events attempted and accepted on a CPU of relayviz.relay."""
        channel: Any = self.hosts[1]._channel_side.channel
        account = self.hosts[1]._channel_side._buffer(channel, cpu).account  # type: ignore[attr-defined]
        return account.attempted.events, account.accepted.events

    # -- opening and closing -------------------------------------------------------------------

    @initialize(op=OPENS, preset=st.booleans())
    def begin(self, op: dict[str, Any], preset: bool) -> None:
        self.open(op, preset)

    @precondition(lambda self: not self.is_open())
    @rule(op=OPENS, preset=st.booleans())
    def open_again(self, op: dict[str, Any], preset: bool) -> None:
        self.open(op, preset)

    def open(self, op: dict[str, Any], preset: bool) -> None:
        """Open a channel and a file; a header that leaves no room is the client's error: none."""
        op = op | {"callbacks": callbacks_for(op)}
        if op["reserve"] >= op["subbuf_size"] - 1:
            op["reserve"] = 0
        self.op = op
        if not preset:
            self.both("open", **op)
        for host, module in zip(self.hosts, SUBJECTS, strict=True):
            if preset:
                host.log.clear()
                open_with_preset(host, module, op)
        self.compare([host.state() for host in self.hosts])
        assert self.is_open()
        self.file_open(0, 0, "r")

    @precondition(is_open)
    @rule()
    def close(self) -> None:
        self.both("close")

    @precondition(is_open)
    @rule(parent=st.booleans(), name=st.sampled_from(["cpu", "cpu", None]))
    def late_setup_files(self, parent: bool, name: str | None) -> None:
        # which CPUs get files while one with a buffer is off line is nowhere written down
        channel: Any = self.hosts[0]._channel_side.channel
        if self.online >= set(channel._by_cpu):
            self.both("late_setup_files", parent=parent, base_filename=name)

    @rule(cpu=st.integers(1, 3), online=st.booleans())
    def cpu_online(self, cpu: int, online: bool) -> None:
        self.both("cpu_online", cpu=cpu, online=online)
        (self.online.add if online else self.online.discard)(cpu)

    # -- writing -------------------------------------------------------------------------------

    @precondition(is_open)
    @rule(cpu=CPUS, length=LENGTHS, nolock=st.booleans())
    def write(self, cpu: int, length: int | str, nolock: bool) -> None:
        cpu = self.writing_cpu(cpu)
        data = event_bytes(self.event, self.length(length, cpu))
        self.event += 1
        method = "write_nolock" if nolock else "write"
        self.attempt(cpu, 1, lambda channel: getattr(channel, method)(data, cpu))

    @precondition(is_open)
    @rule(cpu=CPUS, lengths=st.lists(LENGTHS, max_size=12))
    def write_many(self, cpu: int, lengths: list[int | str]) -> None:
        cpu = self.writing_cpu(cpu)
        sizes = [self.length(one, cpu) for one in lengths]
        data = b"".join(event_bytes(self.event + i, size) for i, size in enumerate(sizes))
        self.event += len(sizes)
        self.attempt(cpu, len(sizes), lambda channel: channel.write_many(data, sizes, cpu))

    @precondition(is_open)
    @rule(cpu=CPUS, length=LENGTHS)
    def reserve(self, cpu: int, length: int | str) -> None:
        cpu = self.writing_cpu(cpu)
        size = self.length(length, cpu)
        before = self.counts(cpu)
        got: Any = self.both("reserve", cpu=cpu, len=size, event=self.event)
        self.event += 1
        attempted, accepted = (b - a for a, b in zip(before, self.counts(cpu), strict=True))
        # nothing given for nothing, behind a switch that worked: no event was lost by that
        if size or got["reserved"] is not None:
            assert (attempted, accepted) == (1, got["reserved"] is not None)

    @precondition(is_open)
    @rule(cpu=CPUS, length=LENGTHS)
    def switch_subbuf(self, cpu: int, length: int | str) -> None:
        cpu = self.writing_cpu(cpu)
        self.both("switch_subbuf", cpu=cpu, len=self.length(length, cpu))

    @precondition(is_open)
    @rule()
    def flush(self) -> None:
        self.both("flush")

    @precondition(is_open)
    @rule()
    def reset(self) -> None:
        self.both("reset")

    # -- consuming -----------------------------------------------------------------------------

    @precondition(is_open)
    @rule(cpu=st.integers(-1, 5), k=st.integers(0, 6))
    def subbufs_consumed(self, cpu: int, k: int) -> None:
        self.both("subbufs_consumed", cpu=cpu, k=k)

    def is_reading(self) -> bool:
        return bool(self.hosts[0]._file_side.files)

    def a_file(self, number: int) -> int:
        """Return a slot that holds an open file."""
        slots = sorted(self.hosts[0]._file_side.files)
        return slots[number % len(slots)]

    @rule(slot=SLOTS, cpu=CPUS, flags=st.sampled_from(["r", "r", "r", "rnb", "rw", "w"]))
    def file_open(self, slot: int, cpu: int, flags: str) -> None:
        where = "channel" if self.op["parent"] else "root"
        self.both("file_open", fd=slot, file=f"cpu{cpu}", dir=where, flags=flags)

    @precondition(is_reading)
    @rule(slot=SLOTS, n=READS)
    def file_read(self, slot: int, n: int) -> None:
        self.both("file_read", fd=self.a_file(slot), n=n)

    @precondition(is_reading)
    @rule(slot=SLOTS, counts=st.lists(READS, min_size=2, max_size=6))
    def file_read_on(self, slot: int, counts: list[int]) -> None:
        for n in counts:
            self.both("file_read", fd=self.a_file(slot), n=n)

    @precondition(is_reading)
    @rule(slot=SLOTS, counts=st.lists(READS | st.just("size"), max_size=4))
    def file_splice(self, slot: int, counts: list[int | Literal["size"]]) -> None:
        number = self.a_file(slot)
        for count in counts:
            n = int(self.op["subbuf_size"]) if count == "size" else count
            moved = [spliced(host._file_side.files[number], n) for host in self.hosts]
            assert moved[1] == moved[0]
            self.compare([host.state() for host in self.hosts])

    @rule(slot=SLOTS, op=st.sampled_from(["file_poll", "file_fstat", "file_close", "map_unmap"]))
    def file_other(self, slot: int, op: str) -> None:
        self.both(op, fd=slot)

    @rule(slot=SLOTS, n=st.integers(0, 9))
    def file_cannot(self, slot: int, n: int) -> None:
        self.both("file_pread", fd=slot, n=n, off=0)
        self.both("file_write", fd=slot, n=n)
        self.both("file_lseek", fd=slot, off=n)

    @rule(slot=SLOTS, pages=st.integers(1, 3), kind=KINDS)
    def file_mmap(self, slot: int, pages: int, kind: str) -> None:
        # a wrong length and a forbidden way at once: which error comes is not written down
        if kind == "shared-rw" and slot in self.hosts[0]._file_side.files:
            pages = self.hosts[0]._file_side.files[slot].buffer.data.size // 4096
        self.both("file_mmap", fd=slot, len=4096 * pages, offset=0, kind=kind)
        self.both("map_peek", fd=slot, off=0, n=4096)


TestRelayAgainstReference = RelayAgainstReference.TestCase
# Rare meetings of conditions are what this is for; how a failure came about is seen in its steps.
PROFILE = settings.default or settings()
TestRelayAgainstReference.settings = settings(
    max_examples=max(PROFILE.max_examples, EXAMPLES),
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
