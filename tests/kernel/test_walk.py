"""All channels are found, in kernels that were made up for it: damage stays where it is."""

from __future__ import annotations

import struct

import pytest

from relayviz.engines.kernel.fault import SymbolsError, UnreadableError
from relayviz.engines.kernel.symbols.table import Table
from relayviz.engines.kernel.walk.care import MOST_FAULTS, MOST_SLOTS
from relayviz.engines.kernel.walk.cpus import offsets_of_cpus
from relayviz.model.kernel.evidence import losses_of, mode_of
from tests.kernel.flat import PAGE, TEXT, Flat, Made

NEXT, PREVIOUS = 0, 8


@pytest.fixture
def flat() -> Flat:
    return Flat()


@pytest.fixture
def made(flat: Flat) -> Made:
    return Made(flat)


def link_of(flat: Flat, channel: int) -> int:
    return channel + flat.layout.structs["rchan"].fields["list.next"].offset


def test_the_counters_of_6_18(flat: Flat, made: Made) -> None:
    channel = made.channel(256, 4)
    made.set(channel, 1, stats__full_count=17, stats__big_count=5, subbufs_produced=1)
    made.set(channel, 1, data=made.get(channel, 1, "start") + 256)
    (found,) = flat.kernel().look().channels
    assert found.last_toobig is None
    assert [buffer.prev_padding for buffer in found.buffers] == [None, None]
    told = [losses_of(found, buffer) for buffer in found.buffers]
    assert [(one.full_count, one.big_count) for one in told] == [(0, 0), (17, 5)]
    assert found.buffers[1].damage == ()
    assert flat.kernel().look().release == "6.18.0-test"


@pytest.mark.parametrize("types", ["types-6.1.btf", "types-6.12.btf"])
def test_older_kernels_do_not_count(types: str) -> None:
    flat = Flat(types)
    made = Made(flat)
    channel = made.channel(256, 4)
    flat.field("rchan", channel, "last_toobig", 900)
    (found,) = flat.kernel().look().channels
    losses = losses_of(found, found.buffers[0])
    assert (losses.full_count, losses.big_count) == (None, None)
    assert found.last_toobig == 900
    assert found.buffers[0].prev_padding == 0


def test_the_fields_of_each_kernel_are_where_they_are() -> None:
    """Read by hand in the definitions of the three kernels."""
    old, new = Flat("types-6.1.btf").layout.structs, Flat().layout.structs
    assert old["rchan_buf"].fields["prev_padding"] == (144, 8)
    assert old["rchan_buf"].fields["padding"] == (136, 8)
    assert old["rchan"].fields["last_toobig"] == (56, 8)
    assert "stats.full_count" not in old["rchan_buf"].fields
    assert new["rchan_buf"].fields["stats.full_count"] == (116, 4)
    assert new["rchan_buf"].fields["stats.big_count"] == (120, 4)
    assert new["rchan_buf"].fields["padding"] == (144, 8)
    assert "prev_padding" not in new["rchan_buf"].fields
    assert "last_toobig" not in new["rchan"].fields


def test_cpus_that_are_not_there_and_cpus_that_came_later() -> None:
    flat = Flat(cpus=(0, 2, 9, 63))
    made = Made(flat)
    channel = made.channel(256, 4, cpus=(0, 9, 63))
    (found,) = flat.kernel().look().channels
    assert [(buffer.percpu_slot, buffer.cpu) for buffer in found.buffers] == [
        (0, 0),
        (9, 9),
        (63, 63),
    ]
    assert [buffer.addr for buffer in found.buffers] == [
        made.buffers[channel, cpu] for cpu in (0, 9, 63)
    ]


def test_a_kernel_for_a_fixed_number_of_cpus_has_no_count_of_them() -> None:
    flat = Flat(numbers=0)
    Made(flat).channel(256, 4)
    assert [len(channel.buffers) for channel in flat.kernel().look().channels] == [2]


def test_a_global_buffer_is_there_once(flat: Flat, made: Made) -> None:
    made.channel(256, 4, shared=True)
    (found,) = flat.kernel().look().channels
    assert len(found.buffers) == 1
    assert found.is_global == 1


def test_callbacks_have_names_or_addresses_or_are_not_there(flat: Flat, made: Made) -> None:
    made.channel(256, 4)
    del flat.symbols["create_buf_file"]
    (found,) = flat.kernel().look().channels
    assert found.callbacks is not None
    assert found.callbacks.subbuf_start == "subbuf_start"
    assert found.callbacks.create_buf_file == f"{TEXT + 16:#x}"
    assert found.callbacks.remove_buf_file is None


def test_somebody_who_waits_is_seen(flat: Flat, made: Made) -> None:
    channel = made.channel(256, 4)
    made.set(channel, 1, read_wait__head__next=channel)
    (found,) = flat.kernel().look().channels
    assert [buffer.waiters for buffer in found.buffers] == [False, True]


