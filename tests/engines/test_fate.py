"""The fate of every event against the core's account, and against rules applied to states.

What a step writes down follows from how the account grew. So the account, added up by the core,
judges the sums at every step; and a second opinion, made from the states before and after each step
by the rules of docs/decisions/0004, judges every single event.
"""

from __future__ import annotations

import os
import random
from ast import literal_eval
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind, Operation
from relayviz.model.channel.trail import Fate, Trail
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.lane import NEVER
from tests.engines.chance import CLIENT, chance_config, chance_operation, steps_of
from tests.engines.shown import do, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import Step
    from relayviz.model.ledger.delivery import Given
    from relayviz.model.ledger.lane import Lane
    from relayviz.relay import Snapshot as CoreSnapshot

SOAK = bool(os.environ.get("RELAYVIZ_SOAK"))
SEEDS = range(400 if SOAK else 40)
STEPS = 500 if SOAK else 250

Lap = tuple[int, int, int]  # buffer, resets before, lap


class Oracle:
    """Decides by the rules, from the states before and after each step."""

    def __init__(self) -> None:
        self.fates: dict[int, tuple[Fate, int]] = {}  # of events that are decided: and the step
        self.open: dict[Lap, list[int]] = {}
        self.resets = 0
        self.before: CoreSnapshot | None = None
        self.was_mapped: set[int] = set()

    def take(self, step: Step, channel: StepChannel) -> None:
        after = channel.channel.snapshot()
        if self.before is not None:
            for lap in list(self.open):
                fate = self.decide(step, channel, lap, self.before, after)
                if fate is not None:
                    for event in self.open.pop(lap):
                        self.fates[event] = fate, step.depth
        if step.operation.kind is Kind.RESET and step.result.outcome == "ok":
            self.resets += 1
        if step.place is not None and step.event is not None:
            place = step.place
            self.open.setdefault((place.buffer, self.resets, place.lap), []).append(step.event)
        elif step.event is not None and step.result.is_loss:
            name = {"full": "REFUSED_FULL", "too big": "TOO_BIG", "busy": "BUSY"}
            self.fates[step.event] = Fate[name[step.result.outcome]], step.depth
        self.before = after
        self.was_mapped = {view.shown.cpu for view in channel.consumer.mappings.values()}

    def decide(
        self,
        step: Step,
        channel: StepChannel,
        where: Lap,
        before: CoreSnapshot,
        after: CoreSnapshot,
    ) -> Fate | None:
        """Return the fate that a sub-buffer's events got by this step; None: none."""
        cpu, resets, lap = where
        was, now = row_of(before, cpu), row_of(after, cpu)
        index = lap % after.n_subbufs
        then, there = before.subbufs[was, index], after.subbufs[now, index]
        read_before = then["read"] >= then["used"] > 0
        if step.operation.kind is Kind.RESET and step.result.outcome == "ok":
            return Fate.CONSUMED if read_before else Fate.DISCARDED_RESET
        if after.buffers["consumed"][now] > lap:
            if step.operation.kind is Kind.CONSUME and cpu in self.was_mapped:
                return Fate.CONSUMED
            return Fate.CONSUMED if there["read"] >= there["used"] else Fate.RELEASED_UNREAD
        if int(there["lap"]) != lap:
            return Fate.CONSUMED if read_before else Fate.OVERWRITTEN
        del resets
        consumer = channel.consumer
        held = {one.shown.cpu for one in consumer.files.values()}
        held |= {one.shown.cpu for one in consumer.mappings.values()}
        if after.closed and cpu not in held:
            return Fate.CONSUMED if read_before else Fate.DISCARDED_CLOSE
        return None


def row_of(seen: CoreSnapshot, cpu: int) -> int:
    return int(np.searchsorted(seen.buffers["cpu"], cpu))


def follow_step(index: FateIndex, step: Step) -> None:
    """Take one step in as follow does, without a history."""
    index._take(step)
    index.step = step.depth


def accounts(channel: StepChannel) -> dict[int, dict[str, tuple[int, int]]]:
    return {
        buf.cpu: {name: tuple(count) for name, count in buf.account._asdict().items()}
        for buf in channel.buffers
    }


