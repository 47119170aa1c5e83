"""The plain figures behind lanes, each compared with what one would count by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz.gui.lanes.columns import binned, fitted, grouped_lanes, widened
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.lanes.range import BEST_TICKS, FEWEST, Range, nice
from relayviz.gui.lanes.stretch import SPANS, Stretch, spans

GRIDS = st.tuples(st.integers(1, 7), st.integers(1, 40)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 15), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)
RANGES = st.builds(
    lambda first, steps, width: Range(first, first + steps - 1, width),
    *(st.integers(0, 3000), st.integers(1, 3000), st.integers(10, 900)),
)
ROUND = [factor * 10**power for power in range(7) for factor in (1, 2, 5)]


# ---------------------------------------------------------------- places


def test_how_many_places_there_is_room_for() -> None:
    known = [50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    for number in (0, 1, 49, *known, *(one + 1 for one in known[:-1])):
        assert nice(number) == next(one for one in known if one >= number)


@given(RANGES)
def test_ticks_are_round_and_few(shown: Range) -> None:
    assert shown.steps == len(range(shown.first, shown.last + 1))
    step = next(one for one in ROUND if shown.steps / one <= BEST_TICKS)
    wanted = [place for place in range(shown.first, shown.last + 1) if place % step == 0]
    assert list(shown.ticks()) == wanted


@given(RANGES)
def test_a_place_is_where_its_middle_is(shown: Range) -> None:
    assert shown.pixels == shown.width / shown.steps
    for place in {shown.first, (shown.first + shown.last) // 2, shown.last}:
        assert shown.has(place)
        x = shown.x_of(place)
        assert x == pytest.approx((place - shown.first) * shown.pixels + shown.pixels / 2)
        assert shown.step_at(x) == place
    assert not shown.has(shown.first - 1)
    assert not shown.has(shown.last + 1)
    assert shown.step_at(-5.0) == shown.first
    assert shown.step_at(shown.width + 5.0) == shown.last


@given(RANGES, st.integers(-4000, 4000), st.integers(0, 2000))
def test_moving_ends_at_the_ends(shown: Range, steps: int, more: int) -> None:
    end = shown.last + more
    moved = shown.moved(steps, end)
    first = sorted((0, shown.first + steps, end + 1 - shown.steps))[1]
    assert (moved.first, moved.steps, moved.width) == (first, shown.steps, shown.width)


@given(RANGES, st.integers(0, 6000))
def test_holding_a_place_moves_as_little_as_leaves_a_margin(shown: Range, place: int) -> None:
    end = max(shown.last, place) + 500
    held = shown.holding(place, end)
    assert held.has(place)
    if shown.has(place):
        assert held is shown
        return
    margin = shown.steps // 10
    wanted = place - margin if place < shown.first else place + margin + 1 - shown.steps
    assert held.first == min(max(wanted, 0), end + 1 - shown.steps)


@given(RANGES, st.sampled_from([1.3, 2.0, 1 / 1.3, 0.5]), st.floats(0, 1), st.integers(0, 2000))
def test_zooming_keeps_what_is_there(shown: Range, factor: float, part: float, more: int) -> None:
    end = shown.last + more
    at = part * shown.width
    zoomed = shown.zoomed(factor, at, end)
    assert zoomed.width == shown.width
    assert zoomed.steps == min(max(round(shown.steps / factor), FEWEST), end + 1)
    assert zoomed.first >= 0
    assert zoomed.last <= end
    if zoomed.first > 0 and zoomed.last < end:
        before = shown.first + at / shown.pixels
        assert zoomed.first + at / zoomed.pixels == pytest.approx(before, abs=0.51)


# ---------------------------------------------------------------- columns


@given(GRIDS, st.integers(1, 50))
def test_no_mark_is_lost_where_columns_are_united(rows: list[list[int]], columns: int) -> None:
    grid = np.array(rows, np.uint32)
    have = grid.shape[1]
    shown = fitted(grid, columns)
    assert shown.shape == (len(grid), columns)
    if have <= columns:
        assert (shown[:, columns - have :] == grid).all()
        assert not shown[:, : columns - have].any()
        return
    for column in range(columns):
        places = range(column * have // columns, (column + 1) * have // columns)
        assert (shown[:, column] == np.bitwise_or.reduce(grid[:, list(places)], axis=1)).all()


@given(GRIDS, st.integers(1, 9))
def test_no_mark_is_lost_where_lanes_are_united(rows: list[list[int]], most: int) -> None:
    grid = np.array(rows, np.uint32)
    shown = grouped_lanes(grid, most)
    assert len(shown) == min(len(grid), most)
    assert (np.bitwise_or.reduce(shown, axis=0) == np.bitwise_or.reduce(grid, axis=0)).all()
    assert [line.tolist() for line in shown] == rows if len(rows) <= most else True


@given(GRIDS, st.integers(1, 4), st.integers(1, 9))
def test_a_mark_is_wide_around_its_middle(rows: list[list[int]], pixels: int, within: int) -> None:
    grid = np.array(rows, np.uint32)
    shift = max(0, int((within - pixels) / 2))
    wanted = np.zeros_like(grid)
    for row, column in np.argwhere(grid):
        wanted[row, column + shift : column + shift + pixels] |= grid[row, column]
    assert (widened(grid, pixels, within) == wanted).all()


@given(st.lists(st.floats(-9, 9) | st.just(math.nan), max_size=40), st.integers(1, 30))
def test_a_column_has_the_smallest_and_the_largest_of_its_places(
    values: list[float], columns: int
) -> None:
    found = binned(np.array(values, np.float64), columns)
    known = [0.0 if math.isnan(value) else value for value in values]
    count = min(columns, len(values))
    assert len(found.low) == len(found.high) == count
    assert found.edges.tolist()[:1] == [0]
    assert found.edges[-1] == (len(values) if count else 0)
    for column, (first, last) in enumerate(pairwise(found.edges.tolist())):
        assert found.low[column] == min(known[first:last])
        assert found.high[column] == max(known[first:last])


# ---------------------------------------------------------------- frames


def test_lanes_are_where_their_margins_leave_room() -> None:
    frame = Frame(50, 10, 6, 20, best=30, least=12)
    grid = Grid(frame, 4, 400, 146, 2.0)
    assert (grid.inner, grid.columns, grid.pixels, grid.lane) == (340, 680, 60, 30.0)
    assert (grid.gap, grid.bar, grid.shown, grid.bottom) == (12, 24.0, 4, 126.0)
    assert [grid.top_of(row) for row in range(4)] == [6.0, 36.0, 66.0, 96.0]
    assert [grid.row_at(y) for y in (5.9, 6, 35.9, 36, 125.9, 126)] == [None, 0, 0, 1, 3, None]
    few = Grid(frame, 4, 400, 86)  # 15 pixels a lane
    assert (few.pixels, few.gap, few.shown) == (15, 3, 4)
    many = Grid(frame, 40, 400, 86)  # 12 at least: five of them
    assert (many.pixels, many.gap, many.shown) == (12, 2, 5)
    assert [many.row_of(lane) for lane in range(5)] == [0, 8, 16, 24, 32]
    thin = Grid(Frame(0, 0, 0, 0, best=4, least=2), 8, 10, 32)
    assert (thin.pixels, thin.gap, thin.bar) == (4, 0, 4.0)
    assert Grid(Frame(0, 0, 0, 0, best=5, least=2), 8, 10, 40).gap == 1
    assert Grid(frame, 1, 3, 1).inner == 1


def test_margins_and_lanes_grow_with_the_text() -> None:
    """What unites neighbours, and the part left empty, do not."""
    frame = Frame(50, 10, 6, 20, 30, 12, 0.3)
    assert frame.scaled(2.0) == Frame(100, 20, 12, 40, 60, 12, 0.3)


# ---------------------------------------------------------------- seconds of a run

YOUNG = Stretch(10.0, 10.0, None, 4.0)
OLD = Stretch(10.0, 10.0, None, 100.0)
PAST = Stretch(10.0, 10.0, 50.0, 100.0)
JOINED = Stretch(10.0, 10.0, None, 100.0, 95.0)


def test_spans_hold_the_whole_run() -> None:
    assert spans(0.0) == spans(60.0) == list(SPANS)
    assert spans(60.5) == [*SPANS, 120.0]
    assert spans(240.0) == [*SPANS, 120.0, 240.0]


@pytest.mark.parametrize(
    ("one", "figures", "words", "within"),
    [
        (YOUNG, (4.0, 0.0, 4.0), "4.0 s so far", "the 4.0 s so far"),
        (OLD, (100.0, 0.0, 10.0), "last 10 s", "the last 10 s"),
        (PAST, (50.0, 50.0, 10.0), "40.0–50.0 s of 100.0 s", "40.0–50.0 s of 100.0 s"),
        (JOINED, (100.0, 0.0, 5.0), "5.0 s so far", "the 5.0 s so far"),
        (Stretch(10.0, 10.0, 200.0, 100.0), (100.0, 0.0, 10.0), "90.0–100.0 s of 100.0 s", None),
        (Stretch(10.0, 10.0, None, 3.0, 5.0), (3.0, 0.0, 0.0), "0.0 s so far", None),
    ],
)
def test_what_is_said_of_the_seconds_on_screen(
    one: Stretch, figures: tuple[float, float, float], words: str, within: str | None
) -> None:
    assert (one.right, one.back, one.seen) == figures
    assert one.words() == words
    assert one.within() == (within or one.within())


def test_what_was_before_is_not_seen() -> None:
    assert [JOINED.has_seen(moment) for moment in (94.9, 95.0, 95.1)] == [False, True, True]


def test_a_run_goes_on_and_another_begins_as_usual() -> None:
    zoomed = PAST.zoomed(2.0)
    assert zoomed.span == 5.0
    assert zoomed.at(100.0) == zoomed
    assert zoomed.at(101.0, 3.0) == Stretch(5.0, 10.0, zoomed.end, 101.0, 3.0)
    assert zoomed.at(99.0, 3.0) == Stretch(10.0, 10.0, None, 99.0, 3.0)


def test_going_along_a_run_ends_at_its_ends() -> None:
    assert OLD.moved(-10.0).end == 90.0
    assert OLD.moved(10.0).end is None
    assert PAST.moved(49.0).end == 99.0
    assert PAST.moved(50.0).end is None  # the newest from now on
    assert PAST.moved(-45.0).end == 10.0  # its first span
    assert JOINED.moved(-90.0).end is None  # no more than was seen
    assert YOUNG.moved(-1.0).end is None


def test_zooming_takes_the_next_span() -> None:
    assert [OLD.zoomed(factor).span for factor in (2.0, 0.5, 0.0)] == [5.0, 20.0, 10.0]
    assert Stretch(1.0, 10.0, None, 5.0).zoomed(2.0).span == 1.0
    assert Stretch(120.0, 10.0, None, 100.0).zoomed(0.5).span == 120.0
    assert PAST.zoomed(0.0) == OLD
    assert OLD.zoomed(2.0, 0.9).end is None  # the newest stays at the right
    assert OLD.zoomed(2.0, 0.5).end == pytest.approx(97.5)  # the middle, 95 s, stays there
    assert PAST.zoomed(2.0, 0.5).end == pytest.approx(47.5)
    assert PAST.zoomed(2.0, 0.0).end == pytest.approx(45.0)
    assert PAST.zoomed(0.5, 1.0).end == pytest.approx(50.0)
    assert PAST.zoomed(0.5, 0.0).end == pytest.approx(60.0)


def test_a_moment_is_brought_to_the_screen() -> None:
    assert PAST.holding(40.0) is PAST
    assert PAST.holding(50.0) is PAST
    assert PAST.holding(39.0).end == 44.0
    assert PAST.holding(51.0).end == 56.0
    assert PAST.holding(99.0).end is None
    assert PAST.holding(1.0).end == 10.0


def test_columns_end_at_multiples_of_their_length() -> None:
    assert OLD.edge(10) == 100.0
    assert Stretch(10.0, 10.0, 50.3, 100.0).edge(10) == 51.0
    assert Stretch(10.0, 10.0, 50.3, 100.0).edge(20) == 50.5
