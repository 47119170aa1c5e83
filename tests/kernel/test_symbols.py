"""Symbols: in the image, of its modules, and in files of several forms."""

from __future__ import annotations

import json
import random
import struct
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.kernel.fault import SymbolsError, UnreadableError
from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.memory.opening import physical_of
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.memory.vmcoreinfo import VmcoreInfo
from relayviz.engines.kernel.symbols.kallsyms import Kallsyms
from relayviz.engines.kernel.symbols.modules import WithModules
from relayviz.engines.kernel.symbols.table import Table, as_lines, from_lines, read_table
from relayviz.engines.kernel.types.btf import layout_of
from tests.kernel.dumps import CRASH, FIVE, FOLDER, Dump
from tests.kernel.flat import Flat

if TYPE_CHECKING:
    from pathlib import Path

BASE = 0xFFFF_FFFF_8100_0000
STEXT = BASE + 0x1000


def plainly(memory: Paged) -> list[tuple[int, str]]:
    """All symbols of the kernel's table, each put together by itself as the kernel does it."""

    def at(name: str) -> int:
        found = memory.info.symbol(f"kallsyms_{name}")
        assert found is not None
        return found

    def number(address: int, size: int) -> int:
        return int.from_bytes(memory.read(address, size), "little", signed=size == 4)

    tokens: list[bytes] = []
    for index in struct.unpack("<256H", memory.read(at("token_index"), 512)):
        place = at("token_table") + index
        text = memory.read(place, 64)
        tokens.append(text[: text.index(b"\0")])
    count, base = number(at("num_syms"), 4), number(at("relative_base"), 8)
    names, place, found = readable(memory, at("names")), 0, []
    offsets = struct.unpack(f"<{count}i", memory.read(at("offsets"), 4 * count))
    for offset in offsets:
        size = names[place]
        place += 1
        if size & 0x80:
            size = size & 0x7F | names[place] << 7
            place += 1
        name = b"".join(tokens[byte] for byte in names[place : place + size])[1:]
        place += size
        found.append(((offset if offset >= 0 else base - 1 - offset) % 2**64, name.decode()))
    return found


def readable(memory: Paged, address: int) -> bytes:
    """All that is there from an address on."""
    found = b""
    with suppress(UnreadableError):
        while True:
            found += memory.read(address + len(found), 4096 - (address + len(found)) % 4096)
    return found


@pytest.fixture(scope="module")
def memory() -> Paged:
    return Paged(physical_of(Blob(Dump(FIVE).core)))


@pytest.fixture(scope="module")
def all_symbols(memory: Paged) -> list[tuple[int, str]]:
    return plainly(memory)


def test_symbols_in_the_image(memory: Paged, all_symbols: list[tuple[int, str]]) -> None:
    assert len(all_symbols) > 90_000
    found = Kallsyms(memory)
    addresses: dict[str, set[int]] = {}
    first: dict[int, str] = {}
    for address, name in all_symbols:
        addresses.setdefault(name, set()).add(address)
        first.setdefault(address, name)
    chance = random.Random(1)  # noqa: S311
    sample = [*chance.sample(sorted(addresses), 200), all_symbols[0][1], all_symbols[-1][1]]
    several = [name for name in addresses if len(addresses[name]) > 1][:20]
    for name in sample + several:
        only = addresses[name] if len(addresses[name]) == 1 else {None}
        assert {found.address(name)} == only
    counts = Counter(address for address, _ in all_symbols)
    shared = [address for address in first if counts[address] > 1]
    for address in chance.sample(sorted(first), 200) + chance.sample(shared, 300):
        assert found.name(address) == (first[address] if address else None)
    assert found.address("no_such_symbol_anywhere") is None
    assert found.name(0x1234567) is None
    assert found.name(0) is None
    assert first[0] is not None  # something of each CPU is there, and no callback


def test_the_same_symbols_beside_and_inside(memory: Paged) -> None:
    inside = Kallsyms(memory)
    beside = json.loads(Dump(FIVE).symbols.read_text(encoding="utf-8"))
    of_the_kernel = ("relay_channels", "__per_cpu_offset", "nr_cpu_ids", "modules")
    assert {name: inside.address(name) for name in of_the_kernel} == {
        name: beside[name] for name in of_the_kernel
    }


