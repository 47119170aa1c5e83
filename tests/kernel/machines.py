"""A stand-in for QEMU: its machine protocol on a socket, with a dump as the guest's memory."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any, Self

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.memory.opening import physical_of
from relayviz.engines.kernel.memory.vmcoreinfo import VMCOREINFO, note

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kernel.dumps import Dump

PAGE, PIECE = 4096, 1 << 21
GREETING = {"QMP": {"version": {}, "capabilities": ["oob"]}}


class StandIn:
    """Answers one connection in a thread of its own.

    Args:
        path: Of the socket.
        dump: What the guest has in memory.
        lends: Whether it says where the guest's memory lies in this process; a number is added.
    """

    def __init__(self, path: Path, dump: Dump, lends: int | None = 0) -> None:
        self._physical = physical_of(Blob(dump.core))
        self._lends = lends
        self._pieces: dict[int, Any] = {}
        self._files: dict[str, int] = {}
        self.asked: list[str] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return
        with connection:
            self._say(connection, GREETING)
            rest = b""
            while True:
                more, files, _, _ = socket.recv_fds(connection, 1 << 16, 1)
                if not more:
                    return
                rest += more
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    asked = json.loads(line)
                    # what nobody asked for comes in between
                    self._say(connection, {"event": "RTC_CHANGE", "data": {"offset": 0}})
                    self._say(connection, self._answer(asked, files))

    def _say(self, connection: socket.socket, said: object) -> None:
        connection.sendall(json.dumps(said).encode() + b"\r\n")

    def _answer(self, asked: dict[str, Any], files: list[int]) -> dict[str, Any]:
        words = asked["arguments"]
        self.asked.append(asked["execute"])
        match asked["execute"]:
            case "getfd":
                self._files[words["fdname"]] = files.pop()
            case "dump-guest-memory":
                assert words["paging"] is False
                file = self._files.pop(words["protocol"].removeprefix("fd:"))
                core = self.core(words["begin"], words["length"])
                if core is None:
                    os.close(file)
                    return {"error": {"class": "GenericError", "desc": "no memory there"}}
                os.write(file, core)
                os.close(file)
            case "query-memory-size-summary":
                return {"return": {"base-memory": 256 << 20}}
            case "human-monitor-command":
                return {"return": self._place(int(words["command-line"].split()[1], 16))}
        return {"return": {}}

    def _place(self, address: int) -> str:
        """What QEMU says to gpa2hva."""
        if self._lends is None:
            return f"No memory is mapped at address 0x{address:x}\r\n"
        if address not in self._pieces:
            content = b"".join(self.page(address + at) for at in range(0, PIECE, PAGE))
            self._pieces[address] = ctypes.create_string_buffer(content, PIECE)
        host = ctypes.addressof(self._pieces[address]) + self._lends
        return f"Host virtual address for 0x{address:x} (pc.ram) is {host:#x}\r\n"

    def page(self, address: int) -> bytes:
        """A page; its own address again and again where the dump has none."""
        try:
            return self._physical.page(address // PAGE)
        except UnreadableError:
            return struct.pack("<Q", address) * (PAGE // 8)

    def core(self, begin: int, length: int) -> bytes | None:
        """A part of the guest's memory as QEMU writes it: odd headers, notes, one segment."""
        if begin >= 256 << 20:
            return None
        content = b"".join(self.page(at) for at in range(begin, begin + length, PAGE))
        notes = note(VMCOREINFO, self._physical.info.raw)
        at = 64 + 2 * 56
        head = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 4, 62, 1, 0, 64, 0, 0, 8,
                           56, 2, 0, 0, 0)  # fmt: skip
        head += struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(notes), len(notes), 0)
        head += struct.pack("<IIQQQQQQ", 1, 0, at + len(notes), 0, begin, length, length, 0)
        return head + notes + content
