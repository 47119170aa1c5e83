"""A live run is kept whole: any stretch of it has what was counted, none of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz.engines.live.past import run as past
from relayviz.engines.live.past.columns import Edges, most_in, sums_in, union_in
from relayviz.engines.live.past.run import WIDTH, Past
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.relay import LIVE_BINS_DTYPE, Lane

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=30)


@given(LENGTHS, st.integers(1, 25), st.integers(0, 200), st.integers(1, 400))
def test_columns_have_what_is_in_them(
    lengths: list[int], columns: int, first: int, span: int
) -> None:
    """Held against a count of every hundredth of a second."""
    edges = np.concatenate([[0], np.cumsum(lengths)]) / 100
    wanted = (first + span * np.arange(columns + 1)) / 100
    grid = Edges(edges[:-1], edges[1:], wanted)
    each = np.repeat(np.arange(len(lengths)), lengths)  # which stretch a hundredth is of
    values = np.arange(1.0, len(lengths) + 1)
    marks = np.uint32(1) << (np.arange(len(lengths), dtype=np.uint32)[:, None] % np.uint32(32))
    sums, most, union = (
        sums_in(grid, values[:, None]), most_in(grid, values), union_in(grid, marks),
    )  # fmt: skip
    for column in range(columns):
        inside = each[first + span * column : first + span * (column + 1)]
        shares = sum(values[place] / lengths[place] for place in inside)
        assert sums[column, 0] == pytest.approx(shares)
        touched = set(inside.tolist())
        assert most[column] == max((values[place] for place in touched), default=0)
        assert union[column, 0] == np.bitwise_or.reduce(
            np.array([marks[place, 0] for place in touched], np.uint32)
        )


class Counter:
    """A pool: `number + 1` events and a loss in each column, marked on CPU number % 2."""

    def __init__(self) -> None:
        self.time = 0.0

    def bins(self, columns: int, seconds: float) -> NDArray[np.void]:
        rows = np.zeros(columns, LIVE_BINS_DTYPE)
        first = round((np.ceil(self.time / WIDTH) * WIDTH - seconds) / WIDTH)
        numbers = first + np.arange(columns)
        rows["begin"] = numbers * WIDTH
        there = (numbers >= 0) & (numbers < np.ceil(self.time / WIDTH))
        rows["stored"] = np.where(there, numbers + 1, 0)
        rows["fate"]["overwritten"] = there
        rows["most_ready"] = np.where(there, numbers % 5, 0)
        return rows

    def lanes(self, columns: int, seconds: float) -> NDArray[np.uint32]:
        first = round((np.ceil(self.time / WIDTH) * WIDTH - seconds) / WIDTH)
        numbers = first + np.arange(columns)
        there = (numbers >= 0) & (numbers < np.ceil(self.time / WIDTH))
        marks = np.where(there, int(Lane.OVERWRITTEN), 0).astype(np.uint32)
        return np.stack([marks * (numbers % 2 == cpu) for cpu in range(2)]).astype(np.uint32)


def run(pool: Counter, kept: Past, seconds: float) -> None:
    end = pool.time + seconds
    while pool.time < end:
        pool.time += 0.016
        kept.follow()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few columns that they are united several times in a short run."""
    monkeypatch.setattr(past, "MOST", 64)
    monkeypatch.setattr(past, "LEAST", 64)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seconds", [3.0, 20.0, 70.0, 130.0])
def test_the_whole_run_is_there_however_long_it_is(seconds: float) -> None:
    pool = Counter()
    kept = Past(pool, 2, 5)  # type: ignore[arg-type]
    run(pool, kept, seconds)
    columns = round(np.ceil(pool.time / WIDTH))
    assert kept.width == pytest.approx(WIDTH * 2 ** max(0, np.ceil(np.log2(columns / 64))), rel=0.6)
    whole = kept.rates(columns * WIDTH, columns, 0.0)
    assert whole.written.sum() == pytest.approx(columns * (columns + 1) / 2)
    lost = whole.lost[LOSSES.index("overwritten")]
    assert lost.sum() == pytest.approx(columns)
    assert (lost > 0).all()
    assert whole.fill.max() == pytest.approx(4 / 5)
    lanes = kept.lanes(columns * WIDTH, 10, 0.0)
    assert lanes.shape == (2, 10)
    assert (lanes == int(Mark.OVERWRITTEN)).all()


def test_columns_are_united_whatever_number_of_them_the_cpus_leave_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 63 columns one would have none to be united with."""
    monkeypatch.setattr(past, "LEAST", 8)
    monkeypatch.setattr(past, "LARGEST", 127)
    pool = Counter()
    kept = Past(pool, 2, 5)  # type: ignore[arg-type]
    run(pool, kept, 20.0)
    columns = round(np.ceil(pool.time / WIDTH))
    lost = kept.rates(columns * WIDTH, columns, 0.0).lost[LOSSES.index("overwritten")]
    assert lost.sum() == pytest.approx(columns)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("back", [0.0, 1.0, 10.0, 60.0, 100.0])
def test_a_stretch_has_its_own_part(back: float) -> None:
    pool = Counter()
    kept = Past(pool, 2, 5)  # type: ignore[arg-type]
    run(pool, kept, 110.0)
    found = kept.rates(4.0, 4, back)
    end = np.ceil(pool.time - back)
    for column in range(4):
        begin = end - 4 + column
        expected = sum(
            number + 1
            for number in range(round(begin / WIDTH), round((begin + 1) / WIDTH))
            if 0 <= number < np.ceil(pool.time / WIDTH)
        )
        # where columns were united a figure is shared out: the neighbours differ by little
        assert found.written[column] == pytest.approx(expected, abs=20 + expected * 0.15)


def test_a_run_of_many_cpus_takes_no_more_memory() -> None:
    kept = Past(Counter(), 4096, 5)  # type: ignore[arg-type]
    assert kept._kept.marks.nbytes <= 4 * past.LARGEST
