"""What is not revealed is nowhere: on screen, in the accessible tree, in tooltips and exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.gui.lesson.panel import LessonPanel
from relayviz.model.lesson.course import own_course
from relayviz.model.lesson.script import Asked
from relayviz.model.lesson.visible import gives_away
from relayviz.model.session.session import Line, Session
from tests.gui.lesson.seen import seen, texts_of

if TYPE_CHECKING:
    from relayviz.gui.lesson.taking import Taking
    from relayviz.model.channel.operation import Operation
    from relayviz.model.lesson.judging import Key
    from relayviz.model.lesson.lesson import Lesson, Question
    from tests.gui.conftest import Driver

DOCKS = ("log", "fate", "watches", "timeline")


def take(driver: Driver, lesson: Lesson) -> tuple[LessonPanel, Taking, Key]:
    driver.window.lessons.open(lesson)
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.taking is not None
    assert panel.taking.key is not None
    return panel, panel.taking, panel.taking.key


def said_in(panel: LessonPanel, question: Question, key: Key) -> set[str]:
    """What the dock says, but for the options of a choice: one of them is the answer."""
    options = {f"{one}" for one in key.right(question).options}
    said = (texts_of([panel]) | {panel.detail}) - options
    page = f"{panel.progress.value()}"
    return {re.sub(r"\d+ of \d+", "", text) for text in said if text != page}


def test_no_answer_is_seen_before_its_question_is_answered(driver: Driver) -> None:
    searched = 0
    for name in own_course().names:  # in one window: making it takes longer than a lesson
        searched += search(driver, own_course().load(name, 1))
        driver.controller.close_tab(driver.controller.current)
        driver.settle()
    assert searched > len(own_course().names)


def named(operation: Operation) -> tuple[object, ...]:
    """What was asked for; which descriptor that meant is found out when it is done."""
    return operation.kind, operation.cpu, operation.length, operation.count


def search(driver: Driver, lesson: Lesson) -> int:
    """Go through a lesson and look for the answer of each question; return how many there are."""
    panel, taking, key = take(driver, lesson)
    while True:
        question = taking.question
        if question is not None:
            steps = driver.engine.history.steps[1:]
            done = lesson.session.lines[0].operations[: question.at]
            assert [named(step.operation) for step in steps] == list(map(named, done)), lesson.name
            assert driver.controller.notebook.notes.markers == ()
            right = key.right(question).value
            while taking.hints_left:
                taking.hint()
            for text in said_in(panel, question, key):
                assert not gives_away(text, question, right), f"{lesson.name}: {text}"
            taking.show_answer()
            driver.settle()
            if question.kind is not Asked.STEPS:
                assert f"{right}" in panel.verdict.text(), "the search would find it"
        if taking.is_last:
            return len(lesson.questions)
        taking.go_on()
        driver.settle()


def looked_through(driver: Driver) -> set[str]:
    """What all docks say, those behind others too."""
    found: set[str] = set()
    for dock in DOCKS:
        driver.window.focus_dock(dock)
        driver.settle()
        found |= seen(driver.window)
    return found


def test_the_window_says_what_it_says_of_a_session_that_ends_there(driver: Driver) -> None:
    for name in ("padding", "full", "cpus"):
        compare(driver, own_course().load(name, 1))


def compare(driver: Driver, lesson: Lesson) -> None:
    """Look whether anything but the Lesson dock knows that there is more to come."""
    _, taking, _ = take(driver, lesson)
    while taking.question is None or taking.page.at == 0:
        taking.show_answer()
        driver.settle()
        taking.go_on()
        driver.settle()
    assert taking.question.judged_at > taking.question.at
    before = looked_through(driver)
    done = lesson.session.lines[0].operations[: taking.question.at]
    driver.controller.close_tab(driver.controller.current)
    engine = driver.controller.catalogue.play(
        Session(config=lesson.session.config, lines=(Line(operations=done),))
    )
    driver.controller.add_tab(engine, lesson.title)
    driver.controller.select(0)
    driver.settle()
    after = looked_through(driver)
    driver.controller.close_tab(driver.controller.current)
    driver.settle()
    assert any("relay_write" in text for text in before)
    bars = {"Scroll Left", "Scroll Right"}  # buttons where the names of tabs have no room
    assert before - after - bars == set()
