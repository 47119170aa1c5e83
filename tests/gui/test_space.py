"""How the docks share the window, and what is in sight at the sizes people have."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from relayviz.gui.bytes import BytesPanel
from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.log import LogPanel
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.session.scenario import scenarios

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

PATIENCE = 10.0
IS_LONG = "RELAY_SOAK" in os.environ
OPENED, SWITCHES = (20, 20) if IS_LONG else (6, 3)
SIZES = [(1264, 752), (1280, 800), (1680, 1050), (1920, 1080), (2560, 1440)]


def resize(driver: Driver, width: int, height: int) -> None:
    driver.window.resize(width, height)
    QTest.qWait(20)
    driver.settle()


def counters(driver: Driver) -> CountersPanel:
    panel = driver.window.docks["counters"].panel
    assert isinstance(panel, CountersPanel)
    return panel


def sizes(driver: Driver) -> dict[str, tuple[int, int]]:
    return {name: (dock.width(), dock.height()) for name, dock in driver.window.docks.items()}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_loss_is_in_sight_and_rings_have_the_largest_share(
    driver: Driver, width: int, height: int
) -> None:
    resize(driver, width, height)
    table = counters(driver).table
    model = table.model()
    lost = [column.heading for column in COLUMNS].index("lost")
    seen = table.viewport().rect()
    for row in range(model.rowCount()):
        assert seen.contains(table.visualRect(model.index(row, lost))), f"cpu {row}"
    shown = sizes(driver)
    rings = shown["rings"]
    assert rings[0] >= max(shown["bytes"][0], shown["channel"][0])
    assert rings[1] > shown["timeline"][1]
    assert shown["timeline"][1] <= 0.3 * height


def places(driver: Driver) -> dict[str, QRect]:
    """Where each dock is that is seen."""
    QTest.qWait(20)
    return {
        name: QRect(dock.geometry())
        for name, dock in driver.window.docks.items()
        if not dock.visibleRegion().isEmpty()
    }


DRIFTS = [(1280, 800), (1680, 1050), (1000, 640)]


@pytest.mark.parametrize("is_arranged", [False, True], ids=["first", "arranged"])
@pytest.mark.parametrize("front", ["timeline", "fate"])
@pytest.mark.parametrize(("width", "height"), DRIFTS)
def test_no_dock_moves_but_by_hand(
    driver: Driver, width: int, height: int, front: str, is_arranged: bool
) -> None:
    """Opening scenarios and changing sides leave every dock where it was."""
    driver.window.welcome.hide()  # as a scenario does
    resize(driver, width, height)
    driver.window.focus_dock(front)
    if is_arranged:
        QTest.qWait(20)
        border = driver.window.docks["rings"].geometry().bottomLeft() + QPoint(100, 4)
        QTest.mousePress(driver.window, Qt.MouseButton.LeftButton, pos=border)
        QTest.mouseMove(driver.window, border - QPoint(0, 30))
        QTest.mouseRelease(driver.window, Qt.MouseButton.LeftButton, pos=border - QPoint(0, 30))
        assert driver.window.space.is_arranged
    before = places(driver)
    for _ in range(SWITCHES):
        driver.trigger("engine.live")
        driver.trigger("engine.step")
        assert places(driver) == before
    by_text: dict[int, dict[str, QRect]] = {}
    for scenario in scenarios()[:OPENED]:
        driver.window.desk.open_scenario(scenario.name)
        driver.settle()
        QTest.qWait(20)
        # its text takes room from the rings: the same for each text of as many lines
        found = places(driver)
        assert found == by_text.setdefault(driver.window.story.height(), found)
    for place in range(len(driver.controller.tabs)):
        driver.controller.show_tab(place)
        driver.settle()
        QTest.qWait(20)
        bar = driver.window.story
        assert places(driver) == (before if bar.isHidden() else by_text[bar.height()])


def test_what_the_user_arranged_stays_and_the_rings_take_the_rest(driver: Driver) -> None:
    resize(driver, 1280, 800)
    border = driver.window.docks["rings"].geometry().bottomLeft() + QPoint(200, 4)
    assert driver.window.isSeparator(border)
    QTest.mousePress(driver.window, Qt.MouseButton.LeftButton, pos=border)
    QTest.mouseMove(driver.window, border - QPoint(0, 60))
    QTest.mouseRelease(driver.window, Qt.MouseButton.LeftButton, pos=border - QPoint(0, 60))
    QTest.qWait(20)
    before = sizes(driver)
    resize(driver, 1680, 1050)
    after = sizes(driver)
    for side in ("channel", "bytes"):
        assert abs(after[side][0] - before[side][0]) <= 2, side
    assert abs(after["timeline"][1] - before["timeline"][1]) <= 2
    assert after["rings"][0] > before["rings"][0] + 350
    driver.stop()
    driver.start()
    assert driver.window.space.is_arranged
    driver.trigger("view.reset")
    assert not driver.window.space.is_arranged


def test_the_rings_take_what_the_first_steps_leave(driver: Driver) -> None:
    resize(driver, 1280, 800)
    before = sizes(driver)
    driver.window.welcome.hide()
    end = time.monotonic() + PATIENCE
    while sizes(driver)["rings"][1] < before["rings"][1] + 25 and time.monotonic() < end:
        QTest.qWait(5)
    after = sizes(driver)
    assert after["rings"][1] >= before["rings"][1] + 25
    assert after["timeline"][1] <= before["timeline"][1] + 20


def test_an_untouched_layout_is_not_kept(driver: Driver) -> None:
    resize(driver, 1680, 1050)
    driver.stop()
    assert driver.session.load().docks == ""
    driver.start()
    resize(driver, 1280, 800)
    assert sizes(driver)["timeline"][1] < 200


def test_lines_of_bytes_are_as_long_as_fits(driver: Driver) -> None:
    panel = driver.window.docks["bytes"].panel
    assert isinstance(panel, BytesPanel)
    dock = driver.window.docks["bytes"]
    dock.setFloating(True)
    found = []
    for width in (340, 500, 700, 900, 1300):
        dock.resize(width, 500)
        QTest.qWait(10)
        view = panel.view
        found.append(view.lines.per_line)
        assert view.lines.ascii_x(view.lines.per_line) <= view.viewport().width()
    assert found == sorted(found)
    assert set(found) == {8, 16, 32}


def test_a_click_on_a_heading_sorts(driver: Driver) -> None:
    panel = counters(driver)
    header = panel.table.horizontalHeader()
    assert not header.isSortIndicatorShown()
    lost = [column.heading for column in COLUMNS].index("lost")
    place = QPoint(header.sectionViewportPosition(lost) + 8, header.height() // 2)
    for _ in range(2):
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert header.isSortIndicatorShown()
    model = panel.table.model()
    assert [model.data(model.index(row, lost)) for row in (0, 3)] in (["2", "0"], ["0", "2"])


def test_the_current_line_of_the_log_is_whole(driver: Driver) -> None:
    panel = driver.window.docks["log"].panel
    assert isinstance(panel, LogPanel)
    for key in (Qt.Key.Key_W, Qt.Key.Key_Home, Qt.Key.Key_W, Qt.Key.Key_W):
        driver.press(key)
        QTest.qWait(5)
        row = panel._shown.mapFromSource(panel.model.index(panel.model.current_row, 0))
        rect = panel.table.visualRect(row)
        assert panel.table.viewport().rect().contains(rect.center())
        assert rect.bottom() <= panel.table.viewport().height()


def test_a_loss_is_red_in_the_selected_row_too(driver: Driver) -> None:
    driver.controller.select(1)
    QTest.qWait(10)
    table = counters(driver).table
    lost = [column.heading for column in COLUMNS].index("lost")
    index = table.model().index(1, lost)
    assert table.selectionModel().isSelected(index)
    image = table.viewport().grab(table.visualRect(index)).toImage()
    red = theme.current()[Role.ERROR]
    seen = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }
    assert any(
        abs(QColor(name).hue() - red.hue()) < 12 and QColor(name).saturation() > 100
        for name in seen
    )


def test_columns_are_narrow_again_in_a_smaller_channel(driver: Driver) -> None:
    table = counters(driver).table
    before = table.columnWidth(0)
    driver.controller.open_channel(ChannelConfig(cpus=4096, n_subbufs=2, subbuf_size=64))
    driver.settle()
    assert table.columnWidth(0) > before
    driver.controller.close_tab(1)
    driver.settle()
    assert table.columnWidth(0) == before


def test_what_python_raised_comes_first_and_is_shown_at_its_line(driver: Driver) -> None:
    source = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n    return 1 / 0\n"
    driver.trigger("mode.python")
    driver.dialog().editor.use(source)  # type: ignore[attr-defined]
    driver.click(driver.dialog().run_button)  # type: ignore[attr-defined]
    driver.controller.submit(Operation(Kind.FLUSH))
    driver.settle()
    assert "subbuf_start at line 2 raised ZeroDivisionError" in driver.window.status.words.text()
    driver.trigger("mode.python")
    editor = driver.dialog().editor  # type: ignore[attr-defined]
    assert editor.message.text().startswith("Line 2: ZeroDivisionError")
    assert editor.field.extraSelections()[0].cursor.blockNumber() == 1
    driver.dialog().reject()


def test_the_branch_is_named_beside_the_slider(driver: Driver) -> None:
    resize(driver, 1264, 752)
    driver.controller.seek(58)
    driver.press(Qt.Key.Key_W)
    driver.controller.seek(58)
    driver.press(Qt.Key.Key_W)
    driver.settle()
    label = driver.window.channels.findChild(ElidedLabel)
    assert label is not None
    assert label.text().endswith(" · branch 1")
    assert label.shown_text() == label.text()
