"""Random operations and moves: every state is exact, however one gets there.

Each step's state is kept when it is made. After any move the state shown is the one kept, and doing
the operations that led there on a new channel gives the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from relayviz.engines.step import keyframes
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.client import TEMPLATES, compile_subbuf_start
from relayviz.model.channel.config import PADDING_FIELD, ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation, pattern
from relayviz.model.history import store as step_store
from relayviz.model.ledger.events import EventIndex, Region, Role, regions
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.timeline import Timeline
from tests.engines.shown import assert_balanced, fingerprint, memory, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.engine.snapshot import Snapshot

CLIENT = compile_subbuf_start(TEMPLATES["No-overwrite"])
CONFIGS = st.builds(
    ChannelConfig,
    base_filename=st.sampled_from(["cpu", "cpu", None]),
    subbuf_size=st.sampled_from([8, 20, 64, 100]),
    n_subbufs=st.integers(1, 4),
    cpus=st.just(3),
    online=st.sampled_from([None, (0, 2)]),
    mode=st.sampled_from(list(Mode)),
    header=st.sampled_from([0, 0, 1, 4, 6]),
    is_global=st.booleans(),
    source=st.just(CLIENT.source),
)
MEMORY = [keyframes.MEMORY, 8000]  # bytes of all keyframes: more than there will be, a few
WRITES = st.sampled_from([Kind.WRITE, Kind.WRITE, Kind.WRITE_NOLOCK, Kind.RESERVE, Kind.SWITCH])
CPUS = st.sampled_from([0, 0, 0, 1, 2, ALL])
LENGTHS = st.integers(0, 24) | st.sampled_from([64, 96, 100, 101])
OTHERS = st.sampled_from(
    [
        *(Kind.FILL, Kind.FLUSH, Kind.RESET, Kind.CLOSE_FILE, Kind.POLL, Kind.MMAP, Kind.UNMAP),
        *(Kind.OPEN_FILE, Kind.OPEN_FILE, Kind.LATE_SETUP, Kind.CLOSE),
    ]
)


class Stepping(RuleBasedStateMachine):
    """Does anything to an engine, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.engine: StepEngine | None = None
        self.kept: list[tuple[object, ...]] = []
        self.index, self.timeline = EventIndex(), Timeline()
        self.fates: FateIndex | None = None

    def teardown(self) -> None:
        if self.engine is not None:
            self.engine.close()
            keyframes.NEAR, step_store.BLOCK = self.usual

    @initialize(
        config=CONFIGS,
        near=st.sampled_from([1, 4, 1000]),
        memory=st.sampled_from(MEMORY),
        block=st.sampled_from([2, 256]),
    )
    def begin(self, config: ChannelConfig, near: int, memory: int, block: int) -> None:
        self.usual = keyframes.NEAR, step_store.BLOCK
        keyframes.NEAR, step_store.BLOCK = near, block
        self.engine = StepEngine(config, [CLIENT])
        self.engine._keyframes._memory = memory
        self.keep()

    def seen(self) -> Snapshot:
        assert self.engine is not None
        return settled(self.engine)

    def keep(self) -> None:
        """Remember the state of the steps that were just made; only the last was seen."""
        assert self.engine is not None
        self.seen()
        for step in self.engine.history.steps[len(self.kept) : -1]:
            self.engine.goto(step.id)
            self.kept.append(self.look())
        self.engine.goto(len(self.engine.history.steps) - 1)
        if len(self.kept) < len(self.engine.history.steps):
            self.kept.append(self.look())

    def look(self) -> tuple[object, ...]:
        assert self.engine is not None
        self.seen()
        return fingerprint(self.engine)

    def act(self, operation: Operation) -> None:
        assert self.engine is not None
        before = self.kept[self.seen().made_by.id]
        old = self.engine.snapshot
        self.engine.submit(operation)
        seen = self.seen()
        if seen.step == old.step + 1:
            self.kept.append(fingerprint(self.engine))
            check_changes(old, seen, is_same=before[:2] == self.kept[-1][:2])
        else:
            self.keep()

    @rule(kind=WRITES, cpu=CPUS, length=LENGTHS)
    def write(self, kind: Kind, cpu: int, length: int) -> None:
        self.act(Operation(kind, cpu, length))

    @rule(kind=st.sampled_from([Kind.READ, Kind.SPLICE]), cpu=CPUS, length=LENGTHS)
    def read(self, kind: Kind, cpu: int, length: int) -> None:
        self.act(Operation(kind, cpu, length))

    @rule(cpu=CPUS, count=st.integers(0, 5))
    def consume(self, cpu: int, count: int) -> None:
        self.act(Operation(Kind.CONSUME, cpu, count=count))

    @rule(cpu=st.integers(0, 2), count=st.integers(0, 1))
    def cpu_online(self, cpu: int, count: int) -> None:
        self.act(Operation(Kind.CPU_ONLINE, cpu, count=count))

    @rule(mode=st.sampled_from(list(Mode)))
    def set_mode(self, mode: Mode) -> None:
        self.act(Operation(Kind.SET_MODE, text=mode, source=CLIENT.source))

    @rule(kind=OTHERS, cpu=CPUS)
    def other(self, kind: Kind, cpu: int) -> None:
        self.act(Operation(kind, cpu, text="late" if kind is Kind.LATE_SETUP else ""))

    @rule(moves=st.lists(st.sampled_from(["back", "forward", "home", "end"]), max_size=4))
    def move(self, moves: list[str]) -> None:
        for name in moves:
            getattr(self.engine, name)()

    @rule(step=st.integers(-2, 60))
    def seek(self, step: int) -> None:
        assert self.engine is not None
        self.engine.seek(step)

    @rule(number=st.integers(0, 1000))
    def goto(self, number: int) -> None:
        assert self.engine is not None
        self.engine.goto(number % len(self.engine.history.steps))

    @invariant()
    def what_is_shown_is_what_was(self) -> None:
        if self.engine is None:
            return
        seen = self.seen()
        assert fingerprint(self.engine) == self.kept[seen.made_by.id]
        assert self.engine.history.at(seen.branch, seen.step) == seen.made_by
        assert seen.last_step == self.engine.history.length(seen.branch)
        assert_balanced(seen)

    @invariant()
    def every_byte_has_its_owner(self) -> None:
        if self.engine is None:
            return
        seen = self.seen()
        self.index.follow(self.engine.history, seen.branch)
        self.timeline.follow(self.engine.history, seen.branch)
        filled, size = filled_events(self.engine, seen), seen.subbuf_size
        for row in range(seen.rows):
            data = memory(self.engine, seen, row)
            for number in range(seen.n_subbufs):
                found = regions(seen, row, number, self.index.places(seen, seen.step, row, number))
                check_regions(
                    found, seen.subbufs[row, number], data[number * size :][:size], filled
                )

    @invariant()
    def fates_add_up_to_the_account(self) -> None:
        if self.engine is None:
            return
        seen = self.seen()
        if self.fates is None:
            self.fates = FateIndex(self.engine.config)
        self.fates.follow(self.engine.history, seen.branch)
        for row in range(seen.rows):
            tallies = self.fates.lane(int(seen.buffers["cpu"][row])).tallies(seen.step)
            for fate, tally in tallies.items():
                assert tally.count == seen.count(row, fate.entry), fate

    @rule()
    def visit_every_step_of_every_branch(self) -> None:
        assert self.engine is not None
        for step in self.engine.history.steps:
            self.engine.goto(step.id)
            assert self.look() == self.kept[step.id]

    @rule()
    def do_it_again(self) -> None:
        """Make the state shown anew, from the operations alone."""
        assert self.engine is not None
        seen = self.seen()
        again = StepEngine(self.engine.config, [CLIENT])
        try:
            again.submit(*self.engine.history.operations(seen.branch, seen.step))
            assert settled(again).step == seen.step
            assert fingerprint(again) == self.kept[seen.made_by.id]
        finally:
            again.close()


