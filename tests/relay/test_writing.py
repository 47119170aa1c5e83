"""Writing: what is stored, what is lost and why, and what is the caller's mistake."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(params=["many", "one"])
def channel(request: pytest.FixtureRequest) -> Iterator[relay.Channel]:
    """Give a channel of 4 sub-buffers of 16 bytes on 2 CPUs."""
    with relay.Channel(None, subbuf_size=16, n_subbufs=4, cpus=2, writers=request.param) as made:
        yield made


def memory(channel: relay.Channel, size: int, cpu: int = 0) -> bytes:
    return bytes(channel.buffers[cpu].data[:size])


@pytest.mark.parametrize(
    "data",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"xabcdx")[1:5],
        array("B", b"abcd"),
        np.frombuffer(b"abcd", np.uint8),
        np.frombuffer(b"abcd", np.uint32),
    ],
    ids=lambda data: type(data).__name__,
)
def test_any_contiguous_bytes(channel: relay.Channel, data: Any) -> None:  # noqa: ANN401
    assert channel.write(data)
    assert channel.write(data, 1)
    assert channel.write_nolock(data, cpu=1)
    assert memory(channel, 5) == b"abcd\0"
    assert memory(channel, 9, cpu=1) == b"abcdabcd\0"
    assert channel.write_many(data, [1, 3]) == 2
    assert memory(channel, 9) == b"abcdabcd\0"


class Twice:
    """An index, as numpy's integers are."""

    def __index__(self) -> int:
        return 1


def test_cpus_by_any_integer(channel: relay.Channel) -> None:
    for cpu in (1, True, np.uint8(1), np.int64(1), Twice()):
        assert channel.write(b"x", cpu)  # type: ignore[arg-type]
    assert channel.buffers[1].offset == 5


