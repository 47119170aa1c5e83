"""How pages of a dump are packed: zlib, and what the optional packages can unpack.

`pip install 'relayviz[dumps]'` brings them: makedumpfile -l, -p and -z write LZO, snappy and zstd.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    Unpack = Callable[[bytes], bytes]


class Codec(NamedTuple):
    """A way to pack a page.

    Attributes:
        flag: Of a page that is packed so.
        name: What people call it.
        package: Which one unpacks it; empty: Python does.
    """

    flag: int
    name: str
    package: str = ""


ZLIB, LZO = Codec(0x1, "zlib"), Codec(0x2, "LZO", "lzallright")
SNAPPY, ZSTD = Codec(0x4, "snappy", "cramjam"), Codec(0x20, "zstd", "cramjam")
CODECS = (ZLIB, LZO, SNAPPY, ZSTD)


def unpackers() -> dict[int, Unpack]:
    """Return what unpacks pages, by their flag; what its package is missing for is left out.

    Whatever is wrong with a page, an unpacker raises Exception or returns other than a page.
    """
    makers = {LZO: _lzo, SNAPPY: _snappy, ZSTD: _zstd}
    found: dict[int, Unpack] = {ZLIB.flag: _zlib}
    for codec, make in makers.items():
        try:
            found[codec.flag] = make()
        except ImportError:
            continue
    return found


def refusal(flags: int) -> str:
    """Return the sentence for pages that cannot be unpacked."""
    codecs = [codec for codec in CODECS if flags & codec.flag and codec.package]
    names = " and ".join(codec.name for codec in codecs)
    return (
        f"Its pages are packed with {names}: pip install 'relayviz[dumps]' brings what reads them. "
        "Or write them anew with zlib: makedumpfile -c -d 31 DUMP NEW."
    )


def _zlib(packed: bytes) -> bytes:
    # no farther than to see that it is too long
    return zlib.decompressobj().decompress(packed, PAGE_SIZE + 1)


def _lzo() -> Unpack:
    unpack = import_module(LZO.package).LZOCompressor.decompress
    return lambda packed: bytes(unpack(packed, PAGE_SIZE))


def _snappy() -> Unpack:
    return _into(import_module(SNAPPY.package).snappy.decompress_raw_into)


def _zstd() -> Unpack:
    return _into(import_module(ZSTD.package).zstd.decompress_into)


def _into(unpack: Callable[[bytes, bytearray], int]) -> Unpack:
    """Unpack into the room of a page: what is longer is an error and takes no memory."""

    def unpacked(packed: bytes) -> bytes:
        page = bytearray(PAGE_SIZE)
        return bytes(page[: unpack(packed, page)])

    return unpacked
