"""Bytes of a buffer while its writer goes on: what it may have come to is not believed."""

from __future__ import annotations

from tests.kernel.flat import Flat, Made


class Moving(Flat):
    """Memory in which something happens before each read of some address."""

    def __init__(self) -> None:
        self.at = 0
        self.happens: list[tuple[Made, int, dict[str, int]]] = []
        super().__init__()

    def read(self, address: int, size: int) -> bytes:
        if address == self.at and self.happens:
            made, channel, fields = self.happens.pop(0)
            made.set(channel, 0, **fields)
        return super().read(address, size)


def test_what_the_writer_came_to_meanwhile_is_left_out() -> None:
    flat = Moving()
    made = Made(flat)
    channel = made.channel(64, 4)
    start = made.get(channel, 0, "start")
    made.set(channel, 0, subbufs_produced=5, data=start + 64, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    flat.at = start
    flat.happens = [(made, channel, {"subbufs_produced": 6, "data": start + 128, "offset": 16})]
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert [span.number for span in contents.held.spans] == [3, 4, 5]
    assert contents.held.left_out == 1


def test_a_switch_that_goes_on_is_read_again() -> None:
    """The first reading finds the writer inside a switch, the second finds it done."""
    flat = Moving()
    made = Made(flat)
    channel = made.channel(64, 4)
    start = made.get(channel, 0, "start")
    made.set(channel, 0, subbufs_produced=5, data=start, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    flat.at = start
    flat.happens = [(made, channel, {"data": start + 64, "offset": 24})]
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert contents.held.is_consistent
    assert contents.buffer.offset == 24
    assert contents.held.spans[-1].end == 64 + 24


def test_a_switch_that_never_ends_is_told() -> None:
    """As in a dump of a kernel that stopped there."""
    flat = Flat()
    made = Made(flat)
    channel = made.channel(64, 4)
    made.set(channel, 0, subbufs_produced=5, offset=8)
    kernel = flat.kernel()
    (found,) = kernel.look().channels
    contents = kernel.contents(found, found.buffers[0])
    assert contents.held is not None
    assert not contents.held.is_consistent
    assert contents.unread is not None
    assert [span.number for span in contents.unread.spans] == [2, 3, 4]