def check_totals(
    index: FateIndex, step: int, expected: dict[int, dict[str, tuple[int, int]]]
) -> None:
    for buffer, account in expected.items():
        tallies = index.lane(buffer).tallies(step)
        for fate, tally in tallies.items():
            assert tuple(tally.count) == account[fate.entry], (step, buffer, fate)
        attempted = tuple(map(sum, zip(*(tally.count for tally in tallies.values()), strict=True)))
        assert attempted == account["attempted"]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_event_has_the_fate_that_the_rules_give_it(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    config = chance_config(chance)
    index, oracle = FateIndex(config), Oracle()
    kept = []
    for step, channel in steps_of(config, chance, STEPS, closing=0.002):
        follow_step(index, step)
        oracle.take(step, channel)
        kept.append(accounts(channel))
        check_totals(index, step.depth, kept[-1])
    for event, (fate, decided) in oracle.fates.items():
        one = index.find(event, STEPS * 2)
        assert one is not None
        assert (one.fate, one.decided) == (fate, decided), event
        then = index.find(event, decided)
        assert then is not None
        assert (then.fate, then.decided) == (fate, decided)
        if decided > one.step:
            earlier = index.find(event, decided - 1)
            assert earlier is not None
            assert (earlier.fate, earlier.decided) == (Fate.UNREAD, None)
    for events in oracle.open.values():
        assert {index.find(event, STEPS * 2).fate for event in events} == {Fate.UNREAD}  # type: ignore[union-attr]
    for depth, expected in enumerate(kept):  # the same table answers for every step before
        check_totals(index, depth, expected)


def test_every_fate_and_mark_occurs_in_these_runs() -> None:
    """Else the test above would be about less than it says."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311
        config = chance_config(chance)
        index = FateIndex(config)
        for step, _ in steps_of(config, chance, STEPS, closing=0.002):
            follow_step(index, step)
            seen["mixed"] += is_mixed(step.trail)
            if step.trail is not None:  # as a history may store it
                assert Trail.of(literal_eval(repr(step.trail.plain()))) == step.trail
        for buffer in index.buffers:
            lane = index.lane(buffer)
            seen.update(Fate(one).name for one in lane.fates(index.step))
            seen["unfilled"] += sum(1 for _ in lane.unfilled())
            seen["clobbered"] += len(lane.clobbers)
    possible = {fate.name for fate in Fate} - {"BUSY", "WRITTEN_LATE"}  # one actor alone
    assert {name for name, count in seen.items() if count} == possible | {
        *("mixed", "unfilled", "clobbered")
    }


def is_mixed(trail: Trail | None) -> bool:
    return trail is not None and len({one.fate for one in trail.verdicts}) > 1


class Growth(NamedTuple):
    """Figures of every step of a long run, for one buffer."""

    steps: list[int]
    figures: list[list[tuple[int, int]]]


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE, Mode.DEFAULT])
@pytest.mark.parametrize(
    "steps",
    [
        6_000,
        # ten to the sixth in all modes and both numbers together
        *(
            pytest.param(steps, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])
            for steps in (166_000, 168_000)
        ),
    ],
)
def test_conservation_after_every_step(mode: Mode, steps: int) -> None:
    chance = random.Random(steps)  # noqa: S311
    config = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3, mode=mode, header=4)
    index = FateIndex(config)
    core: dict[int, Growth] = {}
    for step, channel in steps_of(config, chance, steps):
        follow_step(index, step)
        for buf in channel.buffers:
            growth = core.setdefault(buf.cpu, Growth([], []))
            growth.steps.append(step.depth)
            account = buf.account
            growth.figures.append([getattr(account, fate.entry) for fate in Fate])
    assert sum(len(index.lane(buffer).rows) for buffer in index.buffers) > steps / 3
    for buffer, growth in core.items():
        figures = np.array(growth.figures, np.int64)  # steps, fates, events and bytes
        mine = history_of(index, buffer, index.step)[growth.steps]
        assert (mine == figures).all(), np.argwhere(mine != figures)[:3]


def history_of(index: FateIndex, buffer: int, last: int) -> np.ndarray[tuple[int, int, int]]:
    """Return events and bytes of each fate at every step, by adding up what each step changed."""
    rows = index.lane(buffer).rows
    sizes = rows["length"].astype(np.int64)
    found = np.zeros((last + 1, len(Fate), 2), np.int64)
    done = rows["decided"] != NEVER
    for column, weight in enumerate((np.ones_like(sizes), sizes)):
        np.add.at(found[:, Fate.UNREAD, column], rows["step"], weight)
        np.add.at(found[:, Fate.UNREAD, column], rows["decided"][done], -weight[done])
        np.add.at(found[:, :, column], (rows["decided"][done], rows["fate"][done]), weight[done])
    return found.cumsum(axis=0)


def test_branches_share_what_lies_before_their_fork(start: Callable[..., StepEngine]) -> None:
    """One index that goes from branch to branch says what a fresh one says."""
    chance = random.Random(5)  # noqa: S311
    config = chance_config(chance, mode=Mode.OVERWRITE, n_subbufs=2, base_filename="cpu")
    engine = start(config, [CLIENT])
    index = FateIndex(config)
    for _ in range(25):
        engine.submit(*(chance_operation(chance, config.subbuf_size) for _ in range(20)))
        seen = settled(engine)
        check_like_new(engine, index, seen)
        engine.goto(chance.randrange(len(engine.history.steps)))
        check_like_new(engine, index, settled(engine))
    assert len(engine.history.branches) > 10


def check_like_new(engine: StepEngine, index: FateIndex, seen: Snapshot) -> None:
    fresh = FateIndex(engine.config)
    while not index.follow(engine.history, seen.branch, most=7):
        pass
    fresh.follow(engine.history, seen.branch)
    assert index.buffers == fresh.buffers
    for row in range(seen.rows):
        buffer = int(seen.buffers["cpu"][row])
        tallies = fresh.lane(buffer).tallies(seen.step)
        assert {fate.entry: tally.count for fate, tally in tallies.items()} == {
            fate.entry: seen.count(row, fate.entry) for fate in Fate
        }
        mine, theirs = index.lane(buffer), fresh.lane(buffer)
        assert len(mine.rows) == len(theirs.rows)
        for at in range(len(mine.rows)):
            assert index.at(buffer, at, seen.last_step) == fresh.at(buffer, at, seen.last_step)
        assert given(index, mine, buffer, seen.step) == given(fresh, theirs, buffer, seen.step)


def given(index: FateIndex, lane: Lane, buffer: int, step: int) -> list[tuple[int, int, Given]]:
    readers = [one for one in index.readers.at(step) if one.buffer == buffer]
    return [(one.opened, one.closed, index.readers.given(one, lane, step)) for one in readers]


def test_a_late_fill_marks_what_it_went_over(start: Callable[..., StepEngine]) -> None:
    config = ChannelConfig(subbuf_size=16, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE)
    engine = start(config)
    writes = [Operation(Kind.WRITE, length=12) for _ in range(3)]
    do(engine, Operation(Kind.RESERVE, length=8), *writes)
    index = FateIndex(config)
    index.follow(engine.history, 0)
    first = index.find(1, 4)
    assert first is not None
    assert (first.fate, first.is_unfilled, first.decided) == (Fate.OVERWRITTEN, True, 3)
    do(engine, Operation(Kind.FILL))
    index.follow(engine.history, 0)
    late, third = index.find(1, 5), index.find(3, 5)
    assert late is not None
    assert third is not None
    assert (late.filled, late.is_unfilled) == (5, False)
    assert third.clobbered is not None
    assert third.clobbered[:2] == (5, 1)
    before = index.find(3, 4)
    assert before is not None
    assert before.clobbered is None


def test_a_call_that_fails_is_no_attempt(start: Callable[..., StepEngine]) -> None:
    config = ChannelConfig(cpus=2, online=(0,))
    engine = start(config)
    seen = do(engine, Operation(Kind.WRITE, 1, 8), Operation(Kind.CLOSE), Operation(Kind.WRITE))
    assert {step.operation.kind for step in engine.history.steps[1:]} & ATTEMPTS
    index = FateIndex(config)
    index.follow(engine.history, 0)
    assert index.buffers == ()
    assert seen.account(0)["attempted"].events == 0
