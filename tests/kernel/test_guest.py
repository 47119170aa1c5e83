"""A guest under QEMU from outside: the truth by both ways, and every way it can fail."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.kernel.fault import GuestError, UnreadableError
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.opening import open_guest
from relayviz.engines.kernel.qemu import machine
from relayviz.engines.kernel.qemu.memory import GuestMemory
from tests.kernel.compare import differences
from tests.kernel.dumps import FIVE, Dump
from tests.kernel.machines import StandIn

if TYPE_CHECKING:
    from pathlib import Path

WRONG_PLACE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "qmp"


def test_all_that_the_module_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = Dump(FIVE)
    words = ["kernel", "--qemu", str(path), "--types", str(dump.types), "--json"]
    with StandIn(path, dump) as guest:
        assert cli.main([*words, "--symbols", str(dump.symbols)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert differences(told["channels"], dump.truth["report_of_the_module"]) == (444, [])
    # one page of vmcoreinfo and one to compare; all others out of QEMU's own memory
    assert guest.asked.count("dump-guest-memory") == 2


@pytest.mark.parametrize("lends", [None, WRONG_PLACE], ids=["no place", "a wrong place"])
def test_pages_are_asked_for_where_memory_cannot_be_read(path: Path, lends: int | None) -> None:
    """Also if another process answers at the socket, whose memory is not the guest's."""
    dump = Dump(FIVE)
    with StandIn(path, dump, lends) as guest:
        memory = GuestMemory(path)
        assert not memory.is_fast
        with dump.open() as kernel:
            paged = kernel.memory
            assert isinstance(paged, Paged)
            frame = next(iter(paged._frames.values()))
            assert memory.page(frame) == paged.physical.page(frame) == guest.page(frame * 4096)
        with pytest.raises(UnreadableError):
            memory.page(1 << 30)
        memory.close()
        memory.close()


def test_a_running_guest_is_read_anew_each_time(path: Path) -> None:
    dump = Dump(FIVE)
    with StandIn(path, dump) as guest, open_guest(path, dump.types, dump.symbols) as kernel:
        channel = kernel.look().channels[0]
        address = channel.buffers[0].start
        before = kernel.memory.read(address, 16)
        for piece in guest._pieces.values():
            at = piece.raw.find(before)
            if at >= 0:
                piece[at : at + 16] = b"written just now"
        assert kernel.memory.read(address, 16) == b"written just now"


def answering(path: Path, *lines: bytes) -> threading.Thread:
    """Somebody at a socket who says these lines, one after each that comes in, and hangs up."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(1)

    def serve() -> None:
        with suppress(BrokenPipeError), listening, listening.accept()[0] as connection:
            for number, line in enumerate(lines):
                if number:
                    connection.recv(1 << 16)
                connection.sendall(line)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


HELLO = b'{"QMP": {}}\r\n'


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([b"SSH-2.0-OpenSSH\r\n"], "does not speak"),
        ([b"[]\r\n"], "does not greet"),
        ([b""], "hung up"),
        ([HELLO, b'{"error": {"desc": "busy"}}\n'], "refuses qmp_capabilities: busy"),
        ([HELLO, b'{"return": {}}\n', b'{"error": "no"}\n'], "refuses getfd: no"),
        ([HELLO, b'{"return": {}}\n'], "hung up|gone"),
        ([b"[" * 100000 + b"\n"], "does not speak"),
        ([b"x" * (2 << 20)], "more than QEMU"),
    ],
)
def test_who_is_not_qemu_or_refuses_is_told(path: Path, lines: list[bytes], words: str) -> None:
    thread = answering(path, *lines)
    with pytest.raises(GuestError, match=words):
        GuestMemory(path)
    thread.join(10)


def test_nobody_there(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["kernel", "--qemu", str(path)]) == 2
    assert "-qmp unix:PATH,server=on,wait=off" in capsys.readouterr().err


def test_qemu_that_serves_another_is_told_and_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1)
        with pytest.raises(GuestError, match="one program at a time"):
            GuestMemory(path)


def test_a_guest_that_ends_meanwhile(path: Path) -> None:
    dump = Dump(FIVE)
    with StandIn(path, dump, None):
        memory = GuestMemory(path)
        memory._machine._socket.shutdown(socket.SHUT_RDWR)
        with pytest.raises((GuestError, UnreadableError)):
            memory.page(0)
        memory.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["core", "--live"], "One source"),
        (["core", "--watch", "1"], "stays as it is"),
        (["core", "--agent", "x"], "--agent is for"),
        (["--live", "--types", "x"], "takes types"),
        (["--ssh", "there", "--symbols", "x"], "takes types"),
    ],
)
def test_a_source_that_cannot_be_meant(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["kernel", *words]) == 2
    assert told in capsys.readouterr().err
