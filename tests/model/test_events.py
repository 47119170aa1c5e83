"""What the bytes of a sub-buffer are, painted byte by byte as the other way to know it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.state import Reserved
from relayviz.model.history.history import History
from relayviz.model.ledger.events import EventIndex, Role, regions
from tests.model.steps import add, placed

if TYPE_CHECKING:
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.engine.snapshot import Snapshot

SIZE = 32
SUBBUF = np.dtype([(name, np.uint32) for name in ("used", "header", "padding")])


def snapshot_of(used: int, header: int, padding: int, unfilled: int = -1) -> Snapshot:
    """Return as much of a snapshot as regions look at."""
    slot = Reserved(unfilled, 0, 0, 0, 0, 0, 0, is_current=True)
    seen = SimpleNamespace(
        subbuf_size=SIZE,
        subbufs=np.array([[(used, header, padding)]], SUBBUF),
        buffers=np.array([(0,)], [("cpu", np.uint32)]),
        reserved=(slot,),
        step=9,
    )
    return cast("Snapshot", seen)


def test_a_usual_sub_buffer() -> None:
    places = [placed(3, 20, 5), placed(2, 4, 16), placed(1, 0, 32)]
    found = regions(snapshot_of(25, 4, 7, unfilled=3), 0, 0, places)
    assert [(one.start, one.end, one.role, one.event and one.event.event) for one in found] == [
        (0, 4, Role.HEADER, None),
        (4, 20, Role.EVENT, 2),
        (20, 25, Role.RESERVED, 3),
        (25, 32, Role.PADDING, 1),
    ]


def test_a_fresh_sub_buffer_is_free() -> None:
    (one,) = regions(snapshot_of(0, 0, 0), 0, 0, [])
    assert (one.start, one.end, one.role, one.event) == (0, SIZE, Role.FREE, None)


PLACES = st.lists(
    st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).filter(lambda p: sum(p) <= SIZE),
    max_size=8,
)


@given(places=PLACES, cuts=st.tuples(*[st.integers(0, SIZE)] * 3))
def test_regions_are_what_painting_each_byte_gives(
    places: list[tuple[int, int]], cuts: tuple[int, int, int]
) -> None:
    header, used, padded = sorted(cuts)
    events = [placed(number, start, length) for number, (start, length) in enumerate(places)]
    owner: list[EventPlace | None] = [None] * SIZE
    for event in events:
        owner[event.start : event.end] = [event] * event.length
    roles = [Role.HEADER] * header + [Role.EVENT] * (used - header)
    roles += [Role.STALE] * (padded - used) + [Role.PADDING] * (SIZE - padded)
    found = regions(snapshot_of(used, header, SIZE - padded), 0, 0, reversed(events))
    at = 0
    for region in found:
        assert (region.start, region.start < region.end) == (at, True)
        for byte in range(region.start, region.end):
            role = Role.STALE if region.role is Role.FREE else region.role
            assert role is roles[byte]
            assert (region.role is Role.FREE) == (role is Role.STALE and owner[byte] is None)
            assert region.event is (None if role is Role.HEADER else owner[byte])
        at = region.end
    assert at == SIZE


def test_the_index_goes_with_branch_and_step() -> None:
    history, index = History(), EventIndex()
    add(history)
    for number in range(1, 4):
        add(history, place=placed(number, number, 1, step=number))
    index.follow(history, 0)
    seen = snapshot_of(0, 0, 0)
    assert [place.event for place in index.places(seen, seen.step, 0, 0)] == [3, 2, 1]
    add(history, 0, 1, place=placed(9, 0, 1, step=2, kind=Kind.RESERVE))
    index.follow(history, 1)
    assert [place.event for place in index.places(seen, seen.step, 0, 0)] == [9, 1]
    seen.step = 1  # type: ignore[misc]
    assert [place.event for place in index.places(seen, seen.step, 0, 0)] == [1]
    assert list(index.places(seen, seen.step, 0, 3)) == []