def filled_events(engine: StepEngine, seen: Snapshot) -> set[int]:
    """Return the events on the way to a step whose bytes were stored as their pattern."""
    path = engine.history.path(seen.branch, 0, seen.step)
    reserved = {step.event for step in path if step.operation.kind is Kind.RESERVE}
    stored = {step.event for step in path if step.event is not None} - reserved
    filled = {step.operation.event for step in path if step.operation.kind is Kind.FILL}
    return {event for event in stored | filled if event is not None}


def check_regions(found: list[Region], subbuf: np.void, memory_of: bytes, filled: set[int]) -> None:
    """Check that regions cover a sub-buffer, and that events are where they are said to be."""
    edges = [0, *(region.end for region in found)]
    assert [region.start for region in found] == edges[:-1]
    assert edges[-1] == len(memory_of)
    for region in found:
        assert region.start < region.end
        # A subbuf_start with header stores the padding even where its forerunner kept no room.
        start = max(region.start, PADDING_FIELD)
        bytes_there = memory_of[start : region.end]
        if region.role is Role.FREE:
            assert bytes_there == bytes(len(bytes_there))
        if region.role is Role.EVENT:
            assert region.event is not None
            if region.event.event in filled:
                whole = pattern(region.event.event, region.event.length)
                offset = start - region.event.start
                assert bytes_there == bytes(whole)[offset : offset + len(bytes_there)]
    sizes = {role: sum(r.end - r.start for r in found if r.role is role) for role in Role}
    assert sizes[Role.HEADER] == subbuf["header"]
    assert sizes[Role.EVENT] + sizes[Role.RESERVED] == subbuf["used"] - subbuf["header"]


def check_changes(before: Snapshot, after: Snapshot, *, is_same: bool) -> None:
    """Check what is said to have changed against the two states."""
    changed = after.changed
    if before.rows == after.rows:
        assert (changed.rows == (before.buffers != after.buffers)).all() or changed.subbufs.any()
        assert (changed.subbufs == (before.subbufs != after.subbufs)).all()
        assert is_same == (not changed.rows.any())
        for name in ("produced", "offset", "consumed"):
            differs = before.buffers[name] != after.buffers[name]
            assert (changed.fields.get(name, np.zeros(after.rows, bool)) == differs).all()


EXAMPLES = 1000 if os.environ.get("RELAY_SOAK") else 60
Stepping.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=25)
TestStepping: Callable[..., object] = Stepping.TestCase
