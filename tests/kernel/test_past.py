"""What a kernel's channel did between two looks: differences of counters, told as what they are."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.kernel.viewing.engine import KernelEngine
from relayviz.engines.kernel.viewing.evident import findings_of
from relayviz.engines.kernel.viewing.past import FIGURES, Past
from relayviz.engines.looked.past import thinned
from relayviz.model.channel.marks import Mark
from relayviz.model.engine.kernel import How, Where
from relayviz.model.findings.finding import Fault
from relayviz.model.kernel.changes import Change, change
from relayviz.model.kernel.look import size_damage
from relayviz.model.kernel.looks import Course, Following, Looks
from relayviz.model.kernel.position import Position
from tests.kernel.test_viewing import Scripted, channel, look

if TYPE_CHECKING:
    from relayviz.engines.kernel.source import Source
    from relayviz.engines.looked.watch import Watch
    from relayviz.model.kernel.look import Channel

SIZE, COUNT = 64, 4


def position(
    produced: int = 0, consumed: int = 0, offset: int = 0, padding: int = 0, **more: int
) -> Position:
    blocked = offset == SIZE + 1
    return Position(
        subbuf_size=SIZE,
        n_subbufs=COUNT,
        produced=produced,
        consumed=consumed,
        offset=offset,
        bytes_consumed=more.get("read", 0),
        current=(produced - blocked) % COUNT,
        padding=(padding,) * COUNT,
    )


def of_channel(channel: relay.Channel) -> Position:
    """Where our own core says that writer and consumer are."""
    snapshot = channel.snapshot()
    row = snapshot.buffers[0]
    return Position(
        SIZE,
        COUNT,
        int(row["produced"]),
        int(row["consumed"]),
        int(row["offset"]),
        int(row["bytes_consumed"]),
        int(row["current"]),
        tuple(int(one) for one in snapshot.subbufs["padding"][0]),
    )


@pytest.mark.parametrize("policy", [relay.OVERWRITE, relay.NO_OVERWRITE])
def test_differences_are_what_a_channel_did(policy: relay.Preset) -> None:
    """Beside a channel of ours, which counts every event: bytes exact, or at most."""
    chance = random.Random(13)  # noqa: S311
    exact = 0
    for _ in range(300):
        channel = relay.Channel(
            None,
            subbuf_size=SIZE,
            n_subbufs=COUNT,
            cpus=1,
            callbacks=relay.Callbacks(subbuf_start=policy),
        )
        for _ in range(chance.randrange(12)):
            channel.write(b"x" * chance.randrange(1, SIZE))
        before, accepted = of_channel(channel), channel.buffers[0].account.accepted.bytes
        for _ in range(chance.randrange(10)):
            if chance.random() < 0.2:
                channel.flush()
            channel.write(b"x" * chance.randrange(1, SIZE))
        after = of_channel(channel)
        stored = channel.buffers[0].account.accepted.bytes - accepted
        new = change(before, after)
        assert new is not None
        assert new.finished == after.produced - before.produced
        assert new.stored == stored if not new.is_most else new.stored >= stored
        exact += not new.is_most
        channel.close()
    assert exact > 100


def test_what_cannot_be_told_is_none() -> None:
    good, damaged = position(3, 1, 10), position(3, 1, SIZE + 2)
    assert change(None, good) is None
    assert change(damaged, good) is None
    assert change(good, position(0, 0, 0)) is None  # it was reset
    assert change(position(3, 1, 20), good) is None  # reset, and filled again to there
    assert change(good, good) is not None


def test_overwritten_counts_only_what_is_certain() -> None:
    # 3 … 9 were overwritten or are there; those from 5 on nobody had consumed
    new = change(position(5, 2), position(12, 5))
    assert new is not None
    assert new.overwritten == 9 - 5
    caught_up = change(position(5, 2), position(12, 12))
    assert caught_up is not None
    assert caught_up.overwritten == 0


def test_since_when_it_is_blocked() -> None:
    full = position(4, 0, SIZE + 1)
    following = Following((0,))
    steps = [(position(3, 0, 60), 0.0), (full, 1.0), (full, 2.0)]
    before = None
    for now, when in steps:
        following.take(when, [now], [change(before or now, now)])
        before = now
    course = following.courses[0]
    assert (course.free, course.blocked) == (0.0, 1.0)
    # unblocked and blocked once more between two looks: another sub-buffer was finished
    again = position(5, 1, SIZE + 1)
    following.take(3.0, [again], [change(full, again)])
    course = following.courses[0]
    assert (course.free, course.blocked) == (2.0, 3.0)
    assert course.sums.refused == 2
    assert course.read == 3.0


def test_blocked_at_the_first_look_has_no_beginning() -> None:
    full = position(4, 0, SIZE + 1)
    following = Following((0,))
    following.take(0.0, [full], [change(full, full)])
    following.take(1.0, [full], [change(full, full)])
    assert following.courses[0].free is None
    assert following.courses[0].blocked == 0.0


def test_flushes_finish_a_sub_buffer_everywhere_and_mostly_empty() -> None:
    following = Following((0, 1))
    rows = [position(0, 0, 8)] * 2
    following.take(0.0, rows, [change(one, one) for one in rows])
    for turn in range(1, 4):
        flushed = [position(turn, 0, 8, padding=56)] * 2
        news = [change(*pair) for pair in zip(rows, flushed, strict=True)]
        following.take(float(turn), flushed, news)
        rows = flushed
    assert (following.flushes, following.finishes) == (3, 3)
    one_of_two = [position(4, 0, 8, padding=56), rows[1]]
    following.take(4.0, one_of_two, [change(*p) for p in zip(rows, one_of_two, strict=True)])
    assert (following.flushes, following.finishes) == (3, 4)


def test_rates_keep_every_sum() -> None:
    past = Past(2)
    produced, total = [0, 0], 0
    chance = random.Random(5)  # noqa: S311
    for turn in range(1000):
        if turn:
            for row in range(2):
                count = chance.randrange(3)
                produced[row] += count
                total += count
        past.add(turn * 0.1, [position(one, one, 0) for one in produced])
    rates = past.rates(100.0, 77, 99.9)
    assert rates.unit == "sub-buffers"
    assert rates.written.sum() == pytest.approx(total)
    assert rates.consumed.sum() == pytest.approx(total)
    assert rates.bytes.sum() == pytest.approx(total * SIZE)
    assert len(past.rates(1000.0, 100, 99.9).written) == 10  # none from before the first look
    half = past.rates(50.0, 50, 99.9)
    assert 0 < half.written.sum() < total


def test_lanes_show_what_each_look_found() -> None:
    past = Past(2)
    quiet, full = position(1, 0, 8), position(4, 0, SIZE + 1)
    past.add(0.0, [quiet, quiet])
    past.add(1.0, [position(1, 0, 20), quiet])
    past.add(2.0, [full, quiet])
    past.add(3.0, [full, position(1, 1, 8)])
    lanes = past.lanes(4.0, 4, 3.5)
    assert lanes[0].tolist() == [
        0,
        Mark.STORED,
        Mark.STORED | Mark.SWITCHED | Mark.LOST_FULL,
        0,
    ]
    assert lanes[1].tolist() == [0, 0, 0, Mark.READ | Mark.CONSUMED]


def test_old_looks_are_thinned_and_no_mark_is_lost() -> None:
    past = Past(1)
    past._room = 200
    at = 0
    for turn in range(3000):
        at += turn == 40  # one switch, long ago
        past.add(float(turn), [position(at, 0, 0)])
    counted = past._all()
    assert len(counted.time) < 300
    assert counted.figures[:, FIGURES.index("finished")].sum() == 1
    assert np.bitwise_or.reduce(counted.marks.ravel()) & Mark.SWITCHED
    assert len(thinned(counted).time) < len(counted.time)


class Still:
    """A watch without a thread: the test gives each look its time."""

    hz, seconds = 10.0, 0.0

    def wake(self) -> None:
        pass

    def enter(self, viewer: object) -> None:
        self.viewer = viewer


def test_findings_say_since_when() -> None:
    full = channel(4, 1, blocked=True)
    source = Scripted(look(full))
    still = cast("Watch[Source]", Still())
    engine = KernelEngine(still, Where(How.SSH, "far"), channel(1, 0, 8), "6.1.0-test")
    began = engine._began
    for seconds, one in ((10.0, channel(2, 1, 8)), (11.0, full), (15.0, full)):
        engine.take(look(one), source, seconds)
    foreign = engine.snapshot.foreign
    assert foreign is not None
    blocked, stalled = foreign.findings[:2]

    def clock(moment: float) -> str:
        return time.strftime("%H:%M:%S", time.localtime(began + moment))

    assert f"So since {clock(11.0)}." in blocked.text
    assert stalled.fault is Fault.STALLED
    assert f"read until {clock(10.0)}, and not since" in stalled.text


@pytest.mark.parametrize(
    ("count", "size", "can_be"),
    [
        (0, SIZE, False),
        (1, SIZE, True),
        (COUNT, SIZE, True),
        (COUNT, 0, False),
        (1 << 20, 1 << 12, False),
        (1, (1 << 32) - 1, True),
        (1, 1 << 32, False),
        (3, (1 << 32) // 3, True),
        (3, (1 << 32) // 3 + 1, False),
        (1 << 19, 1, True),
        ((1 << 19) + 1, 1, False),
    ],
)
def test_sizes_that_cannot_be(count: int, size: int, *, can_be: bool) -> None:
    pages = -(-size * count // 4096) * 4096
    damage = size_damage(replace(channel(), n_subbufs=count, subbuf_size=size, alloc_size=pages))
    assert damage == (None if can_be else f"{count} sub-buffers of {size} bytes cannot be")


def faults(*looks: tuple[float, Channel]) -> list[Fault | None]:
    """What is found after looks at given seconds."""
    source = Scripted(look(looks[-1][1]))
    (_, first), *later = looks
    engine = KernelEngine(
        cast("Watch[Source]", Still()), Where(How.SSH, "far"), first, "6.1.0-test"
    )
    for seconds, one in later:
        engine.take(look(one), source, seconds)
    foreign = engine.snapshot.foreign
    assert foreign is not None
    return [one.fault for one in foreign.findings]


def test_a_consumer_stalls_only_while_something_is_ready_and_it_had_read() -> None:
    waits = channel(3, 1, 8)
    assert Fault.STALLED in faults((0, channel(1)), (1, waits), (4, waits))
    assert faults((0, channel(1)), (1, waits), (4, channel(3, 2, 8))) == []  # it read just now
    assert faults((0, waits), (4, waits)) == []  # it was never seen to read
    assert faults((0, channel(1)), (1, channel(3, 3, 8)), (4, channel(3, 3, 9))) == []  # all read
    became = channel(4, 3, 8)  # ready for a second only
    assert faults((0, channel(1)), (1, channel(3, 3, 8)), (4, became), (5, became)) == []


def test_padding_is_a_finding_where_it_is_much() -> None:
    much, little = (16,) * 4, (15,) * 4
    assert faults((0, channel(9, 9, 8, padding=much))) == []  # three finished are no evidence
    full = channel(9, 8, blocked=True, padding=much)
    assert faults((0, full))[1:] == [Fault.PADDING]
    assert faults((0, channel(9, 8, blocked=True, padding=little)))[1:] == []


@pytest.mark.parametrize(
    ("finishes", "flushes", "is_told"),
    [(2, 2, False), (3, 3, True), (3, 2, False), (5, 4, True), (6, 4, False), (10, 8, True)],
)
def test_flushes_are_a_finding_where_most_finishes_are_some(
    finishes: int, flushes: int, *, is_told: bool
) -> None:
    looks = Looks(9, 9.0, 1.0, True, 0.0, (0,), (Course(),), flushes=flushes, finishes=finishes)
    found = [one.fault for one in findings_of(channel(1, 1, 8), looks)]
    assert found == [Fault.FLUSHED] * is_told


@pytest.mark.parametrize("name", ["finished", "consumed", "stored", "refused", "read"])
def test_one_thing_that_happened_is_not_nothing(name: str) -> None:
    nothing = Change(0, 0, 0, False, 0, False, False)
    assert nothing.is_none
    assert not replace(nothing, **{name: 1}).is_none  # type: ignore[arg-type]
    assert replace(nothing, is_most=True, overwritten=1).is_none, "these go with others"
