"""Sessions in the window: what is saved, opened, asked, and what a crash leaves."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
)

from relayviz.gui.prompts.find import FindDialog
from relayviz.gui.scenarios import ScenariosDialog
from relayviz.gui.sessions.questions import ListQuestion, PythonQuestion, UnsavedQuestion
from relayviz.gui.sessions.writer import Writer
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.session.file import load
from relayviz.model.session.keeping import Known
from relayviz.model.session.session import Marker, Place, Session
from tests.gui.dragging import drop

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier
SAVED = """relayviz = 1
breakpoints = ["refused"]
watches = ["ready[0]"]
[channel]
subbuf_size = 64
n_subbufs = 2
cpus = 1
[[branch]]
steps = '''
write 64 times=3
mark the loss
expect lost == 1
write 1
'''
[[branch]]
name = "other"
from = 1
steps = "flush"
[view]
step = 3
"""


def written(driver: Driver) -> None:
    """Wait until files are there, and the window knows."""
    driver.window.desk._writer.wait()
    QApplication.processEvents()


def open_file(driver: Driver, path: Path) -> None:
    driver.window.desk.open(path)
    written(driver)
    driver.settle()


def question(driver: Driver, kind: type[QDialog]) -> QDialog:
    found = [each for each in driver.window.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def field_of(dialog: QDialog) -> QLineEdit:
    field = dialog.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    return field


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.relay.toml"
    path.write_text(SAVED, encoding="utf-8")
    return path


@pytest.fixture
def opened(driver: Driver, file: Path) -> Driver:
    open_file(driver, file)
    return driver


def test_a_file_is_opened_as_it_was_left(opened: Driver, file: Path) -> None:
    tab = opened.controller.tab
    assert tab is not None
    assert (tab.title, tab.path, tab.is_changed) == ("small", file, False)
    assert (opened.snapshot.step, opened.snapshot.last_step) == (3, 4)
    assert [branch.title for branch in opened.engine.history.branches] == ["main line", "other"]
    assert tab.notes.markers == (Marker(Place(0, 3), "the loss"),)
    assert tab.notes.breakpoints == (Breakpoint(On.REFUSED),)
    assert opened.window.desk.recent == [str(file)]


def test_saving_writes_what_was_done(opened: Driver, file: Path, tmp_path: Path) -> None:
    opened.engine.end()
    opened.settle()
    opened.controller.submit(Operation(Kind.WRITE, 0, data="ü".encode()))
    opened.settle()
    tab = opened.controller.tab
    assert tab is not None
    assert tab.is_changed
    opened.press(Key.Key_S, Modifier.ControlModifier)
    written(opened)
    assert tab.kept == (len(opened.engine.history.steps), tab.notes)
    session = load(file)
    assert session.lines[0].operations[-1].data == "ü".encode()
    assert session.view == Place(0, 5)
    assert [one.that for one in session.expectations] == ["lost == 1"]
    opened.trigger("file.save-as")
    dialog = question(opened, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "again.relay.toml"))
    dialog.close()
    written(opened)
    assert load(tmp_path / "again.relay.toml") == session
    assert tab.title == "again"


def test_a_file_that_cannot_be_written_is_told(opened: Driver, tmp_path: Path) -> None:
    tab = opened.controller.tab
    assert tab is not None
    tab.path = tmp_path / "none" / "x" / "y.relay.toml"
    (tmp_path / "none").write_text("a file, no folder")
    opened.controller.submit(Operation(Kind.FLUSH))
    opened.settle()
    opened.window.desk.save()
    written(opened)
    assert tab.is_changed
    assert "cannot be written" in opened.window.status.words.text()


def test_a_broken_file_is_named_by_its_line(driver: Driver, file: Path) -> None:
    file.write_text(SAVED.replace("flush", "flsh"), encoding="utf-8")
    tabs = len(driver.controller.tabs)
    open_file(driver, file)
    assert len(driver.controller.tabs) == tabs
    assert "small.relay.toml:18" in driver.window.status.words.text()


def test_closing_asks_about_what_is_not_saved(opened: Driver, file: Path) -> None:
    opened.controller.submit(Operation(Kind.FLUSH))
    opened.settle()
    tab = opened.controller.tab
    opened.press(Key.Key_W, Modifier.ControlModifier)
    asked = question(opened, UnsavedQuestion)
    assert isinstance(asked, QMessageBox)
    asked.button(QMessageBox.StandardButton.Cancel).click()
    assert tab in opened.controller.tabs
    opened.press(Key.Key_W, Modifier.ControlModifier)
    asked = question(opened, UnsavedQuestion)
    assert isinstance(asked, QMessageBox)
    asked.button(QMessageBox.StandardButton.Save).click()
    written(opened)
    assert tab not in opened.controller.tabs
    assert len(load(file).lines) == 3  # a branch: step 3 was shown


def test_the_window_stays_while_it_asks(driver: Driver) -> None:
    driver.press(Key.Key_W)
    assert not driver.window.close()
    asked = question(driver, UnsavedQuestion)
    assert isinstance(asked, QMessageBox)
    assert "example" in asked.text()
    asked.button(QMessageBox.StandardButton.Discard).click()
    assert not driver.window.isVisible()


def test_without_changes_nothing_is_asked(opened: Driver) -> None:
    opened.press(Key.Key_W, Modifier.ControlModifier)
    assert len(opened.controller.tabs) == 1
    assert opened.window.findChildren(UnsavedQuestion) == []


def test_a_crash_loses_nothing(driver: Driver, tmp_path: Path) -> None:
    driver.press(Key.Key_W)
    steps = len(driver.engine.history.steps)
    autosave = driver.window.desk._autosave
    assert autosave is not None
    autosave.save_changed()
    driver.window.desk._writer.wait()
    copies = list((tmp_path / "autosave").glob("*.toml"))
    assert len(copies) == 1
    # the crash: the lock is gone with the process, the copies stay
    assert autosave._lock is not None
    autosave._lock.close()
    autosave._lock = None
    autosave._files.clear()
    driver.stop()
    driver.window.deleteLater()
    driver.program.deleteLater()
    driver.start()
    written(driver)
    driver.settle()
    assert [tab.title for tab in driver.controller.tabs] == ["example (recovered)"]
    assert len(driver.engine.history.steps) == steps
    tab = driver.controller.tab
    assert tab is not None
    assert tab.is_changed
    written(driver)
    assert not copies[0].exists()
    assert len(list((tmp_path / "autosave").glob("*.toml"))) == 1  # the copy of the new run


def test_an_orderly_end_leaves_no_copies(driver: Driver, tmp_path: Path) -> None:
    driver.press(Key.Key_W)
    autosave = driver.window.desk._autosave
    assert autosave is not None
    autosave.save_changed()
    driver.window.desk._writer.wait()
    driver.stop()
    assert list((tmp_path / "autosave").iterdir()) == []


def test_the_end_does_not_wait_for_a_file_that_takes_for_ever(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate = threading.Event()

    def slow(path: Path) -> tuple[Session, Known]:
        assert gate.wait(10)
        return Session(), Known(path, "")

    monkeypatch.setattr("relayviz.gui.sessions.writer.load_known", slow)
    told: list[object] = []
    writer = Writer(qapp)
    writer.read(
        tmp_path / "slow.relay.toml", lambda session, _known: told.append(session), told.append
    )
    reading = next(one for one in threading.enumerate() if one.name == "session-file")
    writer.end()
    assert reading.is_alive()
    gate.set()
    reading.join()
    QTest.qWait(1)
    assert not told
    writer.deleteLater()


def test_python_is_not_run_until_it_was_read(driver: Driver, file: Path) -> None:
    marker = file.with_suffix(".ran")
    source = f"open({str(marker)!r}, 'w').close()\ndef subbuf_start(a, b, c, d):\n    return True\n"
    text = (
        f"relayviz = 1\n[channel]\nmode = 'python'\nsource = 's'\n[sources]\ns = '''\n{source}'''\n"
    )
    file.write_text(text, encoding="utf-8")
    open_file(driver, file)
    asked = question(driver, PythonQuestion)
    assert isinstance(asked, PythonQuestion)
    assert "subbuf_start(a, b, c, d)" in asked.text.toPlainText()
    asked.reject()
    assert (len(driver.controller.tabs), marker.exists()) == (1, False)
    open_file(driver, file)
    asked = question(driver, PythonQuestion)
    assert isinstance(asked, PythonQuestion)
    asked.run_button.click()
    driver.settle()
    assert (len(driver.controller.tabs), marker.exists()) == (2, True)


def test_a_dropped_file_is_opened(driver: Driver, file: Path) -> None:
    assert drop(driver, [file])
    written(driver)
    driver.settle()
    assert driver.controller.tabs[-1].path == file


def test_recent_files_are_remembered(opened: Driver, file: Path) -> None:
    assert opened.settings.load().recent == [str(file)]
    opened.trigger("file.recent")
    asked = question(opened, ListQuestion)
    assert isinstance(asked, ListQuestion)
    asked.accept()
    written(opened)
    opened.settle()
    assert len(opened.controller.tabs) == 3


def test_files_of_the_command_line(driver: Driver, file: Path) -> None:
    driver.stop()
    driver.window.deleteLater()
    driver.program.deleteLater()
    driver.start(files=[file])
    written(driver)
    driver.settle()
    assert [tab.title for tab in driver.controller.tabs] == ["small"]


def test_a_scenario_in_a_tab(driver: Driver, qtbot: QtBot) -> None:
    driver.trigger("help.scenarios")
    dialog = question(driver, ScenariosDialog)
    assert isinstance(dialog, ScenariosDialog)
    dialog.field.setText("lapped D1")
    assert dialog.current is not None
    assert dialog.current.name == "lapped-and-empty"
    dialog.open_button.click()
    driver.settle()
    assert driver.controller.tabs[-1].title == "A lapped reader and empty sub-buffers (D1)"
    assert not driver.controller.tabs[-1].is_changed
    story = driver.window.story
    assert story.isVisible()
    assert not driver.window.welcome.isVisible()  # one strip of words at a time
    assert "counts as done with what it skipped" in story.text.text()
    qtbot.waitUntil(lambda: story.height() < 80)  # two lines: the rest is for the rings
    driver.trigger("file.next-tab")
    assert not story.isVisible()
    driver.trigger("file.next-tab")
    assert story.isVisible()
    driver.click(story.button)
    assert not story.isVisible()
    driver.trigger("run.check")
    assert "All is as expected" in driver.window.status.words.text()


def test_run_stops_at_hits_both_ways(opened: Driver) -> None:
    opened.controller.notebook.add_breakpoint(Breakpoint(On.SWITCH))
    seen = []
    opened.engine.home()
    opened.settle()
    for _ in range(4):
        opened.press(Key.Key_F5)
        seen.append(opened.snapshot.step)
    for _ in range(4):
        opened.press(Key.Key_F5, Modifier.ShiftModifier)
        seen.append(opened.snapshot.step)
    assert seen == [2, 3, 4, 4, 3, 2, 0, 0]


def test_finding_steps(opened: Driver) -> None:
    opened.trigger("run.find")
    dialog = question(opened, FindDialog)
    assert isinstance(dialog, FindDialog)
    dialog.field.setText("produced > 0")
    dialog.buttons["first"].click()
    assert opened.settle()
    assert opened.snapshot.step == 2
    assert "3 steps at which it holds, 2 to 4" in dialog.message.text()
    dialog.buttons["last"].click()
    opened.settle()
    assert opened.snapshot.step == 4
    dialog.buttons["next"].click()
    assert "does not hold after" in dialog.message.text()
    dialog.field.setText("prodced > 0")
    dialog.buttons["previous"].click()
    assert "Did you mean produced" in dialog.message.text()
    dialog.close()


def test_naming_steps_and_going_there(opened: Driver) -> None:
    opened.engine.home()
    opened.settle()
    opened.trigger("run.mark")
    field_of(opened.dialog()).setText("the opening")
    opened.dialog().buttons.accepted.emit()  # type: ignore[attr-defined]
    assert [one.name for one in opened.controller.notebook.markers_shown()] == [
        "the opening",
        "the loss",
    ]
    opened.trigger("run.marker")
    asked = question(opened, ListQuestion)
    assert isinstance(asked, ListQuestion)
    asked.list.setCurrentRow(1)
    asked.accept()
    opened.settle()
    assert opened.snapshot.step == 3


def test_an_expectation_that_fails_is_gone_to(opened: Driver) -> None:
    opened.trigger("run.expect")
    prompt = opened.dialog()
    field_of(prompt).setText("lost == 7")
    assert "not true here" in prompt.message.text()  # type: ignore[attr-defined]
    prompt.buttons.accepted.emit()  # type: ignore[attr-defined]
    opened.engine.home()
    opened.settle()
    opened.press(Key.Key_F8)
    assert opened.snapshot.step == 3
    assert "expected lost == 7, but lost = 1" in opened.window.status.words.text()
