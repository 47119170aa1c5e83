"""What a subbuf_start wrote into sub-buffers, found by comparing."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
from hypothesis import given

from relayviz.engines.step.channel.client import _stores

BYTES = st.lists(st.integers(0, 2), min_size=1, max_size=12)


@given(BYTES, st.data())
def test_each_run_of_other_bytes_is_one_store(old: list[int], data: st.DataObject) -> None:
    new = data.draw(st.lists(st.integers(0, 2), min_size=len(old), max_size=len(old)))
    stores = list(_stores("new", memoryview(bytes(old)), bytearray(new)))
    stored: dict[int, int] = {}
    for one in stores:
        assert one.into == "new"
        stored |= dict(enumerate(one.data, one.offset))
    assert stored == {at: byte for at, byte in enumerate(new) if byte != old[at]}
    ends = [(one.offset, one.offset + len(one.data)) for one in stores]
    assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(ends))
