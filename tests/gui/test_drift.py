"""Sizes of docks change only when a person changes them, in whatever order things happen.

Each test has events meet that are seldom in one turn of the event loop: a strip that goes while a
dock comes or the mouse lets go, a tab that comes to front, a side that is left at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from relayviz.gui.counters import CountersPanel
from relayviz.gui.rings import RingsPanel
from relayviz.gui.rings.panel import LEAST_RINGS
from relayviz.gui.shell.main_window import SMALLEST

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

LEFT = Qt.MouseButton.LeftButton
FURTHER = 40  # pixels that a border is moved
PATIENCE = 10.0
LIVE, STEP = "engine.live", "engine.step"
SIDES = pytest.mark.parametrize("side", [STEP, LIVE])


def places(driver: Driver) -> dict[str, QRect]:
    """Where each dock is that is seen, once the window has nothing left to do."""
    end = time.monotonic() + PATIENCE
    QTest.qWait(10)
    while driver.window.space.is_unsettled and time.monotonic() < end:
        QTest.qWait(5)
    return {
        name: QRect(dock.geometry())
        for name, dock in driver.window.docks.items()
        if not dock.visibleRegion().isEmpty()
    }


def bottom(driver: Driver) -> int:
    """The height of the docks at the bottom."""
    found = places(driver)
    return found[max(found, key=lambda name: found[name].bottom())].height()


def drag(driver: Driver, by: int) -> int:
    """Move the border over the docks at the bottom, and return the height that they have then."""
    window = driver.window
    before = bottom(driver)
    at = window.docks["rings"].geometry().bottomLeft() + QPoint(100, 4)
    assert window.isSeparator(at)
    QTest.mousePress(window, LEFT, pos=at)
    QTest.mouseMove(window, at + QPoint(0, by))
    QTest.qWait(20)  # Qt follows the mouse with a timer of its own
    QTest.mouseRelease(window, LEFT, pos=at + QPoint(0, by))
    assert bottom(driver) == before - by
    assert window.space.is_arranged
    return before - by


def test_a_tab_that_was_behind_has_the_size_of_its_place(driver: Driver) -> None:
    window = driver.window
    window.focus_dock("fate")  # it was once in front, and had another size then
    places(driver)
    window.focus_dock("timeline")
    chosen = drag(driver, -FURTHER)
    for _ in range(2):
        window.focus_dock("fate")
        window.welcome.setVisible(window.welcome.isHidden())
        assert places(driver)["fate"].height() == chosen
        window.resize(window.width(), window.height() + 30)
        assert places(driver)["fate"].height() == chosen


@SIDES
@pytest.mark.parametrize("front", ["why", "load"])
def test_strips_and_sizes_leave_what_was_chosen(driver: Driver, side: str, front: str) -> None:
    window = driver.window
    driver.trigger(side)
    chosen = drag(driver, -FURTHER)
    window.focus_dock(front)  # of those that are there at first, and of those that are not
    before = places(driver)
    assert front in before
    for more in (50, -50):
        window.resize(window.width(), window.height() + more)
        places(driver)
    assert places(driver) == before
    for _ in range(3):
        window.welcome.setVisible(window.welcome.isHidden())
        assert bottom(driver) == chosen


@SIDES
def test_a_click_while_a_strip_goes_chooses_nothing(driver: Driver, side: str) -> None:
    window = driver.window
    driver.trigger(side)
    chosen = drag(driver, -FURTHER)
    for _ in range(3):
        for is_shown in (False, True):
            window.welcome.setVisible(is_shown)
            QTest.mouseClick(window.statusBar(), LEFT)
            assert bottom(driver) == chosen


@SIDES
def test_a_border_let_go_while_a_strip_goes_is_where_it_was_let_go(
    driver: Driver, side: str
) -> None:
    window = driver.window
    driver.trigger(side)
    before = bottom(driver)
    at = window.docks["rings"].geometry().bottomLeft() + QPoint(100, 4)
    QTest.mousePress(window, LEFT, pos=at)
    QTest.mouseMove(window, at - QPoint(0, FURTHER))
    QTest.qWait(20)
    QTest.mouseRelease(window, LEFT, pos=at - QPoint(0, FURTHER))
    window.welcome.hide()
    assert bottom(driver) == before + FURTHER


@SIDES
@pytest.mark.parametrize("dock", ["why", "watches", "bytes"])
def test_a_dock_that_comes_while_a_strip_goes_chooses_nothing(
    driver: Driver, side: str, dock: str
) -> None:
    window = driver.window
    driver.trigger(side)
    before = bottom(driver)
    window.docks[dock].setVisible(window.docks[dock].isHidden())
    window.welcome.hide()
    assert abs(bottom(driver) - before) <= 25  # tabs may have come
    chosen = bottom(driver)
    window.welcome.show()
    assert bottom(driver) == chosen


@SIDES
def test_a_dock_that_was_away_comes_back_as_it_was(driver: Driver, side: str) -> None:
    driver.trigger(side)
    drag(driver, -FURTHER)
    before = places(driver)
    for name in before:
        if name != "rings":
            driver.window.docks[name].hide()
            places(driver)
            driver.window.focus_dock(name)
            assert places(driver) == before, name


@SIDES
def test_a_side_that_is_left_at_once_is_as_it_was(driver: Driver, side: str) -> None:
    driver.trigger(LIVE)
    driver.trigger(STEP)
    driver.trigger(side)
    drag(driver, -FURTHER)
    other = LIVE if side == STEP else STEP
    before = places(driver)
    for _ in range(3):
        for shown in (other, side, other, side):
            QTest.mouseClick(driver.window.statusBar(), LEFT)
            driver.trigger(shown)
            QTest.mouseClick(driver.window.statusBar(), LEFT)
        assert places(driver) == before


@SIDES
def test_the_smallest_window_can_be_used(driver: Driver, side: str) -> None:
    """The legend is not over the rings, and at least a row of the counters is seen whole."""
    window = driver.window
    driver.trigger(side)
    for is_welcome in (True, False):
        window.welcome.setVisible(is_welcome)
        window.resize(*SMALLEST)
        places(driver)
        assert (window.width(), window.height()) == SMALLEST
        window.focus_dock("counters")
        places(driver)
        counters = window.docks["counters"].panel
        assert isinstance(counters, CountersPanel)
        table = counters.table
        row = table.visualRect(table.model().index(0, 0))
        assert row.height() >= table.fontMetrics().height()
        assert table.viewport().rect().contains(QPoint(row.center().x(), row.top()))
        assert row.bottom() <= table.viewport().rect().bottom()
        rings = window.docks["rings"].panel
        assert isinstance(rings, RingsPanel)
        view, legend = rings.view, rings.legend
        assert rings.rect().contains(view.geometry())
        if not legend.isHidden():
            assert not legend.geometry().intersects(view.geometry())
            assert rings.rect().contains(legend.geometry())
            assert legend.height() >= legend.heightForWidth(legend.width())
        assert view.height() >= LEAST_RINGS or legend.isHidden()


@SIDES
def test_space_floats_no_dock_and_hides_none(driver: Driver, side: str) -> None:
    """Whoever comes to a dock's title with Tab and presses Space means Pause."""
    window = driver.window
    driver.trigger(side)
    for name, dock in window.docks.items():
        window.focus_dock(name)
        for button in dock.titleBarWidget().findChildren(QToolButton):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
            assert window.focusWidget() is not button
            assert not button.focusPolicy() & Qt.FocusPolicy.TabFocus
            assert button.accessibleName().endswith(dock.windowTitle())
        assert dock.isVisible()
        assert not dock.isFloating()
