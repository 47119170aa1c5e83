"""Compressed kdump files, as makedumpfile and QEMU (kdump-zlib) write them.

A header, a header of kdump, two bitmaps (which page frames there are, and which are in the file),
a descriptor for each page in the file, the pages. All pages of zeros share one descriptor's page:
a frame without a bit in the second map was filtered out and is not zeros.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.engines.kernel.memory.codecs import CODECS, refusal, unpackers
from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo, info_of, notes
from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.image import Image

MAGIC = b"KDUMP   "
_NAMES = struct.Struct("<8sI" + "65s" * 6)  # magic, version, the six texts of uname
# behind them: a time, status, block size, blocks of the next header and of the maps, frames
_BODY = struct.Struct("<16xIiiII")
_BODY_AT = _NAMES.size + (-_NAMES.size % 8)
_MACHINE = 4
# physical base, level of filtering, part of a split dump, frames, vmcoreinfo, notes, erased, frames
_KDUMP = struct.Struct("<qii" + "Q" * 11)
_PAGE = struct.Struct("<QII8x")  # place, size, flags
_PACKED = sum(codec.flag for codec in CODECS)
_MOST_FRAMES = 1 << 34  # 64 TiB
_WORD = 64


class _Layout(NamedTuple):
    frames: int  # page frames that the maps speak of
    map_at: int
    map_size: int  # of one of the two
    info: VmcoreInfo
    status: int


class Kdump:
    """Physical pages out of a compressed kdump file.

    Args:
        image: The file.

    Raises:
        DumpError: It is damaged, of another architecture, or compressed in a way that is not read.
    """

    def __init__(self, image: Image) -> None:
        self._image = image
        layout = _layout(image)
        self.info = layout.info
        self.notes: dict[bytes, bytes] = {}
        size = layout.map_size
        self._there = image.read(layout.map_at, size)
        self._kept = image.read(layout.map_at + size, size)
        if len(self._kept) != size:
            raise DumpError("It ends within its maps of pages: it is cut off.")
        words = np.frombuffer(self._kept[: size & ~7], "<u8")
        counts = np.bitwise_count(words).cumsum(dtype=np.uint64)
        self._before = np.concatenate((np.zeros(1, np.uint64), counts))
        self._frames = min(layout.frames, words.size * _WORD)
        self._descriptors = layout.map_at + 2 * size
        self.extent = int(self._before[-1]) * PAGE_SIZE
        self._unpack = unpackers()
        self._refuse_codecs(layout.status)

    def _refuse_codecs(self, status: int) -> None:
        """Refuse now what would be refused for each page."""
        first = self._image.read(self._descriptors, _PAGE.size)
        flags = _PAGE.unpack(first)[2] if len(first) == _PAGE.size else 0
        readable = sum(self._unpack)
        if used := (status | flags) & _PACKED & ~readable:
            raise DumpError(refusal(used))

    def page(self, frame: int) -> bytes:
        """Return a page."""
        byte, bit = divmod(frame, 8)
        if not 0 <= frame < self._frames or not self._there[byte] >> bit & 1:
            raise UnreadableError(f"page frame {frame:#x} is not in the dump")
        if not self._kept[byte] >> bit & 1:
            raise UnreadableError(f"page frame {frame:#x} was filtered out of the dump")
        word, bit = divmod(frame, _WORD)
        before = int.from_bytes(self._kept[word * 8 : word * 8 + 8], "little") & (1 << bit) - 1
        number = int(self._before[word]) + before.bit_count()
        return self._unpacked(frame, self._image.read(self._descriptors + 24 * number, _PAGE.size))

    def _unpacked(self, frame: int, descriptor: bytes) -> bytes:
        found = b""
        if len(descriptor) == _PAGE.size:
            offset, size, flags = _PAGE.unpack(descriptor)
            found = self._image.read(offset, min(size, 2 * PAGE_SIZE))
            if packed := flags & _PACKED:
                found = self._unpack_with(packed, found)
        if len(found) != PAGE_SIZE:
            raise UnreadableError(f"page frame {frame:#x} is damaged in the dump")
        return found

    def _unpack_with(self, packed: int, content: bytes) -> bytes:
        unpack = self._unpack.get(packed)
        if unpack is None:
            raise UnreadableError(refusal(packed))
        try:
            return unpack(content)
        except Exception:  # noqa: BLE001  each package has errors of its own
            return b""

    def close(self) -> None:
        """Close the file."""
        self._image.close()


def _layout(image: Image) -> _Layout:
    raw = image.read(0, PAGE_SIZE)
    if len(raw) < PAGE_SIZE:
        raise DumpError("It ends within its first header: it is cut off.")
    _, version, *names = _NAMES.unpack_from(raw)
    machine = names[_MACHINE].rstrip(b"\0").decode("ascii", "replace")
    if machine != "x86_64":
        raise DumpError(f"It is of the architecture {machine!r}. Only x86-64 kernels are read.")
    status, block, sub, maps, frames = _BODY.unpack_from(raw, _BODY_AT)
    if block != PAGE_SIZE or not 0 <= sub <= image.size // PAGE_SIZE:
        raise DumpError(f"Its blocks have {block} bytes and not {PAGE_SIZE}: it is damaged.")
    second = image.read(PAGE_SIZE, _KDUMP.size)
    if len(second) < _KDUMP.size:
        raise DumpError("It ends within its second header: it is cut off.")
    _, _, split, _, _, *texts, frames_64 = _KDUMP.unpack(second)
    if split:
        raise DumpError("It is one of several parts: makedumpfile --reassemble PARTS NEW.")
    if version >= 6:  # noqa: PLR2004 - from this one on there is a number of 64 bits
        frames = frames_64 or frames
    map_size = maps * PAGE_SIZE // 2
    if not 0 < frames <= _MOST_FRAMES or not frames <= map_size * 8 <= image.size * 8:
        raise DumpError("Its maps of pages do not fit into it: it is damaged.")
    info_at, info_size, note_at, note_size, *_ = texts
    if info_size and (text := image.read(info_at, min(info_size, 1 << 20))):
        info = VmcoreInfo(text)
    else:
        info = info_of(notes(image.read(note_at, min(note_size, 1 << 20))))
    return _Layout(frames, PAGE_SIZE * (1 + sub), map_size, info, status)
