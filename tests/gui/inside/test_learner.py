"""What a learner asks of the window: what is destroyed, torn, called, and whether it can be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.inside.finding import FindDialog
from relayviz.model.inside.examples import example_text
from tests.gui.inside.seen import actors, copies, log, scene, show, source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from relayviz.model.inside.acting import Answer, Question
    from tests.gui.conftest import Driver

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


# ---------------------------------------------------------------- what a learner asks


def test_an_event_destroyed_by_an_interrupt_and_why_relay_write_keeps_it(driver: Driver) -> None:
    """Key by key: the interrupt comes between copy and offset; relay_write holds it off."""
    show(driver, "destroyed")
    assert driver.window.docks["actors"].isVisible()
    assert "An interrupt destroys an event" in driver.window.story.text.text()
    while source(driver).lines.file == "" or "WRITE_COPIED" not in source(driver).sentence.text():
        driver.press(Key.Key_1)
        assert driver.snapshot.step < 20
    assert "offset still points at their first byte" in source(driver).sentence.text()
    driver.press(Key.Key_2)
    assert "cannot move: irq runs in an interrupt on its CPU" in actors(driver).rows[0].at.text()
    assert not actors(driver).rows[0].buttons["step"].isEnabled()
    driver.click(actors(driver).rows[1].buttons["end"])
    assert "destroyed 1" in actors(driver).counted.text()
    assert scene(driver).judged["destroyed"] == 1
    assert driver.window.status.figures.text().endswith(" tried · 0 lost · 1 destroyed")
    values = source(driver).values
    row = [values.index(at, 0).data() for at in range(values.rowCount())].index("offset")
    assert [values.index(row, at).data() for at in (1, 2)] == ["16", "irq"]

    show(driver, "irqs-off")
    driver.press(Key.Key_1)
    assert "cannot move: interrupts are off on its CPU: task is inside relay_write" in (
        actors(driver).rows[1].at.text()
    )
    before = driver.snapshot.step
    driver.press(Key.Key_2)
    assert driver.snapshot.step == before
    assert "interrupts are off" in driver.window.status.words.text()
    assert actors(driver).counted.text().startswith("Up to here 0: destroyed")


def test_a_torn_read_and_which_of_its_bytes_are_new(driver: Driver) -> None:
    show(driver, "torn-read")
    driver.press(Key.Key_End)
    assert "torn 1" in actors(driver).counted.text()
    panel = copies(driver)
    assert panel.isVisible()
    assert panel.says.text().splitlines() == [
        "reader has got bytes 0 to 7 of event 1; bytes 8 to 15 of event 3.",
        "New, written after it had begun to copy: bytes 8 to 15.",
        "Gone over in memory since: bytes 0 to 7.",
    ]
    ages = [panel.model.index(row, 3).data() for row in range(panel.model.rowCount())]
    assert ages == ["gone over"] * 8 + ["new"] * 8
    got = bytes.fromhex("".join(str(panel.model.index(row, 1).data()) for row in range(16)))
    assert got == scene(driver).copies[0].data
    driver.press(Key.Key_Home)
    assert panel.model.rowCount() == 0


def test_how_often_create_buf_file_is_called_for_a_global_channel(
    driver: Driver, tmp_path: Path
) -> None:
    text = example_text("inside/global")
    assert "is_global = true" in text
    path = tmp_path / "all.inside.toml"
    path.write_text(text)
    driver.window.desk.open(path)
    driver.settle()
    opening = log(driver)[0]
    assert "create_buf_file once" in opening
    assert opening.count("create_buf_file(") == 1


# ---------------------------------------------------------------- the explorer


def test_a_schedule_is_found_and_shown(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.trigger("inside.find")
    dialog = driver.dialog()
    assert isinstance(dialog, FindDialog)
    assert dialog.asked.currentText() == "destroyed > 0"
    driver.click(dialog.look)
    driver.settle()
    assert dialog.answer is not None
    assert dialog.answer.found
    assert dialog.says.text().startswith("Found: ")
    driver.click(dialog.show_it)
    driver.activate()
    driver.settle()
    assert scene(driver).judged["destroyed"] == 1
    driver.press(Key.Key_F11, SHIFT)
    assert scene(driver).judged["destroyed"] == 0


def test_where_there_is_none_it_says_what_that_proves(driver: Driver) -> None:
    show(driver, "irqs-off")
    driver.trigger("inside.find")
    dialog = driver.dialog()
    assert isinstance(dialog, FindDialog)
    dialog.asked.setEditText("destroyed > 0")
    dialog.switches.setValue(3)
    driver.click(dialog.look)
    driver.settle()
    assert dialog.says.text().startswith("None: ")
    assert "says nothing of other programs" in dialog.says.text()
    assert not dialog.show_it.isEnabled()
    dialog.asked.setEditText("destroyed >")
    assert not dialog.look.isEnabled()
    assert dialog.says.text()
    dialog.reject()


def test_looking_can_be_stopped(
    driver: Driver, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = show(driver, "destroyed")
    explore = engine.explore

    def never_ends(question: Question, goes_on: Callable[[int], bool]) -> Answer:
        while goes_on(7):
            os.sched_yield()
        return explore(question, lambda _states: False)

    monkeypatch.setattr(engine, "explore", never_ends)
    driver.trigger("inside.find")
    dialog = driver.dialog()
    assert isinstance(dialog, FindDialog)
    QTest.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "7 states" in dialog.says.text())
    assert dialog.progress.isVisible()
    QTest.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    driver.settle()
    assert dialog.answer is not None
    assert not dialog.answer.finished
    assert "not all was gone through" in dialog.says.text()
    dialog.reject()


def test_a_puzzle_says_how_far_it_is_solved(driver: Driver) -> None:
    show(driver, "puzzles/destroy-an-event")
    panel = actors(driver)
    assert panel.puzzle.isVisible()
    assert "Puzzle: lead to destroyed > 0." in panel.puzzle.text()
    assert panel.puzzle.toolTip().startswith("Hint: ")
    for key in (Key.Key_1, Key.Key_1, Key.Key_1, Key.Key_1):
        driver.press(key)
    assert "Not solved: after 4 steps, 0 switches" in panel.puzzle.text()
    driver.click(panel.rows[1].buttons["end"])
    assert "Solved: destroyed > 0 holds after" in panel.puzzle.text()
    assert driver.controller.tab is not None
    assert driver.controller.tab.path is None
    show(driver, "torn-read")
    assert not panel.puzzle.isVisible()
