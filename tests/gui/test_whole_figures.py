"""Figures are shown whole or not at all: a part of a figure is another figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem

from relayviz.gui.counters.columns import LOST
from relayviz.gui.widgets.table import CUT, FIGURE, Cells, Table
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from relayviz.gui.counters import CountersPanel
    from tests.gui.conftest import Driver

LARGE = 9_876_543_210


def told(table: Table, index: QModelIndex) -> str:
    """What a cell shows, as its delegate hands it to the style."""
    option = QStyleOptionViewItem()
    table.initViewItemOption(option)
    option.rect = table.visualRect(index)
    delegate = table.itemDelegate()
    assert isinstance(delegate, Cells)
    delegate.initStyleOption(option, index)
    return option.text


def counted(driver: Driver, figure: int) -> CountersPanel:
    """Show counters as after a long run."""
    buffers = driver.snapshot.buffers.copy()
    buffers["account"]["refused_full"]["events"] = figure
    buffers["produced"], buffers["consumed"] = figure, figure - 3
    panel: CountersPanel = driver.window.docks["counters"].panel  # type: ignore[assignment]
    panel._put(replace(driver.snapshot, buffers=buffers))
    QTest.qWait(1)
    return panel


@pytest.mark.parametrize("figure", [234_567, LARGE])
def test_what_was_lost_is_seen_whole_at_first(driver: Driver, figure: int) -> None:
    table = counted(driver, figure).table
    model = table.model()
    for row in range(model.rowCount()):
        index = model.index(row, LOST)
        assert table.viewport().rect().contains(table.visualRect(index))
        assert told(table, index) == grouped(figure)


def test_figures_that_get_longer_move_no_border(driver: Driver) -> None:
    docks = driver.window.docks
    before = {name: dock.geometry() for name, dock in docks.items()}
    for figure in (234_567, LARGE):
        counted(driver, figure)
        driver.window.space.share()
        assert {name: dock.geometry() for name, dock in docks.items()} == before


def test_no_part_of_a_figure_is_shown(driver: Driver) -> None:
    table = counted(driver, LARGE).table
    bar = table.horizontalScrollBar()
    seen = set()
    for at in range(0, bar.maximum() + 1, 7):
        bar.setValue(at)
        for column in range(table.model().columnCount()):
            index = table.model().index(0, column)
            if table.viewport().rect().intersects(table.visualRect(index)):
                text = told(table, index)
                assert text in (str(index.data()), CUT)
                seen.add(text == CUT)
    assert seen == {True, False}


@pytest.mark.parametrize(
    "text", ["12", "-5", "12.345", "12:03:44", "9\u202f876\u202f543", "\u2265 7", "\u2264 7"]
)
def test_what_a_figure_is(text: str) -> None:
    found = FIGURE.match(f"{text} B")
    assert found is not None
    assert found[0] == text
    assert FIGURE.match("ready: 7") is None