class TestABrokenList:
    """The list is followed from both ends."""

    @pytest.fixture
    def four(self, made: Made) -> list[int]:
        return [made.channel(256, 4) for _ in range(4)]

    @staticmethod
    def found(flat: Flat) -> tuple[list[int], tuple[str, ...]]:
        look = flat.kernel().look()
        return [channel.addr for channel in look.channels], look.damage

    def test_whole(self, flat: Flat, four: list[int]) -> None:
        assert self.found(flat) == (four, ())

    @pytest.mark.parametrize("target", [0, 5, 2**64 - 1, TEXT])
    @pytest.mark.parametrize("way", [NEXT, PREVIOUS])
    @pytest.mark.parametrize("where", range(5))
    def test_a_link_into_nowhere(
        self, flat: Flat, four: list[int], target: int, way: int, where: int
    ) -> None:
        head = flat.symbols["relay_channels"]
        links = [link_of(flat, channel) for channel in four]
        flat.number([head, *links][where] + way, target)
        channels, damage = self.found(flat)
        assert channels == four
        # nothing leads back through the head's own link, but for who comes from the other end
        assert damage or (where, way) == (0, PREVIOUS)

    @pytest.mark.parametrize("target", range(4))
    @pytest.mark.parametrize("where", range(4))
    def test_a_link_to_another_channel(
        self, flat: Flat, four: list[int], target: int, where: int
    ) -> None:
        flat.number(link_of(flat, four[where]) + NEXT, link_of(flat, four[target]))
        channels, damage = self.found(flat)
        assert channels == four
        assert bool(damage) == (target != where + 1)

    def test_a_channel_that_is_missing(self, flat: Flat, four: list[int]) -> None:
        flat.drop(four[1])
        channels, damage = self.found(flat)
        assert channels == [four[0], four[2], four[3]]
        assert any(f"{four[1]:#x}" in sentence for sentence in damage)

    def test_a_head_that_is_missing(self, flat: Flat, four: list[int]) -> None:
        assert four
        flat.drop(flat.symbols["relay_channels"])
        channels, damage = self.found(flat)
        assert channels == []
        assert damage

    def test_a_link_into_the_middle_of_data(self, flat: Flat, four: list[int]) -> None:
        """What is no channel is not shown as one."""
        rubbish = flat.room(PAGE)
        flat.number(link_of(flat, four[1]) + NEXT, rubbish + 512)
        assert self.found(flat)[0] == four


