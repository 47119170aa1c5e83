"""A kernel's channel as an engine: what is drawn of it is what its counters say, and no more."""

from __future__ import annotations

import threading
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz.engines.kernel.contents import judged
from relayviz.engines.kernel.fault import AgentError
from relayviz.engines.kernel.viewing.opened import OpenedKernel, attach
from relayviz.engines.kernel.viewing.state import config_of, state_of
from relayviz.model.engine.foreign import WHOLE_BUFFER
from relayviz.model.engine.kernel import How, Where, where_of
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.kernel.look import Buffer, Channel, Look
from relayviz.relay import SubbufState
from tests.kernel.dumps import BLKTRACE, FIVE_612, MID_SWITCH, Dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relayviz.engines.kernel.contents import Contents
    from relayviz.engines.kernel.viewing.engine import KernelEngine

DUMPS = (FIVE_612, BLKTRACE, *MID_SWITCH)
SIZE, COUNT = 64, 4


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


def opened(name: str) -> OpenedKernel:
    return OpenedKernel(Dump(name).open(), Where(How.DUMP, f"/there/{name}.elf"))


def channel(
    produced: int = 0, consumed: int = 0, offset: int = 0, *, blocked: bool = False, **more: object
) -> Channel:
    """A channel of one buffer, written by hand."""
    current = (produced - 1 if blocked else produced) % COUNT
    fields: dict[str, object] = {
        "addr": 0x2000, "percpu_slot": 0, "start": 0x10000, "data": 0x10000 + current * SIZE,
        "offset": SIZE + 1 if blocked else offset, "subbufs_produced": produced,
        "subbufs_consumed": consumed, "chan": 0x1000, "bytes_consumed": 0, "early_bytes": 0,
        "finalized": 0, "cpu": 0, "page_count": 1, "page_array": 0, "kref": 1, "waiters": False,
        "padding": (0,) * COUNT,
    }  # fmt: skip
    buffer = Buffer(**{**fields, **more})  # type: ignore[arg-type]
    return Channel(
        0x1000, 7, SIZE, COUNT, 4096, 0, None, 1, 0, 0, 1, "mine", None, 0, (buffer,)
    )  # fmt: skip


class Scripted:
    """A source whose looks are given by the test, one after the other; the last one stays."""

    release, extent = "6.1.0-test", 1 << 30

    def __init__(self, *looks: Look | AgentError) -> None:
        self.looks = list(looks)
        self.closed = threading.Event()
        self.memory = bytes(range(256)) * 16
        self.paced = 0.0

    def look(self) -> Look:
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, AgentError):
            raise found
        return found

    def contents(self, channel: Channel, buffer: Buffer) -> Contents:
        seen = self.looks[0]
        now = seen.channels if isinstance(seen, Look) else ()
        after = [b for one in now for b in one.buffers if b.addr == buffer.addr]
        return judged(channel, buffer, self.memory, after[0] if after else buffer)

    def pace(self, hz: float) -> None:
        self.paced = hz

    def close(self) -> None:
        self.closed.set()


def look(*channels: Channel) -> Look:
    return Look("6.1.0-test", channels)


def until(engine: KernelEngine, told: str) -> None:
    """Wait until an engine's status says something."""
    end = monotonic() + 10
    while told not in str(engine.snapshot.foreign):
        assert monotonic() < end, engine.snapshot.foreign
        threading.Event().wait(0.005)


@pytest.mark.parametrize("name", DUMPS)
def test_a_snapshot_has_the_counters_of_the_dump(name: str) -> None:
    kernel = opened(name)
    for seen in kernel.look.channels:
        engine = kernel.open(seen)
        rows = engine.snapshot.buffers
        for row, buffer in enumerate(sorted(seen.buffers, key=lambda one: one.percpu_slot)):
            assert int(rows["cpu"][row]) == buffer.cpu
            assert int(rows["produced"][row]) == buffer.subbufs_produced
            assert int(rows["consumed"][row]) == buffer.subbufs_consumed
            assert int(rows["offset"][row]) == buffer.offset
            assert int(rows["current"][row]) * seen.subbuf_size == buffer.data - buffer.start
        assert engine.close()
    assert kernel.close()


