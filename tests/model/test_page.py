"""What a page is told, without a browser: bytes in runs, figures, limits."""

from __future__ import annotations

from base64 import b64decode
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz.engines.step.play import play
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.page.change import runs
from relayviz.model.page.page import MOST_STEPS, PageError, check, marks_of, session_page
from relayviz.model.session.session import Line, Marker, Notes, Place, Session


def plain(run: list[object]) -> bytes:
    if isinstance(run[1], str):
        return b64decode(run[1])
    count, value, difference = cast("list[int]", run[1:])
    return bytes((value + place * difference) % 256 for place in range(count))


pieces = st.one_of(
    st.binary(min_size=1, max_size=20),
    st.builds(
        lambda first, step, count: bytes((first + step * at) % 256 for at in range(count)),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(1, 40),
    ),
)


@given(st.lists(pieces, min_size=1, max_size=8).map(b"".join), st.integers(0, 1000))
def test_runs_are_the_bytes(data: bytes, first: int) -> None:
    found = list(runs(first, np.frombuffer(data, np.uint8)))
    at = first
    for run in found:
        assert run[0] == at
        at += len(plain(run))
    assert b"".join(map(plain, found)) == data


def test_what_counts_up_is_short() -> None:
    data = np.arange(1000).astype(np.uint8)
    assert list(runs(7, data)) == [[7, 1000, 0, 1]]


@pytest.mark.parametrize(
    ("last", "config", "told"),
    [
        (MOST_STEPS + 1, ChannelConfig(), "2\u202f000 steps at most, and this branch 2\u202f001"),
        (1, ChannelConfig(cpus=65), "64 buffers at most, and this channel has 65"),
        (
            1,
            ChannelConfig(cpus=2, subbuf_size=1 << 20, n_subbufs=8),
            "8\u202f388\u202f608 bytes of buffers at most, and these have 16\u202f777\u202f216",
        ),
    ],
)
def test_too_much_is_told(last: int, config: ChannelConfig, told: str) -> None:
    with pytest.raises(PageError, match=told):
        check(last, config)


def test_what_just_fits() -> None:
    check(MOST_STEPS, ChannelConfig(cpus=64, subbuf_size=1 << 14))
    check(1, ChannelConfig(cpus=65, is_global=True))


def test_two_hundred_steps_of_large_events_are_small() -> None:
    writes = tuple(Operation(Kind.WRITE, number % 4, 3000 + number) for number in range(200))
    config = ChannelConfig(subbuf_size=1 << 14, n_subbufs=16)
    engine = play(Session(config=config, lines=(Line("main line", writes),)))
    try:
        assert engine.wait_idle()
        page = session_page(engine, Notes())
        assert len(page.encode()) < 300_000
    finally:
        engine.close()


def test_marks_of_a_branch() -> None:
    write = Operation(Kind.WRITE, 0, 8)
    lines = (Line("main line", (write,) * 4), Line("other", (write,) * 3, 0, 2))
    marks = (
        Marker(Place(0, 1), "shared"),
        Marker(Place(0, 3), "first"),
        Marker(Place(1, 3), "own"),
    )
    engine = play(Session(markers=marks, lines=lines))
    try:
        assert engine.wait_idle()
        notes = Notes(markers=marks)
        assert marks_of(engine.history, 0, notes) == [(1, "shared"), (3, "first")]
        assert marks_of(engine.history, 1, notes) == [(1, "shared"), (3, "own")]
    finally:
        engine.close()
