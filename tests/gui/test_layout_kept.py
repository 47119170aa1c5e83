"""After the window was closed and opened again everything stands where it stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.gui.test_drift import LIVE, STEP, bottom, drag, places

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from tests.gui.conftest import Driver

SIZES = [(1280, 800), (1680, 1050), (2560, 1400)]
LEFT = Qt.MouseButton.LeftButton


def again(driver: Driver, size: tuple[int, int], side: str = STEP) -> dict[str, QRect]:
    """Close the window, open another one of a size, and return where its docks are."""
    driver.end()
    driver.start(size=size)
    driver.trigger(side)
    return places(driver)


@pytest.mark.parametrize("side", [STEP, LIVE])
@pytest.mark.parametrize("size", SIZES)
def test_every_dock_is_where_it_was(driver: Driver, size: tuple[int, int], side: str) -> None:
    """With the first steps over them and without, with borders moved and another tab in front."""
    window = driver.window
    window.resize(*size)
    driver.trigger(side)
    before = places(driver)
    assert again(driver, size, side) == before, "nobody moved anything"
    drag(driver, -30)
    before = places(driver)
    assert again(driver, size, side) == before, "a border was moved"
    driver.window.focus_dock("fate" if side == STEP else "counters")
    driver.window.docks["why"].hide()
    drag(driver, -25)
    driver.click(driver.window.welcome.findChildren(QPushButton)[0])
    before = places(driver)
    for _ in range(3):
        assert again(driver, size, side) == before, "the first steps were put away"


def test_sides_that_are_not_shown_come_back_too(driver: Driver) -> None:
    """What was moved beside a running channel is there when one runs again, whenever that is."""
    driver.trigger(LIVE)
    drag(driver, -45)
    live = places(driver)
    driver.trigger(STEP)
    drag(driver, -20)
    step = places(driver)
    for _ in range(2):
        assert again(driver, SIZES[0]) == step
    assert again(driver, SIZES[0], LIVE) == live


def test_in_a_window_of_another_size_what_was_chosen_keeps_its_size(driver: Driver) -> None:
    """Sides and bottom are as large as before, the rings have the rest; and all the way back."""
    drag(driver, -40)
    before, chosen = places(driver), bottom(driver)
    larger = again(driver, SIZES[1])
    assert bottom(driver) == chosen
    for name in ("channel", "counters", "bytes"):
        assert larger[name].width() == before[name].width()
    grown = QSize(*SIZES[1]) - QSize(*SIZES[0])
    assert larger["rings"].size() == before["rings"].size() + grown
    assert again(driver, SIZES[0]) == before


@pytest.mark.parametrize(
    "sizes", [{"stepped": {"log": [1, "x"], "timeline": [0, -3], "moon": [5, 5]}}, {"stepped": 3}]
)
def test_sizes_that_are_none_are_left_alone(driver: Driver, sizes: dict[str, object]) -> None:
    drag(driver, -40)
    before = places(driver)
    driver.end()
    kept = driver.session.load()
    kept.sizes.clear()
    kept.sizes.update(sizes)
    driver.session.save(kept)
    driver.start()
    after = places(driver)
    assert set(after) == set(before)
    assert all(rect.height() > 0 for rect in after.values())


def test_a_border_that_is_let_go_right_before_the_end_is_kept(driver: Driver) -> None:
    window, before = driver.window, bottom(driver)
    at = window.docks["rings"].geometry().bottomLeft() + QPoint(100, 4)
    QTest.mousePress(window, LEFT, pos=at)
    QTest.mouseMove(window, at - QPoint(0, 40))
    QTest.qWait(20)
    QTest.mouseRelease(window, LEFT, pos=at - QPoint(0, 40))
    again(driver, SIZES[0])
    assert bottom(driver) == before + 40
