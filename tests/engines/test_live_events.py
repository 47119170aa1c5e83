"""Events of a live channel are found again in the bytes of its sub-buffers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.place import NOT_STEPPED
from relayviz.model.ledger.events import Role, regions
from relayviz.model.live.events import _head, live_places
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing
from tests.engines.running import run_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.live.engine import LiveEngine
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.engine.snapshot import Snapshot

    Make = Callable[..., LiveEngine]

CONFIG = ChannelConfig(subbuf_size=1024, n_subbufs=4, cpus=3, header=8)
LOAD = Load(
    Writing(200_000.0, Sizes(SizeKind.UNIFORM, 16, 96)), Reading(ReaderKind.NONE), writer_threads=2
)


def places_of(
    engine: LiveEngine | StepEngine, snapshot: Snapshot, row: int, index: int
) -> list[EventPlace]:
    begin = index * snapshot.subbuf_size
    data = engine.bytes_of(snapshot, row, begin, begin + snapshot.subbuf_size)
    assert data is not None
    return live_places(snapshot, row, index, data.tobytes())


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_each_event_is_found_once(live: Make, mode: Mode) -> None:
    engine = live(replace(CONFIG, mode=mode), LOAD)
    snapshot = run_for(engine, 0.1)
    for row in range(snapshot.rows):
        numbers = []
        for index in range(snapshot.n_subbufs):
            places = places_of(engine, snapshot, row, index)
            subbuf = snapshot.subbufs[row, index]
            assert len(places) == subbuf["events"]
            assert sum(one.length for one in places) == subbuf["used"] - subbuf["header"]
            assert all(one.cpu == row and 16 <= one.length <= 96 for one in places)
            found = [one.event for one in places]
            assert found == list(range(found[0], found[0] + len(found))) if found else True
            numbers += found
        assert len(set(numbers)) == len(numbers) > 40


def test_what_is_stepped_afterwards_is_told_apart(live: Make) -> None:
    engine = live(replace(CONFIG, mode=Mode.OVERWRITE), LOAD)
    run_for(engine, 0.1)
    stepped = engine.step_from_here()
    try:
        row, index = 1, int(stepped.snapshot.buffers["current"][1])
        before = places_of(stepped, stepped.snapshot, row, index)
        stepped.submit(Operation(Kind.WRITE, cpu=1, length=20))
        assert stepped.wait_idle()
        index = int(stepped.snapshot.buffers["current"][1])
        after = places_of(stepped, stepped.snapshot, row, index)
        assert after in (before, [])  # the new event is none of them, wherever it went
    finally:
        stepped.close()


def test_an_event_lies_within_what_was_written(live: Make) -> None:
    engine = live(CONFIG, LOAD)
    snapshot = run_for(engine, 0.1)
    data = engine.bytes_of(snapshot, 0, 0, snapshot.subbuf_size)
    assert data is not None
    first, *others = places_of(engine, snapshot, 0, 0)
    assert others
    for one in (first, others[-1]):
        end = one.start + one.length
        for last, found in ((end, (one.event, 0, one.length)), (end - 1, None)):
            assert _head(data.tobytes(), one.start, last) == found


def test_bytes_that_are_no_event_end_the_search(live: Make) -> None:
    snapshot = run_for(live(CONFIG, LOAD), 0.1)
    begin = snapshot.subbufs[0, 0]["header"]
    data = bytearray(1024)
    assert live_places(snapshot, 0, 0, bytes(data)) == []
    data[begin + 8 : begin + 12] = (40).to_bytes(4, "little")  # a length, but no checksum
    assert live_places(snapshot, 0, 0, bytes(data)) == []
    assert live_places(snapshot, 0, 0, b"") == []
    found = regions(snapshot, 0, 0, [])
    assert {one.role for one in found} >= {Role.HEADER, Role.EVENT}
    assert NOT_STEPPED < 0
