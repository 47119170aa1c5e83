"""Sessions inside operations in the window: opened, gone through, saved, stepped into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from relayviz.gui.inside.colours import faint
from relayviz.gui.inside.until import UntilDialog
from relayviz.gui.look import theme
from relayviz.model.engine.catalogue import Catalogue
from relayviz.model.inside.examples import example_text
from tests.gui.inside.seen import actors, copies, engine_of, is_changed, log, scene, show, source

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


# ---------------------------------------------------------------- opening, going, branches


def test_it_is_opened_like_any_file_and_can_be_gone_through(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("inside/destroyed"))
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
    path.write_text(example_text("inside/destroyed").replace("run irq", "run nobody"))
    tabs = len(driver.controller.tabs)
    driver.window.desk.open(path)
    driver.settle()
    assert len(driver.controller.tabs) == tabs
    assert "there is no actor 'nobody'" in driver.window.status.words.text()


def test_several_at_one_line_are_told_by_their_keys(driver: Driver) -> None:
    engine = show(driver, "destroyed")
    for actor in ("task", "irq"):
        engine.run(actor, "WRITE_COPIED")
    driver.settle()
    lines = source(driver).lines
    line = next(one.line for one in engine.places if one.stop == "WRITE_COPIED")
    cell = lines.index(line - 1, 0)
    assert cell.data() == "1 2"
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "task irq"
    assert cell.data(Qt.ItemDataRole.ToolTipRole).startswith("Here: task, irq.\nWRITE_COPIED: ")


def test_lanes_and_click_on_a_probe(driver: Driver, qtbot: QtBot) -> None:
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
    index, view = panel.lines.index(line - 1, 2), panel.table.viewport()
    qtbot.waitUntil(lambda: view.rect().contains(panel.table.visualRect(index).topLeft()))
    place = panel.table.visualRect(index)
    ground = view.grab().toImage().pixelColor(place.left() + 1, place.top() + 1)
    assert ground == faint(theme.current(), 0)
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


def test_what_was_done_is_saved_and_asked_about(
    driver: Driver, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.inside.toml"
    path.write_text(example_text("inside/destroyed"))
    driver.window.desk.open(path)
    driver.settle()
    assert not is_changed(driver)
    driver.press(Key.Key_2)
    assert is_changed(driver)
    driver.trigger("file.save")
    qtbot.waitUntil(lambda: not is_changed(driver))
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


def test_docks_that_tell_of_whole_operations_say_so(driver: Driver) -> None:
    show(driver, "destroyed")
    for dock, words in (
        ("fate", "no fates are told"),
        ("breakpoints", "clicked in Source"),
        ("watches", "Try offset[0], destroyed"),
    ):
        driver.window.focus_dock(dock)
        driver.settle()
        said = driver.window.docks[dock].panel._stack  # type: ignore[attr-defined]
        assert words in said.currentWidget().text()
    driver.window.focus_dock("counters")
    driver.window.why()
    assert "Source says who changed each field last" in driver.window.status.words.text()
    driver.controller.show_tab(0)
    driver.settle()
    driver.window.focus_dock("breakpoints")
    breakpoints = driver.window.docks["breakpoints"].panel._stack  # type: ignore[attr-defined]
    assert "F5" in breakpoints.currentWidget().text()


def test_where_the_docks_are_is_kept(driver: Driver) -> None:
    show(driver, "destroyed")
    driver.window.toggle_dock("copy")
    driver.stop()
    driver.window.deleteLater()
    driver.start()
    show(driver, "destroyed")
    assert driver.window.docks["copy"].isHidden()
    assert driver.window.docks["source"].isVisible()
    driver.window.reset_layout()
    assert not driver.window.docks["copy"].isHidden()


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
