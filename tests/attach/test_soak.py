"""Attached and detached again and again: memory and descriptors of both sides stay where they were.

The long version attaches every second for ATTACH_MINUTES, 30 unless the environment says otherwise.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.engines.attach.finding import in_folder
from relayviz.engines.attach.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTES = float(os.environ.get("ATTACH_MINUTES", "30"))
CPUS = 8
GROWTH_AT_MOST = 2048  # KiB of memory: Python takes a MiB at a time, and the system rounds up
LEFT_AT_MOST = (100, 1)  # bytes and objects for each time, of what the allocators of this side gave
PARTS = 8  # a step once, such as a table of Python's that is made anew, is in one of them

WRITING = """
import sys, threading
from relayviz import relay
over = threading.Event()
with relay.Channel("cpu", relay.Directory.at(sys.argv[1]), subbuf_size=4096, n_subbufs=8,
                   cpus=8) as channel:
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.wait(0.001):
        for cpu in range(8):
            channel.write(bytes(64), cpu)
"""


@dataclass(frozen=True)
class Held:
    """What a process has: descriptors, threads, mappings, and KiB of memory."""

    descriptors: int
    threads: int
    mappings: int
    memory: int


def held_by(pid: int) -> Held:
    """Ask the system."""
    place = Path(f"/proc/{pid}")
    rss = next(line for line in (place / "status").read_text().splitlines() if "VmRSS" in line)
    return Held(
        len(list((place / "fd").iterdir())),
        len(list((place / "task").iterdir())),
        len((place / "maps").read_text().splitlines()),
        int(rss.split()[1]),
    )


class _Mallinfo(ctypes.Structure):
    """What mallinfo2(3) returns."""

    _fields_ = (
        ("about_areas", ctypes.c_size_t * 4),
        ("hblkhd", ctypes.c_size_t),  # bytes in mappings of their own
        ("about_free_ones", ctypes.c_size_t * 2),
        ("uordblks", ctypes.c_size_t),  # bytes in use of the others
        ("about_the_rest", ctypes.c_size_t * 2),
    )


def in_use() -> tuple[int, int]:
    """Bytes that the C library has given this process, and objects that Python has."""
    gc.collect()
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Mallinfo
    said = ask()
    return said.uordblks + said.hblkhd, sys.getallocatedblocks()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


@pytest.fixture
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes to eight buffers all the time."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate()
        assert process.returncode == 0


def attach_once(folder: Path) -> int:
    """Be a watcher, then a consumer who reads, maps, reports and goes; the bytes that were read."""
    taken = 0
    with Looking(partial(in_folder, folder)) as looking:
        told = looking.look()
        assert not told.errors
        assert [len(channel.bufs) for channel in told.channels] == [CPUS]
    for name in ("cpu0", f"cpu{CPUS - 1}"):
        with relay.Directory.at(folder).open(name) as file, file.mmap() as view:
            file.poll(0.01)
            assert view[0] == 0
            taken += len(file.read())
            file.subbufs_consumed(1)
    return taken


@pytest.mark.parametrize(
    ("cycles", "pause"),
    [
        (200, 0.0),
        pytest.param(int(60 * MINUTES), 1.0, marks=[pytest.mark.soak, pytest.mark.timeout(36000)]),
    ],
)
def test_both_sides_stay_flat(
    folder: Path, writer: subprocess.Popen[str], cycles: int, pause: float
) -> None:
    taken = 0
    sides = {"this side": os.getpid(), "the writer": writer.pid}
    warm: dict[str, Held] = {}
    given: list[tuple[int, int]] = []
    for cycle in range(cycles):
        if cycle % (cycles // PARTS) == 0:
            given.append(in_use())
        taken += attach_once(folder)
        if cycle == cycles // 4:
            warm = {side: held_by(pid) for side, pid in sides.items()}
        if pause:
            threading.Event().wait(pause)
    assert taken > 0
    for what, most in zip(zip(*given, strict=True), LEFT_AT_MOST, strict=True):
        more = [now - then for then, now in pairwise(what)]
        print(f"more after each {cycles // PARTS} times: {more}")
        assert median(more) < most * (cycles // PARTS)
    for side, pid in sides.items():
        now, then = held_by(pid), warm[side]
        print(f"{side}: {then} after {cycles // 4} times, {now} after {cycles}")
        assert now.descriptors <= then.descriptors, side
        assert now.threads <= then.threads, side
        assert now.mappings - then.mappings <= 4, side  # of the allocator
        assert now.memory - then.memory <= GROWTH_AT_MOST, side
