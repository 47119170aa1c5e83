"""A file becomes physical memory, whatever format it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import DumpError
from relayviz.engines.kernel.memory import elf, flattened, kdump
from relayviz.engines.kernel.memory.elf import ElfCore
from relayviz.engines.kernel.memory.flattened import Flattened
from relayviz.engines.kernel.memory.image import File
from relayviz.engines.kernel.memory.kdump import Kdump

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.memory.image import Image

_PACKED = {
    b"\xfd7zXZ\0": "xz",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
}
_LONGEST_MAGIC = 16


def open_physical(path: Path) -> ElfCore | Kdump:
    """Open a dump.

    Args:
        path: An ELF core, or a compressed kdump file, flattened or not.

    Raises:
        DumpError: It is none, is damaged, or is of a kind that is not read.
    """
    image = File(path)
    try:
        return physical_of(image)
    except BaseException:
        image.close()
        raise


def physical_of(image: Image) -> ElfCore | Kdump:
    """Read a dump that is open already; DumpError as of open_physical."""
    magic = image.read(0, _LONGEST_MAGIC)
    if magic == flattened.MAGIC:
        image = Flattened(image)
        magic = image.read(0, _LONGEST_MAGIC)
    if magic.startswith(elf.MAGIC):
        return ElfCore(image)
    if magic.startswith(kdump.MAGIC):
        return Kdump(image)
    for start, name in _PACKED.items():
        if magic.startswith(start):
            raise DumpError(f"It is compressed as a whole. Unpack it first, with {name} -d.")
    raise DumpError(
        "It is no dump that is known here: no ELF core and no compressed kdump file. Make one with "
        "makedumpfile -c -d 31, or with QEMU's dump-guest-memory."
    )
