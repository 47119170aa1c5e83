"""The memory of a guest while it runs: out of QEMU's process, or asked for page by page.

The first is as fast as reading a file, and needs the rights of a debugger over QEMU's process.
Where they are missing QEMU writes pages to a file that we lend it, which takes about 10 ms each.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import GuestError, UnreadableError
from relayviz.engines.kernel.memory.elf import ElfCore
from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.qemu.machine import Machine
from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from pathlib import Path

_PIECE = 1 << 21  # of the guest's memory; within one, QEMU's addresses follow one another
_IMAGE = 0xFFFFFFFF80000000
_HOST = re.compile(r"is 0x([0-9a-f]+)")
_NAME = "relayviz"


class GuestMemory:
    """Physical pages of a running guest.

    Args:
        path: Of QEMU's socket.

    Raises:
        GuestError: QEMU cannot be reached, or refuses.
        DumpError: The guest's kernel says nothing of itself; the message names what is missing.
    """

    def __init__(self, path: Path) -> None:
        self._machine = Machine(path)
        self._process = -1
        self._hosts: dict[int, int | None] = {}
        try:
            core = self._core(0, PAGE_SIZE)
            self.info = core.info
            self.notes: dict[bytes, bytes] = {}
            sizes = self._machine.ask("query-memory-size-summary")
            self.extent = _bytes_of(sizes)
            self._process = self._open_process()
        except BaseException:
            self.close()
            raise

    @property
    def is_fast(self) -> bool:
        """Whether QEMU's own memory can be read."""
        return self._process >= 0

    def page(self, frame: int) -> bytes:
        """Return the 4096 bytes of a page frame, as they are now.

        Raises:
            UnreadableError: The guest has no memory there.
            GuestError: QEMU is gone.
        """
        address = frame * PAGE_SIZE
        found = self._of_process(address) if self.is_fast else self._of_machine(address)
        if len(found) != PAGE_SIZE:
            raise UnreadableError(f"the guest has no memory at {address:#x}")
        return found

    def close(self) -> None:
        """Hang up; can be called again."""
        self._machine.close()
        if self._process >= 0:
            os.close(self._process)
            self._process = -1

    def _open_process(self) -> int:
        """Open QEMU's memory; -1: it may not be read, or is not where the socket's owner is."""
        try:
            opened = os.open(f"/proc/{self._machine.process}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return -1
        self._process = opened
        place, base = self.info.symbol("init_uts_ns"), self.info.number("phys_base")
        if place is not None and base is not None:
            # names of the system, which stay as they are: the same by both ways?
            address = (place - _IMAGE + base) // PAGE_SIZE * PAGE_SIZE
            asked = self._of_machine(address)
            if any(asked) and self._of_process(address) == asked:
                return opened
        os.close(opened)
        return -1

    def _of_process(self, address: int) -> bytes:
        piece = address // _PIECE
        if piece not in self._hosts:
            self._hosts[piece] = self._host(piece * _PIECE)
        host = self._hosts[piece]
        if host is None:
            return b""
        try:
            return os.pread(self._process, PAGE_SIZE, host + address % _PIECE)
        except OSError:
            self._machine.ask("query-status")  # GuestError if QEMU is gone
            return b""

    def _host(self, address: int) -> int | None:
        """Return where QEMU has an address of the guest; None: nowhere."""
        said = self._machine.ask(
            "human-monitor-command", **{"command-line": f"gpa2hva {address:#x}"}
        )
        found = _HOST.search(str(said))
        return int(found[1], 16) if found else None

    def _of_machine(self, address: int) -> bytes:
        try:
            return self._core(address, PAGE_SIZE).page(address // PAGE_SIZE)
        except GuestError as error:
            raise UnreadableError(str(error)) from error

    def _core(self, address: int, size: int) -> ElfCore:
        """Let QEMU write a part of the guest's memory to a file of ours."""
        file = os.memfd_create(_NAME)
        try:
            self._machine.lend(file, _NAME)
            self._machine.ask(
                "dump-guest-memory",
                paging=False,
                protocol=f"fd:{_NAME}",
                begin=address,
                length=size,
            )
            return ElfCore(Blob(os.pread(file, os.fstat(file).st_size, 0)))
        finally:
            os.close(file)


def _bytes_of(sizes: object) -> int:
    """Return all memory of a guest, from what QEMU says of its sizes."""
    said = sizes if isinstance(sizes, dict) else {}
    found = [said.get(name, 0) for name in ("base-memory", "plugged-memory")]
    if not all(isinstance(one, int) for one in found) or not sum(found):
        raise GuestError("QEMU does not say how much memory the guest has.")
    return sum(found)
