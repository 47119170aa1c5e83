"""Symbols of loaded modules, out of the tables that the kernel keeps for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.record import Record, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.symbols.protocol import Symbols
    from relayviz.engines.kernel.types.layout import Layout

_SYMBOL = np.dtype(
    [
        *(("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2")),
        *(("value", "<u8"), ("size", "<u8")),
    ]
)
_MOST_MODULES = 4096
_MOST_SYMBOLS = 1 << 20  # of all modules
_MOST_UNKNOWN = 256  # addresses without a name, before no more is looked for
_LONGEST_NAME = 512
_MOST_NAMES = 16  # of one address


class WithModules:
    """The kernel's symbols and those of its modules.

    Modules are looked through when a name is not among the kernel's. What cannot be read of one
    hides no other.

    Args:
        symbols: The kernel's own.
        memory: Of the kernel.
        layout: Its structures.
    """

    def __init__(self, symbols: Symbols, memory: Memory, layout: Layout) -> None:
        self._symbols, self._memory, self._layout = symbols, memory, layout
        self._tables: list[tuple[np.ndarray, int]] | None = None
        self._names: dict[int, str | None] = {}
        self._unknown = 0

    def address(self, name: str) -> int | None:
        """Return where a variable or function of the kernel itself is."""
        return self._symbols.address(name)

    def name(self, address: int) -> str | None:
        """Return what begins at an address; None: nothing that is known."""
        found = self._symbols.name(address)
        if found is not None or not address:
            return found
        if address not in self._names:
            if self._unknown >= _MOST_UNKNOWN:
                return None
            self._names[address] = self._of_module(address)
            self._unknown += self._names[address] is None
        return self._names[address]

    def _of_module(self, address: int) -> str | None:
        if self._tables is None:
            self._tables = list(self._read_tables())
        for table, texts in self._tables:
            same = (table["value"] == address) & (table["section"] != 0) & (table["name"] != 0)
            for number in np.flatnonzero(same)[:_MOST_NAMES]:
                try:
                    name = text_at(self._memory, texts + int(table["name"][number]), _LONGEST_NAME)
                except UnreadableError:
                    continue
                if name:
                    return name
        return None

    def _read_tables(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield the symbols of each module, and where their names are."""
        table = self._layout.get("mod_kallsyms")
        if table is None:
            return
        left = _MOST_SYMBOLS
        for module in self._modules():
            try:
                known = Record.read(self._memory, module["kallsyms"], table)
                count = known["num_symtab"]
                if count > left:
                    continue
                left -= count
                raw = self._memory.read(known["symtab"], _SYMBOL.itemsize * count)
            except UnreadableError:
                continue
            yield np.frombuffer(raw, _SYMBOL), known["strtab"]

    def _modules(self) -> Iterator[Record]:
        struct, head = self._layout.get("module"), self._symbols.address("modules")
        if struct is None or head is None:
            return
        place = struct.fields["list.next"].offset
        seen = {head}
        try:
            at = int.from_bytes(self._memory.read(head, 8), "little")
            while at not in seen and len(seen) < _MOST_MODULES:
                seen.add(at)
                module = Record.read(self._memory, at - place, struct)
                yield module
                at = module["list.next"]
        except UnreadableError:
            return
