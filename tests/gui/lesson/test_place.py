"""A place is clicked or written, whichever is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.bytes import BytesPanel
from relayviz.gui.lesson.place import NONE, PlaceField
from tests.gui.lesson.test_lesson import lesson_of, take

if TYPE_CHECKING:
    from relayviz.gui.lesson.panel import LessonPanel
    from tests.gui.conftest import Driver

BYTE = """
write 60
write 20
ask place "Where does the next one go?" = byte(0, current * subbuf_size + offset - amount)
write 8
say "There."
"""
SUBBUF = BYTE.replace("byte(0, current * subbuf_size + offset - amount)", "subbuf(0, current)")


def asked(driver: Driver, steps: str) -> tuple[LessonPanel, PlaceField]:
    panel, _ = take(driver, lesson_of(steps))
    assert isinstance(panel.field, PlaceField)
    return panel, panel.field


def click_byte(driver: Driver, offset: int) -> None:
    """Click a byte of the sub-buffer that is shown."""
    panel = driver.window.docks["bytes"].panel
    assert isinstance(panel, BytesPanel)
    view = panel.view
    at = view.cell(offset).center().toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    driver.settle()


def write(driver: Driver, text: str) -> None:
    QTest.keyClicks(driver.window.focusWidget(), text)
    driver.settle()


def test_nothing_is_chosen_at_first(driver: Driver) -> None:
    _, field = asked(driver, BYTE)
    assert field.place is None
    assert not field.button.isEnabled()
    assert field.says.text() == "Click it in Sub-buffer, or write which one it is."


def test_one_click_on_a_byte_is_enough_in_the_sub_buffer_written_to(driver: Driver) -> None:
    panel, field = asked(driver, BYTE)
    click_byte(driver, 0)
    assert (field.subbuf.value(), field.byte.value()) == (1, 0)
    click_byte(driver, 20)
    assert field.says.text() == "Chosen: byte 84 of the buffer of CPU 0."
    driver.click(field.button)
    assert panel.verdict.text() == "Right: byte 84 of the buffer of CPU 0."


def test_a_byte_of_another_sub_buffer_is_clicked_after_it(driver: Driver) -> None:
    _, field = asked(driver, BYTE)
    driver.controller.select(0, 3)
    assert (field.subbuf.value(), field.byte.value()) == (3, NONE)
    assert not field.button.isEnabled()
    driver.settle()
    click_byte(driver, 5)
    assert field.place == 3 * 64 + 5


def test_it_is_answered_with_keys_alone(driver: Driver) -> None:
    panel, field = asked(driver, BYTE)
    assert field.subbuf.hasFocus()
    write(driver, "1")
    driver.press(Qt.Key.Key_Tab)
    write(driver, "20")
    tab = driver.controller.tab
    assert tab is not None
    assert (tab.selection, tab.marked[1]) == ((0, 1), 20), "rings and bytes show it, too"
    driver.press(Qt.Key.Key_Return)
    assert panel.verdict.text() == "Right: byte 84 of the buffer of CPU 0."


def test_what_is_written_holds_where_no_bytes_are_shown(driver: Driver) -> None:
    _, field = asked(driver, BYTE)
    driver.window.docks["bytes"].hide()
    driver.settle()
    write(driver, "2")
    driver.press(Qt.Key.Key_Tab)
    write(driver, "63")
    assert field.place == 2 * 64 + 63


def test_half_a_place_is_no_answer(driver: Driver) -> None:
    panel, field = asked(driver, BYTE)
    write(driver, "1")
    driver.press(Qt.Key.Key_Return)
    assert panel.verdict.text() == ""
    assert field.place is None


def test_a_sub_buffer_needs_no_byte(driver: Driver) -> None:
    panel, field = asked(driver, SUBBUF)
    assert not field.byte.isVisible()
    driver.controller.select(0, 2)
    assert field.says.text() == "Chosen: sub-buffer 2 of the buffer of CPU 0."
    driver.press(Qt.Key.Key_Return)
    assert panel.verdict.text() == "No."
    driver.controller.select(0, 1)
    driver.press(Qt.Key.Key_Return)
    assert panel.verdict.text() == "Right: sub-buffer 1 of the buffer of CPU 0."
