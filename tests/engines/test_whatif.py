"""Editing the past: the new branch is what a channel does that was told so from the start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.play import play
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.whatif import rewrite, swapped, with_channel
from relayviz.model.session.session import Place, Session
from tests.engines.shown import do, fingerprint, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.engines.step.engine import StepEngine

WRITE, RESERVE, FILL = Kind.WRITE, Kind.RESERVE, Kind.FILL
SMALL = ChannelConfig(subbuf_size=64, n_subbufs=3, cpus=2)
PAST = (
    Operation(WRITE, 0, 10),
    Operation(RESERVE, 0, 20),
    Operation(WRITE, 1, 60),
    Operation(FILL, 0, event=2),
    Operation(Kind.OPEN_FILE, 0),
    Operation(WRITE, 0, 40),
    Operation(Kind.READ, 0, 50),
)


def alike(
    start: Callable[..., StepEngine], engine: StepEngine, operations: Sequence[Operation]
) -> bool:
    """Whether an engine shows what a new one does after some operations."""
    other = start(engine.config)
    do(other, *operations)
    return fingerprint(engine) == fingerprint(other)


def test_edit(start: Callable[..., StepEngine]) -> None:
    engine = start(SMALL)
    do(engine, *PAST)
    assert rewrite(engine, Place(0, 3), [Operation(WRITE, 1, 65)], 1, "longer")
    shown = settled(engine)
    assert (shown.branch, shown.step) == (1, 7)
    assert engine.history.branches[1].title == "longer"
    assert engine.history.branches[1].fork == 2
    assert alike(start, engine, [*PAST[:2], Operation(WRITE, 1, 65), *PAST[3:]])


def test_skip_follows_the_numbers_of_events(start: Callable[..., StepEngine]) -> None:
    engine = start(SMALL)
    do(engine, *PAST)
    assert rewrite(engine, Place(0, 1), [], 1, "without step 1")
    settled(engine)
    filled = replace(PAST[3], event=1)
    assert alike(start, engine, [*PAST[1:3], filled, *PAST[4:]])
    assert rewrite(engine, Place(0, 2), [], 1, "nothing reserved")
    settled(engine)
    filling = engine.history.at(engine.snapshot.branch, 3)
    assert filling.operation.event == 0
    assert "No reserved slot" in filling.result.words


def test_insert_and_move(start: Callable[..., StepEngine]) -> None:
    engine = start(SMALL)
    do(engine, *PAST)
    more = Operation(Kind.WRITE_NOLOCK, 0, 5)
    assert rewrite(engine, Place(0, 1), [more], 0, "one more")
    settled(engine)
    filled = replace(PAST[3], event=3)
    assert alike(start, engine, [more, *PAST[:3], filled, *PAST[4:]])
    assert rewrite(engine, Place(0, 5), swapped(engine, 0, 5), 2, "later")
    settled(engine)
    assert alike(start, engine, [*PAST[:4], PAST[5], PAST[4], PAST[6]])


def test_the_last_step_cannot_be_taken_away(start: Callable[..., StepEngine]) -> None:
    engine = start(SMALL)
    do(engine, *PAST)
    before = fingerprint(engine)
    assert not rewrite(engine, Place(0, 7), [], 1, "without the end")
    settled(engine)
    assert len(engine.history.branches) == 1
    assert fingerprint(engine) == before


def test_another_channel(start: Callable[..., StepEngine]) -> None:
    engine = start(SMALL)
    do(engine, *PAST)
    engine.seek(6)
    settled(engine)
    wanted = replace(SMALL, subbuf_size=128, mode=Mode.OVERWRITE, header=8)
    other = play(with_channel(engine, Session(), wanted))
    try:
        settled(other)
        assert alike(start, other, PAST[:6])
        assert other.config == wanted
    finally:
        other.close()
