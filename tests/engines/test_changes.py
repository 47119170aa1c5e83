"""What a step changed: compared buffer by buffer, also where buffers were added meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.protocol import (
    Can,
    handing_over,
    recorded,
    running,
    sought,
    stepped,
)
from tests.engines.shown import do, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.engine.snapshot import Snapshot

    Start = Callable[..., StepEngine]


def changed(snapshot: Snapshot) -> dict[int, bool]:
    """Of each CPU: whether its buffer is another than before."""
    cpus = snapshot.buffers["cpu"].tolist()
    return dict(zip(cpus, snapshot.changed.rows.tolist(), strict=True))


@pytest.mark.parametrize("cpu", [0, 1, 3, 5])
def test_a_buffer_that_is_new_has_changed_and_no_other(start: Start, cpu: int) -> None:
    """Before, between and behind those that there were."""
    had = tuple(sorted({1, 2, 4} - {cpu}))
    engine = start(ChannelConfig(cpus=6, online=had))
    do(engine, Operation(Kind.WRITE, 2, 10), Operation(Kind.WRITE, 4, 20))
    seen = do(engine, Operation(Kind.CPU_ONLINE, cpu, count=1))
    assert changed(seen) == {one: one == cpu for one in sorted({*had, cpu})}
    assert seen.changed.subbufs[seen.row_of(cpu)].all()
    assert "online" in seen.changed.channel
    again = do(engine, Operation(Kind.WRITE, 4, 20))
    assert changed(again) == {one: one == 4 for one in sorted({*had, cpu})}
    row = again.row_of(4)
    assert again.changed.subbufs[row].tolist() == [True] + [False] * (again.n_subbufs - 1)
    assert "offset" in again.changed.fields
    assert "produced" not in again.changed.fields
    assert not again.changed.channel


def test_nothing_has_changed_after_opening(start: Start) -> None:
    seen = settled(start(ChannelConfig(cpus=2)))
    assert not seen.changed.rows.any()
    assert not seen.changed.subbufs.any()
    assert not seen.changed.fields
    assert not seen.changed.channel


class Fake:
    """An engine that can only say what it can do."""

    def __init__(self, *can: Can) -> None:
        self.can = frozenset(can)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (sought, Can.SEEK),
        (stepped, Can.STEP),
        (running, Can.RUN),
        (handing_over, Can.HAND_OVER),
    ],
)
def test_an_engine_is_asked_what_it_can(
    asked: Callable[[Engine | None], object], what: Can
) -> None:
    able, others = Fake(what), Fake(*(one for one in Can if one is not what))
    assert asked(able) is able  # type: ignore[arg-type]
    assert asked(others) is None  # type: ignore[arg-type]
    assert asked(None) is None


class FakeSource:
    """A source that has a history, a ledger, both or neither."""

    def __init__(self, history: object, ledger: object) -> None:
        self.history, self.ledger = history, ledger


def test_a_source_is_recorded_when_it_has_history_and_ledger() -> None:
    both = FakeSource(1, 1)
    found: object = recorded(both)  # type: ignore[arg-type]
    assert found is both
    for one in (FakeSource(1, None), FakeSource(None, 1), FakeSource(None, None), None):
        assert recorded(one) is None  # type: ignore[arg-type]


def test_a_state_that_was_shown_cannot_be_changed(start: Start) -> None:
    seen = do(start(ChannelConfig(cpus=2)), Operation(Kind.WRITE, 0, 10))
    for table, field in ((seen.buffers, "offset"), (seen.subbufs, "used")):
        with pytest.raises(ValueError, match="read-only"):
            table[field][0] = 0
