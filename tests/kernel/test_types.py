"""Types: BTF of a kernel, in the image or beside it, and a layout in JSON."""

from __future__ import annotations

import json
import random
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.engines.kernel.fault import TypesError
from relayviz.engines.kernel.memory.elf import head_of
from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.memory.opening import physical_of
from relayviz.engines.kernel.memory.paging import Paged
from relayviz.engines.kernel.memory.vmcoreinfo import VMCOREINFO
from relayviz.engines.kernel.opening import kernel_of, read_types, types_of
from relayviz.engines.kernel.symbols.kallsyms import Kallsyms
from relayviz.engines.kernel.types.btf import HEADER, Btf, layout_of, size_of
from relayviz.engines.kernel.types.layout import Field, Layout, as_plain, from_plain, wanted_fields
from tests.kernel.dumps import FIVE, FOLDER, Dump
from tests.kernel.kdumps import pages_of, vmcoreinfo_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALL = sorted(FOLDER.glob("*.btf"))
PAGE = 4096


def test_there_are_types_of_three_kernels() -> None:
    assert [path.stem for path in ALL] == ["types-6.1", "types-6.12", "types-6.18"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_layout_is_the_same_through_json(path: Path) -> None:
    layout = layout_of(path.read_bytes())
    content = json.dumps(as_plain(layout)).encode()
    assert types_of(content) == layout == types_of(path.read_bytes())
    assert size_of(path.read_bytes()[: HEADER.size]) == path.stat().st_size


def core_with_types(dump: Dump) -> bytes:
    """The core of a dump that has its symbol tables, with pages of the kernel's BTF added."""
    memory = Paged(physical_of(Blob(dump.core)))
    place = Kallsyms(memory).address("__start_BTF")
    assert place is not None
    blob, at = dump.types.read_bytes(), place % PAGE
    pages = pages_of(dump.core)
    content = bytes(at) + blob + bytes(-(at + len(blob)) % PAGE)
    for number in range(len(content) // PAGE):
        frame = memory._frame(place - at + number * PAGE)
        assert frame not in pages
        pages[frame] = content[number * PAGE : (number + 1) * PAGE]
    frames = sorted(pages)
    core = head_of(frames, {VMCOREINFO: vmcoreinfo_of(dump.core)})
    return core + b"".join(pages[frame] for frame in frames)


def test_types_in_the_image_are_found() -> None:
    dump = Dump(FIVE)
    with kernel_of(physical_of(Blob(core_with_types(dump)))) as kernel, dump.open() as beside:
        assert kernel.layout == beside.layout
        assert kernel.look() == beside.look()


def test_types_that_differ_from_the_kernels_own_are_refused() -> None:
    """What is in the image decides; the same types in a file are taken."""
    dump = Dump(FIVE)
    core = core_with_types(dump)
    with kernel_of(physical_of(Blob(core)), dump.types) as kernel:
        assert kernel.layout == layout_of(dump.types.read_bytes())
    for other, field in (("6.12", "kallsyms of struct module"), ("6.18", "buf of struct rchan")):
        path = FOLDER / f"types-{other}.btf"
        own, given = (layout_of(one.read_bytes()).structs for one in (dump.types, path))
        path_in, name = field.split(" of struct ")
        places = [one[name].fields[path_in].offset for one in (own, given)]
        with pytest.raises(TypesError, match="of another kernel") as caught:
            kernel_of(physical_of(Blob(core)), path)
        assert f"{field} is at byte {places[0]}, not {places[1]}." in str(caught.value)


def test_types_that_fit_no_channel_are_told() -> None:
    """Without the kernel's own it is not proved, and still said; no good dump has that said."""
    dump = Dump(FIVE)
    symbols = dump.symbols
    with kernel_of(physical_of(Blob(dump.core)), FOLDER / "types-6.18.btf", symbols) as kernel:
        look = kernel.look()
    assert len(look.channels) == 5
    assert any("the types may be those of another kernel" in one for one in look.damage)
    with dump.open() as kernel:
        assert kernel.look().damage == ()


class Types:
    """BTF, made for a test, type after type."""

    def __init__(self) -> None:
        self.types: list[bytes] = []
        self.names = b"\0"

    def name(self, text: str) -> int:
        if not text:
            return 0
        self.names += text.encode() + b"\0"
        return len(self.names) - len(text) - 1

    def add(self, name: str, kind: int, size: int, count: int = 0, behind: bytes = b"") -> int:
        flags = kind >> 8
        info = (flags << 31) | (kind & 31) << 24 | count
        self.types.append(struct.pack("<III", self.name(name), info, size) + behind)
        return len(self.types)

    def struct(self, name: str, size: int, *members: tuple[str, int, int], kind: int = 4) -> int:
        """Members: name, type, place in bits."""
        rows = [struct.pack("<III", self.name(one), number, at) for one, number, at in members]
        return self.add(name, kind, size, len(members), b"".join(rows))

    def blob(self, *, names_first: bool = False) -> bytes:
        types = b"".join(self.types)
        places = (len(self.names), 0) if names_first else (0, len(types))
        head = struct.pack(
            "<HBBIIIII", 0xEB9F, 1, 0, 24, places[0], len(types), places[1], len(self.names)
        )
        return head + (self.names + types if names_first else types + self.names)


def test_types_and_names_have_to_be_there_to_their_end() -> None:
    types = Types()
    types.struct("file", 64)
    blob = types.blob()
    Btf(blob)
    for cut in (1, len(types.names), len(types.names) + 1):
        with pytest.raises(TypesError, match="cut off"):
            Btf(blob[:-cut])


INT, POINTER, ARRAY, STRUCT, UNION, TYPEDEF, CONST = 1, 2, 3, 4, 5, 8, 10


def test_places_through_unions_arrays_and_other_names() -> None:
    made = Types()
    number = made.add("long", INT, 8, behind=struct.pack("<I", 64))
    constant = made.add("", CONST, number)
    alias = made.add("size_t", TYPEDEF, constant)
    pair = made.add("", ARRAY, 0, behind=struct.pack("<III", alias, number, 3))
    pairs = made.add("", ARRAY, 0, behind=struct.pack("<III", pair, number, 5))
    pointer = made.add("", POINTER, 99)
    inner = made.struct("", 16, ("deep", alias, 64))
    either = made.struct("", 16, ("other", pointer, 0), ("", inner, 0), kind=UNION)
    made.struct("noise", 4)
    outer = made.struct(
        "thing", 400, ("first", pairs, 0), ("", either, 120 * 8), ("last", alias, 1088)
    )
    packed = made.add(
        "bits", STRUCT | 0x100, 8, 1, struct.pack("<III", made.name("flag"), number, 3 << 24 | 40)
    )
    btf = Btf(made.blob())
    assert btf.find("thing") == outer
    assert btf.find("thin") is btf.find("hing") is None
    assert btf.place(outer, "first") == Field(0, 120)
    assert btf.place(outer, "other") == Field(120, 8)
    assert btf.place(outer, "deep") == Field(128, 8)
    assert btf.place(outer, "last") == Field(136, 8)
    assert btf.place(outer, "deep.er") is None
    assert btf.place(outer, "missing") is None
    assert btf.place(packed, "flag") == Field(5, 8)


# Linux: Documentation/bpf/btf.rst: bytes behind a type, and behind it for each member, by kind
FIXED = {1: 4, 3: 12, 14: 4, 17: 4}
EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}


@pytest.mark.parametrize("kind", range(1, 20))
def test_a_type_of_each_kind_is_passed_by(kind: int) -> None:
    """What lies behind it, 1s here, would be of no kind."""
    fixed, each = FIXED.get(kind, 0), EACH.get(kind, 0)
    for count in (0, 1, 3):
        made = Types()
        number = made.add("", INT, 8, behind=bytes(4))
        made.add("", kind, 0, count, b"\xff" * (fixed + each * count))
        thing = made.struct("thing", 16, ("one", number, 0), ("other", number, 64))
        btf = Btf(made.blob())
        assert btf.find("thing") == thing == 3
        assert btf.place(thing, "other") == Field(8, 8)


def test_names_may_stand_before_the_types() -> None:
    made = Types()
    number = made.add("", INT, 8, behind=bytes(4))
    thing = made.struct("thing", 16, ("one", number, 0), ("other", number, 64))
    for names_first in (False, True):
        btf = Btf(made.blob(names_first=names_first))
        assert btf.find("thing") == thing
        assert btf.place(thing, "other") == Field(8, 8)


def test_types_of_something_else_are_refused() -> None:
    made = Types()
    made.struct("rchan", 8)
    with pytest.raises(TypesError, match=r"no version in struct rchan.*btf/vmlinux"):
        layout_of(made.blob())
    with pytest.raises(TypesError, match="no struct rchan in"):
        layout_of(Types().blob())
    for content in (b"", b"hello", b"\x9f\xeb"):
        with pytest.raises(TypesError, match="no BTF"):
            layout_of(content)


def circle() -> bytes:
    made = Types()
    made.add("a", TYPEDEF, 2)
    made.add("b", TYPEDEF, 1)
    made.struct("rchan", 8, ("version", 1, 0))
    return made.blob()


def nest() -> bytes:
    """Structures without names within each other, each twice: all ways down would never end."""
    made = Types()
    made.struct("rchan", 8, ("", 2, 0), ("", 2, 0))
    for number in range(2, 60):
        made.struct("", 8, ("", number + 1, 0), ("", number + 1, 0))
    return made.blob()


def endless() -> bytes:
    made = Types()
    made.struct("rchan", 8, ("", 1, 0), ("", 1, 0), ("", 1, 0))
    return made.blob()


def array_of_itself() -> bytes:
    made = Types()
    made.add("", ARRAY, 0, behind=struct.pack("<III", 1, 1, 1 << 31))
    made.struct("rchan", 8, ("version", 1, 0))
    return made.blob()


@pytest.mark.parametrize("make", [circle, nest, endless, array_of_itself])
def test_types_that_lead_nowhere_end(make: Callable[[], bytes]) -> None:
    begin = time.process_time()
    with pytest.raises(TypesError):
        layout_of(make())
    assert time.process_time() - begin < 1


def sound(blob: bytes) -> Layout | None:
    """The layout of BTF; None: it was refused."""
    try:
        return layout_of(blob)
    except TypesError:
        return None


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.soak)])
def test_damaged_types_end_in_a_sentence_or_are_sound(count: int) -> None:
    whole, chance = (FOLDER / "types-6.18.btf").read_bytes(), random.Random(3)  # noqa: S311
    refused = 0
    for _ in range(count):
        blob = bytearray(whole)
        for _ in range(chance.choice([1, 5])):
            at = chance.randrange(chance.choice([24, len(blob)]))
            blob[at : at + 4] = chance.randbytes(4)
        if chance.random() < 0.1:
            blob = blob[: chance.randrange(len(blob))]
        begin = time.process_time()
        layout = sound(bytes(blob))
        refused += layout is None
        for kind, struct_ in layout.structs.items() if layout else ():
            assert struct_.fields.keys() <= set(wanted_fields()[kind])
            for field in struct_.fields.values():
                assert 0 <= field.offset < field.offset + field.size <= struct_.size
        assert time.process_time() - begin < 1
    assert 0 < refused < count


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (list, "Give a table"),
        (lambda plain: plain | {"rchan": 7}, "rchan: Give a table"),
        (lambda plain: plain | {"rchan": {"size": 8, "fields": {}}}, "no version in struct rchan"),
        (lambda plain: plain | {"x": {"size": 0, "fields": {}}}, "x.size"),
        (lambda plain: plain | {"x": {"size": 8, "fields": {"y": [1]}}}, "Give offset and size"),
        (lambda plain: plain | {"x": {"size": 8, "fields": {"y": [8, 1]}}}, "outside"),
        (lambda plain: plain | {"x": {"size": 8, "fields": {"y": [-1, 1]}}}, "0 or more"),
        (lambda plain: plain | {"x": {"size": 8, "fields": {}, "z": 1}}, "no such field"),
    ],
)
def test_a_layout_in_json_is_checked(
    change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    plain = as_plain(layout_of((FOLDER / "types-6.1.btf").read_bytes()))
    with pytest.raises(TypesError, match=sentence):
        from_plain(change(plain))
    with pytest.raises(TypesError):
        types_of(b"{")


@pytest.mark.parametrize(
    ("name", "why"),
    [("none", "No such file"), (".", "Is a directory"), ("nul\0", "embedded null byte")],
)
def test_types_that_cannot_be_read_say_why(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(TypesError, match=rf"^The types cannot be read: {why}.*\.$"):
        read_types(tmp_path / name)