class TestDamage:
    """It is told of the smallest thing that it concerns."""

    def test_a_pointer_to_a_buffer(self, flat: Flat, made: Made) -> None:
        first, second = made.channel(256, 4), made.channel(256, 4)
        slots = flat.layout.structs["rchan"].fields["buf"].offset + first
        flat.number(int.from_bytes(flat.read(slots, 8), "little"), 0x1234)
        look = flat.kernel().look()
        assert [channel.addr for channel in look.channels] == [first, second]
        assert [buffer.cpu for buffer in look.channels[0].buffers] == [1]
        assert "CPU 0: its buffer cannot be read" in look.channels[0].damage[0]
        assert len(look.channels[1].buffers) == 2
        assert look.channels[1].damage == ()

    def test_a_pointer_to_another_channels_buffer(self, flat: Flat, made: Made) -> None:
        """The other channel keeps it, in whatever order they are."""
        first, second = made.channel(256, 4), made.channel(256, 4)
        slots = flat.layout.structs["rchan"].fields["buf"].offset
        flat.number(first + slots, int.from_bytes(flat.read(second + slots, 8), "little"))
        kernel = flat.kernel()
        wrong, right = kernel.look().channels
        assert all("belongs to the channel at" in buffer.damage[0] for buffer in wrong.buffers)
        assert [buffer.damage for buffer in right.buffers] == [(), ()]
        with pytest.raises(UnreadableError, match="another channel"):
            kernel.contents(wrong, wrong.buffers[0])

    @pytest.mark.parametrize(
        ("field", "value"), [("subbuf_size", 0), ("n_subbufs", 1 << 40), ("alloc_size", 5)]
    )
    def test_sizes_that_cannot_be(self, flat: Flat, made: Made, field: str, value: int) -> None:
        channel = made.channel(256, 4)
        flat.field("rchan", channel, field, value)
        kernel = flat.kernel()
        (found,) = kernel.look().channels
        assert found.damage
        assert [buffer.padding for buffer in found.buffers] == [None, None]
        assert mode_of(found).name is None
        with pytest.raises(UnreadableError):
            kernel.contents(found, found.buffers[0])

    def test_more_pages_than_the_channel_has(self, flat: Flat, made: Made) -> None:
        channel = made.channel(256, 4)
        made.set(channel, 0, page_count=2**31)
        kernel = flat.kernel()
        (found,) = kernel.look().channels
        assert f"it has {2**31} pages for {PAGE} bytes" in found.buffers[0].damage
        assert found.buffers[1].damage == ()
        with pytest.raises(UnreadableError, match="pages"):
            kernel.contents(found, found.buffers[0])

    def test_more_memory_than_there_is(self, flat: Flat, made: Made) -> None:
        channel = made.channel(PAGE, 16)
        flat.extent = 15 * PAGE
        kernel = flat.kernel()
        (found,) = kernel.look().channels
        assert found.addr == channel
        with pytest.raises(UnreadableError, match="larger than the whole dump"):
            kernel.contents(found, found.buffers[0])

    @pytest.mark.parametrize(
        "fields",
        [
            {"offset": 258},
            {"subbufs_consumed": 1},
            {"data": 77},
            {"subbufs_produced": 2},
        ],
    )
    def test_counters_that_do_not_agree(
        self, flat: Flat, made: Made, fields: dict[str, int]
    ) -> None:
        channel = made.channel(256, 4)
        made.set(channel, 0, **fields)
        kernel = flat.kernel()
        (found,) = kernel.look().channels
        assert "do not agree" in found.buffers[0].damage[0]
        assert losses_of(found, found.buffers[0]).overwritten is None
        contents = kernel.contents(found, found.buffers[0])
        assert (contents.held, contents.unread_bytes) == (None, None)

    def test_padding_that_cannot_be(self, flat: Flat, made: Made) -> None:
        channel = made.channel(256, 4)
        flat.number(made.get(channel, 0, "padding") + 8, 257)
        kernel = flat.kernel()
        (found,) = kernel.look().channels
        assert "padding" in found.buffers[0].damage[0]
        assert kernel.contents(found, found.buffers[0]).unread_bytes is None

    def test_so_much_that_the_look_ends(self, flat: Flat, made: Made) -> None:
        """8192 CPUs whose buffers cannot be read, in each of many channels: it takes no time."""
        mask, offsets = flat.symbols["__cpu_possible_mask"], flat.symbols["__per_cpu_offset"]
        flat.write(mask, b"\xff" * 8)
        flat.write(offsets, struct.pack("<64Q", *[0x10 * cpu for cpu in range(64)]))
        channels = [made.channel(256, 4, cpus=()) for _ in range(20)]
        for channel in channels:
            slots = flat.layout.structs["rchan"].fields["buf"].offset + channel
            place = int.from_bytes(flat.read(slots, 8), "little")
            flat.write(place, b"\x77" * 16 * 64)
            for cpu in range(64):
                flat.number(place + 0x10 * cpu, 0x1000 + cpu)
        flat.reads = 0
        look = flat.kernel().look()
        assert "so much damage" in look.damage[-1]
        assert 0 < len(look.channels) < 20
        assert flat.reads < 4 * MOST_FAULTS

    def test_more_cpus_than_anybody_has(self, flat: Flat, made: Made) -> None:
        """Most have no buffer, which is no fault; asking them takes its time all the same."""
        made.channel(256, 4)
        second = made.channel(256, 4)
        kernel = flat.kernel()
        walk = kernel._walk
        walk._cpus = dict.fromkeys(range(MOST_SLOTS - 1), walk._cpus[0])
        look = kernel.look()
        assert "so much damage" in look.damage[-1]
        assert [channel.addr for channel in look.channels] != [second]
        assert len(look.channels) == 1

    def test_more_padding_than_there_is_memory(self, flat: Flat, made: Made) -> None:
        made.channel(256, 512)
        flat.extent = 8 * 512 + 100
        (found,) = flat.kernel().look().channels
        assert found.buffers[0].padding == (0,) * 512
        assert found.buffers[1].padding is None
        assert "larger than the memory" in found.buffers[1].damage[0]


@pytest.mark.parametrize("name", ["relay_channels", "__per_cpu_offset", "__cpu_possible_mask"])
def test_a_symbol_that_is_missing_is_named(flat: Flat, name: str) -> None:
    del flat.symbols[name]
    with pytest.raises(SymbolsError, match=f"no symbol {name}"):
        flat.kernel()


def test_a_kernel_of_one_cpu(flat: Flat) -> None:
    flat.number(flat.symbols["nr_cpu_ids"], 1, 4)
    names = Table([(address, name) for name, address in flat.symbols.items()])
    assert list(offsets_of_cpus(flat, names, flat.layout)) == [0]


def test_symbols_of_another_kernel_are_noticed(flat: Flat) -> None:
    flat.number(flat.symbols["nr_cpu_ids"], 2**32 - 1, 4)
    with pytest.raises(SymbolsError, match="4294967295 CPUs"):
        flat.kernel()
    flat.number(flat.symbols["nr_cpu_ids"], 64, 4)
    flat.symbols["__per_cpu_offset"] = 0x5000
    with pytest.raises(SymbolsError, match="belong to this kernel"):
        flat.kernel()


@pytest.mark.parametrize("cpus", [(0,), (0, 1, 5), (1, 7, 8, 63)])
def test_cpus_are_those_that_are_possible(cpus: tuple[int, ...]) -> None:
    assert Flat(cpus=cpus).kernel()._walk._cpus == {cpu: 0x1000 * cpu for cpu in cpus}
