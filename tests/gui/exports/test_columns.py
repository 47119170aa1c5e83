"""Widths of columns and wrapped texts, against what they must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from relayviz.gui.exports.columns import shared, wrapped
from relayviz.gui.exports.sheet import Sheet
from relayviz.gui.look import theme as themes
from relayviz.gui.widgets.exported import ON_A_PICTURE, Picture, Rows

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

TEXTS = st.text(st.sampled_from("ab c"), max_size=60)


@given(st.lists(st.floats(0, 500), max_size=8), st.floats(1, 1000))
def test_columns_get_what_they_need_or_an_equal_share(needs: list[float], room: float) -> None:
    widths = shared(needs, room)
    assert sum(widths) <= room * 1.000001
    assert all(0 <= width <= need for width, need in zip(widths, needs, strict=True))
    short = [width for width, need in zip(widths, needs, strict=True) if width < need - 1e-9]
    if short:  # whoever has less than it needs has as much as anybody
        assert min(short) >= max(widths) - 1e-6
        assert abs(sum(widths) - room) < 1e-6 * max(1.0, room)


@given(TEXTS, st.integers(1, 30))
def test_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, len, width)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_picture_of_many_rows_says_how_many_there_are(qapp: QApplication) -> None:
    del qapp  # it knows the fonts

    def height(count: int) -> int:
        rows = Rows(("step",), [(step,) for step in range(count)], count)
        return Sheet("Log", "", Picture(rows=rows), themes.load("dark")).size.height()

    whole = height(ON_A_PICTURE)
    line = (whole - height(1)) / (ON_A_PICTURE - 1)
    assert abs(height(2) - height(1) - line) <= 1
    assert whole + line - 1 <= height(ON_A_PICTURE + 1) < whole + 3 * line
    assert height(ON_A_PICTURE + 2) == height(ON_A_PICTURE + 1)
