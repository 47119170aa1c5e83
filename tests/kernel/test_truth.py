"""Dumps of real kernels say what a module inside the kernel reported, field by field.

Every dump with its symbols beside it and, where it holds them, with those inside; read through the
command, as JSON. Where the kernel's read(2) was asked after the dump, it gave the same bytes.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import cli
from tests.kernel.compare import differences
from tests.kernel.dumps import BLKTRACE, CRASH, FIVE, FIVE_612, MID_SWITCH, Dump
from tests.kernel.kdumps import flattened, kdump_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Told = Callable[..., dict[str, Any]]

FIELDS = 444  # of the five channels and their 17 buffers


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What the command says of a dump."""

    def tell(dump: Dump, source: Path, *, beside: bool = True, status: int = 0) -> dict[str, Any]:
        words = ["kernel", str(source), "--json", "--types", str(dump.types)]
        assert cli.main(words + ["--symbols", str(dump.symbols)] * beside) == status
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    return tell


def buffers_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [buffer for channel in told["channels"] for buffer in channel["bufs"]]


def unread_like_read2(told: dict[str, Any], truth: dict[str, Any]) -> int:
    """How many buffers were compared with what read(2) gave."""
    files = {buffer["file"]: buffer for buffer in buffers_of(told)}
    for name, read in truth["read_after_the_dump_by_read2"].items():
        buffer = files[name.replace("trace/cpu", "nullb0/trace")]
        assert (buffer["unread_bytes"], buffer["unread_sha256"]) == (read["len"], read["sha256"])
    return len(truth["read_after_the_dump_by_read2"])


@pytest.mark.parametrize("beside", [True, False], ids=["symbols beside", "symbols inside"])
@pytest.mark.parametrize("kind", ["elf", "kdump", "plain kdump", "flattened"])
def test_five_channels(told: Told, tmp_path: Path, kind: str, *, beside: bool) -> None:
    dump = Dump(FIVE)
    source = dump.written(tmp_path)
    if kind != "elf":
        packed = kdump_of(dump.core, compress=kind != "plain kdump")
        source.write_bytes(flattened(packed) if kind == "flattened" else packed)
    found = told(dump, source, beside=beside)
    assert differences(found["channels"], dump.truth["report_of_the_module"]) == (FIELDS, [])
    assert len(found["channels"]) == 5
    assert [buffer for buffer in buffers_of(found) if buffer["mid_switch"]] == []
    assert unread_like_read2(found, dump.truth) == 13


def test_five_channels_of_a_newer_kernel(told: Told, tmp_path: Path) -> None:
    dump = Dump(FIVE_612)
    found = told(dump, dump.written(tmp_path))
    assert differences(found["channels"], dump.truth["report_of_the_module"]) == (FIELDS, [])
    assert [buffer for buffer in buffers_of(found) if buffer["mid_switch"]] == []
    assert unread_like_read2(found, dump.truth) == 13


@pytest.mark.parametrize("beside", [True, False], ids=["symbols beside", "symbols inside"])
def test_a_panic_with_writers_at_work(told: Told, tmp_path: Path, *, beside: bool) -> None:
    dump = Dump(CRASH)
    found = told(dump, dump.written(tmp_path), beside=beside)
    assert differences(found["channels"], dump.truth["report_of_the_module"]) == (FIELDS, [])
    race = next(channel for channel in found["channels"] if channel["parent"] == "race")
    assert {
        f"cpu{buffer['cpu']}": (
            buffer["subbufs_produced"],
            buffer["offset"],
            buffer["unread_bytes"],
        )
        for buffer in race["bufs"]
    } == {
        cpu: (state["produced"], state["offset"], state["unread_len"])
        for cpu, state in dump.truth["race_channel_written_at_the_moment_of_the_panic"].items()
    }


def test_unread_events_of_a_panic_are_whole_and_in_sequence() -> None:
    dump = Dump(CRASH)
    length = dump.truth["race_event_len"]
    with dump.open() as kernel:
        race = next(channel for channel in kernel.look().channels if channel.name == "race/cpu")
        for buffer in race.buffers:
            unread = kernel.contents(race, buffer).unread_bytes
            assert unread is not None
            events = [unread[at : at + length] for at in range(0, len(unread), length)]
            assert all(
                event == bytes((event[0] + place) % 256 for place in range(length))
                for event in events
            )
            assert all(other[0] == (one[0] + 31) % 256 for one, other in pairwise(events))


@pytest.mark.parametrize("name", MID_SWITCH)
def test_a_writer_stopped_inside_a_switch(told: Told, tmp_path: Path, name: str) -> None:
    dump = Dump(name)
    found = told(dump, dump.written(tmp_path))
    count, differ = differences(
        found["channels"], dump.truth["report_of_the_module_before_the_write"]
    )
    assert count == FIELDS
    assert [list(one) for one in differ] == dump.truth["differs_from_the_report"]
    assert {
        (channel["parent"], buffer["cpu"]): buffer["mid_switch"]
        for channel in found["channels"]
        for buffer in channel["bufs"]
        if buffer["mid_switch"] is not False
    } == {("over", 0): True}


def test_blktrace_that_drops_events(told: Told, tmp_path: Path) -> None:
    dump = Dump(BLKTRACE)
    found = told(dump, dump.written(tmp_path))
    (channel,) = found["channels"]
    assert channel["client"] == {
        "kind": "blktrace",
        "struct": "blk_trace",
        "dropped": dump.truth["blk_trace"]["dropped_file_in_debugfs"],
        "device": dump.truth["blk_trace"]["dev"],
    }
    assert channel["inferred_mode"] == "no-overwrite"
    assert unread_like_read2(found, dump.truth) == 4
