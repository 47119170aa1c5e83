"""Which CPUs a kernel may have, and where the variables of each are."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import SymbolsError, UnreadableError
from relayviz.engines.kernel.symbols.protocol import NEEDED

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.symbols.protocol import Symbols
    from relayviz.engines.kernel.types.layout import Layout

_MOST_CPUS = 8192  # the kernel's own limit on x86-64
_WORD_BITS = 64


def offsets_of_cpus(memory: Memory, symbols: Symbols, layout: Layout) -> dict[int, int]:
    """Return for each possible CPU what is added to the address of a variable of a CPU.

    Raises:
        SymbolsError: Symbols are missing, or do not belong to this kernel.
    """
    offsets, mask = needed(symbols, "__per_cpu_offset"), needed(symbols, "__cpu_possible_mask")
    try:
        number = _number_of_cpus(memory, symbols, layout)
        raw = memory.read(mask, -(-number // _WORD_BITS) * 8)
        values = struct.unpack(f"<{number}Q", memory.read(offsets, 8 * number))
    except UnreadableError as error:
        raise SymbolsError(
            f"The kernel's CPUs cannot be found: {error}. Do the symbols belong to this kernel?"
        ) from error
    return {cpu: values[cpu] for cpu in range(number) if raw[cpu >> 3] >> (cpu & 7) & 1}


def _number_of_cpus(memory: Memory, symbols: Symbols, layout: Layout) -> int:
    """Return how many CPU numbers there are; a kernel for a fixed number has no such variable."""
    mask = layout.get("cpumask")
    most = min(_MOST_CPUS, 8 * mask.size) if mask else _MOST_CPUS
    if (place := symbols.address("nr_cpu_ids")) is None:
        return most
    found = int.from_bytes(memory.read(place, 4), "little")
    if not 0 < found <= most:
        raise SymbolsError(f"The kernel says that it has {found} CPUs: the symbols are of another.")
    return found


def needed(symbols: Symbols, name: str) -> int:
    """Return the address of a symbol without which nothing can be found.

    Raises:
        SymbolsError: It is not there.
    """
    found = symbols.address(name)
    if found is None:
        names = ", ".join(NEEDED)
        raise SymbolsError(
            f"There is no symbol {name}. What is needed: {names}; a kernel without "
            "CONFIG_KALLSYMS_ALL, or a System.map of another, does not have them."
        )
    return found
