"""Answers in their file, also of who is quick, and when the program ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.lesson import lessons
from relayviz.model.lesson.answers import load_answers
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take

if TYPE_CHECKING:
    import pytest

    from tests.gui.conftest import Driver


def test_answers_that_come_while_the_file_is_written_are_kept_too(driver: Driver) -> None:
    _, taking = take(driver, lesson_of(LESSON))
    for given in (20, 21, 22):
        taking.answer(given)
    driver.settle()
    path = driver.window.lessons.path
    assert path is not None
    (answer,) = load_answers(path).answers
    assert (answer.given, answer.tries) == (22, 3)


def test_answers_that_are_not_written_yet_are_at_the_end(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "save", lambda *_: None)  # a disk that takes for ever
    _, taking = take(driver, lesson_of(LESSON))
    for given in (20, 21, 22):
        taking.answer(given)
    path = driver.window.lessons.path
    assert path is not None
    assert not path.exists()
    driver.window.lessons.end()
    assert load_answers(path).answers[0].given == 22


def test_answers_that_are_written_are_not_written_again_at_the_end(driver: Driver) -> None:
    _, taking = take(driver, lesson_of(LESSON))
    taking.answer(20)
    driver.settle()
    path = driver.window.lessons.path
    assert path is not None
    path.unlink()
    driver.window.lessons.end()
    assert not path.exists()
