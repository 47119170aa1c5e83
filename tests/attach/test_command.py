"""`relayviz attach`: channels of other processes, running, dead and damaged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import relay
from relayviz.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

DYING = """
import os, signal, sys
from relayviz import relay
channel = relay.Channel("cpu", relay.Directory.at(sys.argv[1]), subbuf_size=64, n_subbufs=4, cpus=2)
for number in range(5):
    channel.write(b"x" * 20, number % 2)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="relay-test-", dir="/dev/shm") as path:
        yield Path(path)


def looked(place: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Look once; the exit status and what was printed."""
    status = main(["attach", str(place), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, told


def test_a_channel_of_this_process(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = relay.Directory.at(folder)
    with relay.Channel("ev", place, subbuf_size=64, n_subbufs=4, cpus=2) as channel:
        for _ in range(4):
            channel.write(bytes(20), 1)
        status, told = looked(folder, capsys)
        assert (status, told["errors"]) == (0, [])
        (one,) = told["channels"]
        bufs = one.pop("bufs")
        assert one == {
            "name": "ev",
            "subbuf_size": 64,
            "n_subbufs": 4,
            "pid": os.getpid(),
            "alive": True,
        }
        assert [buf["cpu"] for buf in bufs] == [0, 1]
        buffer = channel.buffers[1]
        account = buffer.account
        assert bufs[1] == {
            "cpu": 1,
            "produced": buffer.subbufs_produced,
            "consumed": buffer.subbufs_consumed,
            "offset": buffer.offset,
            "written": account.accepted.events,
            "unread": account.unread.events,
            "torn": 0,
            "doing": "",
        }
        assert looked(os.getpid(), capsys) == (
            status,
            {**told, "channels": [{**one, "bufs": bufs}]},
        )


def test_a_process_that_was_killed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = subprocess.run([sys.executable, "-c", DYING, str(folder)], check=False)
    assert ended.returncode == -signal.SIGKILL
    status, told = looked(folder, capsys)
    assert status == 0
    (one,) = told["channels"]
    assert one["alive"] is False
    assert [(buf["written"], buf["unread"], buf["torn"]) for buf in one["bufs"]] == [
        (3, 3, 0),
        (2, 2, 0),
    ]
    assert main(["attach", str(folder)]) == 0
    assert "is gone" in capsys.readouterr().out


def test_what_is_damaged_is_refused_and_the_rest_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = relay.Directory.at(folder)
    with relay.Channel("ev", place, subbuf_size=64, n_subbufs=4, cpus=2):
        control = (folder / "ev0.ctl").read_bytes()
        (folder / "bad.ctl").write_bytes(b"\xff" * len(control))
        (folder / "bad").write_bytes(bytes(4096))
        (folder / "odd.ctl").write_bytes(control[:128] + b"\xff" * 64 + control[192:])
        (folder / "odd").write_bytes(bytes(4096))
        status, told = looked(folder, capsys)
        assert status == 1
        assert [len(one["bufs"]) for one in told["channels"]] == [2]
        assert sorted(Path(one["file"]).name for one in told["errors"]) == ["bad", "odd"]
        assert all("damaged" in one["why"] for one in told["errors"])


def test_nothing_to_look_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attach", str(folder)]) == 2
    assert "there is no channel" in capsys.readouterr().err
    assert main(["attach", str(folder / "none")]) == 2
    assert main(["attach", str(2**22 + 1)]) == 2
    with pytest.raises(SystemExit):
        main(["attach", str(folder), "--watch", "0"])
