"""Sessions inside operations in the window: opened, stepped, gone through, saved, stepped into."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.inside.finding import FindDialog
from relayviz.gui.inside.until import UntilDialog
from relayviz.model.engine.catalogue import Catalogue
from relayviz.model.inside.acting import acting
from relayviz.model.inside.examples import PREFIX, example_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from relayviz.gui.inside.actors import ActorsPanel
    from relayviz.gui.inside.copies import CopyPanel
    from relayviz.gui.inside.source import SourcePanel
    from relayviz.model.inside.acting import ActingEngine, Answer, Question
    from relayviz.model.inside.scene import Scene
    from tests.gui.conftest import Driver

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def show(driver: Driver, name: str) -> ActingEngine:
    driver.window.desk.open_scenario(PREFIX + name)
    driver.settle()
    return engine_of(driver)


def engine_of(driver: Driver) -> ActingEngine:
    engine = acting(driver.controller.shown)
    assert engine is not None
    return engine


def scene(driver: Driver) -> Scene:
    return engine_of(driver).scene


def actors(driver: Driver) -> ActorsPanel:
    panel: ActorsPanel = driver.window.docks["actors"].panel  # type: ignore[assignment]
    return panel


def source(driver: Driver) -> SourcePanel:
    panel: SourcePanel = driver.window.docks["source"].panel  # type: ignore[assignment]
    return panel


def copies(driver: Driver) -> CopyPanel:
    panel: CopyPanel = driver.window.docks["copy"].panel  # type: ignore[assignment]
    return panel


def is_changed(driver: Driver) -> bool:
    assert driver.controller.tab is not None
    return driver.controller.tab.is_changed


def log(driver: Driver) -> list[str]:
    model = driver.window.docks["log"].panel.model  # type: ignore[attr-defined]
    return [" | ".join(model.cells(row)) for row in range(model.rowCount())]


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
    text = example_text("global")
    assert "is_global = true" in text
    path = tmp_path / "all.inside.toml"
    path.write_text(text)
    driver.window.desk.open(path)
    driver.settle()
    opening = log(driver)[0]
    assert "create_buf_file once" in opening
    assert opening.count("create_buf_file(") == 1


# ---------------------------------------------------------------- opening, going, branches


def test_it_is_opened_like_any_file_and_can_be_gone_through(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("destroyed"))
    driver.stop()
    driver.window.deleteLater()
    driver.start([path])
    engine = engine_of(driver)
    assert driver.controller.tab is not None
    assert driver.controller.tab.title == "mine"
    assert (driver.snapshot.step, driver.snapshot.last_step) == (0, 12)
    driver.press(Key.Key_F11)
    driver.press(Key.Key_F11)
    assert driver.snapshot.step == 2
    driver.press(Key.Key_F11, SHIFT)
    assert driver.snapshot.step == 1
    driver.window.channels.slider.setValue(7)
    driver.settle()
    assert driver.snapshot.step == 7
    assert len(log(driver)) == 13
    assert "step 7 of 12" in driver.window.docks["timeline"].panel.detail
    driver.press(Key.Key_Home)
    driver.press(Key.Key_2)
    assert driver.snapshot.branch == 1
    assert [one.title for one in engine.steps.lines] == ["main line", "branch 1, from step 0"]
    driver.controller.goto(12)
    driver.settle()
    assert (driver.snapshot.branch, driver.snapshot.step) == (0, 12)


def test_a_file_that_is_none_says_where(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "bad.inside.toml"
    path.write_text(example_text("destroyed").replace("run irq", "run nobody"))
    tabs = len(driver.controller.tabs)
    driver.window.desk.open(path)
    driver.settle()
    assert len(driver.controller.tabs) == tabs
    assert "there is no actor 'nobody'" in driver.window.status.words.text()


def test_lanes_and_click_on_a_probe(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    driver.press(Key.Key_End)
    lanes = driver.window.docks["timeline"].panel.actors  # type: ignore[attr-defined]
    assert lanes.isVisible()
    assert lanes.rows == 2
    assert lanes._operations(0) == [(1, 12)]
    assert lanes._operations(1) == [(5, 10)]
    driver.press(Key.Key_Home)
    panel = source(driver)
    line = next(one.line for one in engine.places if one.stop == "WRITE_COPIED")
    panel._open("include/relay/relay.h")
    panel._clicked(panel.lines.index(line - 1, 2))
    driver.settle()
    assert panel.lines.index(line - 1, 0).data() == "●"
    driver.press(Key.Key_E)
    assert panel.lines.index(line - 1, 0).data() == "● task"
    assert driver.snapshot.step == 4
    panel._clicked(panel.lines.index(line - 1, 2))
    panel._clicked(panel.lines.index(line, 2))  # no place: nothing
    driver.settle()
    assert scene(driver).breakpoints == frozenset()


def test_letting_an_actor_go_on_until(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.click(actors(driver).rows[0].buttons["until"])
    dialog = driver.dialog()
    assert isinstance(dialog, UntilDialog)
    dialog.until.setText("nonsense >")
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.until.setText("offset > 0")
    dialog.accept_it()
    driver.settle()
    assert int(driver.snapshot.buffers["offset"][0]) == 16
    assert driver.snapshot.branch == 1


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


# ---------------------------------------------------------------- into, out, saved


def test_stepping_into_the_next_operation_and_back(driver: Driver) -> None:
    outside = driver.snapshot
    driver.trigger("run.home")
    for _ in range(6):
        driver.press(Key.Key_F11)
    shown = driver.snapshot
    assert shown.step == 6
    driver.trigger("inside.into")
    engine = engine_of(driver)
    inside = driver.snapshot
    assert inside.step == inside.last_step > 6
    for name in ("produced", "consumed", "offset", "current"):
        assert inside.buffers[name].tolist() == shown.buffers[name].tolist()
    left = [(one.name, one.next) for one in engine.scene.actors if one.next]
    seventh = driver.controller.tabs[0].stepped
    assert seventh is not None
    cpu = seventh.history.at(0, 7).operation.cpu
    assert [name for name, _next in left] == [f"task{cpu}", f"irq{cpu}"]
    driver.trigger("inside.out")
    assert driver.snapshot.step == 6
    assert driver.snapshot.last_step == outside.last_step
    driver.controller.close_tab(0)
    driver.settle()
    assert engine_of(driver) is engine
    assert driver.controller.tab is not None
    assert driver.controller.tab.outside is None


def test_what_was_done_is_saved_and_asked_about(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("destroyed"))
    driver.window.desk.open(path)
    driver.settle()
    assert not is_changed(driver)
    driver.press(Key.Key_2)
    assert is_changed(driver)
    driver.trigger("file.save")
    assert not is_changed(driver)
    assert "step irq" in path.read_text()
    driver.window.desk.open(path)
    driver.settle()
    assert (driver.snapshot.last_step, scene(driver).warning) == (1, "")


def test_it_goes_with_its_tab_and_other_tabs_are_as_they_were(driver: Driver) -> None:
    show(driver, "torn-read")
    driver.press(Key.Key_End)
    driver.controller.show_tab(0)
    driver.settle()
    assert driver.window.docks["actors"].isHidden()
    assert log(driver)
    driver.controller.show_tab(1)
    driver.settle()
    assert copies(driver).model.rowCount() == 16
    driver.controller.close_tab(1)
    driver.settle()
    assert driver.controller.stepped is not None
    assert copies(driver).model.rowCount() == 0


def test_without_such_an_engine_it_says_so() -> None:
    with pytest.raises(Exception, match="steps inside operations"):
        Catalogue().open_inside("", "x")


def test_what_was_not_saved_is_there_again_after_a_crash(driver: Driver) -> None:
    show(driver, "torn-map")
    driver.press(Key.Key_2)
    first = engine_of(driver).schedule()
    desk = driver.window.desk
    assert desk._autosave is not None
    desk._autosave.save_changed()
    driver.settle()
    (copy,) = desk._autosave._folder.glob("*.inside.toml")
    left = copy.read_text()
    driver.stop()
    assert not copy.exists()
    driver.window.deleteLater()
    copy.with_name("1-1-torn.inside.toml").write_text(left)  # of a process that is gone
    driver.start()
    tab = driver.controller.tab
    assert tab is not None
    assert tab.title == "torn (recovered)"
    assert engine_of(driver).schedule() == first == ["step reader"]
    assert is_changed(driver)
