"""A file like /proc/kcore made from a dump, with what lies beside it, for relay-agent."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from relayviz.engines.kernel.contents import read_contents
from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.kernel import Kernel

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo
    from tests.kernel.dumps import Dump

PAGE = 4096


class Noted:
    """Memory that remembers which pages were read."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.pages: set[int] = set()

    @property
    def info(self) -> VmcoreInfo:
        return self._memory.info

    @property
    def extent(self) -> int:
        return self._memory.extent

    @property
    def is_live(self) -> bool:
        return self._memory.is_live

    def forget(self) -> None:
        self._memory.forget()

    def read(self, address: int, size: int) -> bytes:
        found = self._memory.read(address, size)
        self.pages |= set(range(address // PAGE, (address + max(size, 1) - 1) // PAGE + 1))
        return found

    def close(self) -> None:
        self._memory.close()


@dataclass(frozen=True)
class Live:
    """What the agent reads instead of /proc and /sys."""

    kcore: Path
    kallsyms: Path
    btf: Path

    @property
    def options(self) -> tuple[str, ...]:
        return (
            "--kcore",
            str(self.kcore),
            "--kallsyms",
            str(self.kallsyms),
            "--btf",
            str(self.btf),
        )


def live_of(dump: Dump, folder: Path) -> Live:
    """A dump as the files of a kernel that runs."""
    folder.mkdir(exist_ok=True)
    opened = dump.open()
    noted = Noted(opened.memory)
    kernel = Kernel(noted, opened.symbols, opened.layout)
    for channel in kernel.look().channels:
        for buffer in channel.buffers:
            read_contents(noted, kernel._walk, channel, buffer)
    live = Live(folder / "kcore", folder / "kallsyms", folder / "btf")
    live.kcore.write_bytes(kcore(opened.memory, sorted(noted.pages)))
    symbols = json.loads(dump.symbols.read_text(encoding="utf-8"))
    lines = [f"{address:016x} t {name}\n" for name, address in symbols.items()]
    live.kallsyms.write_text("".join(lines), encoding="utf-8")
    live.btf.write_bytes(dump.types.read_bytes())
    return live


def kcore(memory: Memory, pages: list[int]) -> bytes:
    """An ELF core with a segment for each run of pages, by virtual address."""
    runs = [
        [page for _, page in run]
        for _, run in groupby(enumerate(pages), key=lambda item: item[1] - item[0])
    ]
    at = (64 + 56 * len(runs) + PAGE - 1) // PAGE * PAGE
    head = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 4, 62, 1, 0, 64, 0, 0, 64, 56,
                       len(runs), 0, 0, 0)  # fmt: skip
    body = b""
    for run in runs:
        size = len(run) * PAGE
        head += struct.pack("<IIQQQQQQ", 1, 7, at + len(body), run[0] * PAGE, 0, size, size, PAGE)
        body += b"".join(page_of(memory, page) for page in run)
    return head.ljust(at, b"\0") + body


def page_of(memory: Memory, page: int) -> bytes:
    try:
        return memory.read(page * PAGE, PAGE)
    except UnreadableError:
        return bytes(PAGE)
