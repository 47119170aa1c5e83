"""A structure in memory, field by field, and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.types.layout import Struct


class Record:
    """The bytes of a structure.

    Args:
        address: Where it is.
        raw: Its bytes.
        struct: Where its fields are.
    """

    __slots__ = ("_fields", "address", "raw")

    def __init__(self, address: int, raw: bytes, struct: Struct) -> None:
        self.address, self.raw, self._fields = address, raw, struct.fields

    @classmethod
    def read(cls, memory: Memory, address: int, struct: Struct) -> Record:
        """Read one; UnreadableError: a part of it is not there."""
        return cls(address, memory.read(address, struct.size), struct)

    def __getitem__(self, path: str) -> int:
        """Return a field as a number without sign."""
        offset, size = self._fields[path]
        return int.from_bytes(self.raw[offset : offset + size], "little")

    def get(self, path: str) -> int | None:
        """Return a field as a number; None: this kernel does not have it."""
        return self[path] if path in self._fields else None

    def place(self, path: str) -> int:
        """Return the address of a field."""
        return self.address + self._fields[path].offset

    def text(self, path: str) -> str:
        """Return a field that is a text in the structure itself."""
        offset, size = self._fields[path]
        return self.raw[offset : offset + size].split(b"\0")[0].decode("utf-8", "replace")


def text_at(memory: Memory, address: int, longest: int) -> str:
    """Return a text that ends with a zero; UnreadableError: it is not there."""
    found = b""
    while len(found) < longest:
        # no farther than needed: the page behind may be missing
        count = min(64, longest - len(found), PAGE_SIZE - address % PAGE_SIZE)
        piece = memory.read(address, count)
        text, end, _ = piece.partition(b"\0")
        found += text
        if end:
            break
        address += count
    return found.decode("utf-8", "replace")


def number_at(memory: Memory, address: int) -> int:
    """Return the 8 bytes at an address as a number; UnreadableError: they are not there."""
    return int.from_bytes(memory.read(address, 8), "little")
