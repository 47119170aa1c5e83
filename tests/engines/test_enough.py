"""How many sub-buffers would have saved an event: as on a channel of the reference."""

from __future__ import annotations

import random
import threading
from itertools import count
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step import enough as searching
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.enough import Enough
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.why.explainer import Explainer
from relayviz.model.why.why import Event
from tests.engines.shown import do
from tests.reference import NO_OVERWRITE, OVERWRITE, Callbacks, Channel, Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.engines.step.engine import StepEngine

SIZE = 64
GO_ON = threading.Event()
_serial = count()


def lost(mode: Mode, n_subbufs: int, operations: Sequence[Operation]) -> set[int]:
    """The events that a reference channel of one CPU refuses or overwrites."""
    policy = OVERWRITE if mode is Mode.OVERWRITE else NO_OVERWRITE
    parent = Directory(f"enough-{next(_serial)}")
    table = Callbacks(policy)
    channel = Channel("cpu", parent, subbuf_size=SIZE, n_subbufs=n_subbufs, callbacks=table, cpus=1)
    (buf,) = channel.buffers
    file, event, gone = None, 0, set[int]()
    laps: list[list[int]] = [[]]
    used = [0]
    for one in operations:
        if one.kind is Kind.OPEN_FILE:
            file = channel.open_file(0)
        elif one.kind is Kind.READ:
            assert file is not None
            file.read(one.length)
        elif one.kind is Kind.FLUSH:
            channel.flush()
        else:
            event += 1
            stored = channel.write(bytes(one.length), 0)
        if not buf.blocked and buf.subbufs_produced >= len(laps):  # a sub-buffer was begun
            old = len(laps) - n_subbufs
            read = buf.bytes_consumed if old == buf.subbufs_consumed else 0
            if old >= buf.subbufs_consumed and (read < used[old] or not used[old]):
                gone |= set(laps[old])
            laps.append([])
            used.append(0)
        if one.kind is Kind.WRITE and stored:
            laps[-1].append(event)
            used[-1] += one.length
        elif one.kind is Kind.WRITE:
            gone.add(event)
    return gone


def any_operations(chance: random.Random) -> list[Operation]:
    """A reader that comes too seldom, and now and then a flush."""
    found = [Operation(Kind.OPEN_FILE, 0)]
    for _ in range(chance.randint(20, 60)):
        kind = chance.choices([Kind.WRITE, Kind.READ, Kind.FLUSH], [12, 2, 1])[0]
        length = {Kind.WRITE: chance.randint(1, SIZE), Kind.READ: 4 * SIZE}.get(kind, 0)
        found.append(Operation(kind, 0, length))
    return found


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
@pytest.mark.parametrize("seed", range(12))
def test_the_numbers_are_those_of_a_reference_channel(
    start: Callable[..., StepEngine], seed: int, mode: Mode
) -> None:
    chance = random.Random(seed)  # noqa: S311  to be repeatable
    operations, present = any_operations(chance), chance.randint(1, 3)
    came = {n: lost(mode, n, operations) for n in range(present, 80)}
    engine = start(ChannelConfig(subbuf_size=SIZE, n_subbufs=present, cpus=1, mode=mode))
    do(engine, *operations)
    last = engine.snapshot.step
    if not came[present]:
        assert engine.enough(0, last, 1, GO_ON) is None  # nothing is lost
        return
    all_kept = next(n for n in came if not came[n])
    for event in sorted(came[present])[:3]:
        keeps = next(n for n in came if event not in came[n])
        expected = Enough(present, keeps, all_kept, len(came[all_kept - 1]))
        assert engine.enough(0, last, event, GO_ON) == expected, (event, came)


def full(start: Callable[..., StepEngine], events: int) -> StepEngine:
    engine = start(ChannelConfig(subbuf_size=SIZE, n_subbufs=2, cpus=1))
    do(engine, *[Operation(Kind.WRITE, 0, SIZE)] * events)
    return engine


def test_an_answer_says_whether_a_number_can_be_looked_for(
    start: Callable[..., StepEngine],
) -> None:
    engine = full(start, 4)
    explainer = Explainer(engine.ledger)
    asked = [explainer.explain(engine.history, engine.snapshot, Event(one)) for one in (1, 3)]
    assert [None if why is None else why.crowded_out for why in asked] == [None, 3]


def test_what_is_told(start: Callable[..., StepEngine]) -> None:
    engine = full(start, 5)
    first, last = (engine.enough(0, 5, event, GO_ON) for event in (3, 5))
    assert first is not None
    assert last is not None
    nothing = "lost nothing for want of room up to this step; with 4 of them, 1 event is lost."
    of_present = "of this size instead of 2 would have kept it"
    assert first.told() == f"3 sub-buffers {of_present}; 2 would not. 5 would have {nothing}"
    assert last.told() == f"5 sub-buffers {of_present}, and {nothing}"


def test_what_a_reset_takes_no_number_keeps(start: Callable[..., StepEngine]) -> None:
    """Refused with two sub-buffers; with more it would have been stored, and discarded then."""
    engine = full(start, 3)
    do(engine, Operation(Kind.RESET))
    found = engine.enough(0, 4, 3, GO_ON)
    assert found == Enough(2, None, 3, 1)
    assert found.told().startswith("No number of sub-buffers of this size keeps it.")


def test_a_search_ends_when_it_is_to_or_would_take_too_long(
    start: Callable[..., StepEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = full(start, 40)
    stop = threading.Event()
    stop.set()
    assert engine.enough(0, 40, 40, stop) is None
    monkeypatch.setattr(searching, "MOST_DONE", 400)  # ten numbers
    assert engine.enough(0, 40, 40, GO_ON) is None
    assert engine.enough(0, 11, 11, GO_ON) == Enough(2, 11, 11, 1)


def test_the_event_is_found_where_it_is_on_its_branch(start: Callable[..., StepEngine]) -> None:
    engine = full(start, 4)
    engine.seek(2)
    do(engine, Operation(Kind.FLUSH), Operation(Kind.WRITE, 0, SIZE))
    fates = FateIndex(engine.config)
    fates.follow(engine.history, 1)
    refused = fates.find(3, 4)
    assert refused is not None
    assert refused.is_lost
    assert engine.enough(1, 4, 3, GO_ON) == Enough(2, 3, 3, 1)
