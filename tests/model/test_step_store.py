"""Packed steps: what comes out is what went in, whoever asks and whenever."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.call import Call
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.result import CallbackError, Outcome, Result
from relayviz.model.history import store as step_store
from relayviz.model.history.history import History
from relayviz.model.history.step import Decision, Step, Store
from relayviz.model.history.store import StepStore
from tests.model.steps import add

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NUMBERS = st.integers(0, 2**40)
SMALL = st.integers(0, 2**31 - 1)
WORDS = st.text(max_size=12)
TIMES = st.floats(0, 2e9)

OPERATIONS = st.builds(
    Operation,
    kind=st.sampled_from(list(Kind)),
    cpu=st.integers(ALL, 4),
    length=st.integers(0, 3),
    count=st.integers(-1, 2**40),
    fd=st.none() | st.integers(0, 2),
    event=st.none() | st.integers(-3, 3) | st.just(2**70),
    data=st.none() | st.binary(max_size=9),
    text=WORDS,
    source=WORDS,
)
ERRORS = st.builds(CallbackError, st.none() | SMALL, WORDS, WORDS)
RESULTS = st.builds(
    Result,
    st.sampled_from(list(Outcome)),
    WORDS,
    st.none() | st.binary(max_size=9),
    st.none() | st.integers(-(2**40), 2**70),
    st.none() | ERRORS,
)
STORES = st.builds(Store, st.sampled_from(["new", "previous"]), SMALL, st.binary(max_size=5))
DECISIONS = st.builds(
    Decision,
    st.booleans(),
    st.none() | SMALL,
    st.lists(STORES, max_size=2).map(tuple),
    st.none() | ERRORS,
)
PLACES = st.builds(
    EventPlace,
    event=NUMBERS,
    cpu=st.integers(0, 9),
    buffer=st.integers(0, 4095),
    index=SMALL,
    lap=NUMBERS,
    start=SMALL,  # a buffer has less than 4 GiB
    length=SMALL,
    step=NUMBERS,
    time=TIMES,
    kind=st.sampled_from(list(Kind)),
)
MARKS = st.lists(
    st.tuples(st.integers(ALL, 9), st.sampled_from([*Mark, Mark.STORED | Mark.SWITCHED])),
    max_size=3,
)
FIELDS = st.fixed_dictionaries(
    {
        "parent": NUMBERS,
        "branch": SMALL,
        "depth": NUMBERS,
        "time": TIMES,
        "operation": OPERATIONS,
        "event": st.none() | NUMBERS,
        "next_event": NUMBERS,
        "decisions": st.lists(DECISIONS, max_size=2).map(tuple),
        "result": RESULTS,
        "place": st.none() | PLACES,
        "marks": MARKS.map(tuple),
        "calls": st.lists(st.builds(Call, WORDS, WORDS, WORDS), max_size=2).map(tuple),
    }
)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_store, "BLOCK", 3)


@given(wanted=st.lists(FIELDS, max_size=14))
def test_what_comes_out_is_what_went_in(wanted: list[dict[str, Any]]) -> None:
    step_store.BLOCK = 3  # the fixture is not repeated for each example
    steps = [Step(id=number, **fields) for number, fields in enumerate(wanted)]
    store = StepStore()
    for number, step in enumerate(steps):
        store.append(step)
        assert len(store) == number + 1
        assert list(store) == steps[: number + 1]
    ids = range(len(steps))
    assert store[1:-1] == steps[1:-1]
    assert [store[-number] for number in range(1, len(steps))] == steps[:0:-1]
    assert store.operations(ids) == [step.operation for step in steps]
    assert store.deeds(ids) == [(one.operation, one.event, one.decisions) for one in steps]
    for first in ids:
        chosen = ids[first :: 1 + first % 2]  # with and without gaps
        told = [
            lanes.marks_of(row)
            for _, begin, end, lanes in store.lanes(chosen)
            for row in range(begin, end)
        ]
        assert told == [steps[one].marks for one in chosen]
    for wrong in (len(steps), -len(steps) - 1):
        with pytest.raises(IndexError, match="there is no step"):
            store[wrong]


def test_a_report_of_no_buffer_is_kept_as_it_is() -> None:
    """Columns would have to name one; reports that are performed have a mark that does."""
    add(history := History())
    (plain,) = history.steps
    report = Operation(Kind.CONSUME, 1, count=2)
    store = StepStore()
    for number, marks in enumerate([(), ((1, Mark.STORED),)] * 6):
        step = replace(
            plain, id=number, operation=report, result=Result(Outcome.OK, "", value=2), marks=marks
        )
        store.append(step)
        assert store[number] == step
    assert [step.marks for step in store] == [(), ((1, Mark.STORED),)] * 6
    large = Result(Outcome.OK, "", value=2**70)  # fits into no column
    store.append(replace(plain, id=12, operation=report, result=large, marks=((1, Mark.STORED),)))
    for _ in range(9):
        store.append(replace(store[11], id=len(store)))
    assert store[12].result == large


def test_types_are_kept() -> None:
    history = History()
    for _ in range(20):
        add(history, marks=((ALL, Mark.FLUSHED | Mark.SWITCHED),))
    step = history.steps[0]
    assert type(step.marks[0][1]) is Mark
    assert type(step.result.outcome) is Outcome


def test_a_reader_never_sees_half_of_it() -> None:
    history, wrong, ended = History(), [], threading.Event()
    add(history)

    def read() -> None:
        while not ended.is_set():
            length = history.length(0)
            for step, depth in zip(history.path(0, length - 7), range(max(0, length - 7), length)):  # noqa: B905
                if step.depth != depth:
                    wrong.append((step.depth, depth))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3000):
        add(history)
    ended.set()
    reader.join(60)
    assert not reader.is_alive()
    assert wrong == []
    assert [step.depth for step in history.steps] == list(range(3001))


def _flat(stretches: Iterable[tuple[NDArray[Any], ...]]) -> list[tuple[int, ...]]:
    rows = (zip(*(one.tolist() for one in columns), strict=True) for columns in stretches)
    return [row for stretch in rows for row in stretch]


def test_marks_and_spots_along_a_branch() -> None:
    history = History()
    for cpu in range(10):
        place = EventPlace(1, cpu, cpu, 2, 0, cpu, 5, 0, 0.0, Kind.WRITE) if cpu % 3 else None
        add(history, marks=((cpu, Mark.STORED), (9, Mark.SWITCHED))[: cpu % 3], place=place)
    for cpu in range(10, 15):
        add(history, 0 if cpu == 10 else 1, 6 if cpu == 10 else None, marks=((cpu, Mark.READ),))
        add(history, 0)
    for branch in range(2):
        end = history.length(branch)
        for first in range(end + 1):
            for last in (end, end + 5, first):
                path = history.path(branch, first, last)
                marks = [(one.depth, *mark) for one in path for mark in one.marks]
                assert _flat(history.marks(branch, first, last)) == marks
                spots = [
                    (one.depth, place.buffer, 2, place.start, place.start + 5)
                    for one in path
                    if (place := one.place) is not None
                ]
                assert _flat(history.spots(branch, first, last)) == spots
    assert history.operations(1, 11) == [step.operation for step in history.path(1, 1, 11)]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True), st.data())
def test_a_run_ends_where_numbers_do_not_follow_each_other(
    numbers: list[int], data: st.DataObject
) -> None:
    """Those of a branch grow; what lies between them belongs to other branches."""
    ids = sorted(numbers)
    begin = data.draw(st.integers(0, len(ids) - 1))
    limit = data.draw(st.integers(begin + 1, len(ids) + 5))
    end = begin + 1
    while end < min(limit, len(ids)) and ids[end] == ids[begin] + end - begin:
        end += 1
    assert step_store._end_of_run(ids, begin, limit) == end


def test_a_store_is_equal_to_what_has_the_same_steps() -> None:
    add(history := History())
    store = StepStore()
    assert store == []
    for step in history.steps:
        store.append(step)
    assert store == list(history.steps)
    assert store == tuple(history.steps)
    others: list[object] = [[], list(history.steps) * 2, [replace(store[0], id=9)], set(), None]
    for other in others:
        assert store != other
