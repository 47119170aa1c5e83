"""One ledger for all views: it takes every step in once, and says what separate ones would say."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.model.channel.marks import LOSS, Mark
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.engine.whatif import rewrite, swapped
from relayviz.model.history.history import History
from relayviz.model.ledger.ledger import Ledger
from relayviz.model.session.session import Place
from tests.engines.chance import CLIENT, chance_config, chance_operation
from tests.engines.shown import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot

SEEDS = range(4100, 4108)
TURNS, STEPS, PLAIN = 14, 12, 150


def plain(config: ChannelConfig, chance: random.Random) -> Operation:
    """Return an operation that is recorded together with others like it."""
    cpu = chance.randrange(config.cpus)
    return chance.choice(
        (
            *(Operation(Kind.WRITE, cpu, length=chance.randrange(config.subbuf_size // 2)),) * 8,
            *(Operation(Kind.READ, cpu, length=chance.randrange(config.subbuf_size * 2)),) * 3,
            Operation(Kind.WRITE, cpu, length=config.subbuf_size + 1),
            Operation(Kind.OPEN_FILE, cpu),
            Operation(Kind.FLUSH),
            Operation(Kind.SWITCH, cpu, length=0),
            Operation(Kind.CONSUME, cpu, count=chance.randrange(4)),
        )
    )


def one_by_one(
    history: History, branch: int, first: int, last: int
) -> Iterator[tuple[int, None, int, int, None]]:
    """Take the place of History.attempts: every step is looked at."""
    del history, branch
    yield first, None, 0, last - first + 1, None


def wander(engine: StepEngine, chance: random.Random) -> Snapshot:
    """Do something, go somewhere, or change the past; return what is shown then."""
    seen = settled(engine)
    what = chance.randrange(7)
    if what == 0:
        engine.seek(chance.randrange(seen.last_step + 1))
    elif what == 1:
        engine.goto(chance.randrange(len(engine.history.steps)))
    elif what == 2 and seen.last_step > 2:
        at = chance.randrange(1, seen.last_step)
        rewrite(engine, Place(seen.branch, at), swapped(engine, seen.branch, at), 2, "swapped")
    elif what < 5:
        engine.submit(*(plain(engine.config, chance) for _ in range(PLAIN)))
    else:
        size = engine.config.subbuf_size
        engine.submit(*(chance_operation(chance, size, closing=0.001) for _ in range(STEPS)))
    return settled(engine)


def told(ledger: Ledger, seen: Snapshot) -> list[object]:
    """Return all that a ledger says at a step, and at the last one."""
    found: list[object] = [ledger.fates.buffers, ledger.timeline.lanes]
    for step in (seen.step, seen.last_step):
        found.append(ledger.fates.tallies(step))
        for buffer in ledger.fates.buffers:
            rows = range(ledger.fates.lane(buffer).rows_at(step))
            found += [ledger.fates.at(buffer, row, step) for row in rows]
            found += ledger.fates.counts.releases(buffer, 0, step).tolist()
            found.append(ledger.timeline.last(step, buffer, Mark.SWITCHED))
        for reader in ledger.fates.readers.at(step):
            lane = ledger.fates.lane(reader.buffer)
            parts = [(at, start, size) for at, _, start, size in reader.parts.rows.tolist()]
            skips = [(at, end - first) for at, first, end in reader.skips.rows.tolist()]
            found.append((reader.fd, reader.opened, reader.closed, parts, skips))
            found.append(ledger.fates.readers.seen([reader], lane, step).tolist())
        found.append(ledger.fates.counts.last_reset(step))
        found.append(ledger.timeline.columns(0, step, 50).tolist())
    for row in range(seen.rows):
        for index in range(seen.n_subbufs):
            found.append(list(ledger.events.places(seen, seen.step, row, index)))
    found.append(ledger.timeline.losses.steps)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_shared_is_what_would_be_built_anew(
    start: Callable[..., StepEngine], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311
    engine = start(chance_config(chance, base_filename="cpu"), [CLIENT])
    ledger, history = engine.ledger, engine.history
    branches = set()
    for _ in range(TURNS):
        seen = wander(engine, chance)
        branches.add(seen.branch)
        while not ledger.follow(history, seen.branch, most=chance.randrange(5, 200)):
            pass
        anew = Ledger(engine.config)
        with monkeypatch.context() as patched:
            patched.setattr(History, "attempts", one_by_one)
            assert anew.follow(history, seen.branch)
        assert told(ledger, seen) == told(anew, seen)
        lost = {
            step.depth
            for step in history.path(seen.branch)
            if any(mark & LOSS for _, mark in step.marks)
        }
        assert ledger.timeline.losses.steps == sorted(lost)
    assert len(branches) > 1


def test_each_step_is_taken_in_once(
    start: Callable[..., StepEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a branch is left and comes back: only what it does not share is taken in anew."""
    walked: dict[str, list[int]] = {"attempts": [], "marks": [], "spots": []}
    for name, steps in walked.items():
        plain = getattr(History, name)

        def counted(
            history: History, branch: int, first: int, last: int,
            *, plain: Callable[..., object] = plain, steps: list[int] = steps,
        ) -> object:  # fmt: skip
            steps.extend(range(first, last + 1))
            return plain(history, branch, first, last)

        monkeypatch.setattr(History, name, counted)
    chance = random.Random(7)  # noqa: S311
    engine = start(chance_config(chance, base_filename="cpu"), [CLIENT])
    engine.submit(*(Operation(Kind.WRITE, length=5) for _ in range(60)))
    assert settled(engine).last_step == 60
    for most in (7, 20, None, None):  # several views, each as patient as it likes
        engine.ledger.follow(engine.history, 0, most)
        engine.ledger.timeline.follow(engine.history, 0)
        engine.ledger.events.follow(engine.history, 0)
    assert all(steps == list(range(61)) for steps in walked.values())
    engine.seek(40)
    engine.submit(Operation(Kind.FLUSH))
    assert settled(engine).branch == 1
    for steps in walked.values():
        steps.clear()
    engine.ledger.follow(engine.history, 1)
    assert all(steps == [41] for steps in walked.values())
    engine.ledger.follow(engine.history, 0)
    assert all(steps == [41, *range(41, 61)] for steps in walked.values())


def test_marks_of_all_buffers_are_no_lane(start: Callable[..., StepEngine]) -> None:
    """Also after the only lane was on a branch that is left."""
    engine = start(chance_config(random.Random(3), base_filename="cpu"), [CLIENT])  # noqa: S311
    engine.submit(Operation(Kind.FLUSH), Operation(Kind.WRITE, length=5))
    settled(engine)
    timeline = engine.ledger.timeline
    timeline.follow(engine.history, 0)
    before = timeline.lanes
    engine.seek(1)
    engine.submit(Operation(Kind.FLUSH))
    timeline.follow(engine.history, settled(engine).branch)
    assert ALL not in timeline.lanes
    assert set(timeline.lanes) <= set(before)
    assert np.array_equal(timeline.steps(0, 2, 0, Mark.STORED), [])
