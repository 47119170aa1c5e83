"""What another process sees of a directory on disk: sleepers that are woken, files that are cut."""

from __future__ import annotations

import errno
import os
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITING = """
import sys
from relayviz import relay
with relay.Channel("cpu", relay.Directory.at(sys.argv[1]), subbuf_size=4096, n_subbufs=4,
                   cpus=1) as channel:
    channel.write(b"x" * 4096)
    channel.write(b"y" * 100)
    print("ready", flush=True)
    sys.stdin.read()
"""

SLEEPING = """
import sys
from relayviz import relay
with relay.Directory.at(sys.argv[1]).open("cpu0") as file:
    print("ready", flush=True)
    print(file.poll(None), file.read(3), flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


def begin(program: str, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process with a channel, a sub-buffer of which is finished."""
    with begin(WRITING, folder) as process:
        yield process
        process.kill()


def until_somebody_sleeps(folder: Path) -> None:
    """Wait for a poll to be asleep, as the control block has it."""
    attached = relay.Attached(folder / "cpu0")
    while not (row := attached.look().buffer)["waiters"]:  # type: ignore[index]
        os.sched_yield()
    assert row is not None
    attached.close()


@pytest.mark.usefixtures("writer")
def test_a_buffer_that_never_holds_still_is_told_as_it_was_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_room: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "look again")  # as core/tests/attach.c brings about

    attached, other = relay.Attached(folder / "cpu0"), relay.Attached(folder / "cpu0")
    before = attached.look()
    monkeypatch.setattr(relay.Attached, "_look", refuse)
    assert attached.look() == replace(before, is_moving=True)
    for one, is_new in ((other, False), (attached, True)):
        with pytest.raises(BlockingIOError):
            one.look(is_new=is_new)
    for one in (attached, other):
        one.close()


def test_a_poll_that_sleeps_elsewhere_is_woken(folder: Path) -> None:
    place = relay.Directory.at(folder)
    with relay.Channel("cpu", place, subbuf_size=64, n_subbufs=4, cpus=1) as channel:
        with begin(SLEEPING, folder) as sleeper:
            until_somebody_sleeps(folder)
            channel.write(b"abc" * 20)
            channel.write(b"d" * 20)
            said, _ = sleeper.communicate()
        assert said == f"{select.POLLIN | select.POLLRDNORM} {b'abc'!r}\n"


def test_a_poll_that_sleeps_hears_of_the_writers_death(
    folder: Path, writer: subprocess.Popen[str]
) -> None:
    masks: list[int] = []
    with relay.Directory.at(folder).open("cpu0") as file:
        file.subbufs_consumed(1)
        thread = threading.Thread(target=lambda: masks.append(file.poll(None)))
        thread.start()
        until_somebody_sleeps(folder)
        writer.kill()
        thread.join()
        assert masks == [select.POLLERR]
        assert file.read(100)[-1:] == b"y"


@pytest.mark.parametrize("name", ["cpu0", "cpu0.ctl"])
def test_a_file_that_is_cut_is_an_error(
    folder: Path, writer: subprocess.Popen[str], name: str
) -> None:
    with relay.Directory.at(folder).open("cpu0") as file, file.mmap() as view:
        assert file.read(10) == b"x" * 10
        os.truncate(folder / name, 0)
        with pytest.raises(OSError) as caught:  # noqa: PT011  told apart by its number
            file.read(10)
        assert caught.value.errno == errno.EIO
        assert file.poll() & select.POLLERR
        if name == "cpu0":
            assert bytes(view[:8192]) == bytes(8192)
        else:
            assert view[0] == ord("x")
            assert file.poll(None) == select.POLLERR
    writer.kill()


def test_the_maker_outlives_its_files(folder: Path) -> None:
    place = relay.Directory.at(folder)
    with relay.Channel("cpu", place, subbuf_size=64, n_subbufs=4, cpus=1) as channel:
        os.truncate(folder / "cpu0", 0)
        assert channel.write(b"a" * 20)
        os.truncate(folder / "cpu0.ctl", 0)
        with pytest.raises(relay.ClosedError):
            channel.write(b"b" * 20)
        assert channel.buffers[0].account.written_late.events == 1
    assert list(folder.iterdir()) == []
