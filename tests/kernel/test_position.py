"""What counters mean: held against this program's channel, which does as recorded kernels do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz import relay
from relayviz.model.kernel.evidence import losses_of, mode_of, too_big_words
from relayviz.model.kernel.look import Buffer, Callbacks, Channel
from relayviz.model.kernel.position import Position, Writer, cut, position_of

SIZE, NUMBER = 16, 3


def looked_at(channel: relay.Channel, subbuf_start: str | None = "start") -> Channel:
    """The state of a channel as it would be found in memory."""
    buffers = tuple(map(buffer_of, channel.buffers))
    return Channel(
        addr=0x42,
        version=7,
        subbuf_size=SIZE,
        n_subbufs=NUMBER,
        alloc_size=4096,
        cb=0x43,
        callbacks=Callbacks(subbuf_start, "create", "remove"),
        kref=1,
        private_data=0,
        is_global=0,
        has_base_filename=1,
        base_filename="cpu",
        parent="/folder",
        last_toobig=0,
        buffers=buffers,
    )


def buffer_of(buffer: relay.Buffer) -> Buffer:
    return Buffer(
        addr=0x1000 * (buffer.cpu + 1),
        percpu_slot=buffer.cpu,
        start=0x100000,
        data=0x100000 + SIZE * buffer.current,
        offset=buffer.offset,
        subbufs_produced=buffer.subbufs_produced,
        subbufs_consumed=buffer.subbufs_consumed,
        chan=0x42,
        bytes_consumed=buffer.bytes_consumed,
        early_bytes=0,
        finalized=0,
        cpu=buffer.cpu,
        page_count=1,
        page_array=0x2000,
        kref=1,
        waiters=False,
        padding=tuple(int(one) for one in buffer.padding),
    )


def position(channel: Channel, cpu: int = 0) -> Position:
    found = position_of(channel, channel.buffers[cpu])
    assert found is not None
    return found


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, SIZE)),
        st.tuples(st.just("read"), st.integers(1, 3 * SIZE)),
        st.tuples(st.just("consume"), st.just(1)),
    ),
    max_size=60,
)


@given(overwrite=st.booleans(), operations=OPERATIONS)
def test_unread_is_what_read_delivers(
    *, overwrite: bool, operations: list[tuple[str, int]]
) -> None:
    mode = relay.OVERWRITE if overwrite else relay.NO_OVERWRITE
    callbacks = relay.Callbacks(subbuf_start=mode)
    with (
        relay.Channel(
            "cpu", subbuf_size=SIZE, n_subbufs=NUMBER, callbacks=callbacks, cpus=1
        ) as channel,
        channel.open_file(0) as file,
    ):
        for number, (what, count) in enumerate(operations):
            if what == "write":
                channel.write(bytes([number + 1]) * count)
            elif what == "read":
                file.read(count)
            elif channel.buffers[0].bytes_consumed == 0:
                # a report beside a half-read sub-buffer leaves read's position behind
                channel.subbufs_consumed(0, count)
        found = looked_at(channel)
        at = position(found)
        memory = bytes(channel.buffers[0].data)
        assert at.writer in (Writer.WRITING, Writer.BLOCKED)
        assert at.mid_switch is False
        assert cut(memory, at.unread()) == file.read(10 * SIZE * NUMBER)
        assert set(at.unread()) <= set(at.held()) or at.bytes_consumed


def lost_and_mode(*, overwrite: bool, writes: int, size: int = SIZE) -> tuple[Channel, int]:
    """A channel after so many writes, and how many sub-buffers the account says are overwritten."""
    mode = relay.OVERWRITE if overwrite else relay.NO_OVERWRITE
    callbacks = relay.Callbacks(subbuf_start=mode)
    with relay.Channel(
        "cpu", subbuf_size=SIZE, n_subbufs=NUMBER, callbacks=callbacks, cpus=1
    ) as channel:
        for _ in range(writes):
            channel.write(bytes(size))
        return looked_at(channel), channel.buffers[0].account.overwritten.events


@pytest.mark.parametrize("writes", range(12))
def test_overwritten_sub_buffers_are_those_of_the_account(writes: int) -> None:
    found, overwritten = lost_and_mode(overwrite=True, writes=writes)
    assert losses_of(found, found.buffers[0]).overwritten == overwritten


@pytest.mark.parametrize("writes", range(12))
def test_a_mode_is_named_when_something_shows_it_and_not_before(writes: int) -> None:
    over, _ = lost_and_mode(overwrite=True, writes=writes)
    no_over, _ = lost_and_mode(overwrite=False, writes=writes)
    # the writer enters sub-buffer n - 1 + k with its n - 1 + k + 1st write of a whole one
    assert mode_of(over).name == ("overwrite" if writes > NUMBER + 1 else None)
    assert mode_of(no_over).name == ("no-overwrite" if writes > NUMBER else None)
    blocked = losses_of(no_over, no_over.buffers[0])
    assert bool(blocked.evidence) == (writes > NUMBER)
    assert (blocked.full_count, blocked.big_count) == (None, None)


def test_a_client_without_subbuf_start_has_the_kernels_own() -> None:
    found = looked_at_empty(subbuf_start=None)
    assert mode_of(found).name == "no-overwrite"
    assert mode_of(replace(found, callbacks=None)).name is None


def looked_at_empty(subbuf_start: str | None = "start") -> Channel:
    with relay.Channel("cpu", subbuf_size=SIZE, n_subbufs=NUMBER, cpus=2) as channel:
        return looked_at(channel, subbuf_start)


def test_a_client_that_does_both_has_no_mode() -> None:
    found = looked_at_empty()
    start = found.buffers[0].start
    refused = replace(found.buffers[0], subbufs_produced=3, offset=SIZE + 1, data=start + 2 * SIZE)
    overwrote = replace(found.buffers[1], subbufs_produced=7, data=start + SIZE)
    mode = mode_of(replace(found, buffers=(refused, overwrote)))
    assert mode.name is None
    assert len(mode.evidence) == 3


def test_what_is_kept_of_events_that_were_too_big() -> None:
    found = looked_at_empty()
    assert too_big_words(replace(found, last_toobig=None)) is None
    assert too_big_words(found) == "no event was larger than a sub-buffer"
    assert "17 bytes" in str(too_big_words(replace(found, last_toobig=17)))


WRITING = Position(
    subbuf_size=SIZE,
    n_subbufs=NUMBER,
    produced=4,
    consumed=2,
    offset=5,
    bytes_consumed=0,
    current=1,
    padding=(2, 0, 4),
)


@pytest.mark.parametrize(
    ("change", "mid_switch", "writer"),
    [
        ({}, False, Writer.WRITING),
        ({"padding": (2, 11, 4)}, True, Writer.WRITING),  # set, and produced not yet counted
        ({"current": 0, "offset": 14}, True, Writer.SWITCHING),  # counted, offset is the old one
        ({"current": 0, "offset": 0}, True, Writer.SWITCHING),  # subbuf_start is being asked
        ({"current": 0, "offset": 4}, True, Writer.SWITCHING),  # it has reserved a header
        ({"current": 0, "offset": SIZE + 1}, False, Writer.BLOCKED),
        ({"current": 1, "offset": SIZE + 1}, False, Writer.DAMAGED),
        ({"current": 2}, False, Writer.DAMAGED),
        ({"current": None}, False, Writer.DAMAGED),
        ({"offset": SIZE + 2}, False, Writer.DAMAGED),
        ({"consumed": 5}, False, Writer.DAMAGED),
    ],
)
def test_each_moment_of_a_switch(
    change: dict[str, int], mid_switch: object, writer: Writer
) -> None:
    found = replace(WRITING, **change)  # type: ignore[arg-type]
    assert (found.mid_switch, found.writer) == (mid_switch, writer)


def test_with_one_sub_buffer_nothing_shows_a_switch() -> None:
    one = replace(WRITING, n_subbufs=1, current=0, padding=(0,))
    assert one.mid_switch is None
    assert replace(one, padding=(3,)).mid_switch is True


def test_a_switch_has_nothing_in_the_new_sub_buffer_yet() -> None:
    """Finished ones are whole; the one that is entered next may have a header already."""
    switching = replace(WRITING, current=0, offset=4)
    assert [span.number for span in switching.held()] == [2, 3]
    assert [(span.begin, span.end) for span in switching.unread()] == [
        (2 * SIZE, 3 * SIZE - 4),
        (0, SIZE - 2),
    ]


def test_sizes_and_padding_that_do_not_fit_say_nothing() -> None:
    found = looked_at_empty()
    buffer = found.buffers[0]
    assert position_of(found, buffer) is not None
    assert position_of(found, replace(buffer, padding=None)) is None
    assert position_of(found, replace(buffer, padding=(0, 0))) is None
    assert position_of(found, replace(buffer, padding=(0, 0, SIZE + 1))) is None
    assert position_of(replace(found, n_subbufs=0), buffer) is None
