"""A recording's file: one chunk behind the other, each with checksums; see docs/recording.md.

Chunks are only added, and what is cut or damaged is no chunk: those before it and behind it are
still found.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING
from zlib import crc32

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
TITLE = b"relayviz recording %d\n"
LEVEL = 3  # of zstd
MOST_RAW = 256 << 20
"""Bytes that a part of a chunk unpacks to at most."""

_HEAD = struct.Struct("<4sBxHIIIIIIdd")
_CHECK = struct.Struct("<I")
_MAGIC = b"\xf5RVc"
_STRETCH = 1 << 20
SIZE = _HEAD.size + _CHECK.size


class RecordingError(Exception):
    """A recording that cannot be read, made or added to; the message says why and what helps."""


class ChunkKind(IntEnum):
    """What a chunk holds."""

    ABOUT = 0
    """What was recorded: JSON."""
    FRAMES = 1
    """Some tenths of a second."""
    LOAD = 2
    """A load, which frames behind it mean by its number: JSON."""
    NOTE = 3
    """A marker: JSON."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a chunk is, and what its head says.

    Attributes:
        kind: What it holds.
        count: Frames in it.
        first: When the first was taken, in seconds of the recording.
        last: The same of the last.
        at: Its first byte in the file.
        sizes: Packed bytes of its summary and of its body.
        raw: The same unpacked.
        checks: Their checksums.
    """

    kind: ChunkKind
    count: int
    first: float
    last: float
    at: int
    sizes: tuple[int, int]
    raw: tuple[int, int]
    checks: tuple[int, int]

    @property
    def end(self) -> int:
        """Behind its last byte."""
        return self.at + SIZE + sum(self.sizes)


class ChunkWriter:
    """Adds chunks to a file.

    Args:
        path: The file.
        is_new: It must not be there yet, and begins now.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, *, is_new: bool) -> None:
        self._file = path.open("xb" if is_new else "ab", buffering=0)
        self._packer = zstandard.ZstdCompressor(level=LEVEL)
        if is_new:
            self._put(TITLE % VERSION)

    def add(
        self,
        kind: ChunkKind,
        body: bytes,
        summary: bytes = b"",
        count: int = 0,
        times: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Add a chunk, and have it on the disk.

        Raises:
            OSError: It could not be; what was there before stays.
        """
        parts = [self._packer.compress(part) for part in (summary, body)]
        sizes = [len(part) for part in parts]
        checks = [crc32(part) for part in parts]
        head = _HEAD.pack(_MAGIC, kind, count, *sizes, len(summary), len(body), *checks, *times)
        self._put(b"".join((head, _CHECK.pack(crc32(head)), *parts)))
        os.fdatasync(self._file.fileno())

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        """Be done. Can be called again."""
        self._file.close()


class ChunkReader:
    """Finds and reads the chunks of a file.

    Args:
        path: The file.

    Attributes:
        chunks: All that are whole, as far as their heads say.
        damaged: Bytes that belong to no chunk, in front of others.
        cut: The same at the end: what was being written when the recording ended.

    Raises:
        RecordingError: It cannot be opened, or is no recording that this program reads.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RecordingError(f"{path.name} cannot be opened: {reason}.") from error
        try:
            begin = self._begin()
            self.damaged = self.cut = 0
            self.chunks = list(self._find(begin))
        except OSError as error:
            os.close(self._file)
            raise RecordingError(f"{path.name} cannot be read: {error.strerror}.") from error
        except RecordingError:
            os.close(self._file)
            raise
        self._unpacker = zstandard.ZstdDecompressor()

    def close(self) -> None:
        """Let go of the file. Can be called again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self, chunk: Chunk) -> tuple[bytes, bytes]:
        """Return a chunk's summary and body.

        Raises:
            RecordingError: It is damaged.
        """
        return self.summary(chunk), self.body(chunk)

    def summary(self, chunk: Chunk) -> bytes:
        """Return a chunk's summary; RecordingError: it is damaged."""
        return self._part(chunk, 0, chunk.at + SIZE)

    def body(self, chunk: Chunk) -> bytes:
        """Return a chunk's body; RecordingError: it is damaged."""
        return self._part(chunk, 1, chunk.at + SIZE + chunk.sizes[0])

    def _part(self, chunk: Chunk, part: int, at: int) -> bytes:
        where = f"{self._name}: the chunk at byte {chunk.at} is damaged"
        try:
            packed = os.pread(self._file, chunk.sizes[part], at)
            if crc32(packed) != chunk.checks[part] or len(packed) != chunk.sizes[part]:
                raise RecordingError(f"{where}: its checksum is another one.")
            if zstandard.frame_content_size(packed) != chunk.raw[part]:
                raise RecordingError(f"{where}: it is longer than it says.")
            return self._unpacker.decompress(packed)
        except (OSError, zstandard.ZstdError) as error:
            raise RecordingError(f"{where}: {error}.") from error

    def _begin(self) -> int:
        """Return where the first chunk begins."""
        begin = os.pread(self._file, 64, 0)
        title = begin.partition(b"\n")[0].split()
        if title[:2] != [b"relayviz", b"recording"] or len(title) != 3:  # noqa: PLR2004
            raise RecordingError(f"{self._name} is no recording of relayviz.")
        if title[2] != b"%d" % VERSION:
            version = title[2].decode("ascii", "replace")
            words = f"{self._name} is a recording of version {version[:20]}"
            raise RecordingError(f"{words}; this program reads {VERSION}. A later one may read it.")
        return begin.index(b"\n") + 1 if b"\n" in begin else len(begin)

    def _find(self, at: int) -> Iterator[Chunk]:
        end = os.fstat(self._file).st_size
        skipped = at
        while at < end:
            chunk = _head(os.pread(self._file, SIZE, at), at)
            if chunk is not None and chunk.end <= end:
                self.damaged += at - skipped
                yield chunk
                at = skipped = chunk.end
            else:
                at = self._next(at + 1, end)
        self.cut = end - skipped

    def _next(self, at: int, end: int) -> int:
        """Return where a chunk may begin next."""
        while at < end:
            data = os.pread(self._file, _STRETCH, at)
            found = data.find(_MAGIC)
            if found >= 0:
                return at + found
            if len(data) < len(_MAGIC):
                break
            at += max(1, len(data) - len(_MAGIC) + 1)
        return end


def _head(data: bytes, at: int) -> Chunk | None:
    """Return what a chunk's head says; None: there is none."""
    if len(data) < SIZE or not data.startswith(_MAGIC):
        return None
    head, check = data[: _HEAD.size], _CHECK.unpack_from(data, _HEAD.size)[0]
    if crc32(head) != check:
        return None
    _, kind, count, *sizes, first, last = _HEAD.unpack(head)
    if kind not in set(ChunkKind) or max(sizes[2:4]) > MOST_RAW or not 0 <= first <= last:
        return None
    pairs = [(sizes[place], sizes[place + 1]) for place in (0, 2, 4)]
    return Chunk(ChunkKind(kind), count, first, last, at, *pairs)
