"""The kernel that runs here: /proc/kcore, an ELF core whose segments are virtual addresses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.engines.kernel.memory.elf import LOAD, NOTE, segments_of
from relayviz.engines.kernel.memory.image import File
from relayviz.engines.kernel.memory.places import Piece, Places
from relayviz.engines.kernel.memory.vmcoreinfo import info_of, notes

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.memory.elf import Segment
    from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo

_LARGEST_NOTES = 1 << 20
_ALL = 1 << 62  # there is no telling how much memory a kernel has mapped


class Kcore:
    """A live kernel's memory by virtual address; the kernel itself looks pages up.

    Args:
        path: /proc/kcore, or a file of its shape.

    Raises:
        DumpError: It cannot be read, with what would be needed for it.
    """

    is_live = True
    extent = _ALL

    def __init__(self, path: Path) -> None:
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise DumpError(
                f"It cannot be opened: {error.strerror}. It takes root, or the capabilities "
                "CAP_SYS_RAWIO and CAP_DAC_READ_SEARCH, and a kernel that is not locked down for "
                "confidentiality."
            ) from error
        try:
            segments, self.info = _read(path)
        except BaseException:
            self.close()
            raise
        self._places = Places(
            Piece(one.virtual, one.virtual + one.in_memory, one.offset)
            for one in segments
            if one.kind == LOAD
        )

    def read(self, address: int, size: int) -> bytes:
        """Return exactly `size` bytes, as they are now."""
        found = b""
        for source, count in self._places.parts(address, size):
            try:
                found += os.pread(self._handle, count, source or 0)
            except OSError as error:
                raise UnreadableError(f"{address:#x}: {error.strerror}") from error
        if len(found) != size:
            raise UnreadableError(f"{address:#x} is not mapped")
        return found

    def forget(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _read(path: Path) -> tuple[list[Segment], VmcoreInfo]:
    """Return the segments and what the kernel says of itself."""
    image = File(path)
    try:
        segments = list(segments_of(image))
        noted = [
            image.read(one.offset, min(one.in_file, _LARGEST_NOTES))
            for one in segments
            if one.kind == NOTE
        ]
        return segments, info_of(notes(b"".join(noted)))
    finally:
        image.close()
