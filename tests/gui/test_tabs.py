"""What belongs to a tab stays in it: operands, the CPU that acts, and the bytes marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.gui.bytes import BytesPanel
from relayviz.gui.notice import Level
from relayviz.gui.shell import app
from relayviz.gui.timeline import TimelinePanel
from relayviz.model.channel.config import ChannelConfig
from tests.gui.conftest import Driver
from tests.gui.test_drift import places

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = ChannelConfig(cpus=4, n_subbufs=4, subbuf_size=256)


def attempted(driver: Driver) -> list[int]:
    return [int(driver.snapshot.write_position(row)[1]) for row in range(driver.snapshot.rows)]


def test_operands_are_those_of_their_tab(driver: Driver) -> None:
    controller = driver.controller
    controller.set_inputs(cpu=1, length=33, all_cpus=True)
    first = controller.inputs
    controller.open_channel(CONFIG)
    driver.settle()
    bar = driver.window.operations
    assert (bar.cpu.value(), bar.all_cpus.isChecked()) == (0, False)
    assert controller.selection[0] == 0
    driver.window.focus_dock("rings")
    driver.press(Qt.Key.Key_W)
    assert [end > 0 for end in attempted(driver)] == [True, False, False, False]
    controller.set_inputs(cpu=3, length=44)
    controller.show_tab(0)
    driver.settle()
    assert controller.inputs == first
    assert (bar.cpu.value(), bar.length.value(), bar.all_cpus.isChecked()) == (1, 33, True)
    controller.show_tab(1)
    driver.settle()
    assert (bar.cpu.value(), bar.length.value(), controller.selection[0]) == (3, 44, 3)


def test_whoever_leaves_lets_go_of_the_keys(qapp: QApplication, tmp_path: Path) -> None:
    app.prepare(qapp)
    made = Driver(tmp_path)
    QTest.mouseClick(made.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.keyboardModifiers() is Qt.KeyboardModifier.ShiftModifier
    made.end()
    assert QApplication.keyboardModifiers() is Qt.KeyboardModifier.NoModifier


def test_the_same_title_is_counted_from_2_on(driver: Driver) -> None:
    controller = driver.controller
    for title in ("a", "a", "b", "a", "a 2"):
        controller.add_tab(controller.catalogue.open_stepped(CONFIG), title)
    driver.settle()
    titles = [tab.title for tab in controller.tabs[1:]]
    assert titles == ["a", "a 2", "b", "a 3", "a 2 2"]


def test_nobody_is_asked_about_the_example_before_anything_was_done(driver: Driver) -> None:
    driver.trigger("file.close-tab")
    assert driver.controller.tabs == ()


CLOSED = (  # in front, closed, in front then
    (2, 0, 2),  # an earlier one: the same stays in front
    (1, 0, 1),
    (2, 1, 2),
    (1, 3, 1),  # a later one
    (1, 1, 2),  # itself: the next takes its place
    (0, 0, 1),
    (3, 3, 2),  # the last one: the one before
)


def test_after_closing_a_tab_the_right_one_is_in_front(
    driver: Driver, subtests: pytest.Subtests
) -> None:
    """Each of four tabs is known by its number of CPUs."""
    controller = driver.controller
    for front, closed, then in CLOSED:
        while controller.tabs:
            controller.close_tab(0)
            driver.settle()
        for cpus in (1, 2, 3, 4):
            controller.open_channel(ChannelConfig(cpus=cpus))
            driver.settle()
        with subtests.test(front=front, closed=closed):
            controller.show_tab(front)
            driver.settle()
            assert driver.snapshot.rows == front + 1
            controller.close_tab(closed)
            driver.settle()
            assert [tab.shown.config.cpus for tab in controller.tabs] == [
                cpus for cpus in (1, 2, 3, 4) if cpus != closed + 1
            ]
            assert driver.snapshot.rows == then + 1
            assert driver.window.operations.cpu.maximum() == then


def test_bytes_are_marked_in_their_tab_alone(driver: Driver) -> None:
    panel = driver.window.docks["bytes"].panel
    assert isinstance(panel, BytesPanel)
    controller = driver.controller
    controller.open_channel(CONFIG)
    controller.open_channel(CONFIG)
    driver.settle()
    panel.view.select(20, 60)
    marked = panel.view.marked
    controller.show_tab(1)
    driver.settle()
    assert panel.view.marked == (0, 0)
    panel.view.move_to(5)
    controller.show_tab(2)
    driver.settle()
    assert panel.view.marked == marked == (59, 20)
    controller.show_tab(1)
    driver.settle()
    assert panel.view.marked == (5, 5)


def test_a_long_name_is_cut_and_the_tooltip_has_it(driver: Driver) -> None:
    name = "a channel whose name tells the whole story of " + "x" * 60
    driver.controller.open_channel(ChannelConfig(), title=name)
    driver.settle()
    tabs = driver.window.channels.tabs
    place = tabs.count() - 1
    assert tabs.tabText(place) == name
    assert name in tabs.tabToolTip(place)
    letters = tabs.tabRect(place).width() / tabs.fontMetrics().averageCharWidth()
    assert letters < 40, "elided: all of it would be more than a hundred"
    places(driver)  # all is laid out
    assert tabs.rect().contains(tabs.tabRect(place))


def test_what_was_said_of_a_tab_is_not_said_of_another(driver: Driver) -> None:
    driver.controller.open_channel(CONFIG)
    driver.settle()
    driver.controller.notify("This channel cannot be saved.", Level.ERROR)
    words = driver.window.status.words
    assert "cannot be saved" in words.text()
    driver.controller.show_tab(0)
    driver.settle()
    assert "cannot be saved" not in words.text()
    driver.controller.notify("This one neither.", Level.ERROR)
    assert "This one neither" in words.text()


def test_what_is_asked_while_tabs_change_is_told_of_the_one_in_front(driver: Driver) -> None:
    """A dock that appears meanwhile catches up: with the state of the tab before, it was the end.

    The first channel has a branch that the second has not.
    """
    controller = driver.controller
    driver.engine.back()
    driver.settle()
    driver.press(Qt.Key.Key_W)
    assert driver.snapshot.branch > 0
    seen: list[bool] = []

    def look() -> None:
        shown = controller.shown
        assert shown is not None
        seen.append(controller.snapshot is shown.snapshot)
        for dock in driver.window.docks.values():
            if not dock.isHidden():
                dock.panel.hide()
                dock.panel.show()

    controller.open_channel(CONFIG)
    driver.settle()
    controller.show_tab(0)
    driver.settle()
    assert driver.snapshot.branch > 0
    controller.tabs_changed.connect(look)
    told: list[object] = []
    controller.snapshot_changed.connect(told.append)
    controller.show_tab(1)
    assert seen == [True]
    assert told == [driver.snapshot]
    driver.settle()
    assert told == [driver.snapshot]


def test_the_state_shown_may_be_one_that_was_just_undone(driver: Driver) -> None:
    """What asks for the next step, or for a lane's words, is answered from what is left."""
    window, before = driver.window, len(driver.controller.tabs)
    driver.press(Qt.Key.Key_W)
    end = driver.snapshot.step
    window.what_if.undo()
    assert driver.engine.wait_idle()
    assert driver.snapshot.step == end
    assert driver.engine.history.length(driver.snapshot.branch) == end - 1
    timeline = window.docks["timeline"].panel
    assert isinstance(timeline, TimelinePanel)
    view = timeline.view
    for x in range(view.width()):
        view.words_at(QPointF(x, view.frame.top + 2))
    window.desk.insides.step_into()
    driver.settle()
    assert len(driver.controller.tabs) == before + 1
    assert driver.controller.tabs[-1].title.endswith(f"inside step {end}")
