"""The text that a kernel leaves about itself for those who read its memory: vmcoreinfo."""

from __future__ import annotations

import re
import struct

from relayviz.engines.kernel.fault import DumpError

VMCOREINFO = b"VMCOREINFO"  # name of the note
_HEADER = struct.Struct("<III")  # bytes of the name, bytes of the content, type
_HEX = re.compile(r"[0-9a-fA-F]{1,16}")
_LARGEST = 1 << 20


class VmcoreInfo:
    """What a kernel says of itself.

    Args:
        raw: The text, as it stands in the note.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw[:_LARGEST]
        lines = self.raw.rstrip(b"\0").decode("ascii", "replace").splitlines()
        self._values = dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def release(self) -> str | None:
        """Of the kernel, such as 6.1.0-56-amd64."""
        return self._values.get("OSRELEASE")

    def symbol(self, name: str) -> int | None:
        """Return the address of a symbol; None: it is not named here."""
        found = self._values.get(f"SYMBOL({name})", "")
        return int(found, 16) if _HEX.fullmatch(found) else None

    def number(self, name: str) -> int | None:
        """Return a number; None: it is not named here."""
        found = self._values.get(f"NUMBER({name})", "")
        try:
            return int(found[:20], 0)
        except ValueError:
            return None


def notes(raw: bytes) -> dict[bytes, bytes]:
    """Return the notes of an ELF segment by name; of several of one name the first."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at + _HEADER.size <= len(raw):
        name_size, size, _ = _HEADER.unpack_from(raw, at)
        name_at = at + _HEADER.size
        begin = name_at + (name_size + 3 & ~3)
        if begin + size > len(raw):
            break
        name = raw[name_at : name_at + name_size].rstrip(b"\0")
        found.setdefault(name, raw[begin : begin + size])
        at = begin + (size + 3 & ~3)
    return found


def note(name: bytes, content: bytes) -> bytes:
    """Return an ELF note."""
    named = name + b"\0"
    head = _HEADER.pack(len(named), len(content), 0)
    return head + named + bytes(-len(named) % 4) + content + bytes(-len(content) % 4)


def info_of(found: dict[bytes, bytes]) -> VmcoreInfo:
    """Return what a kernel says of itself, from the notes of its dump.

    Raises:
        DumpError: It says nothing.
    """
    if raw := found.get(VMCOREINFO):
        return VmcoreInfo(raw)
    raise DumpError(
        "There is no vmcoreinfo in it, so its page tables cannot be found. For a guest, start QEMU "
        "with -device vmcoreinfo and load qemu_fw_cfg in the guest before the dump."
    )
