"""Writing lessons in the window: own folders, lines at steps, a preview, and comments that stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox

from relayviz.gui.lesson.courses import CoursesDialog
from relayviz.gui.lesson.lessons import GONE
from relayviz.gui.lesson.panel import LessonPanel
from relayviz.gui.lesson.taking import Taking
from relayviz.gui.lesson.writing import ASKED, BLANK, WritingDialog
from relayviz.model.engine.captured import captured
from relayviz.model.lesson.file import load
from relayviz.model.session.session import Place, Scripted

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.gui.notice import Notice
    from tests.gui.conftest import Driver

LESSON = """relayviz = 1 # the format
[lesson]
title = "Mine"
needs = ["one-write"]
[channel]
subbuf_size = 64
cpus = 1
[[branch]]
steps = '''
# first of all
say "Hello"
ask number "How much?" = offset
write 20 # bytes
say "So."
'''
"""


def write(driver: Driver) -> WritingDialog:
    driver.trigger("file.lesson")
    dialog = driver.dialog()
    assert isinstance(dialog, WritingDialog)
    return dialog


def put(dialog: WritingDialog, row: int, text: str) -> None:
    item = dialog.lines.item(row, 1)
    assert item is not None
    item.setText(text)


def courses(driver: Driver) -> CoursesDialog:
    driver.trigger("help.lessons")
    dialog = driver.dialog()
    assert isinstance(dialog, CoursesDialog)
    return dialog


def listed(dialog: CoursesDialog, group: int) -> list[str]:
    top = dialog.tree.topLevelItem(group)
    assert top is not None
    return [top.child(at).text(0) for at in range(top.childCount())]


def await_first(dialog: CoursesDialog, words: str) -> None:
    for _ in range(500):
        QTest.qWait(10)
        if listed(dialog, 1)[0].startswith(words):
            return
    raise AssertionError(listed(dialog, 1))


def test_a_recorded_session_becomes_a_lesson(driver: Driver, tmp_path: Path) -> None:
    driver.controller.set_inputs(length=20, cpu=0)
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    driver.settle()
    driver.trigger("op.write")
    driver.trigger("run.home")
    dialog = write(driver)
    assert dialog.says.isVisible()
    assert not dialog.keep.isEnabled(), "it has no title"
    dialog.title.setText("Mine")
    assert "says or asks something" in dialog.says.text()
    dialog.add_line("A number")
    put(dialog, 0, 'ask number "How much?" = ofset[0]')
    assert "Did you mean offset?" in dialog.says.text()
    put(dialog, 0, 'ask number "How much?" = offset[0]')
    assert not dialog.says.isVisible()
    dialog.add_line("Say")
    assert [one.text for one in dialog.script][1] == 'say "…"', "behind what is there"
    dialog.lines.setCurrentCell(1, 1)
    dialog._delete()
    dialog.keep.click()
    driver.settle()
    tab = driver.controller.tab
    assert tab is not None
    assert tab.is_changed
    path = tmp_path / "mine.relay.toml"
    driver.window.desk._write(tab, path, None)
    driver.window.desk._writer.wait()
    QTest.qWait(0)
    (question,) = load(path).questions
    assert (question.at, question.judged_at, question.text) == (0, 1, "How much?")
    assert not tab.is_changed


def test_what_is_said_of_a_step_goes_with_the_step(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    for _ in range(2):
        driver.trigger("op.write")
    notebook = driver.controller.notebook
    lines = tuple(Scripted(Place(0, step), f'say "{step}"') for step in (1, 2))
    notebook.change(replace(notebook.notes, lesson={"title": "T"}, script=lines))
    assert captured(driver.engine, notebook.notes).script == lines
    driver.trigger("edit.undo")
    assert captured(driver.engine, notebook.notes).script == lines[:1]


def test_a_preview_is_what_a_learner_sees(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    driver.trigger("op.write")
    driver.trigger("run.home")
    dialog = write(driver)
    dialog.title.setText("Mine")
    dialog.add_line("Say")
    dialog._preview()
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.text.toPlainText() == "…"
    assert len(driver.engine.history.steps) == 1


def test_a_preview_is_answered_and_then_the_lines_are_there_again(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    driver.trigger("op.write")
    writing = driver.controller.tab
    dialog = write(driver)
    dialog.title.setText("Mine")
    dialog.at.setValue(0)
    dialog.add_line("A number")
    dialog.look.click()
    driver.settle()
    assert not dialog.isVisible(), "it would keep the keyboard from what is taken"
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert isinstance(panel.taking, Taking)
    assert panel.taking.question is not None
    assert panel.taking.key is not None
    panel.taking.answer(panel.taking.key.right(panel.taking.question).value)
    driver.settle()
    assert panel.taking.is_over
    assert driver.window.lessons.answers.answers == (), "the author's are not the learner's"
    panel.next.click()
    driver.settle()
    assert driver.controller.tab is writing
    assert dialog.isVisible()
    assert [one.at.step for one in dialog.script] == [0]
    dialog.keep.click()
    assert driver.controller.notebook.notes.script == dialog.script


def test_a_preview_ends_with_the_tab_that_it_is_written_in(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    driver.trigger("op.write")
    controller, writing = driver.controller, driver.controller.tab
    assert writing is not None
    controller.may_close = lambda _tab: True
    dialogs = len(driver.window.findChildren(WritingDialog))
    dialog = write(driver)
    dialog.title.setText("Mine")
    dialog.add_line("Say")
    dialog._preview()
    driver.settle()
    shown = controller.tab
    assert shown is not None
    controller.show_tab(controller.tabs.index(writing))
    driver.window.lessons.write()
    assert driver.window.status.words.text().startswith("A preview:"), "one text at a time"
    for tab in (writing, shown):
        controller.close_tab(controller.tabs.index(tab))
        driver.settle()
    assert driver.window.status.words.text().endswith(GONE)
    QTest.qWait(0)
    assert len(driver.window.findChildren(WritingDialog)) == dialogs


def test_each_kind_of_question_has_a_line_to_begin_with(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    for _ in range(2):
        driver.trigger("op.write")
    dialog = write(driver)
    dialog.title.setText("Mine")
    assert dialog.at.value() == 2, "the step shown"
    dialog.at.setValue(1)
    assert "write" in dialog.behind.text()
    for name in ASKED:
        dialog.add_line(name)
        line = dialog.lines.viewport().findChildren(QLineEdit)[-1]
        assert line.selectedText() == BLANK, "what is typed takes the place of that alone"
    dialog.lines.setCurrentCell(0, 1)
    dialog.add_line("Hint")
    dialog.at.setValue(0)
    dialog.add_line("Say")
    said = [(one.at.step, one.text.partition('"')[0].strip()) for one in dialog.script]
    asked = ["ask choice", "ask place", "ask steps"]
    first = [(0, "say"), (1, "ask number"), (1, "hint")]
    assert said == [*first, *((1, one) for one in asked)]
    assert dialog.says.text() == ""
    dialog.keep.click()


def test_what_was_written_is_not_lost_by_one_key(driver: Driver) -> None:
    driver.window.controller.open_channel(driver.engine.config, title="mine")
    dialog = write(driver)
    dialog.title.setText("Mine")
    dialog.reject()
    asking = dialog.findChild(QMessageBox)
    assert isinstance(asking, QMessageBox)
    asking.reject()
    assert dialog.isVisible()
    dialog.reject()
    dialog.findChildren(QMessageBox)[-1].accept()
    assert not dialog.isVisible()
    assert driver.controller.notebook.notes.lesson is None
    unchanged = write(driver)
    unchanged.reject()
    assert not unchanged.isVisible()


def test_a_lesson_of_a_folder_is_listed_taken_and_written_on(
    driver: Driver, tmp_path: Path
) -> None:
    folder = tmp_path / "lessons"
    folder.mkdir()
    path = folder / "mine.relay.toml"
    path.write_text(LESSON, encoding="utf-8")
    dialog = courses(driver)
    driver.window.lessons.add_folder(str(folder), dialog)
    assert listed(dialog, 1) == ["1. Mine"]
    assert driver.settings.load().lessons == [str(folder)]
    (folder / "other.relay.toml").write_text("relayviz = 1\n", encoding="utf-8")
    for _ in range(200):
        QTest.qWait(10)
        if len(listed(dialog, 1)) > 1:
            break
    assert "This is no lesson" in listed(dialog, 1)[1], "it is watched"
    top = dialog.tree.topLevelItem(1)
    assert top is not None
    dialog.tree.setCurrentItem(top.child(0))
    assert dialog.write.isEnabled()
    dialog._write()
    driver.window.desk._writer.wait()
    QTest.qWait(0)
    driver.settle()
    tab = driver.controller.tab
    assert tab is not None
    assert not isinstance(tab.lesson, Taking)
    assert len(driver.engine.history.steps) == 2
    writing = write(driver)
    assert writing.script[0].text == 'say "Hello"'
    put(writing, 0, 'say "Hello, all"')
    writing.keep.click()
    driver.window.desk.save()
    driver.window.desk._writer.wait()
    QTest.qWait(0)
    written, wanted = path.read_text(encoding="utf-8"), LESSON.replace("Hello", "Hello, all")
    assert sorted(written.split("\n")) == sorted(wanted.split("\n")), "comments and all"
    assert load(path).pages[0].text == "Hello, all"


def test_what_is_written_to_a_lesson_is_seen_in_the_list(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.relay.toml"
    path.write_text(LESSON, encoding="utf-8")
    dialog = courses(driver)
    driver.window.lessons.add_folder(str(tmp_path), dialog)
    top = dialog.tree.topLevelItem(1)
    assert top is not None
    dialog.tree.setCurrentItem(top.child(0))
    path.write_text(LESSON.replace("Mine", "Ours"), encoding="utf-8")  # in the same file
    await_first(dialog, "1. Ours")
    assert dialog.current is not None
    assert dialog.current[1] == "mine", "what is chosen stays chosen"
    path.with_suffix(".new").write_text(LESSON, encoding="utf-8")
    path.with_suffix(".new").replace(path)  # another file in its place
    await_first(dialog, "1. Mine")
    path.write_text(LESSON.replace('= "Mine"', "= Mine"), encoding="utf-8")
    await_first(dialog, "1. mine, line 3: ")
    path.write_text(LESSON, encoding="utf-8")
    await_first(dialog, "1. Mine")
    dialog.close()


def test_a_folder_is_left_out_again(driver: Driver, tmp_path: Path) -> None:
    dialog = courses(driver)
    driver.window.lessons.add_folder(str(tmp_path), dialog)
    top = dialog.tree.topLevelItem(1)
    assert top is not None
    dialog.tree.setCurrentItem(top)
    dialog._drop()
    assert dialog.tree.topLevelItemCount() == 1
    assert driver.settings.load().lessons == []
    dialog.close()


def test_drawn_numbers_are_not_written_over(driver: Driver, tmp_path: Path) -> None:
    text = LESSON.replace("[channel]", "[lesson.vary]\nsize = [1, 2]\n[channel]")
    (tmp_path / "mine.relay.toml").write_text(text, encoding="utf-8")
    dialog = courses(driver)
    driver.window.lessons.add_folder(str(tmp_path), dialog)
    top = dialog.tree.topLevelItem(1)
    assert top is not None
    dialog.tree.setCurrentItem(top.child(0))
    told: list[Notice] = []
    driver.controller.notified.connect(told.append)
    tabs = len(driver.controller.tabs)
    dialog._write()
    driver.settle()
    assert len(driver.controller.tabs) == tabs
    assert "are drawn" in told[-1].text
