"""What is undone is not in what the ledger says, and a channel goes on as one that never had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.follower import Follower
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.captured import captured
from relayviz.model.session.session import Expectation, Marker, Notes, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
WRITE, FLUSH = Operation(Kind.WRITE, 0, 40), Operation(Kind.FLUSH)


def do(engine: StepEngine, *operations: Operation) -> None:
    engine.submit(*operations)
    assert engine.wait_idle()


def test_it_is_as_if_it_had_never_been(start: Callable[..., StepEngine]) -> None:
    undone, never = start(CONFIG), start(CONFIG)
    do(undone, WRITE, WRITE)
    kept = undone.history.kept
    do(undone, WRITE, WRITE, WRITE)
    undone.ledger.follow(undone.history, 0)
    undone.keep(kept, 0, 2)
    assert undone.wait_idle()
    assert (undone.snapshot.step, undone.snapshot.last_step) == (2, 2)
    undone.ledger.follow(undone.history, 0)
    assert undone.ledger.fates.step == 2
    undone.end()
    assert undone.wait_idle()
    assert undone.snapshot.step == 2
    do(undone, FLUSH, WRITE)
    do(never, WRITE, WRITE, FLUSH, WRITE)
    for engine in (undone, never):
        engine.ledger.follow(engine.history, engine.snapshot.branch)
        assert engine.ledger.fates.step == 4
    assert (undone.snapshot.buffers == never.snapshot.buffers).all()
    assert captured(undone, Notes()).lines == captured(never, Notes()).lines
    undone.go(0, 1)  # the branch that is continued stands for the one that continues it
    assert undone.wait_idle()
    assert (undone.snapshot.step, undone.snapshot.last_step) == (1, 4)


def test_notes_of_what_is_forgotten_are_not_saved(start: Callable[..., StepEngine]) -> None:
    engine = start(CONFIG)
    do(engine, WRITE, WRITE)
    kept = engine.history.kept
    do(engine, WRITE)
    engine.keep(kept, 0, 2)
    do(engine, FLUSH, FLUSH)
    notes = Notes(
        markers=(
            Marker(Place(0, 1), "old"),
            Marker(Place(0, 3), "gone"),
            Marker(Place(1, 4), "new"),
        ),
        expectations=(Expectation(Place(0, 3), "ready[0] == 0"),),
    )
    session = captured(engine, notes)
    assert session.markers == (Marker(Place(0, 1), "old"), Marker(Place(0, 4), "new"))
    assert session.expectations == ()


def test_who_follows_goes_back_too(start: Callable[..., StepEngine]) -> None:
    engine = start(CONFIG)
    do(engine, WRITE, WRITE)
    kept = engine.history.kept
    do(engine, WRITE)
    follower = Follower(engine, CONFIG)
    try:
        assert pair_of(follower)[1].step == 3
        engine.keep(kept, 0, 2)
        assert engine.wait_idle()
        assert pair_of(follower)[1].step == 2
        do(engine, FLUSH)
        ours, theirs = pair_of(follower)
        assert (ours.step, theirs.step) == (3, 3)
        assert (ours.buffers == theirs.buffers).all()
    finally:
        follower.close()


def pair_of(follower: Follower) -> tuple[Snapshot, Snapshot]:
    for _ in range(100):
        found = follower.follow()
        if found is not None:
            return found
        assert follower.engine.wait_idle()
    raise AssertionError("B never came to where A is")
