"""The Log: nothing in it is cut, the step shown stays in sight, and an empty filter says so."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest

from relayviz.gui.log.model import OPERATION, RESULT
from relayviz.gui.log.panel import LogPanel
from relayviz.gui.log.table import breakable
from relayviz.gui.look import theme as themes
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

MARGIN = 4  # pixels that a style leaves beside the text of a cell
Orientation = Qt.Orientation


@pytest.fixture
def log(driver: Driver) -> LogPanel:
    """The Log of a channel with every kind of line."""
    panel = driver.window.docks["log"].panel
    assert isinstance(panel, LogPanel)
    driver.controller.open_channel(ChannelConfig(cpus=2, n_subbufs=4, subbuf_size=128))
    driver.settle()
    writes = [Operation(Kind.WRITE, cpu, 40 * cpu + 9) for cpu in range(2) for _ in range(12)]
    driver.controller.submit(*writes, Operation(Kind.FLUSH), Operation(Kind.READ, 1, 200))
    driver.controller.submit(Operation(Kind.CONSUME, 0, count=3), Operation(Kind.WRITE, 0, 99999))
    driver.settle()
    driver.window.focus_dock("log")
    return panel


def cut(panel: LogPanel) -> list[str]:
    """The texts on screen that have no room where they stand, measured as the delegate wraps."""
    table, found = panel.table, []
    metrics = QFontMetrics(themes.current().font(bold=True))
    model = table.model()
    for row in range(table.rowAt(0), max(table.rowAt(table.viewport().height() - 1), 0) + 1):
        for column in (OPERATION, RESULT):
            index = model.index(row, column)
            text = breakable(str(index.data()))  # as the delegate does
            room = table.visualRect(index)
            width = room.width() - 2 * MARGIN
            needed = metrics.boundingRect(
                QRect(0, 0, width, 10_000), Qt.TextFlag.TextWordWrap.value, text
            )
            if needed.height() > room.height() or needed.width() > width:
                found.append(text)
    return found


def is_as_wide(log: LogPanel, width: int) -> bool:
    return width // 2 < log.table.width() < width


def test_no_line_is_cut(driver: Driver, log: LogPanel, qtbot: QtBot) -> None:
    frame = driver.window.docks["log"]
    frame.setFloating(True)
    steps = (3, 14, driver.snapshot.last_step)
    for width, step in product((320, 420, 600, 1000), steps):
        frame.resize(width, 300)
        driver.controller.seek(step)
        driver.settle()
        qtbot.waitUntil(partial(is_as_wide, log, width))
        qtbot.waitUntil(lambda: not cut(log) and not log.table.horizontalScrollBar().maximum())


def test_the_step_shown_stays_in_sight_when_the_dock_is_resized(
    driver: Driver, log: LogPanel, qtbot: QtBot
) -> None:
    frame = driver.window.docks["log"]
    frame.setFloating(True)
    driver.controller.seek(20)
    driver.settle()

    def is_in_sight() -> bool:
        row = log.table.model().index(log.model.current_row, 0)
        place, room = log.table.visualRect(row), log.table.viewport().rect()
        is_whole: bool = room.contains(place)
        return is_whole or (place.height() > room.height() and place.top() == 0)

    for size in ((900, 500), (340, 200), (700, 160), (340, 400), (1000, 180)):
        frame.resize(*size)
        qtbot.waitUntil(is_in_sight)


def test_a_filter_that_nothing_passes_says_so_and_can_be_cleared(
    driver: Driver, log: LogPanel, qtbot: QtBot
) -> None:
    steps = log.table.model().rowCount()
    log.filter.setText("no such thing")
    qtbot.waitUntil(log.found.button.isVisible)
    assert "“no such thing”" in log.found.sentence.text()
    driver.click(log.found.button)
    assert log.filter.text() == ""
    assert log.table.isVisible()
    assert log.table.model().rowCount() == steps
    log.filter.setText("subbufs_consumed")
    qtbot.waitUntil(lambda: log.table.model().rowCount() == 1)
    assert not log.found.button.isVisible()


def test_a_step_that_the_filter_was_waiting_for_is_shown(
    driver: Driver, log: LogPanel, qtbot: QtBot
) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=1))
    driver.settle()
    log.filter.setText("reset")
    qtbot.waitUntil(log.found.button.isVisible)
    driver.controller.submit(Operation(Kind.RESET))
    driver.settle()
    qtbot.waitUntil(log.table.isVisible)
    assert log.table.model().rowCount() == 1


def test_behind_undone_steps_each_step_has_its_row(driver: Driver, log: LogPanel) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=1))
    driver.controller.submit(*[Operation(Kind.WRITE, length=8)] * 4)
    driver.settle()
    for _ in range(2):
        driver.trigger("edit.undo")
    for length in (9, 10, 11):
        driver.controller.submit(Operation(Kind.WRITE, length=length))
        driver.settle()
        row = log.model.current_row
        step = log.model.step(row)
        assert step is not None
        assert log.model.is_current(step)
        assert step.operation.length == length
        assert row == log.model.rowCount() - 1


def test_the_filter_of_events_says_so_too(driver: Driver, log: LogPanel) -> None:
    del log
    driver.window.focus_dock("fate")
    driver.settle()
    events = driver.window.docks["fate"].panel.events  # type: ignore[attr-defined]
    shown = events.model.rowCount()
    assert shown == 25
    events.filter.setText("cpu 77")
    driver.settle()
    assert events.found.button.isVisible()
    driver.click(events.found.button)
    assert events.model.rowCount() == shown
    assert events.table.isVisible()


def test_return_on_the_button_clears(driver: Driver, log: LogPanel, qtbot: QtBot) -> None:
    log.filter.setText("zzz")
    qtbot.waitUntil(log.found.button.isVisible)
    log.found.button.setFocus()
    QTest.keyClick(log.found.button, Qt.Key.Key_Space)
    driver.settle()
    assert log.table.isVisible()
