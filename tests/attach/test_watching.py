"""`relayviz attach --watch`: beyond a dying process, and whatever becomes of the files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from relayviz import relay
from relayviz.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

WRITING = """
import sys
from relayviz import relay
with relay.Channel("cpu", relay.Directory.at(sys.argv[1]), subbuf_size=64, n_subbufs=4,
                   cpus=2) as channel:
    for number in range(5):
        channel.write(b"x" * 20, number % 2)
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


@pytest.fixture
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process with a channel of two buffers; ended if the test did not."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


class Watching:
    """The command with `--watch --json`, in a process of its own."""

    def __init__(self, place: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "relayviz", "attach", str(place), "--json", "--watch", "50"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def until(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Read looks until one of them is as wanted."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if holds(told):
                return told
        pytest.fail(f"it ended: {self._process.communicate()[1]}")

    def end(self) -> tuple[int, str]:
        """Tell it to end; its exit status and what it said of errors."""
        self._process.send_signal(signal.SIGTERM)
        _, said = self._process.communicate()
        return self._process.returncode, said


def is_alive(told: dict[str, Any]) -> bool:
    return bool(told["channels"]) and told["channels"][0]["alive"] is True


def is_dead(told: dict[str, Any]) -> bool:
    return bool(told["channels"]) and told["channels"][0]["alive"] is False


@pytest.mark.parametrize("by", ["folder", "pid"])
@pytest.mark.parametrize("waited_for", [True, False])
def test_it_looks_on_when_the_process_has_died(
    folder: Path, writer: subprocess.Popen[str], by: str, waited_for: bool
) -> None:
    with Watching(folder if by == "folder" else writer.pid) as watching:
        before = watching.until(is_alive)
        writer.kill()
        if waited_for:
            writer.wait()
        after = watching.until(is_dead)
        assert after["errors"] == []
        assert after["channels"] == [{**before["channels"][0], "alive": False}]
        assert [buf["written"] for buf in after["channels"][0]["bufs"]] == [3, 2]
        relay.Directory.at(folder).clean("cpu")
        watching.until(lambda told: told == {"channels": [], "errors": []})
        status, said = watching.end()
        assert (status, "there is no channel" in said) == (2, True)


def test_it_looks_on_when_the_channel_is_closed(
    folder: Path, writer: subprocess.Popen[str]
) -> None:
    with Watching(folder) as watching:
        watching.until(is_alive)
        writer.communicate()
        watching.until(lambda told: not told["channels"])
        with relay.Channel("cpu", relay.Directory.at(folder), subbuf_size=64, n_subbufs=4, cpus=1):
            told = watching.until(is_alive)  # another one of that name
            assert told["channels"][0]["pid"] == os.getpid()
            assert watching.end() == (0, "")


def test_files_that_are_cut_are_told_and_the_rest_goes_on(
    folder: Path, writer: subprocess.Popen[str]
) -> None:
    with Watching(folder) as watching:
        watching.until(is_alive)
        writer.kill()
        os.truncate(folder / "cpu0.ctl", 0)
        told = watching.until(lambda told: told["errors"])
        assert [buf["cpu"] for buf in told["channels"][0]["bufs"]] == [1]
        assert told["errors"][0]["file"] == str(folder / "cpu0")
        assert "damaged" in told["errors"][0]["why"]
        assert watching.end() == (1, "")


@pytest.mark.parametrize("kind", ["link", "fifo", "directory", "empty", "another version"])
def test_what_takes_the_place_of_a_file_is_told(
    folder: Path, writer: subprocess.Popen[str], kind: str
) -> None:
    control = folder / "cpu0.ctl"
    with Watching(folder) as watching:
        watching.until(is_alive)
        writer.kill()
        whole = control.read_bytes()
        control.unlink()
        if kind == "link":
            control.symlink_to(folder / "cpu1.ctl")
        elif kind == "fifo":
            os.mkfifo(control)
        elif kind == "directory":
            control.mkdir()
        else:
            control.write_bytes(b"" if kind == "empty" else whole[:4] + b"\x63" + whole[5:])
        with Watching(folder) as another:  # which attaches now
            told = another.until(lambda told: told["errors"])
            assert [buf["cpu"] for buf in told["channels"][0]["bufs"]] == [1]
            assert ("another" in told["errors"][0]["why"]) == (kind == "another version")
            assert another.end() == (1, "")
        watching.until(is_dead)
        assert watching.end()[0] in (0, 1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_users_files_are_refused(
    folder: Path, writer: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder.chmod(0o755)
    os.seteuid(65534)
    try:
        by_folder = main(["attach", str(folder)]), capsys.readouterr()
        by_pid = main(["attach", str(writer.pid)]), capsys.readouterr()
    finally:
        os.seteuid(0)
    status, told = by_folder
    assert status == 1
    assert [line.split(": ")[0] for line in told.out.splitlines()] == [
        str(folder / name) for name in ("cpu0", "cpu1")
    ]
    assert told.out.count("this user may not do that there") == 2
    status, told = by_pid
    assert status == 2
    assert "Permission denied" in told.err
