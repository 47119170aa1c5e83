"""Questions of a page: what comes is nowhere before the answer, which the keyboard can give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from relayviz.model.page.lesson import Lesson, Question, Say, hashed
from relayviz.model.session.file import loads
from relayviz.model.session.scenario import scenario_text

if TYPE_CHECKING:
    from tests.page.conftest import Shown

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
    (Say(0, "First.\n\nThen `relay_write`."), Say(3, "Now it is *full*.")), (NUMBER, CHOICE)
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
    assert asked.find("#lesson > p").text == "Now it is *full*."
    asked.run("document.querySelector('#lesson input').focus()")
    asked.press(Keys.SPACE, Keys.ENTER)
    assert asked.find(reply).text == "No. Try another answer."
    asked.press(Keys.ARROW_DOWN, Keys.ENTER)
    assert asked.find(reply).text == "Right. Step on to see it."
    asked.press(Keys.END)
    assert asked.step > 4
    asked.press(Keys.HOME)
    assert [one.text for one in asked.chrome.find_elements("css selector", "#lesson p")] == [
        "First.",
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
