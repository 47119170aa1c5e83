"""Writes the pages of an ELF core in other formats: compressed kdump, flattened."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from relayviz.engines.kernel.memory.vmcoreinfo import notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 4096
ZLIB = 1


def segments_of(core: bytes) -> list[tuple[int, ...]]:
    """The program headers: kind, flags, offset, virtual, physical, in file, in memory, align."""
    (at,) = struct.unpack_from("<Q", core, 32)
    each, count = struct.unpack_from("<HH", core, 54)
    return [struct.unpack_from("<IIQQQQQQ", core, at + each * number) for number in range(count)]


def pages_of(core: bytes) -> dict[int, bytes]:
    """The pages of an ELF core by the number of their frame."""
    found = {}
    for kind, _, offset, _, physical, size, *_ in segments_of(core):
        for at in range(0, size if kind == 1 else 0, PAGE):
            found[(physical + at) // PAGE] = core[offset + at : offset + at + PAGE]
    return found


def vmcoreinfo_of(core: bytes) -> bytes:
    """What the kernel says of itself."""
    (note,) = (core[line[2] : line[2] + line[5]] for line in segments_of(core) if line[0] == 4)
    return notes(note)[b"VMCOREINFO"]


def kdump_of(
    core: bytes,
    *,
    compress: bool = True,
    flags: int = ZLIB,
    pack: Callable[[bytes], bytes] = zlib.compress,
    machine: str = "x86_64",
    filtered: frozenset[int] = frozenset(),
) -> bytes:
    """A compressed kdump file (version 6) with the pages of an ELF core.

    Pages of zeros share one page, as makedumpfile writes them.

    Args:
        core: The ELF core.
        compress: Pack the pages.
        flags: What is said of packed pages.
        pack: Packs a page.
        machine: The architecture that its header names.
        filtered: Page frames that are there and were left out.
    """
    pages, text = pages_of(core), vmcoreinfo_of(core)
    last = max(pages) + 1
    map_size = -(-last // (8 * PAGE)) * PAGE
    there, kept = bytearray(map_size), bytearray(map_size)
    for frame in pages:
        there[frame >> 3] |= 1 << (frame & 7)
    for frame in pages.keys() - filtered:
        kept[frame >> 3] |= 1 << (frame & 7)
    names = ("Linux", "guest", "6.1.0", "#1 SMP", machine, "(none)")
    header = struct.pack("<8sI", b"KDUMP   ", 6)
    header += b"".join(name.encode().ljust(65, b"\0") for name in names)
    header += bytes(-len(header) % 8 + 16)
    blocks = 2 * map_size // PAGE
    header += struct.pack("<IiiIIIIIIi", flags * compress, PAGE, 1, blocks, last, 0, 0, 0, 0, 4)
    place = PAGE + 200
    second = struct.pack("<qii11Q", 0, 31, 0, 0, 0, place, len(text), *[0] * 6, last)
    second = second.ljust(200, b"\0") + text
    assert len(second) <= PAGE
    descriptors, data = _packed(
        [pages[frame] for frame in sorted(pages.keys() - filtered)],
        2 * PAGE + 2 * map_size,
        flags if compress else 0,
        pack,
    )
    blocks_before = header.ljust(PAGE, b"\0") + second.ljust(PAGE, b"\0")
    return blocks_before + bytes(there) + bytes(kept) + descriptors + data


def _packed(
    pages: list[bytes], begin: int, flags: int, pack: Callable[[bytes], bytes]
) -> tuple[bytes, bytes]:
    """The descriptors of pages, and the pages."""
    descriptors, data = [], bytearray()
    at = begin + 24 * len(pages)
    of_zeros = None
    for page in pages:
        if of_zeros is not None and not any(page):
            descriptors.append(of_zeros)
            continue
        packed = pack(page) if flags else page
        used = flags if len(packed) < PAGE else 0
        packed = packed if used else page
        descriptors.append(struct.pack("<QIIQ", at + len(data), len(packed), used, 0))
        of_zeros = descriptors[-1] if not any(page) else of_zeros
        data += packed
    return b"".join(descriptors), bytes(data)


def flattened(content: bytes) -> bytes:
    """A file as `makedumpfile -F` writes it: in pieces, not in order, its beginning twice."""
    head = b"makedumpfile\0\0\0\0" + struct.pack(">qq", 1, 1)
    records = [_record(0, b"\xee" * 512), *_records(content)]
    return head.ljust(PAGE, b"\0") + b"".join(records) + struct.pack(">qq", -1, -1)


def _records(content: bytes) -> Iterator[bytes]:
    """The second half of each piece comes before the first; pieces of zeros are not written."""
    half, size = 5000, 10_000
    for at in range(0, len(content), size):
        for begin in (at + half, at):
            if any(piece := content[begin : begin + half]) or begin == 0:
                yield _record(begin, piece)
    yield _record(len(content) - 1, content[-1:])


def _record(place: int, piece: bytes) -> bytes:
    return struct.pack(">qq", place, len(piece)) + piece