@pytest.mark.parametrize("name", [FIVE, CRASH])
def test_symbols_of_a_module(name: str) -> None:
    dump = Dump(name)
    memory = Paged(physical_of(Blob(dump.core)))
    kernel = Kallsyms(memory)
    symbols = WithModules(kernel, memory, layout_of(dump.types.read_bytes()))
    beside = json.loads(dump.symbols.read_text(encoding="utf-8"))
    callbacks = [symbol for symbol in beside if symbol.startswith(("truth_", "start_"))]
    assert len(callbacks) == 5
    for callback in callbacks:
        assert kernel.name(beside[callback]) is None
        assert symbols.name(beside[callback]) == callback
        assert symbols.name(beside[callback] + 1) is None


class Image:
    """A kernel's table of symbols, made for a test.

    Args:
        absolute: Offsets that are not negative are addresses: of variables of a CPU.
    """

    NAMES = ("Dper_cpu_thing", "T_stext", "tshort", "tlong" + "x" * 200, "tshort", "Bend")

    def __init__(self, *, absolute: bool) -> None:
        self.flat = Flat()
        self.places = [0x20, STEXT, STEXT + 8, STEXT + 16, STEXT + 24, STEXT + 32]
        if not absolute:
            self.places[0] = BASE
        tokens = [bytes([byte]) for byte in range(256)]
        tokens[1], tokens[2], tokens[3] = b"ts", b"xxxx", b"_ste"
        index, table = [], b""
        for token in tokens:
            index.append(len(table))
            table += token + b"\0"
        names = b"".join(self.packed(name.encode()) for name in self.NAMES)
        offsets = [
            address if absolute and address < BASE else address - BASE for address in self.places
        ]
        if absolute:
            offsets = [
                offset if address < BASE else -1 - offset
                for offset, address in zip(offsets, self.places, strict=True)
            ]
        parts = {
            "num_syms": struct.pack("<I", len(self.NAMES)),
            "names": names,
            "token_table": table,
            "token_index": struct.pack("<256H", *index),
            "offsets": struct.pack(f"<{len(offsets)}i", *offsets),
            "relative_base": struct.pack("<Q", BASE),
        }
        lines = [f"SYMBOL(_stext)={STEXT:x}"]
        for name, content in parts.items():
            place = self.flat.room(len(content) + 4096)
            self.flat.write(place, content)
            lines.append(f"SYMBOL(kallsyms_{name})={place:x}")
        self.flat.info = VmcoreInfo("\n".join(lines).encode())

    @staticmethod
    def packed(name: bytes) -> bytes:
        row = name.replace(b"ts", b"\1").replace(b"xxxx", b"\2").replace(b"_ste", b"\3")
        if len(name) == 205:
            row = name  # longer than 127: its length takes two bytes
        size = len(row)
        head = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
        return head + row


@pytest.mark.parametrize("absolute", [True, False], ids=["absolute per CPU", "all relative"])
def test_both_ways_to_keep_addresses(*, absolute: bool) -> None:
    image = Image(absolute=absolute)
    found = Kallsyms(image.flat)
    assert found.address("_stext") == STEXT
    assert found.address("per_cpu_thing") == image.places[0]
    assert found.address("long" + "x" * 200) == STEXT + 16
    assert found.address("end") == STEXT + 32
    assert found.address("short") is None  # there are two
    assert found.name(STEXT + 24) == "short"
    assert found.name(image.places[0]) == "per_cpu_thing"


def test_a_last_name_that_is_longer_than_memory() -> None:
    image = Image(absolute=True)
    names = image.flat.info.symbol("kallsyms_names")
    assert names is not None
    last = sum(len(image.packed(name.encode())) for name in image.NAMES[:-1])
    image.flat.write(names + last, b"\xff\xff")
    with pytest.raises(SymbolsError, match="not in the dump"):
        Kallsyms(image.flat)


