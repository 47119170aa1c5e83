"""The kernel's own table of symbols, in its memory: found through vmcoreinfo, from Linux 6.0 on.

Names are compressed: each is a row of bytes that stand for pieces of text (tokens), the first
letter is the kind of symbol. Only names that are asked for are put together.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.kernel.fault import SymbolsError, UnreadableError

if TYPE_CHECKING:
    import numpy.typing as npt

    from relayviz.engines.kernel.memory.protocol import Memory

_TOKENS = 256
_LONGEST_TOKENS = 1 << 14
_MOST_SYMBOLS = 1 << 20
_CHUNK = 1 << 16
_LONG = 0x80
_KNOWN_PLACE = "_stext"


class Kallsyms:
    """Symbols of the kernel without its modules.

    Args:
        memory: Of the kernel.

    Raises:
        SymbolsError: The table is not in memory.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        try:
            count = int.from_bytes(memory.read(self._at("num_syms"), 4), "little")
            if not 0 < count <= _MOST_SYMBOLS:
                raise SymbolsError(f"The kernel's table of symbols is damaged: {count} symbols.")
            self._tokens = self._read_tokens()
            self._names, self._starts, self._ends = self._read_names(count)
            offsets = memory.read(self._at("offsets"), 4 * count)
            base = int.from_bytes(memory.read(self._at("relative_base"), 8), "little")
        except UnreadableError as error:
            raise SymbolsError(
                f"The kernel's table of symbols is not in the dump ({error}). Give --symbols: a "
                "copy of its /proc/kallsyms, taken as root."
            ) from error
        self._first, self._lengths = self._beginnings()
        self._addresses = self._placed(offsets, base)
        self._found: dict[str, int | None] = {}
        # of several at one address the first stays the first
        self._order = np.argsort(self._addresses, kind="stable")
        self._sorted = self._addresses[self._order]

    def address(self, name: str) -> int | None:
        """Return where a variable or function is; None: not known, or there are several."""
        if name not in self._found:
            found = {int(self._addresses[number]) for number in self._numbers(name)}
            self._found[name] = found.pop() if len(found) == 1 else None
        return self._found[name]

    def name(self, address: int) -> str | None:
        """Return what begins at an address, of several the first as the kernel does."""
        if not address:
            return None
        place = int(np.searchsorted(self._sorted, np.uint64(address)))
        is_there = place < self._sorted.size and int(self._sorted[place]) == address
        return self._text(int(self._order[place])) if is_there else None

    def _at(self, part: str) -> int:
        found = self._memory.info.symbol(f"kallsyms_{part}")
        if found is None:
            raise SymbolsError(
                "This kernel does not say where its table of symbols is (from Linux 6.0 on it "
                "does). Give --symbols: a copy of its /proc/kallsyms, taken as root."
            )
        return found

    def _read_tokens(self) -> list[bytes]:
        index = struct.unpack("<256H", self._memory.read(self._at("token_index"), 2 * _TOKENS))
        size = max(index)
        if size > _LONGEST_TOKENS:
            raise SymbolsError("The kernel's table of symbols is damaged: its tokens are too long.")
        table = self._memory.read(self._at("token_table"), size + 1)
        last = self._at("token_table") + size + 1
        while not table.endswith(b"\0") and len(table) < size + _TOKENS:
            table += self._memory.read(last, 1)
            last += 1
        return [table[at : max(at, table.find(b"\0", at))] for at in index]

    def _read_names(self, count: int) -> tuple[bytes, list[int], list[int]]:
        """Return the compressed names, where each begins behind its length, and where it ends."""
        place, names, at = self._at("names"), bytearray(), 0
        starts: list[int] = []
        ends: list[int] = []
        for _ in range(count):
            while at + 2 > len(names):
                names += self._chunk(place + len(names))
            size = names[at]
            at += 1
            if size & _LONG:
                size = size & _LONG - 1 | names[at] << 7
                at += 1
            starts.append(at)
            at += size
            ends.append(at)
            while at > len(names):
                names += self._chunk(place + len(names))
        return bytes(names), starts, ends

    def _chunk(self, address: int) -> bytes:
        """Return more of the names; the last piece may be a short one."""
        size = _CHUNK - address % _CHUNK
        try:
            return self._memory.read(address, size)
        except UnreadableError:
            return self._memory.read(address, 4096 - address % 4096)

    def _beginnings(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Return the first byte of each name, and how long it is when it is put together."""
        # the end of the last name may be the end of what was read
        names = np.frombuffer(self._names + b"\0", np.uint8)
        lengths = np.array([len(token) for token in self._tokens], np.int64)
        behind = np.concatenate((np.zeros(1, np.int64), lengths[names].cumsum()))
        return names[self._starts], behind[self._ends] - behind[self._starts]

    def _placed(self, raw: bytes, base: int) -> npt.NDArray[np.uint64]:
        """Return all addresses.

        Offsets of kernels with CONFIG_KALLSYMS_ABSOLUTE_PERCPU: addresses as they are, or, where
        negative, behind the base; others: all behind the base. A symbol that vmcoreinfo names, too,
        tells which.
        """
        offsets = np.frombuffer(raw, "<i4").astype(np.int64)
        start = np.uint64(base)
        plain = start + offsets.astype(np.uint32).astype(np.uint64)
        signed = np.where(offsets >= 0, offsets, -1 - offsets).astype(np.uint64)
        mixed = np.where(offsets >= 0, signed, start + signed)
        known = self._memory.info.symbol(_KNOWN_PLACE)
        for addresses in (mixed, plain):
            self._addresses = addresses
            if any(int(addresses[number]) == known for number in self._numbers(_KNOWN_PLACE)):
                return addresses
        raise SymbolsError("The kernel's table of symbols does not agree with its vmcoreinfo.")

    def _numbers(self, name: str) -> list[int]:
        """Return the numbers of all symbols of a name."""
        wanted = name.encode()
        # the first token is the kind of symbol with perhaps the beginning of the name
        fitting = [
            number for number, token in enumerate(self._tokens) if wanted.startswith(token[1:])
        ]
        begins_so = np.isin(self._first, np.array(fitting, np.uint8))
        candidates = np.flatnonzero(begins_so & (self._lengths == len(wanted) + 1))
        return [number for number in candidates.tolist() if self._text(number) == name]

    def _text(self, number: int) -> str:
        tokens = self._tokens
        kind_and_name = self._names[self._starts[number] : self._ends[number]]
        return b"".join([tokens[byte] for byte in kind_and_name])[1:].decode("ascii", "replace")
