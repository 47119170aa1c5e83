"""Snapshots and accounts: their layout is the core's, their figures add up."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import _relay, relay  # noqa: TID251  its native part is looked at here

if TYPE_CHECKING:
    from collections.abc import Iterator

FREE, CURRENT, UNREAD, DONE = relay.SubbufState


@pytest.fixture
def channel(directory: relay.Directory) -> Iterator[relay.Channel]:
    """Give a channel of 3 sub-buffers of 16 bytes on 3 CPUs, one of them off line."""
    with relay.Channel(
        "cpu",
        directory,
        subbuf_size=16,
        n_subbufs=3,
        cpus=3,
        online=[0, 2],
        callbacks=relay.Callbacks(relay.OVERWRITE.with_header(2)),
    ) as made:
        yield made


@pytest.mark.parametrize(
    ("dtype", "layout"),
    [(relay.BUFFER_DTYPE, _relay.BUFFER_LAYOUT), (relay.SUBBUF_DTYPE, _relay.SUBBUF_LAYOUT)],
)
def test_rows_are_the_core_s(
    dtype: np.dtype[np.void], layout: tuple[int, list[tuple[str, int, int]]]
) -> None:
    size, fields = layout
    assert dtype.itemsize == size
    assert dtype.fields is not None
    mine = [(name, int(at), kind.itemsize) for name, (kind, at, *_) in dtype.fields.items()]
    assert mine == fields


def test_accounts_are_the_core_s() -> None:
    assert relay.Account._fields == ("attempted", "accepted", "unread", *_relay.FATES)
    account = relay.BUFFER_DTYPE["account"]
    assert account.names == relay.Account._fields
    assert {account[name].names for name in relay.Account._fields} == {("events", "bytes")}


def test_channel_fields(channel: relay.Channel) -> None:
    channel.write(bytes(99))
    shot = channel.snapshot()
    for field in dataclasses.fields(shot):
        if field.name not in ("buffers", "subbufs"):
            assert getattr(shot, field.name) == getattr(channel, field.name)
    assert (shot.online, shot.last_toobig) == ((0, 2), 99)
    with pytest.raises(dataclasses.FrozenInstanceError):
        shot.closed = True  # type: ignore[misc]


def test_buffer_rows(channel: relay.Channel) -> None:
    channel.set_online(2, False)
    for size in (9, 9, 12):
        channel.write(bytes(size))
    with channel.open_file(0) as file:
        view = file.mmap()
        file.read(5)
        rows = channel.snapshot().buffers
        view.release()
    assert rows.shape == (2,)
    assert rows.dtype == relay.BUFFER_DTYPE
    first = dict(zip(rows.dtype.names or (), rows[0].tolist(), strict=True))
    account = first.pop("account")
    assert first == {
        "produced": 2,
        "consumed": 0,
        "offset": 14,
        "bytes_consumed": 5,
        "prev_padding": 5,
        "file_size": 22,
        "stat_full": 0,
        "stat_big": 0,
        "cpu": 0,
        "current": 2,
        "waiters": 0,
        "online": 1,
        "finalized": 0,
        "has_file": 1,
        "mapped": 1,
    }
    assert relay.Account.of(account) == channel.buffers[0].account
    assert rows[["cpu", "online"]].tolist() == [(0, 1), (2, 0)]


def test_subbuf_rows(channel: relay.Channel) -> None:
    channel.write(b"123456")
    channel.reserve(5)
    channel.write(b"x" * 14)
    with channel.open_file(0) as file:
        file.read(13)
        channel.write(b"yz")
        rows = channel.snapshot().subbufs
        assert rows.shape == (2, 3)
        assert rows.dtype == relay.SUBBUF_DTYPE
        names = ("lap", "events", "used", "header", "padding", "reserved", "read", "state")
        assert rows[0][list(names)].tolist() == [
            (0, 2, 13, 2, 3, 5, 13, DONE),
            (1, 1, 16, 2, 0, 0, 0, UNREAD),
            (2, 1, 4, 2, 0, 0, 0, CURRENT),
        ]
        assert rows[1]["state"].tolist() == [CURRENT, FREE, FREE]
        assert rows[1]["lap"].tolist() == [0, relay.NO_LAP, relay.NO_LAP]


def test_overwritten_events(channel: relay.Channel) -> None:
    for _ in range(8):
        channel.write(bytes(7))
    rows = channel.snapshot()
    assert rows.subbufs["lost"][0].tolist() == [2, 0, 0]
    assert rows.buffers["account"]["overwritten"].tolist() == [(2, 14), (0, 0)]


def test_a_snapshot_does_not_change(channel: relay.Channel) -> None:
    shot = channel.snapshot()
    channel.write(b"abc")
    channel.close()
    assert shot.buffers["offset"].tolist() == [2, 2]
    assert channel.snapshot().buffers["finalized"].tolist() == [1, 1]


def test_room_that_is_too_small(channel: relay.Channel) -> None:
    buffers = np.zeros(relay.BUFFER_DTYPE.itemsize, np.uint8)
    subbufs = np.zeros(3 * relay.SUBBUF_DTYPE.itemsize, np.uint8)
    assert channel._fill_snapshot(buffers, subbufs) == 1
    assert channel._fill_snapshot(buffers, subbufs[:-1]) == 0
    with pytest.raises(ValueError, match="read-only"):
        channel._fill_snapshot(channel.buffers[0].data, subbufs)


class TestAccount:
    """What became of each event."""

    def test_every_fate(self, directory: relay.Directory) -> None:
        def start(buf: relay.Buffer, *_: object) -> bool:
            if inner:
                assert not inner.pop().write(b"busy")
            return not buf.full

        inner: list[relay.Channel] = []
        channel = relay.Channel(
            "cpu",
            directory,
            subbuf_size=16,
            n_subbufs=2,
            cpus=1,
            callbacks=relay.Callbacks(subbuf_start=start),
        )
        buffer, file = channel.buffers[0], channel.open_file(0)
        channel.write_many(bytes(48), [16] * 3)
        file.read(16)
        file.read(0)
        channel.write(bytes(17))
        file.read(1)
        channel.subbufs_consumed(0, 1)
        inner.append(channel)
        channel.write(bytes(3))
        channel.reset()
        channel.write(bytes(5))
        assert buffer.account.unread == (1, 5)
        channel.close()
        assert buffer.account.unread == (1, 5)  # the open file could still read it
        file.close()
        account = buffer.account
        assert account.discarded_close == (1, 5)
        assert (account.refused_full, account.too_big) == ((1, 16), (1, 17))
        assert (account.busy, account.discarded_reset) == ((1, 4), (1, 3))
        assert account.consumed.events + account.released_unread.events == 2
        fates = [getattr(account, name) for name in _relay.FATES]
        assert account.attempted.events == sum(fate.events for fate in fates)
        assert account.attempted.bytes == sum(fate.bytes for fate in fates)

    def test_it_is_frozen(self, channel: relay.Channel) -> None:
        account = channel.buffers[0].account
        assert account == channel.buffers[0].account
        with pytest.raises(AttributeError):
            account.unread = account.attempted  # type: ignore[misc]
