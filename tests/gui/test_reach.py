"""What a hand reaches for: keys, lists and words where a newcomer looks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetricsF, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QStyleOptionViewItem, QTableView

from relayviz.gui.bars.live import Summary
from relayviz.gui.bars.tabs import LISTED_FROM, TOLD_LETTERS
from relayviz.gui.counters import CountersPanel
from relayviz.gui.sessions.questions import UnsavedQuestion
from relayviz.gui.widgets.table import Cells
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.playing import played
from relayviz.model.load.load import Load, ReaderKind, Reading, Writing
from tests.capture.test_truth import LOSSY, files
from tests.engines.replay.kit import written
from tests.gui.live.conftest import LiveDriver
from tests.gui.live.conftest import live as live_driver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver

live = live_driver  # the fixture
Key, Modifier = Qt.Key, Qt.KeyboardModifier


# -- keys ------------------------------------------------------------------------------------------


def test_home_end_and_steps_go_through_a_capture(driver: Driver) -> None:
    driver.window.captures.open(files(LOSSY[0]))
    driver.settle()
    count = driver.snapshot.last_step
    driver.window.focus_dock("rings")
    for key, shift, place in (
        (Key.Key_Home, False, 0),
        (Key.Key_F11, False, 1),
        (Key.Key_F11, False, 2),
        (Key.Key_F11, True, 1),
        (Key.Key_End, False, count),
        (Key.Key_F11, True, count - 1),
        (Key.Key_Home, False, 0),
    ):
        driver.press(key, Modifier.ShiftModifier if shift else None)
        assert driver.snapshot.step == place
    assert not driver.window.actions_made["run.back"].isEnabled()
    assert driver.window.actions_made["run.end"].isEnabled()


def test_home_end_and_steps_go_through_a_recording(driver: Driver, tmp_path: Path) -> None:
    steps = [driver.snapshot]
    for _ in range(9):
        driver.controller.submit(Operation(Kind.WRITE, 0, 40))
        driver.settle()
        steps.append(driver.snapshot)
    driver.window.recordings.open(written(tmp_path / "r", steps, 0.05))
    driver.settle()
    engine = played(driver.controller.shown)
    assert engine is not None
    driver.window.focus_dock("rings")
    for key, shift, number in (
        (Key.Key_End, False, 9),
        (Key.Key_F11, True, 8),
        (Key.Key_Home, False, 0),
        (Key.Key_F11, False, 1),
        (Key.Key_F11, False, 2),
    ):
        driver.press(key, Modifier.ShiftModifier if shift else None)
        driver.settle()
        assert engine.at == pytest.approx(number * 0.05)
        assert driver.snapshot.buffers.tobytes() == steps[number].buffers.tobytes()
    assert engine.speed == 0


def test_the_letters_of_the_question_answer_it(driver: Driver) -> None:
    driver.press(Key.Key_W)
    assert not driver.window.close()
    asked = driver.window.findChildren(UnsavedQuestion)[-1]
    kinds = QMessageBox.StandardButton
    letters = [asked.button(kind).text() for kind in (kinds.Save, kinds.Discard, kinds.Cancel)]
    assert letters == ["&Save", "&Discard", "&Cancel"]
    shortcut = asked.button(kinds.Discard).shortcut()
    assert shortcut == QKeySequence("Alt+D")
    asked.reject()


# -- tabs ------------------------------------------------------------------------------------------


@pytest.fixture
def many(driver: Driver) -> Driver:
    """A window with several channels whose long names differ at their ends."""
    for number in range(8):
        name = f"a-channel-with-a-name-of-its-own-{number}"
        driver.controller.open_channel(ChannelConfig(cpus=1, base_filename=name))
    driver.settle()
    return driver


def test_all_tabs_are_in_a_list_with_their_whole_names(many: Driver) -> None:
    bar = many.window.channels
    assert not bar.list.isHidden()
    menu = bar.list.menu_of_all()
    titles = [tab.title for tab in many.controller.tabs]
    assert [one.text() for one in menu.actions()] == titles
    assert [one.isChecked() for one in menu.actions()].index(True) == many.controller.current
    menu.actions()[2].trigger()
    many.settle()
    assert many.controller.current == 2
    menu.close()
    while len(many.controller.tabs) >= LISTED_FROM:
        many.controller.close_tab(0)
    many.settle()
    assert bar.list.isHidden()


def test_a_tab_has_the_room_that_there_is_and_its_end_is_told(many: Driver) -> None:
    tabs = many.window.channels.tabs
    assert tabs.elideMode() == Qt.TextElideMode.ElideMiddle
    least = tabs.fontMetrics().averageCharWidth() * TOLD_LETTERS
    assert all(tabs.tabRect(place).width() >= least - 2 for place in range(1, tabs.count()))
    while len(many.controller.tabs) > 2:
        many.controller.close_tab(2)
    many.settle()
    assert tabs.width() >= tabs.sizeHint().width(), "beside two there is room for all of both"


def test_without_a_channel_no_engine_is_offered(driver: Driver) -> None:
    switch = driver.window.channels.engines
    assert not switch.isHidden()
    driver.controller.close_tab(0)
    driver.settle()
    assert switch.isHidden()
    driver.controller.open_channel(ChannelConfig(cpus=1))
    driver.settle()
    assert not switch.isHidden()


# -- words -----------------------------------------------------------------------------------------


def test_the_text_of_a_scenario_is_that_of_its_steps(live: LiveDriver) -> None:
    notebook, story = live.controller.notebook, live.window.story
    notebook.change(replace(notebook.notes, title="A title", text="What these steps show."))
    live.settle()
    assert not story.isHidden()
    live.controller.running.go_live()
    live.settle()
    assert story.isHidden()
    live.controller.running.show("step")
    live.settle()
    live.controller.show_tab(len(live.controller.tabs) - 1)  # the steps are aside
    live.settle()
    assert not story.isHidden()


def test_summaries_are_whole_where_there_is_room(live: LiveDriver) -> None:
    live.open_live()
    live.controller.running.set_load(
        Load(Writing(22_000.0), Reading(ReaderKind.READ, pace=0.01), flush_every=0.5)
    )
    live.run(60)
    bar = live.window.live
    free = bar.headline.width() - bar.headline.fontMetrics().horizontalAdvance(bar.headline.text())
    for summary in bar.summaries.values():
        assert isinstance(summary, Summary)
        cut = summary.sizeHint().width() - summary.width()
        assert summary.text() == summary._words or free < cut, summary._words
    before = bar.headline.width()
    for _ in range(20):
        live.run(5)
        assert bar.headline.width() >= before, "it does not go to and fro"
        before = bar.headline.width()


# -- figures ---------------------------------------------------------------------------------------


def test_columns_are_as_wide_as_the_figures_of_their_channel(driver: Driver) -> None:
    """Those of a channel of as many CPUs that was shown before are forgotten."""
    counters = driver.window.docks["counters"].panel
    assert isinstance(counters, CountersPanel)
    table = counters.table
    before = [table.columnWidth(place) for place in range(7)]
    driver.controller.open_channel(ChannelConfig(cpus=4, n_subbufs=4, subbuf_size=64))
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 64)] * 3_000)
    driver.settle()
    assert table.columnWidth(5) > before[5]
    driver.controller.show_tab(0)
    driver.settle()
    assert [table.columnWidth(place) for place in range(7)] == before


def test_a_figure_that_the_border_cuts_says_so(driver: Driver) -> None:
    """At the right its beginning is told, at the left its end, with an ellipsis for the rest."""
    counters = driver.window.docks["counters"].panel
    assert isinstance(counters, CountersPanel)
    table, delegate = counters.table, counters.table.itemDelegate()
    assert isinstance(table, QTableView)
    assert isinstance(delegate, Cells)
    room = table.viewport().width()
    for rect, left, width, mode in (
        (QRect(10, 0, 40, 18), 10, 40, Qt.TextElideMode.ElideRight),
        (QRect(room - 20, 0, 60, 18), room - 20, 20, Qt.TextElideMode.ElideRight),
        (QRect(-25, 0, 60, 18), 0, 35, Qt.TextElideMode.ElideLeft),
    ):
        option = QStyleOptionViewItem()
        option.widget, option.rect = table, QRect(rect)
        option.textElideMode = Qt.TextElideMode.ElideRight
        delegate.initStyleOption(option, QModelIndex(table.model().index(1, 2)))
        assert (option.rect.left(), option.rect.width()) == (left, width)
        assert option.textElideMode == mode


def test_the_number_of_a_step_is_never_wrapped_away(driver: Driver) -> None:
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 40)] * 120)
    driver.settle()
    log = driver.window.docks["log"].panel
    table = log.table  # type: ignore[attr-defined]
    QTest.qWait(20)
    for step in (9, 10, 99, 100, 178):
        driver.controller.seek(step)
        driver.settle()
        QTest.qWait(20)
        index = table.model().index(step, 0)
        text = str(index.data())
        assert text == f"▶\u00a0{step}"
        font = index.data(Qt.ItemDataRole.FontRole)
        assert table.columnWidth(0) >= QFontMetricsF(font).horizontalAdvance(text) + 14
