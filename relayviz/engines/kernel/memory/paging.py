"""Virtual addresses of an x86-64 kernel: its page tables, of four or five levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.model.kernel.look import PAGE_SIZE

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Physical

_IMAGE = 0xFFFFFFFF80000000  # where the kernel image is mapped, before and behind any shuffling
_PRESENT, _HUGE = 0x1, 0x80
_FRAME = 0x000FFFFFFFFFF000
_PAGE_BITS, _TABLE_BITS = 12, 9
_HUGE_AT = (21, 30)  # 2 MiB and 1 GiB
_MOST_PAGES = 1 << 14  # kept, 64 MiB
_TOP = 1 << 64


class Paged:
    """A kernel's memory by virtual address.

    Args:
        physical: Its pages.
        live: They change: only page tables are kept, until `forget`.

    Raises:
        DumpError: What the kernel says of itself does not tell where its page tables are.
    """

    def __init__(self, physical: Physical, *, live: bool = False) -> None:
        self.physical = physical
        self.is_live = live
        self.info = info = physical.info
        self.extent = physical.extent
        top, base = info.symbol("swapper_pg_dir"), info.number("phys_base")
        if top is None or base is None:
            raise DumpError(
                "Its vmcoreinfo does not say where the page tables of an x86-64 kernel are."
            )
        levels = 5 if info.number("pgtable_l5_enabled") else 4
        self._frame_bits = _FRAME & ~(info.number("sme_mask") or 0)
        self._top = top - _IMAGE + base >> _PAGE_BITS
        self._shift = _PAGE_BITS + _TABLE_BITS * (levels - 1)
        self._lowest = _TOP - (1 << self._shift + _TABLE_BITS - 1)
        self._pages: dict[int, bytes] = {}
        self._frames: dict[int, int] = {}

    def read(self, address: int, size: int) -> bytes:
        """Return exactly `size` bytes."""
        found = []
        while size > 0:
            at = address % PAGE_SIZE
            count = min(size, PAGE_SIZE - at)
            page = self.physical.page if self.is_live else self._page
            found.append(page(self._frame(address))[at : at + count])
            address += count
            size -= count
        return found[0] if len(found) == 1 else b"".join(found)

    def forget(self) -> None:
        """Look up page tables of a live kernel anew; a dump does not change."""
        if self.is_live:
            self._pages.clear()
            self._frames.clear()

    def close(self) -> None:
        """Close the file."""
        self.physical.close()

    def _frame(self, address: int) -> int:
        """Return the page frame of an address."""
        number = address >> _PAGE_BITS
        if (found := self._frames.get(number)) is not None:
            return found
        if not self._lowest <= address < _TOP:
            raise UnreadableError(f"{address:#x} is no address of the kernel")
        table, shift = self._top, self._shift
        while True:
            at = (address >> shift & 511) * 8
            entry = int.from_bytes(self._page(table)[at : at + 8], "little")
            if not entry & _PRESENT:
                raise UnreadableError(f"{address:#x} is not mapped")
            frame = (entry & self._frame_bits) >> _PAGE_BITS
            if entry & _HUGE and shift in _HUGE_AT:
                inside = (1 << shift - _PAGE_BITS) - 1
                frame = frame & ~inside | number & inside
                break
            if shift == _PAGE_BITS:
                break
            table, shift = frame, shift - _TABLE_BITS
        self._frames[number] = frame
        return frame

    def _page(self, frame: int) -> bytes:
        if (found := self._pages.get(frame)) is None:
            if len(self._pages) >= _MOST_PAGES:
                self._pages.clear()
            found = self._pages[frame] = self.physical.page(frame)
        return found
