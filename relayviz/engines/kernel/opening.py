"""A dump, with what lies beside or inside it, becomes a kernel."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import TypesError, UnreadableError
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.memory.opening import open_physical
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.qemu.memory import GuestMemory
from relayviz.engines.kernel.symbols.kallsyms import Kallsyms
from relayviz.engines.kernel.symbols.modules import WithModules
from relayviz.engines.kernel.symbols.table import Table, from_lines, read_table
from relayviz.engines.kernel.types import btf
from relayviz.engines.kernel.types.layout import Layout, difference, from_plain

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.kernel.memory.protocol import Opened
    from relayviz.engines.kernel.symbols.protocol import Symbols

TYPES_NOTE, SYMBOLS_NOTE = b"RELAYVIZ-TYPES", b"RELAYVIZ-SYMBOLS"
"""Notes of a saved core: what would have to lie beside it."""

_LARGEST_TYPES = 64 << 20
_CHUNK = 1 << 16


def open_dump(path: Path, types: Path | None = None, symbols: Path | None = None) -> Kernel:
    """Open a crash dump or memory image of an x86-64 kernel.

    Args:
        path: An ELF core or compressed kdump file.
        types: BTF of that kernel: a copy of its /sys/kernel/btf/vmlinux; None: it is looked for in
            the dump.
        symbols: A copy of its /proc/kallsyms, a System.map, or a table of JSON; None: they are
            looked for in the dump.

    Raises:
        DumpError: It is no dump that can be read.
        SymbolsError: There are no symbols, or not of this kernel.
        TypesError: There are no types, or not of this kernel.
    """
    physical = open_physical(path)
    try:
        return kernel_of(physical, types, symbols)
    except BaseException:
        physical.close()
        raise


def open_guest(socket: Path, types: Path | None = None, symbols: Path | None = None) -> Kernel:
    """Open the kernel of a guest that runs under QEMU; nothing of it is stopped or changed.

    Args:
        socket: Of QEMU's machine protocol, as given with -qmp unix:PATH,server=on,wait=off.
        types: As of open_dump; None: they are looked for in the guest's memory.
        symbols: As of open_dump; None: they are looked for there too.

    Raises:
        GuestError: QEMU cannot be reached, or refuses.
        DumpError: The guest's kernel says nothing of itself, or is none that can be read.
        SymbolsError: There are no symbols, or not of this kernel.
        TypesError: There are no types, or not of this kernel.
    """
    physical = GuestMemory(socket)
    try:
        return kernel_of(physical, types, symbols, runs=True)
    except BaseException:
        physical.close()
        raise


def kernel_of(
    physical: Opened,
    types: Path | None = None,
    symbols: Path | None = None,
    *,
    runs: bool = False,
) -> Kernel:
    """Return the kernel of memory that is open already.

    Args:
        physical: Its pages.
        types: As of open_dump.
        symbols: As of open_dump.
        runs: The pages change while they are looked at.

    Raises:
        DumpError: Its page tables cannot be found.
        SymbolsError: There are no symbols, or not of this kernel.
        TypesError: There are no types, or not of this kernel.
    """
    memory = Paged(physical, live=runs)
    table = _symbols(physical, memory, symbols)
    layout = _types(physical, memory, table, types)
    return Kernel(memory, WithModules(table, memory, layout), layout)


def _symbols(physical: Opened, memory: Paged, path: Path | None) -> Table | Kallsyms:
    if path is not None:
        return read_table(path, memory.info)
    if (saved := physical.notes.get(SYMBOLS_NOTE)) is not None:
        return from_lines(saved)
    return Kallsyms(memory)


def _types(physical: Opened, memory: Paged, symbols: Symbols, path: Path | None) -> Layout:
    if path is not None:
        return _given(path, memory, symbols)
    if (saved := physical.notes.get(TYPES_NOTE)) is not None:
        return types_of(saved)
    return _types_in_memory(memory, symbols)


def _given(path: Path, memory: Paged, symbols: Symbols) -> Layout:
    """Read types from a file; TypesError: the kernel keeps others in its memory."""
    given, own = read_types(path), None
    with suppress(TypesError):  # the kernel's own may be left out or damaged: that proves nothing
        own = _types_in_memory(memory, symbols)
    if own is not None and (wrong := difference(given, own)) is not None:
        raise TypesError(
            f"{path.name} has the types of another kernel: {wrong}. Leave --types out: the"
            " kernel's own are in its memory."
        )
    return given


def read_types(path: Path) -> Layout:
    """Read types from a file.

    Raises:
        TypesError: It cannot be read, or is neither BTF nor a layout in JSON.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_TYPES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise TypesError(f"The types cannot be read: {reason}.") from error
    return types_of(content)


def types_of(content: bytes) -> Layout:
    """Return the layout that BTF or JSON says; TypesError: it is neither."""
    if not content.lstrip().startswith(b"{"):
        return btf.layout_of(content)
    try:
        return from_plain(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise TypesError(f"The types are damaged: {error}") from error


def _types_in_memory(memory: Paged, symbols: Symbols) -> Layout:
    """Find the kernel's own BTF, which it keeps for /sys/kernel/btf/vmlinux."""
    remedy = "Give --types: a copy of that kernel's /sys/kernel/btf/vmlinux, from any boot of it."
    place = symbols.address("__start_BTF")
    if place is None:
        raise TypesError(f"The symbols do not say where the kernel keeps its types. {remedy}")
    try:
        size = btf.size_of(memory.read(place, btf.HEADER.size))
        chunks = [memory.read(place + at, min(_CHUNK, size - at)) for at in range(0, size, _CHUNK)]
    except UnreadableError as error:
        raise TypesError(f"The kernel's types are not in the dump ({error}). {remedy}") from error
    return btf.layout_of(b"".join(chunks))