@pytest.mark.parametrize("count", [120, pytest.param(5_000, marks=pytest.mark.soak)])
def test_a_table_that_is_damaged_ends_in_a_sentence(count: int) -> None:
    chance, refused = random.Random(5), 0  # noqa: S311
    image = Image(absolute=True)
    parts = [
        (image.flat.info.symbol(f"kallsyms_{name}") or 0, size)
        for name, size in (("num_syms", 4), ("names", 300), ("token_table", 600))
    ]
    parts += [
        (image.flat.info.symbol(f"kallsyms_{name}") or 0, size)
        for name, size in (("token_index", 512), ("offsets", 24))
    ]
    for _ in range(count):
        part, size = chance.choice(parts)
        at = part + chance.randrange(size)
        before = image.flat.read(at, 4)
        image.flat.write(at, chance.choice([b"\xff", b"\0", chance.randbytes(1)]) * 4)
        try:
            found = Kallsyms(image.flat)
            found.address("short")
            found.name(STEXT + 32)
        except SymbolsError:
            refused += 1
        image.flat.write(at, before)
    assert 0 < refused < count
    assert Kallsyms(image.flat).address("end") == STEXT + 32


def test_a_table_that_does_not_agree_with_vmcoreinfo() -> None:
    image = Image(absolute=True)
    image.flat.info = VmcoreInfo(
        image.flat.info.raw.replace(f"{STEXT:x}".encode(), f"{STEXT + 1:x}".encode())
    )
    with pytest.raises(SymbolsError, match="does not agree"):
        Kallsyms(image.flat)


def test_a_kernel_before_6_0_has_no_table_that_can_be_found() -> None:
    with pytest.raises(SymbolsError, match=r"from Linux 6\.0.*--symbols"):
        Kallsyms(Flat())


KALLSYMS = """\
0000000000000020 A per_cpu_thing
ffffffff81001000 T _stext
ffffffff81001000 T alias
ffffffff81002000 t twice
ffffffff81003000 t twice
ffffffffc0001000 t start_overwrite\t[relay_truth]
"""


def table(tmp_path: Path, text: str | bytes, info: str = "") -> Table:
    path = tmp_path / "symbols"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, VmcoreInfo(info.encode()))


def test_lines_of_proc_kallsyms(tmp_path: Path) -> None:
    found = table(tmp_path, KALLSYMS, "SYMBOL(_stext)=ffffffff81001000\n")
    assert found.address("start_overwrite") == 0xFFFFFFFFC0001000
    assert found.name(0xFFFFFFFFC0001000) == "start_overwrite"
    assert found.name(0xFFFFFFFF81001000) == "_stext"
    assert found.address("alias") == 0xFFFFFFFF81001000
    assert found.address("twice") is None
    assert found.name(0xFFFFFFFF81003000) == "twice"
    assert found.name(0) is None


def test_a_system_map_is_moved_to_where_the_kernel_lies(tmp_path: Path) -> None:
    found = table(tmp_path, KALLSYMS, "SYMBOL(_stext)=ffffffff96801000\n")
    assert found.address("alias") == 0xFFFFFFFF96801000
    assert found.name(0xFFFFFFFF96803000) == "twice"
    assert found.address("twice") is None
    assert found.address("per_cpu_thing") == 0x20


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0000000000000000 T _stext\n", "show no addresses.*kptr_restrict"),
        ("", "show no addresses"),
        ("hello\n", "none of /proc/kallsyms"),
        (b"\xff\xfe\x00", "none of /proc/kallsyms"),
        ("{", "no table of names"),
        ('{"a": "b"}', "a: Give a whole number"),
        ('{"a": -1}', "from 0"),
        ('{"a": ' + "[" * 100_000, "no table"),
        ('{"a": 18446744073709551616}', "18446744073709551615"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(SymbolsError, match=sentence):
        table(tmp_path, text)


def test_symbols_are_written_as_they_are_read() -> None:
    pairs = [(0x20, "a"), (2**64 - 1, "b"), (7, "c.cold"), (8, "c.cold")]
    found = from_lines(as_lines(pairs))
    assert [found.name(address) for address, _ in pairs] == ["a", "b", "c.cold", "c.cold"]
    assert found.address("c.cold") is None
    assert found.address("b") == 2**64 - 1


def test_types_of_this_kernel_are_not_needed_for_symbols() -> None:
    """Without struct module in them, modules have no names, and all else is as before."""
    dump = Dump(FIVE)
    memory = Paged(physical_of(Blob(dump.core)))
    layout = layout_of((FOLDER / "types-6.1.btf").read_bytes())
    bare = type(layout)({k: v for k, v in layout.structs.items() if k != "module"})
    symbols = WithModules(Kallsyms(memory), memory, bare)
    assert symbols.name(json.loads(dump.symbols.read_text())["truth_create"]) is None
    assert symbols.address("relay_channels")
