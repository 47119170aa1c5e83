"""Symbols as a list: of /proc/kallsyms, of System.map, of a file of JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import SymbolsError
from relayviz.model import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo

_LARGEST = 256 << 20
_LAST_ADDRESS = 2**64 - 1
_SHOWN_FROM = 1 << 32  # below are only addresses within a CPU's area
_KNOWN_PLACE = "_stext"


class Table:
    """Symbols.

    Args:
        symbols: Addresses and names, as the kernel orders them.
    """

    def __init__(self, symbols: Iterable[tuple[int, str]]) -> None:
        self._names: dict[int, str] = {}
        self._addresses: dict[str, int] = {}
        self._ambiguous: set[str] = set()
        self._symbols = list(symbols)
        for address, name in self._symbols:
            # of several names of one address the kernel tells the first
            self._names.setdefault(address, name)
            if self._addresses.setdefault(name, address) != address:
                self._ambiguous.add(name)

    def address(self, name: str) -> int | None:
        """Return where a variable or function is; None: not known, or there are several."""
        return None if name in self._ambiguous else self._addresses.get(name)

    def name(self, address: int) -> str | None:
        """Return what begins at an address; None: nothing that is known."""
        return self._names.get(address) if address else None

    def moved(self, distance: int) -> Table:
        """Return the same symbols of an image that lies elsewhere."""
        return Table(
            (address + distance if address >= _SHOWN_FROM else address, name)
            for address, name in self._symbols
        )


def read_table(path: Path, info: VmcoreInfo) -> Table:
    """Read symbols from a file.

    Args:
        path: A copy of /proc/kallsyms, a System.map, or a table of JSON with a number for each
            name.
        info: What the kernel says of itself: where it was loaded.

    Raises:
        SymbolsError: It cannot be read, or is of no such form, or shows no addresses.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SymbolsError(f"The symbols cannot be read: {reason}.") from error
    if content.lstrip().startswith(b"{"):
        return from_json(content)
    return _placed(from_lines(content), info)


def from_json(content: bytes | str) -> Table:
    """Return the symbols of a table of JSON; SymbolsError: it is none."""
    try:
        values = plain.table(json.loads(content), ())
        pairs = [(plain.whole(values[name], (name,), 0, _LAST_ADDRESS), name) for name in values]
    except (ValueError, RecursionError) as error:
        raise SymbolsError(f"The symbols are no table of names and addresses: {error}") from error
    return Table(pairs)


def from_lines(content: bytes) -> Table:
    """Return the symbols of lines of an address, a letter, a name and perhaps a module.

    Raises:
        SymbolsError: A line is none, or all addresses are hidden.
    """
    found = []
    for line in content.splitlines():
        address, _, name, *_ = [*line.split(None, 3), b"", b"", b""]
        try:
            found.append((int(address, 16), name.decode("ascii", "replace")))
        except ValueError:
            raise SymbolsError(
                "The symbols have a line that is none of /proc/kallsyms: "
                f"{line[:40].decode('utf-8', 'replace')!r}."
            ) from None
    if not any(address for address, _ in found):
        raise SymbolsError(
            "The symbols show no addresses. Copy /proc/kallsyms as root, with "
            "/proc/sys/kernel/kptr_restrict below 2."
        )
    return Table(found)


def as_lines(symbols: Iterable[tuple[int, str]]) -> bytes:
    """Return symbols as from_lines reads them."""
    return "".join(f"{address:016x} t {name}\n" for address, name in symbols).encode()


def _placed(table: Table, info: VmcoreInfo) -> Table:
    """Move a System.map to where the kernel was loaded; /proc/kallsyms is there already."""
    there, here = table.address(_KNOWN_PLACE), info.symbol(_KNOWN_PLACE)
    return table if there is None or here in (None, there) else table.moved(here - there)
