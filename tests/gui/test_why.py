"""Asking why: with the key, from the menu, about everything that can be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.why.enough import TRYING
from relayviz.gui.widgets.panel import WHY
from relayviz.model.why.figures import FIGURES
from relayviz.model.why.why import Byte, Event, Figure, Piece

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from relayviz.gui.bytes import BytesPanel
    from relayviz.gui.counters import CountersPanel
    from relayviz.gui.fate import FatePanel
    from relayviz.gui.rings import RingsPanel
    from relayviz.gui.why import WhyPanel
    from tests.gui.conftest import Driver

Key = Qt.Key


def why_of(driver: Driver) -> WhyPanel:
    return driver.window.docks["why"].panel  # type: ignore[return-value]


def ask(driver: Driver) -> str:
    """Press the key where the keyboard is; return what is then told."""
    driver.press(Key.Key_Question)
    assert why_of(driver).isVisible()
    return why_of(driver).text.toPlainText()


def test_a_figure_of_the_counters(driver: Driver) -> None:
    driver.window.focus_dock("counters")
    panel: CountersPanel = driver.window.docks["counters"].panel  # type: ignore[assignment]
    panel.table.setCurrentIndex(panel.table.model().index(1, 1))
    said = ask(driver)
    assert why_of(driver).asked == Figure(1, "offset")
    assert "offset = 512 subbuf_size + 1 for blocked = 513" in said
    assert "docs/relay-semantics.md, “The switch”" in said
    assert panel.table.hasFocus()  # the keyboard stays, to ask on


def test_every_figure_of_the_counters_can_be_asked_about() -> None:
    asked = [column.figure for column in COLUMNS if column.heading != "cpu"]
    assert set(asked) == set(FIGURES)


def test_a_sub_buffer_of_the_rings(driver: Driver) -> None:
    driver.window.focus_dock("rings")
    driver.controller.select(1, 3)
    assert "padding = 512 subbuf_size − 364 in use = 148" in ask(driver)
    assert why_of(driver).asked == Piece(1, 3)


def test_a_byte_and_the_way_to_its_step(driver: Driver) -> None:
    driver.controller.select(1, 3)
    driver.window.focus_dock("bytes")
    panel: BytesPanel = driver.window.docks["bytes"].panel  # type: ignore[assignment]
    panel.view.move_to(480)
    said = ask(driver)
    assert why_of(driver).asked == Byte(1, 3, 480)
    assert "needed = 364 in use + 180 the next event = 544 > 512 subbuf_size" in said
    why_of(driver)._follow(QUrl("step:37"))
    seen = driver.settle()
    assert seen is not None
    assert seen.step == 37
    assert "Finished by step 37" in why_of(driver).text.toPlainText()
    driver.controller.seek(36)
    driver.settle()
    assert "free, no event known" in why_of(driver).text.toPlainText()


def test_an_event_says_what_would_have_saved_it(driver: Driver, qtbot: QtBot) -> None:
    driver.window.focus_dock("fate")
    panel: FatePanel = driver.window.docks["fate"].panel  # type: ignore[assignment]
    driver.settle()
    panel.view.setFocus()
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_L):
        driver.press(key)
    said = ask(driver)
    assert why_of(driver).asked == Event(45)
    assert "ready at step 45 = 8 produced − 0 consumed = 8 ≥ 8 sub-buffers" in said
    assert "What would have saved it: A consumer that had released a sub-buffer" in said
    assert TRYING in said
    text = why_of(driver).text
    qtbot.waitUntil(lambda: TRYING not in text.toPlainText())
    assert "9 sub-buffers of this size instead of 8 would have kept it" in text.toPlainText()
    driver.controller.seek(44)
    driver.settle()
    assert "not there at this step" in why_of(driver).text.toPlainText()


def test_the_menu_of_the_right_button_asks_too(driver: Driver) -> None:
    driver.window.focus_dock("rings")
    rings: RingsPanel = driver.window.docks["rings"].panel  # type: ignore[assignment]
    rings.view.setFocus()
    driver.press(Key.Key_Down)
    QTest.keyClick(rings.view, Key.Key_Menu)
    menus = [menu for menu in rings.findChildren(QMenu) if menu.isVisible()]
    for menu in menus:
        (action,) = [one for one in menu.actions() if one.text() == WHY]
        action.trigger()
        menu.close()
    if not menus:  # a platform without that key
        driver.controller.ask_why(rings.subject())
    assert isinstance(why_of(driver).asked, Piece)


def test_without_anything_there_it_says_so(driver: Driver) -> None:
    driver.window.focus_dock("log")
    driver.press(Key.Key_Question)
    assert "Put the cursor to a figure" in driver.window.status.words.text()
    assert why_of(driver).asked is None


def test_another_channel_begins_without_a_question(driver: Driver) -> None:
    driver.window.focus_dock("rings")
    ask(driver)
    driver.controller.close_tab(0)
    driver.settle()
    assert why_of(driver).asked is None
    assert "Ask why" in why_of(driver).text.toPlainText()
