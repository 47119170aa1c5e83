"""The small questions: what stands there at first, what is refused, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from relayviz.gui.prompts.prompts import QUESTIONS, Prompt
from relayviz.gui.prompts.times import TimesDialog
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import ALL, Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gui.conftest import Driver

Key, OK = Qt.Key, QDialogButtonBox.StandardButton.Ok
CPU = 1


class Asked(NamedTuple):
    """What is known of a question.

    Attributes:
        first: What stands there at first.
        wrong: What is refused, and a part of what is said of it.
        right: What is taken, and what is said of it.
        done: What came of it.
        expected: What should have.
    """

    first: str
    wrong: dict[str, str]
    right: dict[str, str]
    done: Callable[[Driver], object]
    expected: object


def last(driver: Driver) -> tuple[object, ...]:
    made = driver.snapshot.made_by.operation
    return made.kind, made.cpu, made.data, made.count


def written(data: bytes) -> Operation:
    return Operation(Kind.WRITE, CPU, data=data)


NUMBER = {"": "Type a whole number.", "x": "Type a whole number.", "1.5": "Type a whole number."}
TABLE = {
    "text": Asked(
        "", {}, {"": "0 bytes", "é": "2 bytes", "a": "1 byte"}, last, (Kind.WRITE, CPU, b"a", 0)
    ),
    "bytes": Asked(
        "",
        {"0": "two digits", "xx": "two digits"},
        {"": "0 bytes", "00 7f": "2 bytes", "ff": "1 byte"},
        last,
        (Kind.WRITE, CPU, b"\xff", 0),
    ),
    "fill": Asked(
        "",
        {},
        {"": "0 bytes", "é": "2 bytes", "a": "1 byte"},
        last,
        (Kind.FILL, CPU, b"a", 0),
    ),
    "consume": Asked(
        "1",
        {
            **NUMBER,
            "-1": "Type a whole number.",
            str(2**32): "from 0 to 4294967295",
            "9" * 40: "from 0 to",
        },
        {"0": " ", str(2**32 - 1): " ", "3": " "},
        last,
        (Kind.CONSUME, CPU, None, 3),
    ),
    "step": Asked(
        "2",
        {**NUMBER, "3": "Type a number from 0 to 2."},
        {"0": " ", "2": " ", "1": " "},
        lambda driver: driver.snapshot.step,
        1,
    ),
    "mark": Asked(
        "",
        {"a\tb": "cannot be shown"},
        {"": " ", " here ": " "},
        lambda driver: [
            (one.name, one.at.step) for one in driver.controller.notebook.markers_shown()
        ],
        [("here", 2)],
    ),
    "branch": Asked(
        "main line",
        {"": "Type a name.", "  ": "Type a name.", "\x01": "Type a name."},
        {"main line": " ", "mine": " "},
        lambda driver: driver.engine.history.branches[driver.snapshot.branch].title,
        "mine",
    ),
    "expect": Asked(
        "",
        {"": "", "lost >": "", "nonsense": "nonsense"},
        {"lost > 0": "It is not true here.", "lost == 0": "It is true here."},
        lambda driver: [one.that for one in driver.controller.notebook.notes.expectations],
        ["lost == 0"],
    ),
    "late-setup": Asked(
        "cpu",
        {"": "Type the name", "a/b": "a slash"},
        {"late": "The files will be late0, late1, …"},
        lambda driver: driver.snapshot.base_filename,
        "late",
    ),
}


def begin(driver: Driver) -> None:
    """Open a channel without files, with two steps, of which the last reserved room."""
    driver.controller.open_channel(ChannelConfig(base_filename=None, cpus=2))
    driver.controller.set_inputs(cpu=CPU)
    driver.controller.submit(written(b"one"), Operation(Kind.RESERVE, CPU, 20))
    driver.settle()


@pytest.fixture
def asked(driver: Driver) -> Driver:
    begin(driver)
    return driver


def prompt(driver: Driver, question: str) -> Prompt:
    driver.window.ask(question)
    found = driver.dialog()
    assert isinstance(found, Prompt)
    return found


def ask_all(driver: Driver, name: str) -> None:
    """Type what is wrong and what is right into a question, give it up, and answer another."""
    told, known, before = QUESTIONS[name], TABLE[name], driver.snapshot
    shown = prompt(driver, name)
    assert (shown.windowTitle(), shown.field.accessibleName()) == (told.title, told.text)
    assert shown.field.text() == shown.field.selectedText() == known.first
    for texts, is_right in ((known.wrong, False), (known.right, True)):
        for text, said in texts.items():
            shown.field.setText(text)
            assert shown.message.text()
            assert said in shown.message.text(), text
            assert shown.message.objectName() == ("dim" if is_right else "error")
            assert shown.field.property("wrong") is not is_right
            assert shown.buttons.button(OK).isEnabled() is is_right
    QTest.keyClick(shown.field, Key.Key_Escape)
    driver.settle()
    assert driver.snapshot is before
    shown = prompt(driver, name)
    assert shown.field.text() == known.first
    shown.field.setText(list(known.right)[-1])
    driver.click(shown.buttons.button(OK))
    assert not shown.isVisible()
    assert known.done(driver) == known.expected


def test_each_question_refuses_what_is_wrong_and_does_what_is_asked(driver: Driver) -> None:
    assert TABLE.keys() == QUESTIONS.keys()
    for name in TABLE:
        begin(driver)
        ask_all(driver, name)


def test_names_that_are_there_are_offered_and_others_refused(asked: Driver) -> None:
    asked.controller.notebook.mark("first")
    assert prompt(asked, "mark").field.text() == "first"
    asked.controller.seek(1)
    asked.settle()
    assert prompt(asked, "mark").field.text() == ""
    asked.controller.submit(written(b"two"))
    asked.settle()
    shown = prompt(asked, "branch")
    assert shown.field.text() == asked.engine.history.branches[asked.snapshot.branch].title
    shown.field.setText("main line")
    assert shown.message.text() == "Another branch is called so."
    for number in (5, 7):
        asked.controller.set_inputs(count=number)
        assert prompt(asked, "consume").field.text() == str(number)


@pytest.mark.parametrize(("all_cpus", "writers"), [(False, 1), (True, 2)])
def test_many_writes_are_counted_while_they_are_made(
    asked: Driver, all_cpus: bool, writers: int
) -> None:
    asked.controller.set_inputs(all_cpus=all_cpus, length=8)
    asked.window.ask("times")
    shown = asked.dialog()
    assert isinstance(shown, TimesDialog)
    assert "8 B" in shown.field.accessibleName()
    assert not shown.progress.isVisible()
    for text, said in {**NUMBER, "0": "from 1 to"}.items():
        shown.field.setText(text)
        assert said in shown.message.text()
        assert not shown.buttons.button(OK).isEnabled()
    shown.field.setText("3")
    assert (shown.message.text(), shown.buttons.button(OK).isEnabled()) == (" ", True)
    before = len(asked.engine.history.steps)
    QTest.mouseClick(shown.buttons.button(OK), Qt.MouseButton.LeftButton)
    assert shown.progress.isVisible()
    assert (shown.progress.minimum(), shown.progress.maximum()) == (0, 3 * writers)
    assert not shown.field.isEnabled()
    assert not shown.buttons.button(OK).isEnabled()
    assert "Cancel keeps" in shown.message.text()
    asked.settle()
    assert shown.progress.value() == 3 * writers
    assert not shown.isVisible()
    made = asked.engine.history.steps[before:]
    assert len(made) == 3 * writers
    assert {(one.operation.kind, one.operation.length) for one in made} == {(Kind.WRITE, 8)}
    assert asked.controller.inputs.target == (ALL if all_cpus else CPU)
