"""The step engine: doing, going back and forth, branches, descriptors, errors, the other mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import ALL, Kind, Operation, pattern
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.state import Mapping, OpenFile
from tests.engines.shown import do, fingerprint, memory, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.history.history import Step

    Start = Callable[..., StepEngine]

SMALL = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=2)


def write(length: int, cpu: int = 0) -> Operation:
    return Operation(Kind.WRITE, cpu, length)


def steps_of(engine: StepEngine, operation: Operation) -> Sequence[Step]:
    """Have an operation done and return the steps that it made."""
    before = len(engine.history.steps)
    do(engine, operation)
    return engine.history.steps[before:]


def test_a_new_engine_shows_the_open_channel(start: Start) -> None:
    engine = start(SMALL)
    seen = engine.snapshot
    assert (seen.step, seen.last_step, seen.branch, seen.rows) == (0, 0, 0, 2)
    assert seen.made_by.operation.kind is Kind.OPEN
    assert "2 buffers of 4 sub-buffers of 64 B" in seen.result.words
    assert not seen.changed.rows.any()
    assert memory(engine, seen, 1) == bytes(4096)


def test_an_event_is_stored_with_its_pattern_and_place(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(40))
    seen = do(engine, write(20, cpu=1))
    place = seen.made_by.place
    assert place is not None
    assert (place.event, place.cpu, place.buffer, place.index, place.start) == (2, 1, 1, 0, 0)
    assert memory(engine, seen, 1)[:20] == pattern(2, 20)
    assert seen.changed.rows.tolist() == [False, True]
    assert list(seen.changed.pairs()) == [(1, 0)]
    assert seen.changed.has(1, "account.accepted")
    assert not seen.changed.has(1, "produced")


def test_typed_bytes_are_written(start: Start) -> None:
    engine = start(SMALL)
    seen = do(engine, Operation(Kind.WRITE, data=b"hello"))
    assert memory(engine, seen, 0)[:5] == b"hello"


@pytest.mark.parametrize("config", [SMALL, ChannelConfig(cpus=1), ChannelConfig(is_global=True)])
def test_back_forward_home_end(start: Start, config: ChannelConfig) -> None:
    engine = start(config)
    prints = [fingerprint(engine)]
    for length in (10, 500, 64, 0, 7):
        do(engine, write(length))
        prints.append(fingerprint(engine))
    for move, step in [
        (engine.back, 4),
        (engine.back, 3),
        (engine.forward, 4),
        (engine.home, 0),
        (engine.back, 0),
        (engine.forward, 1),
        (engine.end, 5),
        (engine.forward, 5),
    ]:
        move()
        assert settled(engine).step == step
        assert fingerprint(engine) == prints[step]
    assert engine.snapshot.last_step == 5
    assert len(engine.history.branches) == 1


def test_moves_that_wait_are_folded_in_order(start: Start) -> None:
    engine = start(SMALL)
    do(engine, *(write(10) for _ in range(9)))
    before = engine.snapshot.generation
    engine.home()
    for _ in range(3):
        engine.forward()
    engine.seek(7)
    engine.back()
    assert settled(engine).step == 6
    assert engine.snapshot.generation <= before + 6


def test_moves_and_operations_keep_their_order(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(1), write(2), write(3))
    engine.back()
    engine.submit(write(4))
    engine.back()
    engine.back()
    engine.submit(write(5))
    seen = settled(engine)
    assert (seen.step, seen.branch, seen.last_step) == (2, 2, 2)
    lengths = [step.operation.length for step in engine.history.path(seen.branch, 1)]
    assert lengths == [1, 5]


def test_acting_in_the_past_keeps_the_old_future(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(1), write(2), write(3))
    old_end = fingerprint(engine)
    last = engine.snapshot.made_by.id
    engine.seek(1)
    seen = do(engine, write(50))
    assert (seen.branch, seen.step, seen.last_step) == (1, 2, 2)
    assert "from step 1" in engine.history.branches[1].title
    assert seen.made_by.event == 2  # events are numbered along the path
    engine.goto(last)
    assert settled(engine).branch == 0
    assert fingerprint(engine) == old_end
    engine.goto(0)
    assert settled(engine).last_step == 3


def test_the_log_click_stays_on_the_branch_where_it_can(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(1), write(2))
    engine.seek(1)
    do(engine, write(3))
    engine.goto(engine.history.at(0, 1).id)
    seen = settled(engine)
    assert (seen.branch, seen.step) == (1, 1)
    with pytest.raises(IndexError):
        engine.goto(99)


def test_all_cpus_make_a_step_each(start: Start) -> None:
    engine = start(ChannelConfig(cpus=4, online=(0, 1, 3)))
    seen = do(engine, write(8, ALL), write(9))
    assert [step.operation.cpu for step in engine.history.steps[1:]] == [0, 1, 3, 0]
    assert seen.step == 4
    do(engine, Operation(Kind.OPEN_FILE, ALL))
    seen = do(engine, Operation(Kind.READ, ALL, 100))
    assert [step.result.value for step in engine.history.path(0, seen.step - 2)] == [17, 8, 8]


def test_all_cpus_are_those_that_an_operation_can_be_of(start: Start) -> None:
    """What is off line is written no more; its buffer stays, to be read."""
    engine = start(ChannelConfig(cpus=3))
    do(engine, Operation(Kind.CPU_ONLINE, 1, count=0))
    for operation, cpus in (
        (write(8, ALL), [0, 2]),
        (Operation(Kind.SWITCH, ALL), [0, 2]),
        (Operation(Kind.CONSUME, ALL, count=1), [0, 1, 2]),
        (Operation(Kind.OPEN_FILE, ALL), [0, 1, 2]),
        (Operation(Kind.READ, ALL, 100), [0, 1, 2]),
        (Operation(Kind.CPU_ONLINE, ALL, count=0), [0, 1, 2]),
    ):
        before = engine.snapshot.step
        do(engine, operation)
        made = engine.history.steps[before + 1 :]
        assert [step.operation.cpu for step in made] == cpus, operation


def test_all_cpus_of_a_global_channel_are_one(start: Start) -> None:
    engine = start(ChannelConfig(cpus=3, is_global=True))
    assert do(engine, write(8, ALL)).step == 1
    assert engine.snapshot.row_of(2) == 0


def test_several_descriptors_share_the_position(start: Start) -> None:
    engine = start(SMALL)
    seen = do(
        engine,
        write(30),
        Operation(Kind.OPEN_FILE),
        Operation(Kind.OPEN_FILE, text="rw"),
        Operation(Kind.READ, fd=1, length=10),
        Operation(Kind.READ, fd=0, length=10),
    )
    assert seen.files == (OpenFile(0, 0, "r"), OpenFile(1, 0, "rw"))
    assert seen.result.data == bytes(pattern(1, 30)[10:20])
    seen = do(engine, Operation(Kind.MMAP, fd=1, text="writable"), Operation(Kind.CLOSE_FILE, fd=0))
    assert seen.files == (OpenFile(1, 0, "rw"),)
    assert seen.mappings == (Mapping(0, 0, "writable"),)
    assert do(engine, Operation(Kind.MMAP)).mappings[1] == Mapping(1, 0, "shared")
    do(engine, Operation(Kind.UNMAP))
    assert do(engine, Operation(Kind.OPEN_FILE, cpu=1)).files[0] == OpenFile(0, 1, "r")
    engine.seek(3)
    assert len(settled(engine).files) == 2


def test_reserve_now_and_fill_later(start: Start) -> None:
    engine = start(SMALL)
    seen = do(engine, write(4), Operation(Kind.RESERVE, length=10))
    (slot,) = seen.reserved
    assert (slot.event, slot.start, slot.end, slot.is_current) == (2, 4, 14, True)
    assert memory(engine, seen, 0)[4:14] == bytes(10)
    seen = do(engine, Operation(Kind.FILL))
    assert seen.reserved == ()
    assert memory(engine, seen, 0)[4:14] == pattern(2, 10)
    engine.back()
    assert settled(engine).reserved == (slot,)
    seen = do(engine, Operation(Kind.FILL, event=2, data=b"abc"))
    assert memory(engine, seen, 0)[4:14] == b"abc" + bytes(7)


def test_filling_a_slot_whose_subbuf_was_used_again(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE))
    do(engine, Operation(Kind.RESERVE, length=10))
    seen = do(engine, write(64), write(64))
    assert [slot.is_current for slot in seen.reserved] == [False]
    seen = do(engine, Operation(Kind.FILL))
    assert "its own no more: reset or used again" in seen.result.words
    assert memory(engine, seen, 0)[:11] == bytes([*pattern(1, 10), pattern(3, 11)[10]])
    assert seen.made_by.place is not None
    assert seen.made_by.place.kind is Kind.FILL


def test_a_slot_in_a_blocked_buffer_is_still_its_own(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    seen = do(engine, Operation(Kind.RESERVE, length=64), write(64), write(1))
    assert seen.is_blocked(0)
    assert [slot.is_current for slot in seen.reserved] == [True]


def test_a_fill_takes_the_oldest_slot_of_its_cpu(start: Start) -> None:
    engine = start(SMALL)
    reserve = Operation(Kind.RESERVE, ALL, length=4)
    seen = do(engine, reserve, reserve, Operation(Kind.FILL, 1))
    assert [slot.event for slot in seen.reserved] == [1, 3, 4]
    seen = do(engine, Operation(Kind.FILL, ALL))
    assert [slot.event for slot in seen.reserved] == [3]


def test_only_attempts_use_up_a_number(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(1), Operation(Kind.FLUSH), write(999), Operation(Kind.POLL), write(1))
    assert [step.event for step in engine.history.steps] == [None, 1, None, 2, None, 3]


def test_what_a_step_changed_is_shown_again_after_a_move(start: Start) -> None:
    engine = start(SMALL)
    made = do(engine, write(1), write(1, cpu=1)).changed
    do(engine, write(1))
    for move in (engine.back, engine.forward, engine.back):
        move()
        seen = settled(engine)
    assert seen.changed.rows.tolist() == made.rows.tolist() == [False, True]
    assert seen.changed.subbufs.tolist() == made.subbufs.tolist()
    assert set(seen.changed.fields) == set(made.fields)
    engine.home()
    assert not settled(engine).changed.rows.any()


def test_a_reset_makes_slots_old_though_laps_begin_anew(start: Start) -> None:
    engine = start(SMALL)
    seen = do(engine, Operation(Kind.RESERVE, length=10), Operation(Kind.RESET))
    assert [slot.is_current for slot in seen.reserved] == [False]


def test_the_mode_can_change(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    seen = do(engine, *(write(64) for _ in range(3)))
    assert seen.result.outcome is Outcome.FULL
    assert seen.is_blocked(0)
    seen = do(engine, Operation(Kind.SET_MODE, text="overwrite"), write(64))
    assert seen.mode is Mode.OVERWRITE
    assert seen.result.outcome is Outcome.STORED
    assert seen.lost(0)["overwritten"] == (1, 64)
    assert seen.total_lost(0) == (2, 128)
    engine.seek(3)
    assert settled(engine).mode is Mode.NO_OVERWRITE


def test_the_same_in_the_other_mode(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    do(engine, *(write(64) for _ in range(5)), Operation(Kind.SET_MODE, text="overwrite"), write(9))
    engine.seek(7)
    settled(engine)
    other = engine.restart_with(Mode.OVERWRITE)
    try:
        seen = settled(other)
        assert (seen.step, seen.config.mode) == (6, Mode.OVERWRITE)
        assert seen.lost(0)["overwritten"].events == 4
        fresh = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=Mode.OVERWRITE))
        do(fresh, *(write(64) for _ in range(5)), write(9))
        assert fingerprint(other) == fingerprint(fresh)
    finally:
        other.close()


def test_late_files_and_cpus(start: Start) -> None:
    engine = start(ChannelConfig(base_filename=None, cpus=3, online=(1,), subbuf_size=64))
    assert do(engine, Operation(Kind.OPEN_FILE, 1)).result.outcome is Outcome.ERROR
    seen = do(engine, Operation(Kind.LATE_SETUP, text="late"), Operation(Kind.OPEN_FILE, 1))
    assert seen.result.words == 'Opened late1 as descriptor 0, flags "r".'
    assert (seen.row_of(0), seen.row_of(1)) == (None, 0)
    seen = do(engine, Operation(Kind.CPU_ONLINE, 0, count=1))
    assert seen.result.words == "cpu 0 is on line and got its buffer now."
    assert seen.made_by.marks == ((0, Mark.CHANNEL),)
    assert (seen.rows, seen.row_of(1), seen.online) == (2, 1, (0, 1))
    assert seen.changed.rows.tolist() == [True, False]
    assert seen.changed.subbufs[0].all()
    seen = do(engine, Operation(Kind.CPU_ONLINE, 1, count=0), write(1, cpu=1))
    assert seen.result.outcome is Outcome.ERROR
    assert "On line: cpu 0." in seen.result.words
    assert [step.operation.cpu for step in steps_of(engine, write(1, ALL))] == [0]


def test_a_closed_channel_can_be_looked_at_and_gone_back_from(start: Start) -> None:
    engine = start(SMALL)
    do(engine, write(30), Operation(Kind.OPEN_FILE), Operation(Kind.CLOSE))
    seen = do(engine, Operation(Kind.READ, length=100))
    assert seen.closed
    assert seen.result.value == 30
    assert do(engine, write(1)).result.words == "The channel is closed: open a new one."
    engine.seek(2)
    assert not settled(engine).closed


def test_positions_and_what_is_ready(start: Start) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    seen = do(engine, write(60), write(30), Operation(Kind.OPEN_FILE))
    assert (seen.ready(0), seen.is_full(0)) == (1, False)
    assert (seen.write_position(0), seen.read_position(0)) == ((1, 30), (0, 0))
    seen = do(engine, write(60), Operation(Kind.READ, length=10))
    assert (seen.ready(0), seen.is_full(0), seen.is_blocked(0)) == (2, True, True)
    assert (seen.write_position(0), seen.read_position(0)) == ((1, 64), (0, 10))
    assert seen.row_of(1) is None
    assert seen.account(0)["attempted"] == (3, 150)
