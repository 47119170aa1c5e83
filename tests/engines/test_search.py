"""Breakpoints and searches, compared with going through the history step by step."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.search import find, hits, holding, stops
from relayviz.model.history.facts import Facts, Happened, StepFacts
from relayviz.model.history.history import History
from tests.engines.shown import do, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

WRITE = Kind.WRITE
SMALL = {"subbuf_size": 64, "n_subbufs": 2, "cpus": 2}


def found(engine: StepEngine, on: On, what: str = "", cpu: int | None = None) -> list[int]:
    branch = engine.snapshot.branch
    return [int(step) for step in hits(Columns(engine, branch), Breakpoint(on, what, cpu))]


def test_each_kind_is_met_where_it_happens(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(**SMALL))  # type: ignore[arg-type]
    do(
        engine,
        *[Operation(WRITE, 1, 64)] * 2,  # 2: a switch
        Operation(WRITE, 0, 65),  # 3: too big
        Operation(WRITE, 1, 1),  # 4: a switch, full, refused
        Operation(WRITE, 1, 1),  # 5: refused
        Operation(Kind.FLUSH),  # 6: a switch on cpu 0, a refusal on cpu 1
        Operation(Kind.CONSUME, 1, count=3),  # 7: ignored
        Operation(Kind.CONSUME, 1, count=1),  # 8
        Operation(Kind.CONSUME, 1, count=2),  # 9: clamped
        Operation(WRITE, 1, 64),  # 10: goes on
        Operation(Kind.SET_MODE, text=Mode.OVERWRITE),  # 11
        *[Operation(WRITE, 1, 64)] * 3,  # 13: full, 14: unread overwritten
        Operation(Kind.OPEN_FILE, 1),  # 15
        Operation(Kind.READ, 1, 10),  # 16: lapped
        Operation(Kind.READ, 1, 10),  # 17
    )
    assert found(engine, On.SWITCH) == [2, 4, 6, 12, 13, 14]
    assert found(engine, On.SWITCH, cpu=0) == [6]
    assert found(engine, On.TOO_BIG) == [3]
    assert found(engine, On.FULL) == [4, 13]
    assert found(engine, On.REFUSED) == [4, 5]
    assert found(engine, On.REFUSED, cpu=0) == []
    assert found(engine, On.CLAMP) == [7, 9]
    assert found(engine, On.OVERWRITTEN) == [13, 14]
    assert found(engine, On.LAPPED) == [16]
    assert found(engine, On.CALLBACK, "0") == [4, 5, 6]
    assert found(engine, On.CALLBACK, "0", cpu=0) == []
    assert found(engine, On.CALLBACK, "1") == [2, 6, 10, 12, 13, 14]
    assert found(engine, On.ANOMALY) == []
    assert found(engine, On.OPERATION, "read") == [16, 17]
    assert found(engine, On.OPERATION, "read", cpu=0) == []
    assert found(engine, On.OPERATION, "flush", cpu=1) == [6]
    assert found(engine, On.WHEN, "lost >= 2") == [4]
    assert found(engine, On.WHEN, "full[1]", cpu=1) == [4, 13]
    assert found(engine, On.WHEN, "full[1]", cpu=0) == []
    assert found(engine, On.WHEN, "1") == []  # it was true from the start


def test_a_callback_that_raises(start: Callable[..., StepEngine]) -> None:
    source = "def subbuf_start(buf, new, old, padding):\n    return old is None or 1 // 0 == 0\n"
    client = compile_subbuf_start(source)
    config = ChannelConfig(**SMALL, mode=Mode.PYTHON, source=source)  # type: ignore[arg-type]
    engine = start(config, [client])
    do(engine, *[Operation(WRITE, 0, 64)] * 3)
    assert found(engine, On.CALLBACK, "raised") == [2, 3]
    assert found(engine, On.CALLBACK, "0") == []
    assert found(engine, On.REFUSED) == [2, 3]


def test_an_anomaly_is_met_where_a_read_goes_wrong(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(**SMALL, mode=Mode.OVERWRITE))  # type: ignore[arg-type]
    do(
        engine,
        Operation(Kind.OPEN_FILE),
        *[Operation(WRITE, 0, 20)] * 2,
        Operation(Kind.READ, 0, 100),  # 4: as it should be
        *[Operation(Kind.FLUSH)] * 2,
        Operation(WRITE, 0, 3),
        Operation(Kind.READ, 0, 100),  # 8: D1
    )
    assert found(engine, On.ANOMALY) == [8]
    assert "not the next unread bytes" in engine.snapshot.result.words


def test_a_zero_that_is_no_end_is_told(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1, mode=Mode.OVERWRITE))
    flush, read = Operation(Kind.FLUSH), Operation(Kind.READ, 0, 100)
    told = do(engine, Operation(Kind.OPEN_FILE), read).result.words
    assert "nothing to read" in told
    told = do(engine, flush, flush, flush, Operation(WRITE, 0, 8), read).result.words
    assert "Yet something is unread" in told
    assert "nothing to read" not in told


def test_hit_counts_and_disabled_ones(start: Callable[..., StepEngine]) -> None:
    engine = start(ChannelConfig(**SMALL))  # type: ignore[arg-type]
    do(engine, *[Operation(WRITE, 0, 64)] * 6)  # 3 to 6 are refused
    columns = Columns(engine, 0)
    third = Breakpoint(On.REFUSED, hits=3)
    assert stops(columns, [third]).tolist() == [5, 6]
    assert stops(columns, [third, Breakpoint(On.SWITCH)]).tolist() == [2, 3, 5, 6]
    assert stops(columns, [Breakpoint(On.SWITCH, enabled=False)]).tolist() == []
    assert stops(columns, []).tolist() == []


def test_find_looks_both_ways() -> None:
    steps = np.array([3, 5, 9])
    assert [find(steps, "first"), find(steps, "last")] == [3, 9]
    assert [find(steps, "next", at) for at in (0, 3, 5, 8, 9)] == [3, 5, 9, 9, None]
    assert [find(steps, "previous", at) for at in (3, 4, 9, 20)] == [None, 3, 5, 9]
    assert find(np.array([], np.int64), "first") is None
    assert find(np.array([], np.int64), "previous", 4) is None


def test_hits_equal_those_of_a_walk(start: Callable[..., StepEngine]) -> None:
    """Random histories: what two neighbouring snapshots tell, against the columns."""
    draw = random.Random(4)  # noqa: S311  to be repeatable
    for _ in range(5):
        engine = start(ChannelConfig(**SMALL, header=draw.choice([0, 8])))  # type: ignore[arg-type]
        kinds = [WRITE] * 6 + [Kind.FLUSH, Kind.CONSUME, Kind.RESET, Kind.SET_MODE]
        for _ in range(80):
            mode = draw.choice([Mode.OVERWRITE, Mode.NO_OVERWRITE])
            length = draw.choice([10, 40, 60, 64])
            kind = draw.choice(kinds)
            engine.submit(Operation(kind, draw.randrange(2), length, 1, text=mode))
        last = settled(engine).step
        walk: list[Snapshot] = []
        for step in range(last + 1):
            engine.seek(step)
            walk.append(settled(engine))
        for on, entry in (
            (On.REFUSED, "refused_full"),
            (On.TOO_BIG, "too_big"),
            (On.OVERWRITTEN, "overwritten"),
        ):
            for cpu in range(2):
                lost = [shown.count(cpu, entry).events for shown in walk]
                expected = [step for step in range(1, last + 1) if lost[step] > lost[step - 1]]
                assert found(engine, on, cpu=cpu) == expected
        full = [shown.is_full(1) for shown in walk]
        expected = [step for step in range(1, last + 1) if full[step] and not full[step - 1]]
        assert found(engine, On.FULL, cpu=1) == expected


MILLION = 1_000_000


@pytest.fixture(scope="module")
def long() -> LongRecord:
    return LongRecord(MILLION)


class LongRecord:
    """A made-up history of a million steps on four CPUs: only its figures, no steps."""

    def __init__(self, steps: int) -> None:
        self.config = ChannelConfig(subbuf_size=512, n_subbufs=8, cpus=4)
        self.facts = Facts()
        self.history = _Long(steps)
        for step in range(steps + 1):
            cpu, turn = step % 4, step // 4
            figures = [
                (cpu, "offset", turn % 512),
                (cpu, "attempts", turn),
                (cpu, "stored", turn - turn // 9),
            ]
            if turn % 5 == 0:
                figures.append((cpu, "produced", turn // 5))
            if turn % 9 == 0:
                figures.append((cpu, "refused_full", turn // 9))
            happened = [(cpu, Happened.DECLINED)] if turn % 9 == 0 else []
            self.facts.add(
                0, step, StepFacts(WRITE, cpu, 40, Outcome.STORED, -1, figures, happened)
            )


class _Long(History):
    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps_there = steps

    def length(self, branch: int) -> int:
        return self._steps_there if branch == 0 else super().length(branch)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("refused_full[2] == 20000", 4 * 180_000 + 2),
        ("lost >= 100000 and ready[cpu] > 7", None),
        ("attempts[3] - stored[3] == 27777 and grew(produced)", None),
    ],
)
def test_a_million_steps_are_searched_at_once(
    long: LongRecord, text: str, first: int | None
) -> None:
    steps = holding(long, 0, Condition(text))
    assert len(steps) > 0
    assert first is None or find(steps, "first") == first


def test_breakpoints_in_a_million_steps(long: LongRecord) -> None:
    columns = Columns(long, 0)
    expected = [step for step in range(1, MILLION + 1) if step // 4 % 9 == 0 and step // 4]
    assert hits(columns, Breakpoint(On.REFUSED)).tolist() == expected
    assert (
        len(hits(columns, Breakpoint(On.CALLBACK, "0"))) == len(expected) + 3
    )  # turn 0 of cpu 1 to 3
