"""What-if, and from data to breakpoints: the menus of the log and of the counters."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu

from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS, figure_of
from relayviz.gui.log import LogPanel
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.timeline.flags import FlagStrip
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import BUFFER_NAMES

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def small(driver: Driver) -> Driver:
    driver.window.desk.open_scenario("full-refuses")
    driver.settle()
    driver.trigger("run.end")
    assert (driver.snapshot.step, driver.snapshot.branch) == (6, 0)
    return driver


def log_of(driver: Driver) -> LogPanel:
    panel = driver.window.docks["log"].panel
    assert isinstance(panel, LogPanel)
    return panel


def menu_of(driver: Driver, step: int) -> dict[str, object]:
    menu = log_of(driver).step_menu(driver.engine.history.at(0, step))
    return {each.text(): each for each in menu.actions() if each.text()}


def choose(driver: Driver, step: int, text: str) -> None:
    menu_of(driver, step)[text].trigger()  # type: ignore[attr-defined]
    driver.settle()


def answer(driver: Driver, text: str) -> None:
    dialog = [each for each in driver.window.findChildren(QDialog) if each.isVisible()][-1]
    field = dialog.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.setText(text)
    dialog.buttons.accepted.emit()  # type: ignore[attr-defined]
    driver.settle()


def test_a_step_is_left_out_and_back_again(small: Driver) -> None:
    choose(small, 1, "What if: skip it")
    assert (small.snapshot.branch, small.snapshot.step) == (1, 5)
    assert small.snapshot.total_lost(0).events == 0
    assert small.engine.history.branches[1].title == "without step 1"
    small.press(Key.Key_Z, Modifier.ControlModifier)
    assert (small.snapshot.branch, small.snapshot.step) == (0, 6)
    assert not small.window.actions_made["edit.undo"].isEnabled()
    small.trigger("edit.redo")
    assert (small.snapshot.branch, small.snapshot.step) == (1, 5)


def test_what_ifs_are_listed_and_gone_through(small: Driver) -> None:
    """Any of them in one go, and they outlive saving, other tabs and the live side."""
    for branch, step in enumerate((1, 2, 3)):
        small.window.what_if.skip(small.engine.history.at(branch, step))
        small.settle()
    small.controller.tabs_changed.emit()  # as after saving
    small.window.desk.open_scenario("too-big")
    small.settle()
    assert not small.window.actions_made["edit.undo"].isEnabled()
    small.controller.show_tab(small.controller.current - 1)
    small.settle()
    small.trigger("edit.what-ifs")
    question = small.window.findChild(ListQuestion)
    assert question is not None
    rows = [question.list.item(row).text().strip() for row in range(question.list.count())]
    titles = ["without step 1", "without step 2", "▶ without step 3"]
    assert rows == ["As it was before", *titles]
    assert question.list.currentRow() == len(titles)
    question.list.setCurrentRow(0)
    question.accept()
    small.settle()
    assert (small.snapshot.branch, small.snapshot.step) == (0, 6)
    assert small.window.what_if.edits.entries()[0].startswith("▶")
    assert not small.window.what_if.can_undo
    for branch in (1, 2, 3):
        small.trigger("edit.redo")
        assert small.snapshot.branch == branch
    assert not small.window.what_if.can_redo
    small.window.what_if.move(1)
    small.settle()
    assert small.snapshot.branch == 1


def test_a_step_is_edited(small: Driver) -> None:
    choose(small, 5, "What if: edit…")
    answer(small, "write 20")
    assert small.engine.history.at(1, 5).operation == Operation(Kind.WRITE, 0, 20)
    assert small.snapshot.total_lost(0).events == 1
    choose(small, 1, "What if: insert before…")
    answer(small, "write 64 times=2")
    assert small.snapshot.last_step == 8
    assert small.engine.history.branches[2].title == "before step 1: write 64 times=2"


def test_the_last_step_left_out_is_the_state_before(small: Driver) -> None:
    choose(small, 6, "What if: skip it")
    assert (small.snapshot.branch, small.snapshot.step) == (0, 5)
    assert "What if: after the next one" not in menu_of(small, 6)


def test_another_channel_in_a_tab(small: Driver) -> None:
    small.trigger("run.what-if")
    answer(small, "subbuf_size=64 n_subbufs=8 mode=overwrite")
    assert small.snapshot.config.n_subbufs == 8
    assert small.snapshot.step == 6
    assert small.snapshot.total_lost(0).events == 0


def test_a_branch_is_chosen(small: Driver) -> None:
    choose(small, 2, "What if: skip it")
    small.trigger("run.branches")
    asked = next(each for each in small.window.findChildren(ListQuestion) if each.isVisible())
    assert [asked.list.item(row).text() for row in range(2)] == [
        "main line  (6 steps)",
        "without step 2  (5 steps)",
    ]
    asked.list.setCurrentRow(0)
    asked.accept()
    small.settle()
    assert (small.snapshot.branch, small.snapshot.step) == (0, 6)


def test_a_branch_gets_a_name(small: Driver) -> None:
    choose(small, 2, "What if: skip it")
    small.trigger("run.name-branch")
    dialog = [each for each in small.window.findChildren(QDialog) if each.isVisible()][-1]
    dialog.findChild(QLineEdit).setText("main line")  # type: ignore[union-attr]
    assert "Another branch" in dialog.message.text()  # type: ignore[attr-defined]
    answer(small, "one less")
    assert small.engine.history.branches[1].title == "one less"
    assert small.controller.tab is not None
    assert small.controller.tab.is_changed


def test_from_a_step_to_a_breakpoint(small: Driver) -> None:
    choose(small, 1, "Stop at each write")
    choose(small, 1, "Stop at operation write on cpu 0")
    assert small.controller.notebook.notes.breakpoints[-2:] == (
        Breakpoint(On.OPERATION, "write"),
        Breakpoint(On.OPERATION, "write", 0),
    )


def test_from_a_figure_to_a_breakpoint_and_a_watch(small: Driver) -> None:
    counters = small.window.docks["counters"].panel
    assert isinstance(counters, CountersPanel)
    menu = counters.figure_menu("offset", 0)
    stop, equal, watch = menu.actions()
    assert equal.text() == "Stop when offset[0] == 65"
    for action in (stop, equal, watch):
        action.trigger()
    assert [one.what for one in small.controller.notebook.notes.breakpoints[-2:]] == [
        "changed(offset[0])",
        "offset[0] == 65",
    ]
    assert small.controller.notebook.notes.watches[-1] == "offset[0]"


def test_every_counter_but_the_cpu_has_a_name_for_conditions() -> None:
    names = [figure_of(place) for place in range(len(COLUMNS))]
    assert names[0] == ""
    assert set(names[1:]) <= BUFFER_NAMES
    assert "" not in names[1:]


def test_the_menu_opens_where_the_table_is_clicked(small: Driver) -> None:
    panel = small.window.docks["log"].panel
    small.trigger("focus.log")
    table = panel.table  # type: ignore[attr-defined]
    table.customContextMenuRequested.emit(table.visualRect(table.model().index(2, 1)).center())
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    assert popup.actions()[0].text() == "Stop at each write"
    popup.close()


def test_flags_stand_below_the_lanes(small: Driver) -> None:
    panel = small.window.docks["timeline"].panel
    assert isinstance(panel, TimelinePanel)
    strip = panel.findChild(FlagStrip)
    assert isinstance(strip, FlagStrip)
    assert strip.isVisible()
    assert strip.accessibleDescription() == "the loss at step 5, 2 hits"
    x = int(strip._x_of(5)) + 3
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 4))
    small.settle()
    assert small.snapshot.step == 5
    small.controller.notebook.change(type(small.controller.notebook.notes)())
    QTest.qWait(1)
    small.window.repaint()
    assert not strip.isVisible()


def test_a_long_program_is_written_beside_the_window(
    small: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(_session: object, _branch: int) -> str:
        assert gate.wait(10)
        return "int main\n"

    monkeypatch.setattr("relayviz.gui.sessions.programs.c_program", slow)
    QApplication.clipboard().setText("before")
    small.window.actions_made["edit.copy-c"].trigger()
    assert QApplication.clipboard().text() == "before"  # and the window goes on
    gate.set()
    small.settle()
    assert QApplication.clipboard().text() == "int main\n"


def test_copied_as_programs(small: Driver) -> None:
    small.trigger("edit.copy-c")
    assert "do_write(0, pattern(1, 60), 60); /* step 1 */" in QApplication.clipboard().text()
    small.trigger("edit.copy-pytest")
    assert "def test_session():" in QApplication.clipboard().text()
    assert "the branch shown as pytest" in small.window.status.words.text()
