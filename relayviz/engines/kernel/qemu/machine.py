"""QEMU's machine protocol (QMP): one JSON object a line, over a socket of the file system."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING, Any

from relayviz.engines.kernel.fault import GuestError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 10.0
"""Seconds that QEMU may take for one answer."""

_LONGEST_LINE = 1 << 20
_PEER = struct.Struct("3i")  # process, user, group


class Machine:
    """A connection to a running QEMU.

    Args:
        path: Its socket, as given with -qmp unix:PATH,server=on,wait=off.

    Raises:
        GuestError: Nobody answers there, or not as QEMU does.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._rest = b""
        try:
            self._socket.connect(str(path))
            self._greet()
            self.ask("qmp_capabilities")
        except TimeoutError as error:
            self.close()
            raise GuestError(
                "QEMU does not answer. It serves one program at a time on a socket: close the "
                "other, or start QEMU with a second -qmp unix:PATH,server=on,wait=off."
            ) from error
        except OSError as error:
            self.close()
            raise GuestError(
                f"It cannot be reached: {error.strerror or error}. Start QEMU with "
                "-qmp unix:PATH,server=on,wait=off, and name that PATH."
            ) from error
        except GuestError:
            self.close()
            raise

    @property
    def process(self) -> int:
        """The process that listens at the socket."""
        raw = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        return int(_PEER.unpack(raw)[0])

    def ask(self, command: str, **arguments: object) -> object:
        """Carry out a command and return what it returns.

        Raises:
            GuestError: QEMU refuses, or is gone.
        """
        return self._exchange(command, arguments, [])

    def lend(self, descriptor: int, name: str) -> None:
        """Hand an open file over, which commands then name as fd:NAME; GuestError as of ask."""
        self._exchange("getfd", {"fdname": name}, [descriptor])

    def close(self) -> None:
        """Hang up; can be called again."""
        self._socket.close()

    def _greet(self) -> None:
        if "QMP" not in self._line():
            raise GuestError("It does not greet as QEMU's machine protocol does.")

    def _exchange(self, command: str, arguments: dict[str, object], files: list[int]) -> object:
        line = json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"
        try:
            if files:
                socket.send_fds(self._socket, [line], files)
            else:
                self._socket.sendall(line)
            while True:
                answer = self._line()
                if "error" in answer:
                    raise GuestError(f"QEMU refuses {command}: {_said(answer['error'])}")
                if "return" in answer:  # others are events, that nobody waits for
                    return answer["return"]
        except OSError as error:
            raise GuestError(f"QEMU is gone, or does not answer: {error}") from error

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._rest:
            more = self._socket.recv(1 << 16)
            if not more or len(self._rest) > _LONGEST_LINE:
                raise GuestError("QEMU hung up." if not more else "It says more than QEMU does.")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise GuestError("It does not speak as QEMU's machine protocol does.") from error
        return answer if isinstance(answer, dict) else {}


def _said(error: object) -> str:
    return str(error.get("desc")) if isinstance(error, dict) else str(error)