@pytest.mark.parametrize("name", DUMPS)
def test_unread_bytes_are_those_that_a_read_would_give(name: str) -> None:
    """Cut by the snapshot's own columns, they are what the reader of dumps cuts by counters."""
    kernel, other = opened(name), Dump(name).open()
    for seen in kernel.look.channels:
        engine = kernel.open(seen)
        for row, buffer in enumerate(sorted(seen.buffers, key=lambda one: one.percpu_slot)):
            assert engine.bytes_of(engine.snapshot, row) is None  # it is read elsewhere
            assert engine.wait_idle()
            shown = engine.snapshot
            data = engine.bytes_of(shown, row)
            assert data is not None
            pieces = []
            for index in np.argsort(shown.subbufs["lap"][row]):
                cell = shown.subbufs[row, index]
                if cell["state"] in (SubbufState.UNREAD, SubbufState.CURRENT):
                    begin = int(index) * seen.subbuf_size
                    pieces.append(data[begin + int(cell["read"]) : begin + int(cell["used"])])
            got = b"".join(piece.tobytes() for piece in pieces)
            assert got == other.contents(seen, buffer).unread_bytes
        engine.close()
    kernel.close()
    other.close()


def test_how_often_it_looks_is_told_to_the_source() -> None:
    source = Scripted(look(channel()), look(channel(1)))
    kernel = OpenedKernel(source, Where(How.SSH, "far"))
    engine = kernel.open(kernel.look.channels[0])
    engine.pace(50)
    assert engine.hz == 50
    until(engine, "hz=50")
    assert source.paced == 50
    engine.close()
    kernel.close()


def test_what_memory_does_not_tell_is_named() -> None:
    kernel = opened(FIVE_612)
    engine = kernel.open(kernel.look.channels[0])
    foreign = engine.snapshot.foreign
    assert foreign is not None
    for name in ("account", "account.busy", "events", "header", "files", "stat_full", "reserved"):
        assert not foreign.knows(name), name
    assert foreign.knows("produced", "consumed", "offset")
    assert engine.can == {Can.HAND_OVER, Can.SAVE}
    engine.close()
    kernel.close()


def test_a_mode_is_known_by_evidence_only() -> None:
    full = state_of(channel(4, 0, blocked=True), config_of(channel()))
    assert full.mode == "no-overwrite"
    kernel = OpenedKernel(Scripted(look(channel(1))), Where(How.DUMP, "x"))
    engine = kernel.open(kernel.look.channels[0])
    assert not engine.snapshot.knows("mode")
    engine.close()
    kernel.close()


@pytest.mark.parametrize(
    ("given", "states"),
    [
        (channel(0, 0, 5), "CFFF"),
        (channel(2, 1, 5), "DUCF"),
        (channel(4, 0, blocked=True), "UUUU"),
        (channel(4, 4, blocked=True), "DDDD"),
        (channel(33, 0, 5), "UCUU"),
        (channel(6, 5, 5), "DUCD"),
    ],
)
def test_each_sub_buffer_has_its_state(given: Channel, states: str) -> None:
    shown = state_of(given, config_of(given)).subbufs["state"][0]
    assert "".join("FCUD"[state] for state in shown.tolist()) == states


def test_padding_of_the_sub_buffer_being_written_is_not_taken_for_its_own() -> None:
    given = channel(5, 4, 10, padding=(0, 33, 0, 0))
    cell = state_of(given, config_of(given)).subbufs[0, 1]
    assert (int(cell["used"]), int(cell["padding"])) == (10, 0)


