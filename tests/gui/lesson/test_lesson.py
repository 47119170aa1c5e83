"""Taking a lesson in the window: what is said and asked, what is hidden, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.lesson.courses import CoursesDialog
from relayviz.gui.lesson.fields import ChoiceField, NumberField, StepsField
from relayviz.gui.lesson.panel import LessonPanel
from relayviz.gui.lesson.place import PlaceField
from relayviz.gui.lesson.puzzle import PuzzleField
from relayviz.gui.lesson.taking import Taking
from relayviz.gui.widgets.fields import NumberField as NumberBox
from relayviz.model.engine.taped import taped
from relayviz.model.lesson.answers import load_answers
from relayviz.model.lesson.course import own_course
from relayviz.model.lesson.file import loads
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.lesson.lesson import Lesson
    from tests.gui.conftest import Driver

HEAD = (
    'relayviz = 1\n[lesson]\ntitle = "Mine"\n[channel]\nsubbuf_size = 64\nn_subbufs = 4\ncpus = 1\n'
)
LESSON = """
say "Two events of *twenty* bytes."
ask number "Where is `offset` then?" = offset
hint "They lie behind each other."
hint "Add them."
when answer == 20 say "That is one of them."
write 20 times=2
say "Now a place."
ask place "Where does the next byte go?" = byte(0, current * subbuf_size + offset - amount)
ask choice "Is it stored?" ["yes", "no"] = "yes" if outcome == "stored" else "no"
when answer == "no" say "There is room."
write 8
say "The end."
"""


def lesson_of(steps: str) -> Lesson:
    return loads(f"{HEAD}[[branch]]\nsteps = '''\n{steps}'''\n", "mine.relay.toml")


def take(driver: Driver, lesson: Lesson) -> tuple[LessonPanel, Taking]:
    driver.window.lessons.open(lesson)
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.taking is not None
    assert panel.isVisible()
    return panel, panel.taking


def type_in(driver: Driver, panel: LessonPanel, text: str) -> None:
    assert isinstance(panel.field, NumberField)
    panel.field.line.setText(text)
    driver.click(panel.field.button)


def operations(driver: Driver) -> list[str]:
    return [step.operation.title() for step in driver.engine.history.steps[1:]]


def test_a_page_is_said_and_asked_and_nothing_is_done(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    assert panel.text.toPlainText() == "Two events of twenty bytes."
    assert panel.asked.text() == "Where is `offset` then?"
    assert panel.detail == "Mine · page 1 of 4"
    assert operations(driver) == []
    assert not panel.next.isEnabled()
    assert driver.controller.notebook.notes == Notes()
    assert panel.field is not None
    assert panel.field.hasFocus() or panel.field.isAncestorOf(driver.window.focusWidget())


def test_a_wrong_answer_gets_its_sentence_and_reveals_nothing(driver: Driver) -> None:
    panel, taking = take(driver, lesson_of(LESSON))
    type_in(driver, panel, "20")
    assert panel.verdict.text() == "No. That is one of them."
    type_in(driver, panel, "21")
    assert panel.verdict.text() == "No. There is a hint."
    type_in(driver, panel, "much")
    assert isinstance(panel.field, NumberField)
    assert panel.field.says.isVisible()
    assert taking.tries == 2
    assert operations(driver) == []


def test_hints_come_one_by_one(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    assert not panel.hints.isVisible()
    driver.click(panel.hint)
    assert panel.hints.text() == "They lie behind each other."
    driver.click(panel.hint)
    assert panel.hints.text().endswith("Add them.")
    assert not panel.hint.isVisible()
    assert isinstance(panel.field, NumberField)
    assert panel.field.line.hasFocus(), "and not the button that gives up"


def test_a_right_answer_reveals_what_was_asked_about_and_no_more(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    type_in(driver, panel, "40")
    assert panel.verdict.text() == "Right: 40."
    assert len(operations(driver)) == 2
    assert driver.snapshot.step == 2
    assert panel.next.hasFocus()
    assert panel.field is not None
    assert not panel.field.isVisible()
    driver.click(panel.next)
    assert panel.text.toPlainText() == "Now a place."
    assert len(operations(driver)) == 2


def test_a_place_is_clicked_and_a_choice_chosen(driver: Driver) -> None:
    panel, taking = take(driver, lesson_of(LESSON))
    taking.show_answer()
    taking.go_on()
    driver.settle()
    field = panel.field
    assert isinstance(field, PlaceField)
    driver.controller.select(0, 0)
    driver.controller.show_bytes(0, 0, 41, 42)
    assert "Chosen: byte 41" in field.says.text()
    driver.click(field.button)
    assert panel.verdict.text().startswith("No.")
    driver.controller.show_bytes(0, 0, 40, 41)
    driver.click(field.button)
    assert panel.verdict.text() == "Right: byte 40 of the buffer of CPU 0."
    assert len(operations(driver)) == 2, "the next question is about the same future"
    driver.click(panel.next)
    choice = panel.field
    assert isinstance(choice, ChoiceField)
    assert panel.text.toPlainText() == "Now a place.", "nothing else was said since"
    choice.group.button(1).setFocus()
    driver.press(Qt.Key.Key_Space)
    driver.press(Qt.Key.Key_Tab)
    driver.press(Qt.Key.Key_Return)
    assert panel.verdict.text() == "No. There is room."
    choice.group.button(0).click()
    driver.click(choice.button)
    assert panel.verdict.text() == "Right: yes."
    assert len(operations(driver)) == 3
    driver.click(panel.next)
    tabs = len(driver.controller.tabs)
    assert panel.next.text() == "Cl&ose"
    driver.click(panel.next)
    assert len(driver.controller.tabs) == tabs - 1
    assert panel.taking is None


def test_the_next_lesson_takes_the_place_of_one_that_is_over(driver: Driver) -> None:
    driver.window.lessons.begin_course()
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    tabs = len(driver.controller.tabs)
    first = taking = panel.taking
    assert taking is not None
    while not taking.is_last:
        assert not panel.further.isVisible()
        taking.show_answer()
        driver.settle()
        driver.click(panel.next)
    assert panel.further.hasFocus()
    driver.click(panel.further)
    assert panel.taking is not first
    assert panel.detail.startswith("Padding")
    assert len(driver.controller.tabs) == tabs


def test_who_gives_up_sees_the_answer_and_it_counts_as_shown(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    driver.click(panel.give_up)
    assert panel.verdict.text() == "The answer: 40."
    (answer,) = driver.window.lessons.answers.answers
    assert (answer.was_shown, answer.is_right, answer.tries) == (True, False, 0)


def test_what_was_answered_is_in_the_learner_s_file(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    type_in(driver, panel, "20")
    driver.click(panel.hint)
    type_in(driver, panel, "40")
    path = driver.window.lessons.path
    assert path is not None
    (answer,) = load_answers(path).answers
    assert (answer.lesson, answer.question, answer.given) == ("mine", 1, 40)
    assert (answer.is_right, answer.tries, answer.hints) == (True, 2, 1)


def test_own_operations_do_not_mislead_the_lesson(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of(LESSON))
    driver.trigger("op.write")
    driver.trigger("op.write")
    type_in(driver, panel, "40")
    assert driver.snapshot.step == 2
    branch = driver.engine.history.path(driver.snapshot.branch, 1)
    assert [step.operation.length for step in branch] == [20, 20]


def test_operations_solve_a_question(driver: Driver) -> None:
    lesson = lesson_of('ask steps "Lose one." most=2 = lost > 0\nwrite 65\nsay "end"\n')
    panel, _ = take(driver, lesson)
    assert isinstance(panel.field, StepsField)
    driver.controller.set_inputs(length=64)
    driver.trigger("op.write")
    assert panel.verdict.text() == ""
    driver.controller.set_inputs(length=65)
    driver.trigger("op.write")
    assert panel.verdict.text() == "Right."
    assert driver.window.lessons.answers.answers[-1].given == ("write 64", "write 65")


def test_a_puzzle_is_scheduled_with_buttons(driver: Driver) -> None:
    panel, taking = take(driver, own_course().load("interrupt"))
    field = panel.field
    assert isinstance(field, PuzzleField)
    for name in ("irq", "irq", "irq"):
        driver.click(field.actors[name])
    assert field.told.count() == 3
    driver.click(field.again)
    assert field.told.count() == 0
    for name in ("task", "task", "task", "irq"):
        driver.click(field.actors[name])
    assert not field.actors["task"].isEnabled(), "an interrupt runs on its CPU"
    assert "irq runs in an interrupt" in field.stands["task"].text()
    assert field.isAncestorOf(driver.window.focusWidget())
    driver.click(field.back)
    assert field.actors["task"].isEnabled()
    for name in ("irq", "irq", "irq"):
        driver.click(field.actors[name])
    assert panel.verdict.text() == "Right."
    assert taking.is_over
    assert panel.next.hasFocus()
    assert not field.actors["irq"].isEnabled()


def test_no_more_steps_than_allowed_are_made(driver: Driver) -> None:
    panel, taking = take(driver, own_course().load("interrupt"))
    field = panel.field
    assert isinstance(field, PuzzleField)
    question = taking.question
    assert question is not None
    for _ in range(question.most + 2):
        name = "irq" if field.actors["irq"].isEnabled() else "task"
        QTest.mouseClick(field.actors[name], Qt.MouseButton.LeftButton)
    assert len(field.puzzle.steps) == question.most
    assert not taking.is_over


def test_another_tab_has_no_lesson(driver: Driver) -> None:
    panel, taking = take(driver, lesson_of(LESSON))
    driver.controller.show_tab(0)
    driver.settle()
    assert "No lesson is being taken" in panel._stack._sentence.text()
    assert not panel.text.isVisible()
    driver.controller.show_tab(1)
    driver.settle()
    assert panel.taking is taking
    assert panel.asked.text() == "Where is `offset` then?"


def test_a_lesson_file_is_taken_and_not_opened(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.relay.toml"
    path.write_text(f"{HEAD}[[branch]]\nsteps = '''{LESSON}'''\n", encoding="utf-8")
    driver.window.desk.open(path)
    driver.window.desk._writer.wait()
    QTest.qWait(0)
    driver.settle()
    tab = driver.controller.tab
    assert tab is not None
    assert isinstance(tab.lesson, Taking)
    assert tab.path is None, "saving it would write what was revealed over the lesson"
    assert not tab.is_changed
    assert operations(driver) == []


def test_the_list_has_the_course_in_its_order_with_what_is_done(driver: Driver) -> None:
    lesson = own_course().load("too-big", 0)
    _, taking = take(driver, lesson)
    while not taking.is_last:
        taking.show_answer()
        driver.settle()
        taking.go_on()
        driver.settle()
    driver.trigger("help.lessons")
    dialog = driver.dialog()
    assert isinstance(dialog, CoursesDialog)
    group = dialog.tree.topLevelItem(0)
    assert group is not None
    names = [group.child(at).text(0) for at in range(group.childCount())]
    titles = [own_course().load(name).title for name in own_course().names]
    assert names == [f"{at}. {title}" for at, title in enumerate(titles, 1)]
    assert (group.child(3).text(2), group.child(3).text(3)) == ("0 of 3", "done")
    assert dialog.current == (own_course(), "one-write"), "the first that is not done"
    dialog.learner.setText("Ada")
    dialog.begin.click()
    driver.settle()
    assert driver.window.lessons.answers.learner == "Ada"
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.detail.startswith("One write")


def test_tab_goes_from_the_field_to_the_buttons(driver: Driver) -> None:
    panel, taking = take(driver, lesson_of(LESSON))
    driver.settle()
    while not taking.is_last:
        if isinstance(panel.field, NumberField | PlaceField | ChoiceField):
            panel.field.setFocus()
            parts = panel.field.parts
            if isinstance(panel.field, ChoiceField):
                parts = parts[:1]  # arrows go to the others
            for part in (*parts, panel.field.button, panel.hint, panel.give_up):
                if part.isVisible() and part.isEnabled():
                    assert driver.window.focusWidget() is part, type(panel.field)
                    if isinstance(part, NumberBox):
                        driver.press(Qt.Key.Key_0)
                    QTest.keyClick(part, Qt.Key.Key_Tab)
            taking.show_answer()
            driver.settle()
        taking.go_on()
        driver.settle()


def test_the_first_steps_offer_the_course(driver: Driver) -> None:
    driver.window.welcome.course_wanted.emit()
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.detail.startswith("One write")
    assert not driver.window.welcome.isVisible()


def test_a_real_capture_is_opened_beside_the_lesson_by_keys(driver: Driver) -> None:
    panel, taking = take(driver, own_course().load("real-capture"))
    panel.text.setFocus()
    driver.press(Qt.Key.Key_Tab)
    driver.press(Qt.Key.Key_Return)
    driver.settle()
    shown = taped(driver.controller.shown)
    assert shown is not None
    assert shown.tape.count == 16
    driver.controller.show_tab(1)
    assert panel.taking is taking


def test_a_capture_that_is_not_there_is_told(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of('say "[x](capture:../../mine) [y](capture:none.dump)"\n'))
    for name in ("../../mine", "none.dump"):
        panel.text.capture_wanted.emit(name)
        assert f"There is no capture {name} beside the lesson." in driver.window.status.words.text()


def test_a_text_fetches_nothing(driver: Driver) -> None:
    panel, _ = take(driver, lesson_of('say "![x](/etc/hostname) ![y](https://y/y.png)"\n'))
    assert panel.text.loadResource(2, "/etc/hostname") is None
    assert panel.text.toPlainText().strip("\ufffc ") == ""


@pytest.mark.parametrize("name", ["full", "readers", "sizes"])
def test_a_course_lesson_can_be_walked_through(driver: Driver, name: str) -> None:
    lesson = own_course().load(name, 3)
    panel, taking = take(driver, lesson)
    while not taking.is_last:
        key, question = taking.key, taking.question
        if question is not None and key is not None:
            assert len(operations(driver)) <= question.at
            taking.answer(key.right(question).value)
            driver.settle()
        assert taking.is_over
        driver.click(panel.next)
    assert len(operations(driver)) == len(lesson.session.lines[0].operations)
    done = driver.window.lessons.counts(lesson)
    assert done == (len(lesson.questions), len(lesson.questions))
