"""In front of a class: sizes from 75 to 300 %, a layout for projectors, a theme of contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.gui.lesson.fields import NumberField
from relayviz.gui.lesson.panel import LessonPanel
from relayviz.gui.lesson.stage import LEVELS, PRESENTED
from relayviz.gui.look.theme import POINT_SIZE, Role, load
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Settings, Store
from tests.gui.conftest import Driver
from tests.gui.test_cut import cut_at_rest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QColor

LEAST_CONTRAST, LEAST_OF_SHAPES = 7.0, 3.0  # of WCAG: AAA for text


@pytest.fixture(autouse=True)
def usual_size() -> Iterator[None]:
    """Text is as large afterwards as it was: the application stays, and its windows go."""
    font = QApplication.font()
    yield
    QApplication.setFont(font)


def shown(driver: Driver) -> set[str]:
    return {name for name, frame in driver.window.docks.items() if frame.isVisible()}


def places(driver: Driver) -> dict[str, QRect]:
    docks = driver.window.docks.items()
    return {n: QRect(one.geometry()) for n, one in docks if not one.visibleRegion().isEmpty()}


def test_everything_gets_larger_and_smaller_and_that_is_kept(driver: Driver) -> None:
    line = driver.window.docks["log"].fontMetrics().height()
    for name in ("view.larger", "view.larger"):
        driver.trigger(name)
    assert driver.window.stage.zoom == LEVELS[LEVELS.index(100) + 2]
    assert QApplication.font().pointSizeF() == pytest.approx(POINT_SIZE * 1.3)
    assert driver.window.docks["log"].fontMetrics().height() > line * 1.2
    assert driver.settings.load().zoom == 130
    stage = driver.window.stage
    for last, before, step in ((75, LEVELS[1], stage.smaller), (300, LEVELS[-2], stage.larger)):
        stage.set_zoom(before)
        for _ in range(2):  # there it ends
            step()
            assert stage.zoom == last
    driver.trigger("view.usual")
    assert driver.settings.load().zoom == 100
    assert driver.window.docks["log"].fontMetrics().height() == line


def test_all_is_as_large_from_the_start(qapp: QApplication, tmp_path: Path) -> None:
    app.prepare(qapp)
    Store(Settings, tmp_path / "settings.json").save(Settings(zoom=130))
    driver = Driver(tmp_path)
    points = driver.window.menuBar().font().pointSizeF()
    driver.trigger("view.usual")
    driver.end()
    assert points == pytest.approx(POINT_SIZE * 1.3)


def test_every_dock_is_whole_at_200_percent(driver: Driver) -> None:
    driver.window.welcome.hide()
    driver.window.stage.set_zoom(200)
    QTest.qWait(1)
    assert driver.window.width() <= 1280
    assert cut_at_rest(driver.window) == []
    for name in driver.window.docks:
        if name != "load":  # which is for channels that run
            driver.window.focus_dock(name)
            assert cut_at_rest(driver.window) == [], name


def test_a_class_sees_rings_lesson_and_log_and_then_all_is_as_it_was(driver: Driver) -> None:
    before = shown(driver)
    state = driver.window.windowState()
    driver.press(Qt.Key.Key_F10)
    assert shown(driver) == set(PRESENTED)
    assert driver.window.stage.zoom == 150
    assert driver.window.isFullScreen()
    assert driver.settings.load().zoom == 100, "that is for this class only"
    assert not driver.window.operations.isVisible()
    driver.press(Qt.Key.Key_F10)
    assert shown(driver) == before
    assert driver.window.stage.zoom == 100
    assert driver.window.windowState() == state
    assert driver.window.operations.isVisible()


@pytest.mark.parametrize("zoom", [100, 200, 300])
def test_a_class_sees_all_three_where_docks_share_one_place(driver: Driver, zoom: int) -> None:
    driver.window.lessons.begin_course()
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert isinstance(panel.field, NumberField)
    panel.field.line.setText("12")
    driver.window.stage.set_zoom(zoom)
    driver.settle()
    QTest.qWait(20)
    before = places(driver)
    driver.trigger("view.present")
    driver.window.showNormal()  # there is more room on the whole screen
    driver.window.resize(1280, 800)
    QTest.qWait(20)
    assert driver.window.size().toTuple() == (1280, 800)
    for name in PRESENTED:
        frame = driver.window.docks[name]
        place = frame.visibleRegion().boundingRect()
        assert place.size() == frame.size(), f"{name} is hidden or covered"
        assert place.height() >= 5 * frame.fontMetrics().lineSpacing(), name
    assert cut_at_rest(driver.window) == []
    assert panel.field.line.text() == "12"
    assert panel.isAncestorOf(driver.window.focusWidget()), "what is typed is an answer"
    driver.trigger("view.present")
    driver.settle()
    QTest.qWait(20)
    assert shown(driver) - set(PRESENTED), "all is there again"
    assert places(driver) == before


def test_a_class_sees_the_same_when_another_kind_of_channel_comes_to_front(driver: Driver) -> None:
    driver.trigger("view.present")
    driver.trigger("engine.live")
    assert shown(driver) == set(PRESENTED)
    driver.trigger("view.present")
    assert {"load", "rate"} <= shown(driver)
    driver.trigger("engine.step")
    assert {"log", "timeline", "bytes"} <= shown(driver)


def test_who_closes_the_window_before_a_class_finds_it_as_it_was(driver: Driver) -> None:
    before = shown(driver)
    driver.trigger("view.present")
    driver.stop()
    driver.start()
    assert shown(driver) == before
    assert driver.window.stage.zoom == 100


def luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_theme_of_high_contrast_has_it() -> None:
    theme = load("contrast")
    for role in (Role.TEXT, Role.TEXT_DIM, Role.TEXT_STRONG, Role.ERROR, Role.WARNING, Role.OK):
        for ground in (Role.WINDOW, Role.PANEL, Role.FIELD, Role.BUTTON):
            assert contrast(theme[role], theme[ground]) >= LEAST_CONTRAST, (role, ground)
    for role in (Role.UNREAD, Role.PADDING, Role.LOST, Role.HEADER, Role.WRITE_POSITION):
        assert contrast(theme[role], theme[Role.FREE]) >= LEAST_OF_SHAPES, role
    assert contrast(theme[Role.BORDER], theme[Role.WINDOW]) >= LEAST_OF_SHAPES
