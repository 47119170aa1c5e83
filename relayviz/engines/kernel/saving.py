"""Save what is seen: the pages of a dump that a look needed, as a small dump of its own.

The types and symbols that were needed go with it as notes, so that it opens without anything
beside it. Other programs that read ELF cores of a kernel open it, too.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import KernelError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.memory.elf import head_of
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.memory.vmcoreinfo import VMCOREINFO
from relayviz.engines.kernel.opening import SYMBOLS_NOTE, TYPES_NOTE
from relayviz.engines.kernel.symbols.table import as_lines
from relayviz.engines.kernel.types.layout import as_plain
from relayviz.model import files
from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relayviz.engines.kernel.memory.protocol import Physical
    from relayviz.engines.kernel.symbols.protocol import Symbols


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written.

    Attributes:
        pages: How many pages of the kernel's memory.
        size: Bytes of the file.
    """

    pages: int
    size: int


def save(path: Path, kernel: Kernel, see: Callable[[Kernel], object]) -> Saved:
    """Write what is needed to see the same again; only its owner may read the file.

    Args:
        path: The file; one that is there is replaced.
        kernel: Out of which.
        see: Looks at all that shall be in it.

    Raises:
        KernelError: It cannot be written, or this kernel's memory cannot be saved.
    """
    memory = kernel.memory
    if not isinstance(memory, Paged):
        raise KernelError("Only what was read by pages can be saved: a dump, or a guest.")
    pages, symbols = _Pages(memory.physical, kept=memory.is_live), _Symbols(kernel.symbols)
    see(Kernel(Paged(pages, live=memory.is_live), symbols, kernel.layout))
    frames = sorted(pages.seen)
    notes = {
        VMCOREINFO: kernel.memory.info.raw,
        TYPES_NOTE: json.dumps(as_plain(kernel.layout)).encode(),
        SYMBOLS_NOTE: as_lines(sorted(symbols.seen)),
    }
    head = head_of(frames, notes)
    try:
        if path.exists():
            files.check(path)
            path.chmod(files.PRIVATE)  # the new file gets the rights of the old
        with files.NewFile(path, files.PRIVATE) as file:
            file.write(head)
            for frame in frames:
                file.write(pages.seen[frame] or memory.physical.page(frame))
    except OSError as error:
        raise KernelError(f"{path} cannot be written: {os.strerror(error.errno or 0)}.") from error
    return Saved(len(frames), len(head) + len(frames) * PAGE_SIZE)


class _Pages:
    """Physical memory that knows which of its pages were read; of what changes it keeps them."""

    def __init__(self, physical: Physical, *, kept: bool) -> None:
        self._physical, self._kept = physical, kept
        self.info, self.extent = physical.info, physical.extent
        self.seen: dict[int, bytes] = {}

    def page(self, frame: int) -> bytes:
        """Return a page."""
        found = self._physical.page(frame)
        self.seen[frame] = found if self._kept else b""
        return found

    def close(self) -> None:
        """What it belongs to is closed by who opened it."""


class _Symbols:
    """Symbols that know which of them were found."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self.seen: set[tuple[int, str]] = set()

    def address(self, name: str) -> int | None:
        """Return where a variable or function is."""
        found = self._symbols.address(name)
        if found is not None:
            self.seen.add((found, name))
        return found

    def name(self, address: int) -> str | None:
        """Return what begins at an address."""
        found = self._symbols.name(address)
        if found is not None:
            self.seen.add((address, found))
        return found
