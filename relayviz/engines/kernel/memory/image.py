"""The bytes of a dump: a file that may end early, or bytes that are there already."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Protocol

from relayviz.engines.kernel.fault import DumpError

if TYPE_CHECKING:
    from pathlib import Path


class Image(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size(self) -> int:
        """How many there are."""

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes; fewer where they end."""

    def close(self) -> None:
        """Let go of the file; can be called again."""


class File:
    """A file, read where it is asked for.

    It is not mapped: a file that somebody shortens meanwhile must not end the program.

    Args:
        path: Where it is.

    Raises:
        DumpError: It cannot be opened, or is no file.
    """

    def __init__(self, path: Path) -> None:
        self._handle = -1
        try:
            # a pipe without a writer must not be waited for
            self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            status = os.fstat(self._handle)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise DumpError(f"It cannot be opened: {reason}.") from error
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise DumpError("It is no file. Give a dump of a kernel's memory.")
        self.size = status.st_size

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes; fewer where they end, none where the disk fails."""
        if offset >= self.size or offset < 0 or size <= 0:
            return b""
        try:
            return os.pread(self._handle, min(size, self.size - offset), offset)
        except OSError:
            return b""

    def close(self) -> None:
        """Close it; can be called again."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        self.close()


class Blob:
    """Bytes in memory, read like a file."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._content = bytes(content)
        self.size = len(content)

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes; fewer where they end."""
        return self._content[offset : offset + max(size, 0)] if offset >= 0 else b""

    def close(self) -> None:
        """Nothing is held."""
