"""The time line: whatever is gathered into a column, a loss stays to be seen."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.marks import LOSS, Mark
from relayviz.model.channel.operation import ALL
from relayviz.model.history.history import History
from relayviz.model.ledger.timeline import Timeline
from tests.model.steps import add

MARKS = st.sampled_from(list(Mark))


@given(
    steps=st.lists(st.lists(st.tuples(st.integers(0, 3), MARKS), max_size=3), max_size=60),
    width=st.integers(1, 40),
    span=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_each_mark_is_in_its_column_and_nowhere_else(
    steps: list[list[tuple[int, Mark]]], width: int, span: tuple[int, int]
) -> None:
    history, timeline = History(), Timeline()
    for marks in steps:
        add(history, marks=tuple(marks))
        timeline.follow(history, 0)
    first, last = min(span), max(span)
    grid = timeline.columns(first, last, width)
    expected = {(lane, column): 0 for lane in timeline.lanes for column in range(width)}
    for depth, marks in enumerate(steps):
        if first <= depth <= last:
            column = (depth - first) * width // (last - first + 1)
            for cpu, mark in marks:
                expected[cpu, column] |= mark
    for (cpu, column), marks_there in expected.items():
        assert grid[timeline.lanes.index(cpu), column] == marks_there
    assert grid.shape == (len(timeline.lanes), width)


def test_one_loss_among_many_steps_is_seen() -> None:
    history, timeline = History(), Timeline()
    for depth in range(5000):
        mark = Mark.OVERWRITTEN if depth == 3333 else Mark.STORED
        add(history, marks=((0, mark),))
    timeline.follow(history, 0)
    grid = timeline.columns(0, 4999, 10)
    assert [bool(marks & LOSS) for marks in grid[0].tolist()] == [at == 6 for at in range(10)]


def test_another_branch_has_its_own_marks() -> None:
    history, timeline = History(), Timeline()
    for _ in range(4):
        add(history, marks=((0, Mark.STORED),))
    timeline.follow(history, 0)
    add(history, 0, 1, marks=((2, Mark.LOST_FULL),))
    timeline.follow(history, 1)
    assert list(timeline.lanes) == [0, 2]
    assert timeline.columns(0, 3, 4).tolist() == [
        [Mark.STORED, Mark.STORED, 0, 0],
        [0, 0, Mark.LOST_FULL, 0],
    ]
    timeline.follow(history, 0)
    assert list(timeline.lanes) == [0]


def test_a_mark_of_all_cpus_is_on_every_lane() -> None:
    history, timeline = History(), Timeline()
    add(history, marks=((1, Mark.CHANNEL), (4, Mark.CHANNEL)))
    add(history, marks=((ALL, Mark.FLUSHED),))
    timeline.follow(history, 0)
    assert list(timeline.lanes) == [1, 4]
    assert timeline.columns(0, 1, 2).tolist() == [[Mark.CHANNEL, Mark.FLUSHED]] * 2
    assert timeline.columns(1, 1, 1).tolist() == [[Mark.FLUSHED]] * 2


@pytest.mark.parametrize(("first", "last", "width"), [(0, 9, 10), (3, 77, 20), (5, 8, 100)])
def test_the_step_at_a_column_lies_in_it(first: int, last: int, width: int) -> None:
    for column in range(-2, width + 2):
        step = Timeline().step_at(first, last, width, column)
        assert first <= step <= last
        inside = min(max(column, 0), width - 1)
        there = (step - first) * width // (last - first + 1)
        assert there >= inside or step == last


def test_no_mark_is_another_s() -> None:
    assert len({one.value for one in Mark}) == len(Mark.__members__)
    assert all(one.value.bit_count() == 1 for one in Mark)
