"""The Lesson dock after each answer and turn, a puzzle, and the dialog that writes lessons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from relayviz.gui.lesson.fields import ChoiceField, NumberField
from relayviz.gui.lesson.place import PlaceField
from relayviz.gui.lesson.puzzle import PuzzleField
from relayviz.model.lesson.course import own_course
from tests.gui.driven.apart import since
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take
from tests.gui.lesson.test_writing import put, write
from tests.gui.waiting import until
from tests.gui.whole.described import described
from tests.gui.whole.test_described import compare, no_thread_left
from tests.gui.whole.test_keys import name_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lesson.writing import WritingDialog
    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture
LINE = re.compile(r"(?<=\.h):\d+")  # where code stands


class Telling:
    """Tells what is different in a widget after each of some deeds."""

    def __init__(self, driver: Driver, widget: QWidget) -> None:
        self._driver, self._widget = driver, widget
        self._told = self._now()
        self.parts = [("at first", self._told)]

    def _now(self) -> list[str]:
        told = [LINE.sub("", line) for line in described(self._widget)]
        said = self._driver.window.status.words.text()
        focused = name_of(self._driver.window.focusWidget())
        return [*told, f"keyboard {focused}", f"said {said}"]

    def after(self, title: str, do: Callable[[], object]) -> None:
        """Do something; tell."""
        do()
        self._driver.settle()
        before, self._told = self._told, self._now()
        self.parts.append((title, since(before, self._told)))


def test_a_lesson_is_taken(driver: Driver, tmp_path: Path) -> None:
    panel, taking = take(driver, lesson_of(LESSON))
    telling = Telling(driver, panel)

    def number(text: str) -> None:
        assert isinstance(panel.field, NumberField)
        panel.field.line.setText(text)
        panel.field.give()

    for text in ("x", "", "9007199254740992", "20", "−1,5", "40"):
        telling.after(f"answered {text!r}", lambda text=text: number(text))  # type: ignore[misc]
        if text == "20":
            for at in (1, 2):
                telling.after(f"hint {at}", panel.hint.click)
    telling.after("next", panel.next.click)

    def place(subbuf: int, byte: int) -> None:
        assert isinstance(panel.field, PlaceField)
        panel.field.subbuf.setValue(subbuf)
        panel.field.byte.setValue(byte)
        panel.field.give()

    for subbuf, byte in ((-1, 5), (0, -1), (1, 0), (3, 63), (0, 40)):
        telling.after(f"{subbuf}:{byte}", lambda at=(subbuf, byte): place(*at))  # type: ignore[misc]
    telling.after("next", panel.next.click)

    def choose(option: int) -> None:
        assert isinstance(panel.field, ChoiceField)
        if option >= 0:
            panel.field.group.button(option).setChecked(True)
        panel.field.give()

    for option in (-1, 1, 0):
        telling.after(f"option {option}", lambda option=option: choose(option))  # type: ignore[misc]
    telling.after("the last page", panel.next.click)
    telling.after("light", lambda: driver.window.choose_theme("light"))
    assert taking.is_over
    telling.after("closed", panel.next.click)
    compare("lesson-taken", telling.parts, tmp_path)


def test_a_puzzle_and_steps(driver: Driver, tmp_path: Path) -> None:
    panel, taking = take(driver, own_course().load("interrupt"))
    telling, field = Telling(driver, panel), panel.field
    assert isinstance(field, PuzzleField)
    for name in ("irq", "irq", "task", "task", "task"):
        telling.after(name, field.actors[name].click)
    telling.after("back", field.back.click)
    telling.after("anew", field.again.click)
    for name in ("task", "task", "task", "irq", "irq", "irq", "irq"):
        telling.after(name, field.actors[name].click)
    assert taking.is_over
    steps = 'ask steps "Lose one." most=2 = lost > 0\nwrite 65\nsay "end"\n'
    panel, _ = take(driver, lesson_of(steps))
    telling.parts.append(("operations", described(panel)))
    telling.after("shown", panel.give_up.click)
    compare("lesson-puzzle", telling.parts, tmp_path)


def test_a_lesson_is_written(driver: Driver, tmp_path: Path) -> None:
    driver.controller.open_channel(driver.engine.config, title="mine")
    for _ in range(3):
        driver.trigger("op.write")
    dialog = write(driver)
    telling = Telling(driver, dialog)
    telling.after("a title", lambda: dialog.title.setText("Mine"))
    for step in (0, 1, 3):
        telling.after(f"at {step}", lambda step=step: dialog.at.setValue(step))  # type: ignore[misc]
    for name in ("Say", "A number", "Hint", "When", "One of some", "A place", "Steps"):
        dialog.at.setValue(1)
        telling.after(name, lambda name=name: dialog.add_line(name))  # type: ignore[misc]
    dialog.at.setValue(0)
    telling.after("at another step", lambda: dialog.add_line("Hint"))
    for text in ("", "say", 'say "so"', "nonsense", 'ask number "n" = lost'):
        telling.after(text, lambda text=text: put(dialog, 0, text))  # type: ignore[misc]
    for row in (0, 3, dialog.lines.rowCount()):
        telling.after(f"chosen {row}", lambda row=row: chosen(dialog, row))  # type: ignore[misc]
    while dialog.lines.rowCount() > 1:
        dialog.lines.setCurrentCell(dialog.lines.rowCount() - 1, 1)
        telling.after("deleted", dialog._delete)
    telling.parts.append(("written", [f"{dialog.head}", *map(str, dialog.script)]))
    dialog.reject()
    (asked,) = dialog.findChildren(QMessageBox)
    telling.parts.append(("left", [asked.text(), *(one.text() for one in asked.buttons())]))
    gone = list[bool]()
    dialog.destroyed.connect(lambda: gone.append(True))
    asked.buttons()[0].click()
    until(lambda: bool(gone))
    compare("lesson-written", telling.parts, tmp_path)


def chosen(dialog: WritingDialog, row: int) -> None:
    dialog.lines.setCurrentCell(row, 1)
