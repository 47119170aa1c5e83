"""A kernel made up for a test: channels written field by field into memory, for any layout."""

from __future__ import annotations

import struct
from itertools import count
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo
from relayviz.engines.kernel.symbols.table import Table
from relayviz.engines.kernel.types.btf import layout_of
from tests.kernel.dumps import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 4096
BASE = 0xFFFF_8880_0000_0000
TEXT = 0xFFFF_FFFF_8100_0000


class Flat:
    """Memory that can be written, with one page after the other where something is.

    Args:
        types: Which file of types.
        cpus: Those that are possible.
        numbers: How many CPU numbers there are; 0: the kernel has no such variable.
    """

    def __init__(
        self, types: str = "types-6.18.btf", cpus: tuple[int, ...] = (0, 1), numbers: int = 64
    ) -> None:
        self.info = VmcoreInfo(b"OSRELEASE=6.18.0-test\n")
        self.extent = 1 << 30
        self.is_live = False
        self.reads = 0
        self.layout = layout_of((FOLDER / types).read_bytes())
        self._pages: dict[int, bytearray] = {}
        self._next: Iterator[int] = count(BASE, 1 << 20)
        self.symbols = {name: self.room(1 << 12) for name in ("relay_channels", "modules")}
        self.symbols["__cpu_possible_mask"] = self.room(1 << 12)
        self.symbols["__per_cpu_offset"] = self.room(1 << 17)
        if numbers:
            self.symbols["nr_cpu_ids"] = self.room(8)
            self.write(self.symbols["nr_cpu_ids"], struct.pack("<I", numbers))
        for cpu in cpus:
            self.flip(self.symbols["__cpu_possible_mask"] + cpu // 8, cpu % 8)
            self.number(self.symbols["__per_cpu_offset"] + 8 * cpu, 0x1000 * cpu)
        for name in ("relay_channels", "modules"):
            self.link(self.symbols[name], [])

    def room(self, size: int) -> int:
        """A place where nothing is yet."""
        place = next(self._next)
        for at in range(place, place + size, PAGE):
            self._pages[at // PAGE] = bytearray(PAGE)
        return place

    def write(self, address: int, content: bytes) -> None:
        while content:
            at = address % PAGE
            piece, content = content[: PAGE - at], content[PAGE - at :]
            self._pages[address // PAGE][at : at + len(piece)] = piece
            address += len(piece)

    def number(self, address: int, value: int, size: int = 8) -> None:
        self.write(address, (value % (1 << 8 * size)).to_bytes(size, "little"))

    def flip(self, address: int, bit: int) -> None:
        self.write(address, bytes([self.read(address, 1)[0] ^ 1 << bit]))

    def drop(self, address: int) -> None:
        """Let the page of an address be missing."""
        del self._pages[address // PAGE]

    def field(self, kind: str, address: int, path: str, value: int) -> None:
        offset, size = self.layout.structs[kind].fields[path]
        self.number(address + offset, value, size)

    def link(self, head: int, nodes: list[int]) -> None:
        """Make a list of a head and nodes, both ways."""
        ring = [head, *nodes]
        for one, other in zip(ring, [*nodes, head], strict=True):
            self.number(one, other)
            self.number(other + 8, one)

    def read(self, address: int, size: int) -> bytes:
        self.reads += 1
        found = b""
        while len(found) < size:
            page, at = divmod(address + len(found), PAGE)
            if page not in self._pages:
                raise UnreadableError(f"{address + len(found):#x} is not mapped")
            found += self._pages[page][at : at + size - len(found)]
        return found

    def forget(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is held."""

    def kernel(self) -> Kernel:
        pairs = [(address, name) for name, address in self.symbols.items()]
        return Kernel(self, Table(pairs), self.layout)


class Made:
    """Channels in a Flat, newest last, with what was written to them.

    Args:
        flat: Where they are.
    """

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.channels: list[int] = []
        self._modules: list[int] = []
        self.buffers: dict[tuple[int, int], int] = {}

    def channel(
        self, size: int, number: int, cpus: tuple[int, ...] = (0, 1), *, shared: bool = False
    ) -> int:
        """Make a channel with buffers for CPUs; the callbacks are called start and create."""
        flat, address = self.flat, self.flat.room(PAGE)
        self.channels.append(address)
        alloc = -(-size * number // PAGE) * PAGE
        table = flat.room(64)
        names = ("subbuf_start", "create_buf_file")
        for place, name in enumerate(names):
            flat.symbols[name] = TEXT + 16 * place
            flat.field("rchan_callbacks", table, name, TEXT + 16 * place)
        slots = flat.room(1 << 18)
        fields = {"version": 7, "subbuf_size": size, "n_subbufs": number, "alloc_size": alloc}
        fields |= {"cb": table, "kref.refcount.refs.counter": 3, "buf": slots}
        fields |= {"is_global": int(shared), "has_base_filename": 1}
        for path, value in fields.items():
            flat.field("rchan", address, path, value)
        place = address + flat.layout.structs["rchan"].fields["base_filename"].offset
        flat.write(place, b"cpu%d\0" % len(self.channels))
        buffer = 0
        for cpu in cpus:
            if not buffer or not shared:
                buffer = self._buffer(address, cpu, alloc, number)
            flat.number(slots + 0x1000 * cpu, buffer)
            self.buffers[address, cpu] = buffer
        self.relink()
        return address

    def _buffer(self, channel: int, cpu: int, alloc: int, number: int) -> int:
        flat, address = self.flat, self.flat.room(PAGE)
        start, pages = flat.room(alloc), flat.room(8 * (alloc // PAGE))
        fields = {"start": start, "data": start, "chan": channel, "cpu": cpu, "page_array": pages}
        fields |= {"page_count": alloc // PAGE, "padding": flat.room(8 * number)}
        for path, value in fields.items():
            flat.field("rchan_buf", address, path, value)
        waiting = address + flat.layout.structs["rchan_buf"].fields["read_wait.head.next"].offset
        flat.number(waiting, waiting)
        return address

    def relink(self) -> None:
        """Put all channels into the kernel's list."""
        offset = self.flat.layout.structs["rchan"].fields["list.next"].offset
        nodes = [address + offset for address in self.channels]
        self.flat.link(self.flat.symbols["relay_channels"], nodes)

    def file(self, names: tuple[str, ...], size: int = 0, place: int = 0) -> int:
        """Make a file below the root, without names the root itself, and return its dentry.

        Args:
            names: Of its folders and of itself.
            size: Of the file.
            place: Where its own name lies in memory; 0: anywhere.
        """
        flat, root = self.flat, self.flat.room(PAGE)
        flat.field("dentry", root, "d_parent", root)
        entry = root
        for name in names:
            parent, entry = entry, flat.room(PAGE)
            flat.field("dentry", entry, "d_parent", parent)
            at = place if place and name == names[-1] else flat.room(PAGE)
            flat.write(at, name.encode() + b"\0")
            flat.field("dentry", entry, "d_name.name", at)
        node = flat.room(PAGE)
        flat.field("dentry", entry, "d_inode", node)
        flat.field("inode", node, "i_size", size)
        return entry

    def module(self, symbols: list[tuple[str, int, int]]) -> None:
        """Load a module with symbols: name, section, address."""
        flat, module, known = self.flat, self.flat.room(PAGE), self.flat.room(PAGE)
        texts, table = flat.room(PAGE), flat.room(PAGE)
        rows, names = b"", b"\0"
        for name, section, value in symbols:
            rows += struct.pack("<IBBHQQ", len(names), 0, 0, section, value, 0)
            names += name.encode() + b"\0"
        flat.write(texts, names)
        flat.write(table, rows)
        flat.field("module", module, "kallsyms", known)
        fields = {"symtab": table, "num_symtab": len(symbols), "strtab": texts}
        for path, value in fields.items():
            flat.field("mod_kallsyms", known, path, value)
        offset = flat.layout.structs["module"].fields["list.next"].offset
        self._modules.append(module + offset)
        flat.link(flat.symbols["modules"], self._modules)

    def set(self, channel: int, cpu: int, **fields: int) -> None:
        """Set fields of a buffer; `stats__full_count` is stats.full_count."""
        for path, value in fields.items():
            self.flat.field("rchan_buf", self.buffers[channel, cpu], path.replace("__", "."), value)

    def get(self, channel: int, cpu: int, path: str) -> int:
        """Return a field of a buffer."""
        offset, size = self.flat.layout.structs["rchan_buf"].fields[path]
        raw = self.flat.read(self.buffers[channel, cpu] + offset, size)
        return int.from_bytes(raw, "little")