@pytest.mark.parametrize("wrong", [{"offset": SIZE + 2}, {"data": 7}, {"padding": None}])
def test_counters_that_contradict_each_other_show_nothing(wrong: dict[str, Any]) -> None:
    given = channel(3, 1, **wrong)
    kernel = OpenedKernel(Scripted(look(given)), Where(How.DUMP, "x"))
    engine = kernel.open(given)
    foreign = engine.snapshot.foreign
    assert foreign is not None
    assert foreign.contradictory == {0}
    assert foreign.why_withheld(0, 2)
    assert int(engine.snapshot.buffers["produced"][0]) == 0
    assert "contradict" in foreign.findings[0].text
    engine.close()
    kernel.close()


@pytest.mark.parametrize(
    "wrong",
    [{"subbuf_size": 0}, {"n_subbufs": 2**31}, {"alloc_size": 5}, {"buffers": ()}],
)
def test_impossible_channels_are_refused(wrong: dict[str, object]) -> None:
    given = replace(channel(), **wrong)  # type: ignore[arg-type]
    kernel = OpenedKernel(Scripted(look(given)), Where(How.DUMP, "x"))
    with pytest.raises(OpenError, match="mine cannot be shown"):
        kernel.open(given)
    assert kernel.close()


def test_findings_say_who_is_blocked_and_what_is_not_known() -> None:
    kernel = OpenedKernel(Scripted(look(channel(4, 0, blocked=True))), Where(How.DUMP, "x"))
    engine = kernel.open(kernel.look.channels[0])
    (finding,) = engine.snapshot.foreign.findings if engine.snapshot.foreign else ()
    assert finding.cpus == (0,)
    assert finding.text.startswith("Blocked: the last switch was refused, all 4 sub-buffers ready")
    assert "not known" in finding.text
    assert "Nothing was reported as consumed" in finding.text
    engine.close()
    kernel.close()


def test_a_running_kernel_is_looked_at_until_it_is_gone() -> None:
    gone = AgentError("The agent has ended with status 255 and said nothing.")
    source = Scripted(look(channel()), *(look(channel(n, 0, 1)) for n in range(1, 4)), gone)
    kernel = OpenedKernel(source, Where(How.SSH, "far"))
    engine = kernel.open(kernel.look.channels[0])
    assert kernel.close()
    assert engine.can == {Can.WATCH, Can.HAND_OVER}
    until(engine, "status 255")
    assert int(engine.snapshot.buffers["produced"][0]) == 3
    assert engine.snapshot.foreign is not None
    assert engine.snapshot.foreign.is_gone
    assert not engine.snapshot.runs
    assert engine.can == frozenset()
    assert engine.snapshot.foreign.why_withheld(0, WHOLE_BUFFER)  # nobody will read them any more
    assert not source.closed.is_set()
    assert engine.close()
    assert source.closed.is_set()


@pytest.mark.parametrize(
    "others",
    [
        (),
        (replace(channel(1), addr=0x3000),),
        (replace(channel(1), subbuf_size=2 * SIZE),),
        (replace(channel(1), n_subbufs=2 * COUNT),),
        (replace(channel(1), buffers=()),),
    ],
)
def test_a_channel_that_the_kernel_closed_is_told(others: tuple[Channel, ...]) -> None:
    """Another one may be where it was."""
    kernel = OpenedKernel(Scripted(look(channel(1)), look(*others)), Where(How.HERE))
    engine = kernel.open(channel(1))
    until(engine, "it was closed")
    assert engine.close()
    kernel.close()


def test_paused_it_stays_as_it_is() -> None:
    source = Scripted(look(channel()), look(channel(1, 0, 3)))
    kernel = OpenedKernel(source, Where(How.GUEST, "socket"))
    engine = kernel.open(kernel.look.channels[0])
    until(engine, "looked at all the time")
    engine.watch(on=False)
    paused = engine.snapshot
    assert paused.foreign is not None
    assert "paused" in paused.foreign.status
    source.looks = [look(channel(2, 0, 9))]
    assert engine.wait_idle()
    assert engine.snapshot is paused
    engine.watch(on=True)
    end = monotonic() + 10
    while int(engine.snapshot.buffers["produced"][0]) != 2:
        assert monotonic() < end
        threading.Event().wait(0.005)
    engine.close()
    kernel.close()


