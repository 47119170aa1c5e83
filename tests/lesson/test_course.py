"""The program's own course: every lesson passes its check, in every variant that is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.lesson.checking import problems
from relayviz.engines.lesson.inside import solves
from relayviz.engines.lesson.key import PlayedKey
from relayviz.model.lesson.course import course_in, own_course
from relayviz.model.lesson.script import Asked
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    from pathlib import Path

COURSE = own_course()
EACH = pytest.mark.parametrize("name", COURSE.names)
SEEDS = range(3)
PUZZLES = {"interrupt", "interrupted-switch", "two-cpus", "slots", "reader-races", "real-fault"}


@EACH
def test_a_lesson_passes(name: str) -> None:
    lesson = COURSE.load(name)
    for seed in SEEDS if lesson.is_varied else [0]:
        one = COURSE.load(name, seed)
        assert [each.message for each in problems(one)] == [], f"seed {seed}"


@EACH
def test_a_lesson_is_complete(name: str) -> None:
    lesson = COURSE.load(name)
    assert lesson.title
    assert lesson.minutes > 0
    assert len(lesson.questions) >= 2
    assert lesson.pages[0].text, "it begins with a text"
    assert lesson.pages[-1].text, "it ends with one"
    for question in lesson.questions:
        assert question.hints, f"question {question.number} has no hint"
        if question.kind is Asked.CHOICE:
            wrong = len(question.options) - 1
            assert 1 <= len(question.mistakes) <= wrong, f"question {question.number}"
    before = COURSE.names[: COURSE.names.index(name)]
    assert set(lesson.needs) <= set(before)


def test_there_is_enough() -> None:
    lessons = [COURSE.load(name) for name in COURSE.names]
    asked = [question for lesson in lessons for question in lesson.questions]
    assert len(lessons) >= 12
    assert sum(question.kind is Asked.STEPS for question in asked) >= 8
    assert {question.kind for question in asked} == set(Asked)
    assert {one.name for one in lessons if any(q.inside for q in one.questions)} == PUZZLES


def test_every_wrong_option_of_a_variant_is_wrong() -> None:
    key = PlayedKey(COURSE.load("padding", 1))
    question = key.lesson.questions[0]
    size = key.lesson.session.lines[0].operations[0].length
    right = 64 - 2 * size
    assert [given for given in range(70) if key.judge(question, given).is_right] == [right]
    assert "two sub-buffers" in key.judge(question, 0).says


def test_a_puzzle_is_solved_by_its_session_s_own_steps() -> None:
    lesson = COURSE.load("interrupt")
    puzzle = lesson.questions[0]
    assert solves(lesson, puzzle, ["task"] * 3 + ["irq"] * 3)
    assert not solves(lesson, puzzle, ["task"] * 3 + ["irq"] * 2)
    assert not solves(lesson, puzzle, ["irq"] * 3 + ["task"] * 3)


def test_the_order_of_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.relay.toml").write_text("")
    (tmp_path / "other.toml").write_text("")
    assert course_in(tmp_path).names == ("a", "b")
    order = tmp_path / "course.toml"
    order.write_text('relayviz_course = 1\ntitle = "Mine"\nlessons = ["b", "a"]\n')
    course = course_in(tmp_path)
    assert (course.title, course.names, course.after("b"), course.after("a")) == (
        *("Mine", ("b", "a"), "a", ""),
    )
    order.write_text('relayviz_course = 1\nlessons = ["b", "c"]\n')
    with pytest.raises(SessionError, match=r"course\.toml:2: lessons\[1\]: There is no file c"):
        course_in(tmp_path)
    with pytest.raises(SessionError, match="No such file"):
        course_in(tmp_path / "gone")
