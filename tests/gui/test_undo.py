"""Undo takes steps out of the log and redo puts them back; branches are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from relayviz.gui.sessions.questions import ListQuestion
from relayviz.gui.whatif import edits
from relayviz.gui.whatif.undo import Undo
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.columns import Columns
from relayviz.model.engine.captured import captured
from relayviz.model.session.session import Notes, Place

if TYPE_CHECKING:
    from relayviz.gui.log import LogPanel
    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier
SHIFT, CONTROL = Modifier.ShiftModifier, Modifier.ControlModifier


@pytest.fixture
def small(driver: Driver) -> Driver:
    """A channel with three writes, and no file open."""
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2))
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 40)] * 3)
    driver.settle()
    driver.window.focus_dock("rings")
    return driver


def rows(driver: Driver) -> int:
    """Return how many lines the log has."""
    return cast("LogPanel", driver.window.docks["log"].panel).table.model().rowCount()


def test_an_operation_is_undone_and_brought_back(small: Driver) -> None:
    assert not small.window.actions_made["edit.undo"].isEnabled()
    small.press(Key.Key_W)
    small.press(Key.Key_D)  # with the opening of its file
    end = small.snapshot
    assert end.step == 6
    assert rows(small) == 7
    small.press(Key.Key_Z, CONTROL)
    assert (small.snapshot.step, small.snapshot.last_step) == (4, 4)
    assert rows(small) == 5  # the read and the opening of its file have left the log
    assert "read(" in small.window.status.words.text()
    assert "Ctrl+Shift+Z" in small.window.status.words.text()
    small.press(Key.Key_Z, CONTROL)
    assert (small.snapshot.branch, small.snapshot.step) == (0, 3)
    assert rows(small) == 4
    small.press(Key.Key_F11)  # there is nothing to go forward to
    assert small.snapshot.step == 3
    assert not small.window.actions_made["edit.undo"].isEnabled()
    small.press(Key.Key_Z, CONTROL | SHIFT)
    small.press(Key.Key_Z, CONTROL | SHIFT)
    assert (small.snapshot.branch, small.snapshot.step) == (end.branch, end.step)
    assert (small.snapshot.buffers == end.buffers).all()
    assert rows(small) == 7
    assert not small.window.actions_made["edit.redo"].isEnabled()


def test_doing_something_else_is_no_way_forward_any_more(small: Driver) -> None:
    small.press(Key.Key_W)
    small.press(Key.Key_Z, CONTROL)
    small.press(Key.Key_F)
    assert not small.window.actions_made["edit.redo"].isEnabled()
    history, end = small.engine.history, small.snapshot
    assert [line.title for line in history.lines] == ["main line"]  # no branch of what is undone
    assert rows(small) == end.step + 1 == end.last_step + 1 == 5
    figures = Columns(small.engine, end.branch)
    assert figures.of("lost", 0).tolist() == [0, 0, 0, 1, 1]
    assert figures.of("unread", 0).tolist() == [0, 1, 2, 2, 2]
    session = captured(small.engine, Notes())
    assert [one.kind for one in session.lines[0].operations] == [Kind.WRITE] * 3 + [Kind.FLUSH]
    assert (len(session.lines), session.view) == (1, Place(0, 4))
    small.press(Key.Key_Z, CONTROL)
    assert (small.snapshot.step, small.snapshot.last_step) == (3, 3)


def test_doing_more_before_the_last_is_done_is_no_way_forward_either(
    small: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.press(Key.Key_W)
    small.press(Key.Key_Z, CONTROL)
    (undo,) = small.window.findChildren(Undo)
    assert undo.can_redo
    with monkeypatch.context() as busy:
        busy.setattr(type(small.engine), "busy", property(lambda _: True))
        small.controller.acting.emit("a write")
    assert not undo.can_redo


def test_undone_in_the_past_the_old_future_is_there(small: Driver) -> None:
    """Acting in the past begins a branch; undone it leaves no trace, and the rest stays."""
    small.controller.seek(1)
    small.settle()
    small.press(Key.Key_F)
    assert len(small.engine.history.lines) == 2
    small.press(Key.Key_Z, CONTROL)
    assert (small.snapshot.branch, small.snapshot.step, small.snapshot.last_step) == (0, 1, 3)
    assert [line.title for line in small.engine.history.lines] == ["main line"]
    assert rows(small) == 4


def test_what_is_undone_after_saving_is_a_change(small: Driver) -> None:
    small.press(Key.Key_W)
    tab = small.controller.tab
    assert tab is not None
    tab.keep()
    assert not tab.is_changed
    small.press(Key.Key_Z, CONTROL)
    assert tab.is_changed


# -- branches --------------------------------------------------------------------------------------


def two_branches(driver: Driver) -> None:
    """Have a second branch from step 1 and a third from step 2 of that; the second is shown."""
    for step in (1, 2):
        driver.controller.seek(step)
        driver.settle()
        driver.press(Key.Key_F)
        driver.press(Key.Key_W)
    driver.engine.go(1, 3)
    driver.settle()
    titles = [line.title for line in driver.engine.history.lines]
    assert titles == ["main line", "branch 1, from step 1", "branch 2, from step 2"]
    assert (driver.snapshot.branch, rows(driver)) == (1, 8)


def is_without_branches(driver: Driver) -> bool:
    session = captured(driver.engine, driver.controller.notebook.notes)
    is_saved = [line.name for line in session.lines] == ["main line"]
    return is_saved and rows(driver) == 4 and len(driver.engine.history.lines) == 1


def test_the_branch_shown_is_deleted_by_key_and_brought_back(small: Driver) -> None:
    two_branches(small)
    small.press(Key.Key_B, CONTROL | SHIFT)
    assert (small.snapshot.branch, small.snapshot.step, small.snapshot.last_step) == (0, 1, 3)
    assert is_without_branches(small)
    words = small.window.status.words.text()
    assert "branch 1, from step 1 and 1 branch that grew on it" in words
    small.press(Key.Key_B, CONTROL | SHIFT)
    assert "first branch cannot be deleted" in small.window.status.words.text()
    small.press(Key.Key_Z, CONTROL)
    assert (small.snapshot.branch, small.snapshot.step, rows(small)) == (1, 3, 8)
    small.press(Key.Key_Z, CONTROL | SHIFT)
    assert is_without_branches(small)


def test_a_branch_is_deleted_from_the_log(small: Driver) -> None:
    two_branches(small)
    log = cast("LogPanel", small.window.docks["log"].panel)
    history = small.engine.history
    assert not [one for one in log.step_menu(history.at(0, 3)).actions() if "Delete" in one.text()]
    menu = log.step_menu(history.at(2, 3))
    next(one for one in menu.actions() if one.text() == "Delete branch 2, from step 2").trigger()
    small.settle()
    assert (small.snapshot.branch, small.snapshot.step) == (1, 3)  # another one is shown
    assert [line.number for line in history.lines] == [0, 1]
    assert rows(small) == 6


def test_a_branch_is_deleted_from_the_list(small: Driver) -> None:
    two_branches(small)
    small.controller.notebook.mark("here")
    small.trigger("run.branches")
    question = small.window.findChild(ListQuestion)
    assert question is not None
    question.list.setCurrentRow(1)
    (delete,) = question.list.actions()
    assert delete.shortcut() == QKeySequence("Del")
    delete.trigger()
    small.settle()
    assert is_without_branches(small)
    notes = small.controller.notebook.notes
    assert [one.name for one in notes.markers] == ["here"]  # it comes back with the branch
    assert not captured(small.engine, notes).markers


def test_several_undone_at_once_are_told_as_several(small: Driver) -> None:
    for key in (Key.Key_W, Key.Key_F, Key.Key_W):
        small.press(key)
    small.trigger("edit.what-ifs")
    question = small.dialog()
    assert isinstance(question, ListQuestion)
    question.chosen.emit(0)
    question.reject()
    small.settle()
    assert small.snapshot.step == 3
    words = small.window.status.words.text()
    assert "Undone: 3 things, back to before relay_write(" in words
    assert "brings them back one by one" in words


def test_what_was_undone_is_told_in_its_own_tab(small: Driver) -> None:
    small.press(Key.Key_W)
    status = small.window.status.words
    own = small.controller.current
    small.window.what_if.undo()
    small.controller.show_tab(0)  # before the state that is told of is shown
    small.settle()
    small.press(Key.Key_W)
    assert "Undone" not in status.text()
    small.controller.show_tab(own)
    small.settle()
    assert "Undone: relay_write(" in status.text()


def test_so_many_things_can_be_undone_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "MOST", 3)
    done = edits.Edits()
    moments = [edits.Moment(Place(0, step), {0: step}) for step in range(6)]
    for moment in moments[:5]:
        done.add(moment, f"to {moment.place.step + 1}")
    assert done.entries()[1:] == ["  to 3", "  to 4", "▶ to 5"]
    assert done.move(moments[5], 0) == moments[2]
    assert done.move(moments[2], 3) == moments[5]
