"""Where rings and bars are: nothing overlaps, nothing is left out, points lead back to bytes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz import gui
from relayviz.gui.rings.geometry import byte_of, hit, point_of, turn_of
from relayviz.gui.rings.layout import BARS_FROM, arrange
from relayviz.gui.rings.raster import samples_around
from tests.gui.states import Playground

SIZES = [(300.0, 200.0), (890.0, 760.0), (1600.0, 1000.0), (3840.0, 2160.0), (200.0, 1400.0)]
ROWS = [1, 2, 3, 4, 7, 16, 63, 64, 100, 256, 1000, 4096]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("rows", ROWS)
def test_cells_lie_side_by_side_inside_the_sheet(rows: int, width: float, height: float) -> None:
    layout = arrange(rows, width, height)
    corners = {(layout.cell(row).x, layout.cell(row).y) for row in range(rows)}
    assert len(corners) == rows
    for row in range(rows):
        cell, bar = layout.cell(row), layout.bar(row)
        assert cell.x >= 0
        assert cell.y >= 0
        assert cell.x + cell.width <= width + 0.01
        assert cell.y + cell.height <= height + 0.01
        assert layout.row_at(cell.x + cell.width / 2, cell.y + cell.height / 2) == row
        if layout.bars:
            assert cell.x <= bar.x
            assert bar.x + bar.width <= cell.x + cell.width + 0.01
            assert bar.y + bar.height <= cell.y + cell.height + 0.01
        else:
            assert layout.outer * 2 <= min(cell.width, cell.height)


def test_many_cpus_become_bars() -> None:
    assert not arrange(BARS_FROM - 1, 1600, 1000).bars
    assert arrange(BARS_FROM, 1600, 1000).bars
    assert arrange(40, 200, 120).bars  # where rings would be too small


@pytest.mark.parametrize(
    ("rows", "width", "height", "columns"),
    [(64, 1250, 200, 5), (128, 1100, 900, 3), (256, 700, 250, 6), (200, 1600, 350, 6)],
)
def test_bars_are_in_as_many_columns_as_bring_them_nearest_to_26_times_their_height(
    rows: int, width: float, height: float, columns: int
) -> None:
    assert arrange(rows, width, height).columns == columns


@pytest.mark.parametrize(
    ("height", "gap"), [(1.0, 0.0), (1.9, 0.0), (2.0, 0.5), (2.9, 0.5), (3.0, 1.0), (3.9, 1.0)]
)
def test_bars_are_apart_as_far_as_their_lines_are_high(height: float, gap: float) -> None:
    layout = replace(arrange(BARS_FROM, 1600, 1000), cell_height=height)
    for row in (0, layout.lines - 1):
        cell, bar = layout.cell(row), layout.bar(row)
        assert bar.height == pytest.approx(height - gap)
        assert bar.y - cell.y == pytest.approx(gap / 2)


@pytest.mark.parametrize("rows", [1, 4, 15, 64, 256])
@pytest.mark.parametrize("text", [0.75, 1.5, 3.0])
def test_what_text_decides_grows_with_it(rows: int, text: float) -> None:
    """A view and its text twice as large: the same picture, but for what text does not decide."""
    usual, large = arrange(rows, 900, 700), arrange(rows, 900 * text, 700 * text, text)
    assert (large.bars, large.columns, large.lines) == (usual.bars, usual.columns, usual.lines)
    assert (large.has_text, large.has_lost_text) == (usual.has_text, usual.has_lost_text)
    assert large.outer == pytest.approx(usual.outer * text)
    if usual.bars:
        for row in range(rows):
            bar, cell = usual.bar(row), usual.cell(row)
            assert large.bar(row).x - large.cell(row).x == pytest.approx((bar.x - cell.x) * text)
    same = arrange(rows, 900, 700, text)
    assert (same.text, same.rows) == (text, rows)
    assert same.outer <= usual.outer or text < 1


@given(
    rows=st.integers(1, 300),
    zoom=st.floats(1, 20),
    corner=st.tuples(st.floats(0, 4000), st.floats(0, 4000)),
    size=st.tuples(st.floats(1, 2000), st.floats(1, 2000)),
)
def test_rows_in_finds_each_cell_that_is_touched(
    rows: int, zoom: float, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    (x, y), (width, height) = corner, size
    layout = arrange(rows, 900, 700).scaled(zoom)
    found = set(layout.rows_in(x, y, width, height))
    for row in range(rows):
        cell = layout.cell(row)
        touches = (
            cell.x + 0.01 < x + width
            and x < cell.x + cell.width - 0.01
            and cell.y + 0.01 < y + height
            and y < cell.y + cell.height - 0.01
        )
        assert not touches or row in found


@given(
    n=st.integers(1, 2000),
    size=st.integers(1, 10_000),
    samples=st.integers(8, 8000),
    data=st.data(),
)
def test_a_byte_and_its_place_lead_to_each_other(
    n: int, size: int, samples: int, data: st.DataObject
) -> None:
    index, offset = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, size - 1))
    turn = turn_of(index, offset, n, size, samples)
    assert 0 <= turn < 1
    found = byte_of(turn + 1e-9, n, size, samples)
    assert abs(found[0] * size + found[1] - index * size - offset) <= 1


@pytest.mark.parametrize(("cpus", "n"), [(1, 8), (4, 8), (16, 64), (64, 16), (256, 4)])
def test_a_hit_is_what_is_drawn_there(cpus: int, n: int) -> None:
    snapshot = Playground(cpus=cpus, n_subbufs=n, subbuf_size=100).snapshot()
    layout = arrange(cpus, 1000, 800)
    samples = samples_around(layout.outer)
    for row, index in itertools.product(range(cpus), range(n)):
        turn = turn_of(index, 50, n, 100, samples)
        if layout.bars:
            bar = layout.bar(row)
            x, y = bar.x + bar.width * turn, bar.y + bar.height / 2
        else:
            x, y = point_of(layout.centre(row), (layout.inner + layout.outer) / 2, turn)
        found = hit(layout, snapshot, x, y, samples)
        assert found is not None
        assert (found.row, found.index) == (row, index)
        assert abs(found.offset - 50) <= 100 / (samples / n) + 2


def test_only_the_raster_uses_the_native_module() -> None:
    folder = Path(gui.__file__).parent
    using = [path for path in folder.rglob("*.py") if "_relay" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(folder).as_posix() for path in using] == ["rings/raster.py"]
