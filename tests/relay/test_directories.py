"""Directories on disk: a channel whose files another process opens."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

# Opens a channel in the folder of its first argument, does what the second says, then says so and
# waits to be told to end.
PRODUCER = """
import sys
from relayviz import relay
folder = relay.Directory.at(sys.argv[1])
with relay.Channel("cpu", folder, subbuf_size=64, n_subbufs=4, cpus=1) as ch:
    exec(sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        exec(line)
        print("done", flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


class Producer:
    """Another process with a channel."""

    def __init__(self, folder: Path, first: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PRODUCER, str(folder), first],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear("ready")
        self.pid = self._process.pid

    def _hear(self, word: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == word

    def do(self, line: str) -> None:
        """Have it carry out a line of Python."""
        self.begin(line)
        self._hear("done")

    def begin(self, line: str) -> None:
        """The same, without waiting for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it at once."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._let_go()

    def end(self) -> None:
        """Let it close its channel and end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


def test_another_process_reads_what_this_one_writes(folder: Path) -> None:
    producer = Producer(folder, 'ch.write(b"a" * 60); ch.write(b"b" * 10)')
    directory = relay.Directory.at(folder)
    assert directory.path == str(folder.resolve())
    assert directory.names() == ["cpu0"]
    with directory.open("cpu0") as file:
        assert file.poll() == select.POLLIN | select.POLLRDNORM
        assert file.read(60) == b"a" * 60
        assert file.read() == b"b" * 10
        assert file.size == 60
        assert file.buffer.account.accepted.events == 2
        producer.begin('ch.write(b"c" * 60)')  # wakes whoever sleeps
        assert file.poll(20) == select.POLLIN | select.POLLRDNORM
        with file.mmap() as view:
            assert bytes(view[:70]) == b"a" * 60 + bytes(4) + b"b" * 6
        producer.end()
        assert file.poll() == select.POLLERR
        with pytest.raises(OSError, match="fileno"):
            file.fileno()
    assert list(folder.iterdir()) == []


def test_a_mapping_consumer_reports_in_its_own_process(folder: Path) -> None:
    producer = Producer(folder, 'ch.write(b"a" * 60); ch.write(b"b" * 10)')
    with relay.Directory.at(folder).open("cpu0") as file, file.mmap() as view:
        assert bytes(view[:3]) == b"aaa"
        file.subbufs_consumed(1)
        producer.do("assert ch.buffers[0].subbufs_consumed == 1")
        producer.do("assert ch.buffers[0].account.consumed.events == 1")
    producer.end()


def test_what_a_dead_process_left_is_read_and_taken_away(folder: Path) -> None:
    producer = Producer(folder, 'ch.write(b"a" * 60)')
    directory = relay.Directory.at(folder)
    with pytest.raises(relay.ExistsError):
        relay.Channel("cpu", directory, subbuf_size=64, n_subbufs=4, cpus=1)
    with pytest.raises(relay.ExistsError):
        directory.clean("cpu")
    with directory.open("cpu0") as file:
        producer.kill()
        assert file.poll(None) == select.POLLERR
        assert file.read() == b"a" * 60
    with pytest.raises(relay.StaleError, match=r"Directory\.clean") as caught:
        relay.Channel("cpu", directory, subbuf_size=64, n_subbufs=4, cpus=1)
    assert isinstance(caught.value, FileExistsError)
    assert directory.clean("cpu") == 1
    with relay.Channel("cpu", directory, subbuf_size=64, n_subbufs=4, cpus=1):
        assert sorted(one.name for one in folder.iterdir()) == ["cpu.channel", "cpu0", "cpu0.ctl"]


def test_folders_that_are_none(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        relay.Directory.at(folder / "none")
    made = relay.Directory.at(folder / "new", create=True, mode=0o640)
    with relay.Channel("x", made, subbuf_size=64, n_subbufs=4, cpus=1):
        assert (folder / "new" / "x0").stat().st_mode & 0o777 == 0o640
    made.remove()
    assert not (folder / "new").exists()
    assert relay.Directory.root().path is None
    with pytest.raises(NotADirectoryError):
        relay.Directory.root().clean("x")
    (folder / "bad").write_bytes(bytes(4096))
    (folder / "bad.ctl").write_bytes(bytes(4096))
    with pytest.raises(OSError, match="damaged"):
        relay.Directory.at(folder).open("bad")
