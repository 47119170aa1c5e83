"""The ready-made subbuf_start: modes, headers, stored padding, changes of mind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable

NO_OVERWRITE, OVERWRITE = relay.NO_OVERWRITE, relay.OVERWRITE


def opened(start: relay.Preset | Callable[..., bool] | None) -> relay.Channel:
    return relay.Channel(
        None, subbuf_size=16, n_subbufs=2, cpus=1, callbacks=relay.Callbacks(subbuf_start=start)
    )


def subbuf(channel: relay.Channel, index: int) -> bytes:
    return bytes(channel.buffers[0].data[index * 16 : index * 16 + 16])


def test_what_they_say() -> None:
    assert repr(NO_OVERWRITE) == "NO_OVERWRITE"
    assert repr(OVERWRITE.with_header(8)) == "OVERWRITE.with_header(8)"
    assert OVERWRITE.with_header(8) == OVERWRITE.with_header(8) != NO_OVERWRITE.with_header(8)
    assert relay.Callbacks() == relay.Callbacks(subbuf_start=NO_OVERWRITE)
    with pytest.raises(relay.SizeError):
        OVERWRITE.with_header(-1)
    with pytest.raises(TypeError):
        OVERWRITE.with_header(2.5)  # type: ignore[arg-type]
    with pytest.raises(relay.SizeError, match="header="):
        opened(OVERWRITE.with_header(2**64))


@pytest.mark.parametrize("start", [NO_OVERWRITE, None])
def test_refuse_when_full(start: relay.Preset | None) -> None:
    with opened(start) as channel:
        assert [channel.write(bytes(16)) for _ in range(4)] == [True, True, False, False]
        assert channel.buffers[0].account.overwritten.events == 0


def test_go_on_when_full() -> None:
    with opened(OVERWRITE) as channel:
        assert [channel.write(bytes([event] * 16)) for event in range(4)] == [True] * 4
        assert (subbuf(channel, 0), subbuf(channel, 1)) == (b"\2" * 16, b"\3" * 16)
        assert channel.buffers[0].account.overwritten == (2, 32)


@pytest.mark.parametrize("preset", [NO_OVERWRITE, OVERWRITE])
def test_padding_is_stored_in_the_header(preset: relay.Preset) -> None:
    with opened(preset.with_header(4)) as channel:
        assert channel.buffers[0].offset == 4
        channel.write(b"a" * 9)
        channel.write(b"b" * 9)
        assert subbuf(channel, 0) == (3).to_bytes(4, sys.byteorder) + b"a" * 9 + b"\0" * 3
        assert channel.buffers[0].offset == 13
        assert channel.snapshot().subbufs["header"].tolist() == [[4, 4]]


@pytest.mark.parametrize("preset", [NO_OVERWRITE, OVERWRITE])
def test_what_a_header_leaves_may_be_too_little(preset: relay.Preset) -> None:
    with opened(preset.with_header(4)) as channel:
        assert not channel.write(bytes(13))  # fits a sub-buffer, but not behind a header
        assert channel.buffers[0].account.too_big == (1, 13)
        assert channel.buffers[0].subbufs_produced == 1  # the switch stays done


def test_a_short_header_stores_nothing() -> None:
    with opened(OVERWRITE.with_header(3)) as channel:
        channel.write(b"a" * 9)
        channel.flush()
        assert subbuf(channel, 0) == b"\0" * 3 + b"a" * 9 + b"\0" * 4


def test_header_bytes_are_data_to_a_reader(directory: relay.Directory) -> None:
    with relay.Channel(
        "cpu",
        directory,
        subbuf_size=16,
        n_subbufs=2,
        cpus=1,
        callbacks=relay.Callbacks(OVERWRITE.with_header(2)),
    ) as channel:
        channel.write(b"abc")
        with channel.open_file(0) as file:
            assert file.read() == b"\0\0abc"


def test_a_change_of_mind() -> None:
    with opened(NO_OVERWRITE) as channel:
        assert [channel.write(bytes(16)) for _ in range(3)] == [True, True, False]
        channel.set_subbuf_start(OVERWRITE)
        assert channel.write(bytes(16))
        channel.set_subbuf_start(None)
        assert not channel.write(bytes(16))
        asked: list[int] = []

        def start(buf: relay.Buffer, *_: object) -> bool:
            asked.append(buf.subbufs_produced)
            return True

        channel.set_subbuf_start(start)
        assert channel.write(bytes(16))
        assert channel.write(bytes(16))
        channel.set_subbuf_start(NO_OVERWRITE)
        assert not channel.write(bytes(16))
        assert asked == [3, 4]
        account = channel.buffers[0].account
        assert (account.accepted.events, account.refused_full.events) == (5, 3)


def test_a_change_of_header() -> None:
    with opened(OVERWRITE) as channel:
        channel.set_subbuf_start(OVERWRITE.with_header(6))
        channel.flush()
        assert channel.buffers[0].offset == 6
        with pytest.raises(relay.ReserveError, match="header=15"):
            channel.set_subbuf_start(OVERWRITE.with_header(15))
        channel.flush()
        assert channel.buffers[0].offset == 6
        channel.set_subbuf_start(OVERWRITE)
        channel.flush()
        assert channel.buffers[0].offset == 0


@pytest.mark.parametrize("value", ["overwrite", 1, True, relay.Callbacks()])
def test_no_such_thing(value: object) -> None:
    with opened(None) as channel, pytest.raises(TypeError, match="subbuf_start is"):
        channel.set_subbuf_start(value)  # type: ignore[arg-type]
