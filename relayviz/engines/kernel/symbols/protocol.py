"""What the walk over channels asks of symbols."""

from __future__ import annotations

from typing import Protocol

NEEDED = ("relay_channels", "__per_cpu_offset", "__cpu_possible_mask")
"""Without these no channel can be found."""

USEFUL = ("nr_cpu_ids", "modules", "__start_BTF")


class Symbols(Protocol):
    """Addresses by name, and names by address."""

    def address(self, name: str) -> int | None:
        """Return where a variable or function is; None: not known, or there are several."""

    def name(self, address: int) -> str | None:
        """Return what begins at an address; None: nothing that is known."""
