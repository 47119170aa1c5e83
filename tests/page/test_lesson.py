"""Questions of a page: what comes is nowhere before the answer, which the keyboard can give."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from relayviz import cli
from relayviz.engines.lesson.key import PlayedKey
from relayviz.export.lesson import taught
from relayviz.model.lesson.file import loads as loads_lesson
from relayviz.model.page.lesson import Lesson, Question, Say, hashed
from relayviz.model.session.file import loads
from relayviz.model.session.scenario import scenario_text

if TYPE_CHECKING:
    from tests.page.conftest import Shown

COURSE = Path(__file__).parents[2] / "resources" / "lessons"
NUMBER = Question(
    step=2,
    text="How many bytes of padding will sub-buffer 0 get, `offset` being 60?",
    answer="4",
    hints=("A sub-buffer has 64 B.", "An event does not reach into the next one."),
    wrong=(("60", "That is what is used."),),
    done="64 less 60.",
)
CHOICE = Question(
    step=4,
    text="What becomes of the next event?",
    answer="it is lost",
    choices=("stored", "it is lost"),
)
LESSON = Lesson(
    (Say(0, "First, [see](capture:x.dump).\n\nThen `relay_write`."), Say(3, "Now it is *full*.")),
    (NUMBER, CHOICE),
)


@pytest.fixture
def asked(shown: Shown) -> Shown:
    shown.open_session(loads(scenario_text("full-refuses"), "full"), LESSON).close()
    return shown


def told(shown: Shown) -> str:
    """Return all that is in the page for a reader, names and values among it."""
    found: str = shown.run(
        "return document.body.innerText + [...document.querySelectorAll('body *:not(script)')].map("
        "e => [...e.attributes].map(a => a.value).join(' ')).join(' ')"
    )
    return found


def test_what_comes_is_nowhere(asked: Shown) -> None:
    data = json.loads(asked.run("return document.getElementById('data').textContent"))
    assert asked.step == 0
    asked.press(Keys.END)
    assert asked.step == 2
    asked.press(Keys.ARROW_RIGHT)
    assert asked.step == 2
    asked.run(
        "const s = document.getElementById('slider'); s.max = 9; s.value = 5;"
        "s.dispatchEvent(new Event('input'))"
    )
    assert asked.step == 2
    seen = told(asked)
    for step in range(3, len(data["titles"])):
        assert data["titles"][step] not in seen
    assert "it is lost" not in seen
    assert "64 less 60" not in seen
    assert len(asked.chrome.find_elements("css selector", "#log-list li")) == 3
    assert len(asked.chrome.find_elements("css selector", "#fate-list tr[data-event]")) == 2


def test_questions_are_answered_by_keyboard(asked: Shown) -> None:
    asked.press(Keys.END)
    asked.run("document.querySelector('#lesson input').focus()")
    reply = "#lesson .reply"
    asked.press(Keys.ENTER)
    assert asked.find(reply).text == "Give an answer first."
    asked.press("6", "0", Keys.ENTER)
    assert asked.find(reply).text == "That is what is used."
    asked.press(Keys.BACKSPACE, Keys.BACKSPACE, "5", Keys.ENTER)
    assert asked.find(reply).text == "No. Try another answer."
    asked.press(Keys.TAB, Keys.TAB, Keys.ENTER)
    assert asked.find(reply).text == "A sub-buffer has 64 B."
    asked.run("document.querySelector('#lesson input').focus()")
    asked.press(Keys.BACKSPACE, "4", Keys.ENTER)
    assert asked.find(reply).text == "64 less 60."
    assert asked.focus == "forward"
    asked.press(Keys.END)
    assert asked.step == 4
    assert asked.find("#lesson > p em").text == "full"
    asked.run("document.querySelector('#lesson input').focus()")
    asked.press(Keys.SPACE, Keys.ENTER)
    assert asked.find(reply).text == "No. Try another answer."
    asked.press(Keys.ARROW_DOWN, Keys.ENTER)
    assert asked.find(reply).text == "Right."
    asked.press(Keys.END)
    assert asked.step > 4
    asked.press(Keys.HOME)
    assert [one.text for one in asked.chrome.find_elements("css selector", "#lesson p")] == [
        "First, see.",
        "Then relay_write.",
    ]


def test_answers_are_not_in_the_text(asked: Shown) -> None:
    data = json.loads(asked.run("return document.getElementById('data').textContent"))
    questions = data["lesson"]["questions"]
    assert questions[0]["answer"] == hashed("0:2", "4")
    assert questions[1]["answer"] == hashed("1:4", " it is lost ")
    assert "60" not in questions[0]["wrong"]


def test_the_hash_is_fnv() -> None:
    # of "=a" and "=", computed by hand from the definition
    found = 0x811C9DC5
    for byte in b"=a":
        found = (found ^ byte) * 16777619 % 2**32
    assert hashed("", "a") == f"{found:08x}"
    assert hashed("", "ä") != hashed("", "a")


def answer(shown: Shown, value: str) -> None:
    """Give an answer to the question that is asked."""
    shown.run(
        "const [value] = arguments, form = [...document.querySelectorAll('.question')].pop();"
        "for (const field of form.querySelectorAll('input[type=text]')) field.value = value;"
        "for (const field of form.querySelectorAll('[type=radio]'))"
        "  field.checked = field.value === value;"
        "form.requestSubmit();",
        value,
    )


def test_the_courses_lessons_are_answered(shown: Shown) -> None:
    """Each question in turn: a wrong answer has its sentence, the right one opens what follows."""
    lesson = loads_lesson(COURSE.joinpath("padding.relay.toml").read_text("utf-8"), "padding")
    engine = shown.open_session(replace(lesson.session, title=lesson.title), taught(lesson))
    last = engine.history.length(0)
    engine.close()
    key = PlayedKey(lesson)
    for question in lesson.questions:
        shown.press(Keys.END)
        assert shown.step == question.at < last
        reply = f"#question-{question.number - 1}-{question.at} .reply"
        if question.number == 1:
            answer(shown, "0")
            assert shown.find(reply).text == question.mistakes[0].say
        assert shown.step == question.at
        answer(shown, str(key.right(question).value))
        assert shown.find(reply).text == "Right."
    shown.press(Keys.END)
    assert shown.step == last
    assert shown.find("#lesson").text.startswith(lesson.pages[-1].text)


def test_a_page_of_a_lesson_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    lesson = COURSE / "padding.relay.toml"
    assert cli.main(["export", str(lesson), "--html", str(path)]) == 0
    data = json.loads(path.read_text("utf-8").partition('id="data">')[2].partition("</script>")[0])
    assert data["title"] == "Padding: an event is never split"
    whole = loads_lesson(lesson.read_text("utf-8"), "padding")
    assert data["first"] == whole.pages[0].at
    asked = [one["step"] for one in data["lesson"]["questions"]]
    assert asked == [one.at for one in whole.questions]


def test_every_lesson_of_the_course_has_a_page() -> None:
    names = [one for one in COURSE.iterdir() if one.name.endswith(".relay.toml")]
    assert len(names) >= 12
    for path in names:
        lesson = loads_lesson(path.read_text("utf-8"), path.name)
        asked = taught(lesson).questions
        assert len(asked) == len(lesson.questions)
        for place, one in enumerate(asked):
            assert one.answer or lesson.questions[place].kind == "steps"
            assert not one.choices or one.answer in one.choices
            assert one.answer not in [given for given, _ in one.wrong]
