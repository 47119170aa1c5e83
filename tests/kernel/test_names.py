"""Names of files, of callbacks in modules, and what a client keeps, from what lies in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relayviz.engines.kernel.symbols import modules
from relayviz.engines.kernel.symbols.modules import WithModules
from relayviz.engines.kernel.symbols.table import Table
from relayviz.kernel.report import report_of
from tests.kernel.dumps import BLKTRACE, Dump
from tests.kernel.flat import PAGE, Flat, Made
from tests.kernel.mutations import place_of


@pytest.fixture
def flat() -> Flat:
    return Flat()


@pytest.fixture
def made(flat: Flat) -> Made:
    return Made(flat)


@pytest.mark.parametrize(
    ("names", "path"),
    [((), "/"), (("trace",), "/trace"), (("block", "nullb0", "\u00e4"), "/block/nullb0/\u00e4")],
)
def test_paths(flat: Flat, made: Made, names: tuple[str, ...], path: str) -> None:
    channel = made.channel(256, 4)
    flat.field("rchan", channel, "parent", made.file(names))
    made.set(channel, 1, dentry=made.file(names, size=70_000))
    (found,) = flat.kernel().look().channels
    assert found.parent == path
    assert [(buffer.file, buffer.i_size) for buffer in found.buffers] == [
        (None, -1),
        (path, 70_000),
    ]
    assert found.name == (f"{names[-1]}/cpu1" if names else "cpu1")


@pytest.mark.parametrize("missing", ["dentry", "inode"])
def test_types_without_files_are_told_where_there_is_one(
    flat: Flat, made: Made, missing: str
) -> None:
    channel = made.channel(256, 4)
    made.set(channel, 1, dentry=made.file(("trace",), size=5))
    structs = {name: one for name, one in flat.layout.structs.items() if name != missing}
    flat.layout = replace(flat.layout, structs=structs)
    (found,) = flat.kernel().look().channels
    without, withheld = found.buffers
    assert (without.file, without.i_size, without.damage) == (None, -1, ())
    assert (withheld.file, withheld.i_size) == (None, None)
    (told,) = withheld.damage
    assert "its file is not known" in told


def test_a_name_at_the_end_of_memory(flat: Flat, made: Made) -> None:
    """The page behind it is missing."""
    channel = made.channel(256, 4)
    page = flat.room(PAGE)
    made.set(channel, 0, dentry=made.file(("cpu0",), place=page + PAGE - 5))
    (found,) = flat.kernel().look().channels
    assert found.buffers[0].file == "/cpu0"
    assert found.buffers[0].damage == ()


def test_a_size_that_is_less_than_nothing(flat: Flat, made: Made) -> None:
    channel = made.channel(256, 4)
    made.set(channel, 0, dentry=made.file(("cpu0",), size=-5))
    (found,) = flat.kernel().look().channels
    assert found.buffers[0].i_size == -5


def test_a_path_without_an_end(flat: Flat, made: Made) -> None:
    channel = made.channel(256, 4)
    one, other = made.file(("a",)), made.file(("b",), size=3)
    flat.field("dentry", one, "d_parent", other)
    flat.field("dentry", other, "d_parent", one)
    made.set(channel, 0, dentry=other)
    (found,) = flat.kernel().look().channels
    assert (found.buffers[0].file, found.buffers[0].i_size) == (None, 3)
    assert "the path has no end" in found.buffers[0].damage[0]


def test_a_name_that_is_missing_leaves_the_rest(flat: Flat, made: Made) -> None:
    channel = made.channel(256, 4)
    entry = made.file(("cpu0",), size=12)
    flat.field("dentry", entry, "d_name.name", 0x1234)
    flat.field("rchan", channel, "parent", entry)
    made.set(channel, 0, dentry=entry)
    (found,) = flat.kernel().look().channels
    assert found.parent is None
    assert "its folder cannot be read" in found.damage[0]
    assert found.buffers[0].file is None
    assert found.buffers[0].i_size == 12
    assert found.buffers[1].damage == ()


def test_symbols_that_a_module_needs_are_not_its_own(flat: Flat, made: Made) -> None:
    undefined, own, place = 0, 5, 0xFFFF_FFFF_C000_1000
    made.module([("printk", undefined, place), ("", own, place), ("start", own, place)])
    symbols = WithModules(Table((at, name) for name, at in flat.symbols.items()), flat, flat.layout)
    assert symbols.name(place) == "start"
    assert symbols.name(place + 8) is None


def test_a_module_with_more_symbols_than_are_read_hides_no_other(
    flat: Flat, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [0xFFFF_FFFF_C000_0000 + 0x1000 * number for number in range(6)]
    many = [(f"many{number}", 5, place) for number, place in enumerate(places[2:])]
    for some in ([("first", 5, places[0])], many, [("last", 5, places[1])]):
        made.module(some)

    def names(most: int) -> list[str | None]:
        monkeypatch.setattr(modules, "_MOST_SYMBOLS", most)
        own = Table((at, name) for name, at in flat.symbols.items())
        symbols = WithModules(own, flat, flat.layout)
        return [symbols.name(place) for place in places[:3]]

    assert names(1) == ["first", None, None]
    assert names(2) == ["first", "last", None]
    assert names(4) == ["first", "last", None]
    assert names(5) == ["first", None, "many0"]
    assert names(6) == ["first", "last", "many0"]


def test_a_module_that_is_damaged_hides_nothing(flat: Flat, made: Made) -> None:
    made.channel(256, 4)
    made.module([("start", 5, 0xFFFF_FFFF_C000_1000)])
    head = flat.symbols["modules"]
    flat.number(head, 0x77)
    symbols = WithModules(Table((at, name) for name, at in flat.symbols.items()), flat, flat.layout)
    assert symbols.name(0xFFFF_FFFF_C000_1000) is None
    assert len(flat.kernel().look().channels) == 1


def test_a_trace_that_is_another_channels_is_not_told() -> None:
    dump = Dump(BLKTRACE)
    with dump.open() as kernel:
        (channel,) = kernel.look().channels
        at = channel.private_data + kernel.layout.structs["blk_trace"].fields["rchan"].offset
        place = place_of(dump.core, kernel, at)
    core = bytearray(dump.core)
    core[place] ^= 0xFF
    with dump.open(bytes(core)) as kernel:
        (channel,) = kernel.look().channels
    assert channel.client is None
    assert channel.damage == ()


def test_buffers_that_are_larger_than_the_dump_together_are_not_all_read(
    flat: Flat, made: Made
) -> None:
    for _ in range(2):
        made.channel(PAGE, 2)
    flat.extent = 3 * (2 * PAGE + 2 * 8)
    kernel = flat.kernel()
    look = kernel.look()
    told = report_of(kernel, look.channels, look.damage)
    buffers = [buffer for channel in told.channels for buffer in channel.buffers]
    assert [buffer.crc32 is not None for buffer in buffers] == [True, True, True, False]
    assert "all buffers together are larger than the dump" in buffers[3].damage[-1]