WRITES: list[Callable[[relay.Channel, Any, Any], object]] = [
    lambda channel, data, cpu: channel.write(data, cpu),
    lambda channel, data, cpu: channel.write_nolock(data, cpu),
    lambda channel, data, cpu: channel.write_many(data, [1], cpu),
    lambda channel, _data, cpu: channel.reserve(1, cpu),
    lambda channel, _data, cpu: channel.switch_subbuf(0, cpu),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("cpu", [2, -1, 2**31, 2**32, 2**64, -(2**64)])
def test_an_unknown_cpu(
    channel: relay.Channel, write: Callable[[relay.Channel, Any, Any], object], cpu: int
) -> None:
    with pytest.raises(relay.CpuError, match=f"cpu={cpu}"):
        write(channel, b"x", cpu)
    assert [buf.account.attempted.events for buf in channel.buffers] == [0, 0]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("cpu", ["0", 0.0, None, b""])
def test_no_cpu(
    channel: relay.Channel,
    write: Callable[[relay.Channel, Any, Any], object],
    cpu: Any,  # noqa: ANN401
) -> None:
    with pytest.raises(TypeError):
        write(channel, b"x", cpu)


@pytest.mark.parametrize("data", ["text", 5, None, [1, 2], np.float64(2)])
def test_no_bytes(channel: relay.Channel, data: Any) -> None:  # noqa: ANN401
    for write in WRITES[:3]:
        if not isinstance(data, np.float64):  # which lends its bytes
            with pytest.raises(TypeError):
                write(channel, data, 0)
    assert channel.buffers[0].account.attempted.events == 0


@pytest.mark.parametrize(
    "data", [memoryview(b"abcdef")[::2], np.zeros((2, 4), np.uint8)[:, :2]], ids=["view", "array"]
)
def test_bytes_that_do_not_lie_together(channel: relay.Channel, data: Any) -> None:  # noqa: ANN401
    for write in WRITES[:3]:
        with pytest.raises((BufferError, ValueError), match="contiguous"):
            write(channel, data, 0)


def test_too_big(channel: relay.Channel) -> None:
    assert channel.write(b"before")
    assert not channel.write(bytes(17))
    assert not channel.write_nolock(bytes(17))
    assert not channel.write_many(bytes(17), [17])
    assert channel.reserve(2**64 - 1) is None
    assert channel.reserve(17) is None
    assert channel.switch_subbuf(17) == 0
    account = channel.buffers[0].account
    assert (account.too_big.events, account.accepted.events) == (5, 1)
    assert channel.last_toobig == 17
    assert channel.buffers[0].subbufs_produced == 0
    assert channel.write(bytes(10))


def test_full(channel: relay.Channel) -> None:
    results = [channel.write(bytes(9)) for _ in range(6)]
    assert results == [True] * 4 + [False] * 2
    account = channel.buffers[0].account
    assert account.refused_full == (2, 18)
    assert account.attempted == (6, 54)
    assert account.unread == (4, 36)
    assert channel.buffers[0].blocked
    assert channel.buffers[0].full
    channel.subbufs_consumed(0, 1)
    assert channel.write(b"")
    assert not channel.buffers[0].blocked


def test_reserve_and_fill(channel: relay.Channel) -> None:
    slot = channel.reserve(4)
    assert slot is not None
    assert (len(slot), slot.readonly, slot.format) == (4, False, "B")
    slot[:] = b"abcd"
    assert memory(channel, 5) == b"abcd\0"
    whole = channel.reserve(12)
    assert whole is not None
    empty = channel.reserve(0)
    assert empty is not None
    assert len(empty) == 0
    assert channel.buffers[0].account.accepted.events == 3


def test_reserve_nothing_while_blocked(channel: relay.Channel) -> None:
    for _ in range(5):
        channel.write(bytes(16))
    assert channel.buffers[0].blocked
    assert channel.reserve(0) is None
    channel.subbufs_consumed(0, 4)
    assert channel.reserve(0) is None  # the switch succeeded all the same: the kernel's quirk
    assert channel.reserve(0) is not None


@pytest.mark.parametrize("size", [-1, 2**64])
def test_sizes_that_are_none(channel: relay.Channel, size: int) -> None:
    for call in (channel.reserve, channel.switch_subbuf, lambda n: channel.subbufs_consumed(0, n)):
        with pytest.raises(relay.SizeError, match=str(size)):
            call(size)
    with pytest.raises(TypeError):
        channel.reserve("1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "lengths",
    [
        [1, 2, 3],
        (1, 2, 3),
        range(1, 4),
        np.array([1, 2, 3], np.uint32),
        np.array([1, 2, 3], np.int64),
        np.array([1, 9, 2, 9, 3], np.uint32)[::2],
        array("I", [1, 2, 3]),
    ],
    ids=repr,
)
def test_write_many(channel: relay.Channel, lengths: Any) -> None:  # noqa: ANN401
    assert channel.write_many(b"abbccc", lengths) == 3
    assert memory(channel, 7) == b"abbccc\0"
    assert channel.buffers[0].account.accepted == (3, 6)
    assert channel.write_many(b"abb", iter([1, 2])) == 2


def test_write_many_tells_how_many(channel: relay.Channel) -> None:
    assert channel.write_many(b"", []) == 0
    assert channel.write_many(bytes(7 * 16), np.full(7, 16, np.uint32)) == 4
    assert channel.buffers[0].account.refused_full.events == 3


@pytest.mark.parametrize(
    ("lengths", "error"),
    [
        ([1, 1], ValueError),
        ([1, 3], ValueError),
        (np.array([2**32 - 1] * 3, np.uint32), ValueError),
        ([-1, 4], relay.SizeError),
        ([2**32], relay.SizeError),
        ([2**70], relay.SizeError),
        (["3"], TypeError),
        (3, TypeError),
        (np.array([1.0, 2.0]), TypeError),
    ],
    ids=str,
)
def test_wrong_lengths(
    channel: relay.Channel,
    lengths: Any,  # noqa: ANN401
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        channel.write_many(b"abc", lengths)
    assert channel.buffers[0].account.attempted.events == 0


def test_consumed_reports(channel: relay.Channel) -> None:
    for _ in range(4):
        channel.write(bytes(16))
    channel.subbufs_consumed(0, 5)  # more than there are sub-buffers: ignored
    assert channel.buffers[0].subbufs_consumed == 0
    channel.subbufs_consumed(0, 4)  # more than are ready: cut
    assert channel.buffers[0].subbufs_consumed == 3
    for cpu in (2, -1, 2**40):
        with pytest.raises(relay.CpuError):
            channel.subbufs_consumed(cpu, 1)
    with relay.Channel(None, subbuf_size=16, n_subbufs=4, cpus=2, online=[0]) as other:
        other.subbufs_consumed(1, 1)  # possible, but without buffer: ignored


def test_flush_and_reset(channel: relay.Channel) -> None:
    channel.write(b"abc")
    channel.flush()
    first, second = channel.buffers
    assert (first.subbufs_produced, second.subbufs_produced) == (1, 1)
    assert first.padding.tolist() == [13, 0, 0, 0]
    assert second.padding.tolist() == [16, 0, 0, 0]
    assert (first.current, first.prev_padding, first.offset) == (1, 13, 0)
    channel.reset()
    assert (first.subbufs_produced, first.current, first.prev_padding) == (0, 0, 13)
    assert first.account.discarded_reset == (1, 3)


def test_stats(channel: relay.Channel) -> None:
    for _ in range(6):
        channel.write(bytes(16))
    channel.write(bytes(17))
    assert channel.stats() == relay.Stats(full=2, big=1)
    assert channel.stats().full == 2


CLOSED: list[Callable[[relay.Channel], object]] = [
    *((lambda channel, write=write: write(channel, b"x", 0)) for write in WRITES),
    lambda channel: channel.flush(),
    lambda channel: channel.reset(),
    lambda channel: channel.subbufs_consumed(0, 1),
    lambda channel: channel.late_setup_files("name"),
    lambda channel: channel.set_online(0, True),
    lambda channel: channel.set_subbuf_start(None),
]


@pytest.mark.parametrize("call", CLOSED)
def test_a_closed_channel(channel: relay.Channel, call: Callable[[relay.Channel], object]) -> None:
    channel.write(b"abc")
    channel.close()
    channel.close()
    with pytest.raises(relay.ClosedError, match="open a new one"):
        call(channel)
    assert channel.buffers[0].finalized
    assert channel.buffers[0].account.attempted.events == 1
    assert channel.snapshot().closed
