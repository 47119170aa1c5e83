"""Operations recorded in batches: field for field what single steps would have recorded."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from relayviz.engines.step.batch import recorder as batch_recorder
from relayviz.engines.step.batch.recorder import BatchRecorder
from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.state import look
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.engines.step.recording.resolve import spread
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.channel.trail import Fate
from relayviz.model.condition.columns import BUFFER_NAMES, NAMES, Columns
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History
from tests.engines.walk import operations, print_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relayviz.model.history.step import Step

CPUS, SIZE, COUNT = 3, 48, 3
lengths = st.integers(0, SIZE + 2)
cpus = st.integers(0, CPUS - 1)
plain = st.one_of(
    st.builds(Operation, st.just(Kind.WRITE), cpus, st.integers(0, 20)),
    st.builds(Operation, st.sampled_from([Kind.WRITE, Kind.WRITE_NOLOCK]), cpus, lengths),
    st.builds(Operation, st.just(Kind.READ), cpus, st.sampled_from([0, 1, 7, SIZE, 10 * SIZE])),
    st.builds(Operation, st.just(Kind.SWITCH), cpus, lengths),
    st.builds(Operation, st.just(Kind.CONSUME), cpus, count=st.integers(0, COUNT + 1)),
    st.builds(Operation, st.just(Kind.POLL), cpus),
    st.just(Operation(Kind.FLUSH)),
)
other = st.one_of(
    st.builds(Operation, st.just(Kind.OPEN_FILE), cpus, text=st.sampled_from(["r", "w", "rnb"])),
    st.builds(Operation, st.just(Kind.CLOSE_FILE), cpus),
    st.builds(Operation, st.just(Kind.MMAP), cpus),
    st.builds(Operation, st.just(Kind.RESERVE), cpus, lengths),
    st.builds(Operation, st.just(Kind.FILL), cpus),
    st.builds(Operation, st.just(Kind.SPLICE), cpus, lengths),
    st.builds(Operation, st.just(Kind.CPU_ONLINE), cpus, count=st.integers(0, 1)),
    st.builds(Operation, st.just(Kind.SET_MODE), text=st.sampled_from(["overwrite", "default"])),
    st.builds(Operation, st.just(Kind.WRITE), cpus, data=st.binary(max_size=9)),
    st.builds(Operation, st.just(Kind.WRITE), st.just(ALL), lengths),
    st.just(Operation(Kind.RESET)),
    st.just(Operation(Kind.READ, 0, 2**20)),
    st.just(Operation(Kind.WRITE, 99, 5)),
)
sessions = st.lists(
    st.lists(plain, max_size=25).flatmap(lambda some: st.tuples(st.just(some), other)), max_size=8
)
configs = st.builds(
    ChannelConfig,
    cpus=st.sampled_from([1, CPUS]),
    n_subbufs=st.integers(1, COUNT),
    subbuf_size=st.just(SIZE),
    mode=st.sampled_from([Mode.DEFAULT, Mode.OVERWRITE, Mode.NO_OVERWRITE]),
    header=st.sampled_from([0, 4]),
    is_global=st.booleans(),
)  # fmt: skip


class Recording:
    """A channel with what is recorded of it."""

    def __init__(self, config: ChannelConfig) -> None:
        self.config = config
        self.history, self.facts = History(), Facts()
        self.channel = StepChannel(config, Client(config.n_subbufs, {}))
        record_opening(self.channel, self.history, self.facts)
        self.recorder = BatchRecorder(self)
        self.batched = 0

    def step(self, asked: Operation) -> None:
        """Record one operation by itself."""
        for one in spread(self.channel, asked):
            parent = self.history.at(0, self.history.length(0))
            record(self.channel, self.history, 0, parent, one, facts=self.facts)

    def play(self, asked: Sequence[Operation]) -> None:
        """Record operations in batches wherever that can be."""
        left = list(asked)
        while left:
            at = 0, self.history.length(0)
            count = self.recorder.record(self.channel, 0, at, left[:50]).steps
            self.batched += count
            if not count:
                self.step(left[0])
            left = left[max(count, 1) :]


def seen(recording: Recording) -> tuple[object, ...]:
    """Return all that the channel is."""
    buffers = recording.channel.buffers
    return print_of(look(recording.channel), lambda row: buffers[row].data.tobytes())


def timeless(steps: Iterable[Step]) -> Iterator[Step]:
    """Give steps without the time they were made at."""
    for step in steps:
        place = None if step.place is None else replace(step.place, time=0.0)
        yield replace(step, time=0.0, place=place)


def assert_same(one: Recording, other: Recording) -> None:
    """Compare all that two recordings have."""
    for mine, theirs in zip_longest(timeless(one.history.steps), timeless(other.history.steps)):
        assert mine == theirs
    end = one.history.length(0)
    for name in ("marks", "spots"):
        columns = [getattr(each.history, name)(0, 0, end) for each in (one, other)]
        rows = [
            [row for stretch in each for row in zip(*(c.tolist() for c in stretch), strict=True)]
            for each in columns
        ]
        assert rows[0] == rows[1]
    mine, theirs = Columns(one, 0), Columns(other, 0)
    assert mine.buffers == theirs.buffers
    for name in NAMES:
        for cpu in (None, *mine.buffers) if name in BUFFER_NAMES else (None,):
            assert mine.of(name, cpu).tolist() == theirs.of(name, cpu).tolist(), (name, cpu)
    assert [(cpu, steps.tolist(), flags.tolist()) for cpu, steps, flags in mine.happened()] == [
        (cpu, steps.tolist(), flags.tolist()) for cpu, steps, flags in theirs.happened()
    ]
    assert one.history.deeds(0, 0, end) == other.history.deeds(0, 0, end)
    assert seen(one) == seen(other)


def recorded_twice(config: ChannelConfig, asked: Sequence[Operation]) -> Recording:
    """Record operations one by one and in batches, and compare; return the batches."""
    single, batches = Recording(config), Recording(config)
    try:
        for operation in asked:
            single.step(operation)
        batches.play(asked)
        assert_same(batches, single)
    finally:
        single.channel.close()
        batches.channel.close()
    return batches


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_recorder, "FEW", 1)


@given(configs, sessions)
@settings(deadline=None)
def test_a_batch_records_what_single_steps_do(
    config: ChannelConfig, session: list[tuple[list[Operation], Operation]]
) -> None:
    opened = [Operation(Kind.OPEN_FILE, ALL)]
    recorded_twice(config, opened + [one for some, last in session for one in (*some, last)])


def test_a_report_of_more_than_is_ready_is_cut_whatever_was_consumed_before() -> None:
    writes = [Operation(Kind.WRITE, 0, SIZE - 8) for _ in range(COUNT)]
    reports = [Operation(Kind.CONSUME, 0, count=1), Operation(Kind.CONSUME, 0, count=2)]
    config = ChannelConfig(cpus=1, n_subbufs=COUNT, subbuf_size=SIZE)
    batches = recorded_twice(config, [*writes, *reports])
    assert batches.batched == len(writes) + len(reports)


@pytest.mark.parametrize("seed", range(6))
def test_long_sessions_of_all_kinds(seed: int) -> None:
    mode = [Mode.OVERWRITE, Mode.NO_OVERWRITE][seed % 2]
    config = ChannelConfig(cpus=3, n_subbufs=4, subbuf_size=64, mode=mode, header=seed % 3 * 4)
    batches = recorded_twice(config, list(operations(1500, 3, 64, seed)))
    assert batches.batched > 600
    fates = {
        verdict.fate
        for step in batches.history.steps
        if step.trail is not None
        for verdict in step.trail.verdicts
    }
    assert {Fate.CONSUMED, Fate.RELEASED_UNREAD} <= fates
