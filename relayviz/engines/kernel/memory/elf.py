"""ELF cores: of /proc/vmcore, makedumpfile -E, QEMU's dump-guest-memory, and our own sparse ones.

Segments may lie inside one another (/proc/vmcore lists the kernel image twice) and the headers may
be oddly sized (QEMU says 8 bytes, and puts the program headers at 192): only where the program
headers are and how many is believed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.engines.kernel.memory.places import Piece, Places
from relayviz.engines.kernel.memory.vmcoreinfo import info_of, note, notes
from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.engines.kernel.memory.image import Image

MAGIC = b"\x7fELF"
HEADER = struct.Struct("<4sBBB9xHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_LOAD, _NOTE = 1, 4
_CORE, _X86_64 = 4, 62
_CLASS_64, _LITTLE = 2, 1
_MANY = 0xFFFF  # so many program headers that a section header has the number
_INFO_OF_SECTION = 44
_MOST_SEGMENTS = 1 << 17
_LARGEST_NOTES = 4 << 20


class Segment(NamedTuple):
    """A program header."""

    kind: int
    flags: int
    offset: int
    virtual: int
    physical: int
    in_file: int
    in_memory: int
    align: int


class ElfCore:
    """Physical pages out of an ELF core.

    Args:
        image: The file.

    Raises:
        DumpError: It is no core of an x86-64 kernel, or says nothing of its kernel.
    """

    def __init__(self, image: Image) -> None:
        self._image = image
        segments = list(_segments(image))
        self.notes: dict[bytes, bytes] = {}
        for segment in segments:
            if segment.kind == _NOTE:
                raw = image.read(segment.offset, min(segment.in_file, _LARGEST_NOTES))
                self.notes = notes(raw) | self.notes
        self.info = info_of(self.notes)
        self._places = Places(_pieces(segments))
        self.extent = self._places.total

    def page(self, frame: int) -> bytes:
        """Return a page; what a segment has in memory and not in the file is zeros."""
        found = b""
        for source, count in self._places.parts(frame * PAGE_SIZE, PAGE_SIZE):
            found += bytes(count) if source is None else self._image.read(source, count)
        if len(found) != PAGE_SIZE:
            raise UnreadableError(f"page frame {frame:#x} is not in the dump")
        return found

    def close(self) -> None:
        """Close the file."""
        self._image.close()


def _segments(image: Image) -> Iterator[Segment]:
    raw = image.read(0, HEADER.size)
    if len(raw) < HEADER.size:
        raise DumpError("It ends within its first header.")
    _, bits, order, _, kind, machine, _, _, place, sections, _, _, each, number, _, _, _ = (
        HEADER.unpack(raw)
    )
    if (bits, order, machine) != (_CLASS_64, _LITTLE, _X86_64):
        raise DumpError("It is of another architecture. Only x86-64 kernels are read.")
    if kind != _CORE:
        raise DumpError("It is an ELF file and no core. Give a dump of a kernel's memory.")
    if number == _MANY:
        number = int.from_bytes(image.read(sections + _INFO_OF_SECTION, 4), "little")
    if each < _SEGMENT.size or number > _MOST_SEGMENTS or place + each * number > image.size:
        raise DumpError("Its program headers are not in the file: it is cut off or damaged.")
    raw = image.read(place, each * number)
    for at in range(0, each * number, each):
        yield Segment(*_SEGMENT.unpack_from(raw, at))


def _pieces(segments: Sequence[Segment]) -> Iterator[Piece]:
    for segment in segments:
        if segment.kind == _LOAD:
            start = segment.physical
            filled = start + segment.in_file
            yield Piece(start, filled, segment.offset, rank=1)
            yield Piece(filled, start + segment.in_memory, None)


def head_of(frames: Sequence[int], contents: dict[bytes, bytes]) -> bytes:
    """Return an ELF core up to where its pages follow, in the order of their frames.

    Args:
        frames: Numbers of page frames, ascending.
        contents: Notes by name.

    Raises:
        DumpError: There are more separate pieces than an ELF core can list.
    """
    runs: list[list[int]] = []
    for frame in frames:
        if runs and runs[-1][1] == frame:
            runs[-1][1] += 1
        else:
            runs.append([frame, frame + 1])
    count = 1 + len(runs)
    if count >= _MANY:
        raise DumpError("It would have more than 65,533 separate pieces. Save fewer channels.")
    noted = b"".join(note(name, content) for name, content in contents.items())
    begin = HEADER.size + _SEGMENT.size * count
    offset = -(-(begin + len(noted)) // PAGE_SIZE) * PAGE_SIZE
    padding = bytes(offset - begin - len(noted))
    header = HEADER.pack(
        *(MAGIC, _CLASS_64, _LITTLE, 1, _CORE, _X86_64, 1, 0, HEADER.size, 0, 0),
        *(HEADER.size, _SEGMENT.size, count, 0, 0, 0),
    )
    table = [_SEGMENT.pack(_NOTE, 0, begin, 0, 0, len(noted), len(noted), 4)]
    for first, last in runs:
        size = (last - first) * PAGE_SIZE
        table.append(_SEGMENT.pack(_LOAD, 7, offset, 0, first * PAGE_SIZE, size, size, PAGE_SIZE))
        offset += size
    return b"".join((header, *table, noted, padding))
