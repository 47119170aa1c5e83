"""Page tables: four and five levels, large pages, and addresses that are none."""

from __future__ import annotations

import struct

import pytest

from relayviz.engines.kernel.fault import DumpError, UnreadableError
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo

PAGE = 4096
IMAGE = 0xFFFFFFFF80000000
TOP, BASE = 0x1000, -0x20_0000  # of the page tables, and what KASLR added to physical addresses
PRESENT, HUGE, NO_EXECUTE, PAT = 1, 0x80, 1 << 63, 1 << 12


class Pages:
    """Physical memory of pages that are made when they are written, with page tables in it."""

    def __init__(self, levels: int, mask: int = 0) -> None:
        self.levels, self.mask = levels, mask
        self.pages: dict[int, bytearray] = {TOP >> 12: bytearray(PAGE)}
        self.next = 0x100
        self.extent = 1 << 30
        self.info = VmcoreInfo(
            f"SYMBOL(swapper_pg_dir)={IMAGE + TOP - BASE:x}\nNUMBER(phys_base)={BASE}\n"
            f"NUMBER(pgtable_l5_enabled)={levels - 4}\nNUMBER(sme_mask)={mask}\n".encode()
        )

    def page(self, frame: int) -> bytes:
        if frame not in self.pages:
            raise UnreadableError(f"{frame:#x}")
        return bytes(self.pages[frame])

    def close(self) -> None:
        """Nothing is held."""

    def map(self, address: int, entry: int, shift: int = 12) -> None:
        """Let an entry of the table for pages of 1 << shift bytes stand for an address."""
        table, at = TOP >> 12, 12 + 9 * (self.levels - 1)
        while at > shift:
            place = (address >> at & 511) * 8
            (found,) = struct.unpack_from("<Q", self.pages[table], place)
            if not found:
                self.next += 1
                self.pages[self.next] = bytearray(PAGE)
                found = self.next << 12 | PRESENT | self.mask
                struct.pack_into("<Q", self.pages[table], place, found)
            table = (found & ~self.mask) >> 12
            at -= 9
        struct.pack_into("<Q", self.pages[table], (address >> at & 511) * 8, entry | self.mask)


@pytest.mark.parametrize("levels", [4, 5])
@pytest.mark.parametrize("mask", [0, 1 << 47], ids=["plain", "encrypted memory"])
def test_pages_of_each_size(levels: int, mask: int) -> None:
    pages = Pages(levels, mask)
    low = 0xFFFF_8880_0000_0000 if levels == 4 else 0xFF11_0000_0000_0000
    for shift, frame, bits in (
        (12, 0x4_0000, NO_EXECUTE),
        (21, 0x8_0000, HUGE | PAT),
        (30, 0xC_0000, HUGE | PAT | NO_EXECUTE),
    ):
        address = low + (shift << 32)
        pages.map(address, frame << 12 | bits | PRESENT, shift)
        inside = (1 << shift) - PAGE
        pages.pages[frame + (inside >> 12)] = bytearray(b"%d" % shift * (PAGE // 2))
        assert Paged(pages).read(address + inside + 2, 4) == b"%d" % shift * 2
        if shift > 12:
            pages.pages[frame] = bytearray(b"first " * 682 + b"....")
            assert Paged(pages).read(address, 5) == b"first"


def test_a_read_across_pages_that_lie_apart() -> None:
    pages = Pages(4)
    address = 0xFFFF_C900_0000_0000
    for number, frame in enumerate((0x77, 0x55, 0x66)):
        pages.map(address + number * PAGE, frame << 12 | PRESENT)
        pages.pages[frame] = bytearray([number + 1]) * PAGE
    assert Paged(pages).read(address + PAGE - 2, PAGE + 4) == b"\1\1" + b"\2" * PAGE + b"\3\3"
    with pytest.raises(UnreadableError, match="not mapped"):
        Paged(pages).read(address + 2 * PAGE, PAGE + 1)


def test_addresses_that_are_none_of_the_kernel() -> None:
    pages = Pages(4)
    # the same place in the tables as a kernel's address, had its upper bits been set
    pages.map(0xFFFF_8880_0000_0000, 0x40000 << 12 | PRESENT)
    pages.pages[0x40000] = bytearray(PAGE)
    memory = Paged(pages)
    assert memory.read(0xFFFF_8880_0000_0000, 8) == bytes(8)
    for address in (0, 0x8880_0000_0000, 0x1234_8880_0000_0000, 2**64, -8):
        with pytest.raises(UnreadableError, match="no address of the kernel"):
            memory.read(address, 8)
    with pytest.raises(UnreadableError):
        memory.read(2**64 - 4, 8)


def test_a_table_that_points_to_itself_ends() -> None:
    pages = Pages(4)
    place = (0xFFFF_8880_0000_0000 >> 39 & 511) * 8
    struct.pack_into("<Q", pages.pages[TOP >> 12], place, TOP | PRESENT)
    with pytest.raises(UnreadableError):
        Paged(pages).read(0xFFFF_8880_0000_0000, 8)


def test_many_pages_are_read_and_not_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relayviz.engines.kernel.memory.paging._MOST_PAGES", 8)
    pages, address = Pages(4), 0xFFFF_C900_0000_0000
    for number in range(40):
        pages.map(address + number * PAGE, (0x1000 + number) << 12 | PRESENT)
        pages.pages[0x1000 + number] = bytearray([number]) * PAGE
    memory = Paged(pages)
    assert memory.read(address, 40 * PAGE) == b"".join(bytes([n]) * PAGE for n in range(40))
    assert len(memory._pages) <= 8


def test_a_live_kernel_is_read_anew() -> None:
    pages, address = Pages(4), 0xFFFF_C900_0000_0000
    pages.map(address, 0x1000 << 12 | PRESENT)
    pages.pages[0x1000] = bytearray(b"a" * PAGE)
    pages.pages[0x2000] = bytearray(b"c" * PAGE)
    live, dump = Paged(pages, live=True), Paged(pages)
    assert live.read(address, 1) + dump.read(address, 1) == b"aa"
    pages.pages[0x1000][0] = ord("b")
    assert live.read(address, 1) + dump.read(address, 1) == b"ba"
    pages.map(address, 0x2000 << 12 | PRESENT)
    live.forget()
    assert live.read(address, 1) == b"c"


def test_a_kernel_that_does_not_say_where_its_tables_are() -> None:
    pages = Pages(4)
    pages.info = VmcoreInfo(b"OSRELEASE=6.1.0\n")
    with pytest.raises(DumpError, match="page tables"):
        Paged(pages)
