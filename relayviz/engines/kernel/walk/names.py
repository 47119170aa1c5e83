"""Paths of files, from the dentries that relay keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.record import Record, text_at

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.types.layout import Struct

_DEEPEST = 32
_LONGEST_NAME = 256


def path_of(memory: Memory, dentry: int, struct: Struct) -> str:
    """Return the path below the root of the file system.

    Args:
        memory: Of the kernel.
        dentry: Address of the entry.
        struct: `struct dentry`.

    Raises:
        UnreadableError: A part of it is not there, or it has no end.
    """
    parts: list[str] = []
    for _ in range(_DEEPEST):
        entry = Record.read(memory, dentry, struct)
        if entry["d_parent"] == dentry:
            return "/" + "/".join(reversed(parts))
        parts.append(text_at(memory, entry["d_name.name"], _LONGEST_NAME))
        dentry = entry["d_parent"]
    raise UnreadableError(f"the path has no end at {dentry:#x}")
