"""Flattened dumps (makedumpfile -F, QEMU's kdump-zlib): records of a file written out of order."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import DumpError
from relayviz.engines.kernel.memory.places import Piece, Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.kernel.memory.image import Image

MAGIC = b"makedumpfile\0\0\0\0"
_RECORD = struct.Struct(">qq")  # where it belongs, and how many bytes follow
_FIRST = 4096
_END = -1


class Flattened:
    """The file as it was before it was flattened.

    Args:
        image: The flattened file.

    Raises:
        DumpError: It is damaged.
    """

    def __init__(self, image: Image) -> None:
        self._image = image
        self._places = Places(_records(image))
        self.size = self._places.end

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes; fewer where they end. What no record wrote is zeros, as in a file."""
        end = min(offset + size, self.size)
        found = bytearray()
        while (at := offset + len(found)) < end:
            found += bytes(min(self._places.gap(at), end - at))
            at = offset + len(found)
            for source, count in self._places.parts(at, end - at):
                piece = b"" if source is None else self._image.read(source, count)
                found += piece
                if len(piece) != count:  # somebody shortened it: nothing behind is where it was
                    return bytes(found)
        return bytes(found)

    def close(self) -> None:
        """Close the flattened file."""
        self._image.close()


def _records(image: Image) -> Iterator[Piece]:
    """Yield the records; a later one counts where it writes over an earlier."""
    at, number = _FIRST, 0
    while len(raw := image.read(at, _RECORD.size)) == _RECORD.size:
        place, size = _RECORD.unpack(raw)
        at += _RECORD.size
        if place == _END:
            return
        if place < 0 or size < 0 or at + size > image.size or place + size > image.size * 2:
            break
        yield Piece(place, place + size, at, number)
        at += size
        number += 1
    raise DumpError("Its records do not come to an end: it is cut off or damaged.")