def test_a_look_that_was_begun_before_the_pause_is_not_shown() -> None:
    source = Scripted(look(channel(1)))
    kernel = OpenedKernel(source, Where(How.GUEST, "socket"))
    begun, go_on, before = threading.Event(), threading.Event(), source.look

    def slow() -> Look:
        begun.set()
        assert go_on.wait(10)
        return before()

    source.look = slow  # type: ignore[method-assign]
    engine = kernel.open(kernel.look.channels[0])
    assert begun.wait(10)
    source.looks = [look(channel(2))]
    engine.watch(on=False)
    paused = engine.snapshot
    go_on.set()
    assert engine.wait_idle()
    assert engine.snapshot is paused
    engine.close()
    kernel.close()


def test_bytes_that_the_writer_came_to_meanwhile_are_withheld() -> None:
    """Shown is produced 4 of 4; while the bytes were read the writer went two sub-buffers on."""
    source = Scripted(look(channel(4, 4, 5)))
    kernel = OpenedKernel(source, Where(How.GUEST, "socket"))
    engine = kernel.open(kernel.look.channels[0])
    engine.watch(on=False)
    source.looks = [look(channel(6, 4, 5))]
    assert engine.bytes_of(engine.snapshot, 0) is None
    assert engine.wait_idle()
    foreign = engine.snapshot.foreign
    assert foreign is not None
    withheld = [index for index in range(COUNT) if foreign.why_withheld(0, index)]
    assert withheld == [1, 2]
    assert int(engine.snapshot.buffers["produced"][0]) == 4
    data = engine.bytes_of(engine.snapshot, 0, 3, 9)
    assert data is not None
    assert data.tobytes() == source.memory[3:9]
    engine.close()
    kernel.close()


def test_thousands_of_sub_buffers_are_drawn_from_columns() -> None:
    """As SystemTap has them: each of 4,096 has the lap that its number says."""
    number, produced = 4096, 10_000
    given = channel(produced, produced - 7, 5)
    buffer = replace(
        given.buffers[0],
        padding=(0,) * number,
        page_count=number * SIZE // 4096,
        data=0x10000 + produced % number * SIZE,
    )
    buffers = tuple(replace(buffer, percpu_slot=cpu, cpu=cpu) for cpu in range(4))
    given = replace(given, n_subbufs=number, alloc_size=number * SIZE, buffers=buffers)
    state = state_of(given, config_of(given))
    for index in range(number):
        lap = max(lap for lap in range(produced + 1) if lap % number == index) if index < 3 else 0
        assert index >= 3 or int(state.subbufs["lap"][2, index]) == lap
    assert (state.subbufs["state"] == SubbufState.UNREAD).sum() == 4 * 7
    assert (state.subbufs["state"] == SubbufState.CURRENT).sum() == 4


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    path = tmp_path / "hostile.elf"
    path.write_bytes(b"\x7fELF" + b"\xff" * 200)
    with pytest.raises(OpenError) as told:
        attach(Where(How.DUMP, str(path)))
    assert len(told.value.message) > 20


@pytest.mark.parametrize(
    "where", [Where(How.SSH, "me@far", agent="/x y"), Where(How.DUMP, "a", "b", "c")]
)
def test_a_kernel_is_remembered_as_plain_values(where: Where) -> None:
    assert where_of(where.to_values()) == where
    assert where_of({"how": "nowhere"}) is None
    assert where_of({"how": "dump", "target": 5}) is None
    assert where_of([1]) is None
    assert where_of({"how": "dump", "else": "x"}) is None
