"""Loads: what is wrong with one is told at its field, and each CPU can have its own."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    MIN_EVENT,
    MOST_COUNTED,
    BreakOn,
    Counter,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)

GOOD = Load()
MMAP = Reading(ReaderKind.MMAP)


def writing(**changes: object) -> Load:
    return replace(GOOD, writing=replace(GOOD.writing, **changes))  # type: ignore[arg-type]


def reading(**changes: object) -> Load:
    return replace(GOOD, reading=replace(GOOD.reading, **changes))  # type: ignore[arg-type]


def test_a_plain_load_has_no_problem() -> None:
    assert GOOD.problems() == {}
    assert writing(rate=0.0).problems() == {}
    assert writing(rate=AS_FAST_AS_IT_GOES).problems() == {}


@pytest.mark.parametrize(
    ("load", "field"),
    [
        (writing(rate=-1.0), "writing.rate"),
        (writing(rate=2e9), "writing.rate"),
        (writing(rate=math.nan), "writing.rate"),
        (writing(burst_on=0.1), "writing.burst_on"),
        (writing(burst_off=0.1), "writing.burst_on"),
        (writing(burst_on=0.1, burst_off=9999.0), "writing.burst_off"),
        (writing(sizes=Sizes(smallest=MIN_EVENT - 1)), "writing.sizes"),
        (reading(pace=-0.1), "reading.pace"),
        (reading(pace=math.nan), "reading.pace"),
        (reading(batch=-1), "reading.batch"),
        (reading(batch=2**20 + 1), "reading.batch"),
        (writing(sizes=Sizes(smallest=65_537)), "writing.sizes"),
        (replace(GOOD, flush_every=1e-5), "flush_every"),
        (reading(stall=1.0), "reading.stall_every"),
        (reading(forget_every=1), "reading.forget_every"),
        (reading(report_extra=1), "reading.report_extra"),
        (GOOD.with_writing(Writing(rate=-1.0), 3), "writers.3.rate"),
        (GOOD.with_reading(Reading(pace=-1.0), 2), "readers.2.pace"),
        (replace(GOOD, flush_every=-1.0), "flush_every"),
        (replace(GOOD, writer_threads=0), "writer_threads"),
        (replace(GOOD, reader_threads=65), "reader_threads"),
    ],
)
def test_a_problem_is_told_at_its_field(load: Load, field: str) -> None:
    problems = load.problems()
    assert list(problems) == [field]
    assert problems[field].endswith(".")


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        (Sizes(smallest=15), "at least 16"),
        (Sizes(SizeKind.UNIFORM, 64, 63), "at least 64"),
        (Sizes(SizeKind.EXPONENTIAL, 16, 100, 101), "between 16 and 100"),
        (Sizes(SizeKind.LIST), "1 to"),
        (Sizes(SizeKind.LIST, recorded=(64, 8)), "at least 16"),
    ],
)
def test_sizes_that_cannot_be_drawn(sizes: Sizes, word: str) -> None:
    assert word in sizes.problem()


def test_the_longest_event_that_can_come() -> None:
    assert Sizes(smallest=40, largest=99).longest == 40
    assert Sizes(SizeKind.UNIFORM, 40, 99).longest == 99
    assert Sizes(SizeKind.LIST, recorded=(16, 70, 20)).longest == 70
    assert Sizes(SizeKind.LIST).longest == 0


def test_a_mapping_reader_may_forget_and_report_more() -> None:
    assert reading(kind=ReaderKind.MMAP, forget_every=1, report_extra=2).problems() == {}


def test_one_cpu_can_have_its_own() -> None:
    fast = Writing(rate=1e6)
    load = GOOD.with_writing(fast, 3).with_reading(MMAP, 1).with_reading(MMAP, 0)
    assert load.writing_of(3) == fast
    assert load.writing_of(2) == GOOD.writing
    assert [cpu for cpu, _ in load.readers] == [0, 1]
    assert load.reading_of(1) == MMAP


def test_what_is_as_everywhere_is_not_kept_apart() -> None:
    load = GOOD.with_writing(Writing(rate=1.0), 3)
    assert load.with_writing(GOOD.writing, 3) == GOOD
    assert load.with_writing(Writing(rate=2.0)).writers == ()
    assert load.with_reading(MMAP, 1).with_reading(MMAP) == replace(load, reading=MMAP)


def test_whether_anything_can_stop_a_run() -> None:
    assert not BreakOn().is_set
    assert not BreakOn(cpu=3).is_set
    assert BreakOn(losses=frozenset({"too_big"})).is_set
    assert BreakOn(counter=Counter.PRODUCED, value=8).is_set
    assert BreakOn(full=True).is_set


def test_a_counter_and_a_cpu_can_be_named_up_to_their_limits() -> None:
    for value, can_be in ((0, False), (1, True), (MOST_COUNTED, True), (MOST_COUNTED + 1, False)):
        wanted = BreakOn(counter=Counter.PRODUCED, value=value)
        assert (wanted.problem(1) == "") is can_be, value
    for cpu, can_be in ((-1, False), (0, True), (2, True), (3, False)):
        assert (BreakOn(cpu=cpu).problem(3) == "") is can_be, cpu
    assert BreakOn(value=0).problem(1) == ""
