"""Asking why: with the key, from the menu, about everything that can be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.why.enough import TRYING
from relayviz.gui.widgets.panel import WHY
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.why.figures import FIGURES
from relayviz.model.why.why import Byte, Done, Event, Figure, Piece
from tests.gui.test_drift import places

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from relayviz.gui.bytes import BytesPanel
    from relayviz.gui.counters import CountersPanel
    from relayviz.gui.fate import FatePanel
    from relayviz.gui.log import LogPanel
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


def move_pointer(driver: Driver, widget: QWidget, at: QPoint) -> None:
    """Move the pointer as a hand does: the window's system tells of it."""
    window = driver.window
    QCursor.setPos(widget.mapToGlobal(at))
    QTest.mouseMove(window.windowHandle(), widget.mapTo(window, at))
    driver.settle()


def test_what_is_under_the_pointer_is_asked_about_until_a_cursor_is_moved(driver: Driver) -> None:
    window = driver.window
    window.resize(790, 760)  # all of it is on the screen
    driver.settle()
    counters: CountersPanel = window.docks["counters"].panel  # type: ignore[assignment]
    rings: RingsPanel = window.docks["rings"].panel  # type: ignore[assignment]
    window.focus_dock("rings")
    driver.controller.select(1, 3)
    table = counters.table
    places(driver)  # laid out, before anything is pointed at
    table.scrollTo(table.model().index(2, 4))
    cell = table.visualRect(table.model().index(2, 4)).center()
    move_pointer(driver, table.viewport(), cell)
    ask(driver)
    assert why_of(driver).asked == Figure(2, "ready")
    QTest.keyClick(window.windowHandle(), Key.Key_Right)
    driver.settle()
    ask(driver)
    assert why_of(driver).asked == Piece(1, 4), "the keyboard's own place"
    layout = rings.view.scene.layout
    x, y = layout.centre(2)
    move_pointer(driver, rings.view, QPoint(int(x) + 2, int(y - (layout.inner + layout.outer) / 2)))
    ask(driver)
    assert why_of(driver).asked == Piece(2, 0)
    move_pointer(driver, rings.view, QPoint(int(x), int(y)))
    ask(driver)
    assert why_of(driver).asked == Figure(2, "ready"), "in the middle"
    bytes_: BytesPanel = window.docks["bytes"].panel  # type: ignore[assignment]
    spot = next(
        QPoint(x, 5)
        for x in range(bytes_.view.viewport().width())
        if bytes_.view.offset_at(QPointF(x, 5)) == 3
    )
    move_pointer(driver, bytes_.view.viewport(), spot)
    ask(driver)
    assert why_of(driver).asked == Byte(1, 4, 3)
    move_pointer(driver, window.statusBar(), QPoint(5, 5))
    ask(driver)
    assert why_of(driver).asked == Piece(1, 4), "nothing is there: the keyboard's place"


def test_the_menu_of_a_figure_offers_why(driver: Driver) -> None:
    """Of each, one that conditions have no name for too; of the CPU's number there is none."""
    counters: CountersPanel = driver.window.docks["counters"].panel  # type: ignore[assignment]
    table = counters.table
    for column in range(len(COLUMNS)):
        if table.isColumnHidden(column):
            continue
        index = table.model().index(1, column)
        table.scrollTo(index)
        at = table.viewport().mapTo(counters, table.visualRect(index).center())
        menu = counters.menu_at(at)
        asked = [one for one in menu.actions() if one.text() == WHY] if menu is not None else []
        assert len(asked) == (COLUMNS[column].heading != "cpu")
        for one in asked:
            one.trigger()
            assert why_of(driver).asked == Figure(1, COLUMNS[column].figure)
        if menu is not None:
            menu.close()


def log_line(driver: Driver, words: str) -> tuple[LogPanel, int]:
    """Put the cursor on the first line of the log whose result has some words."""
    driver.window.focus_dock("log")
    panel: LogPanel = driver.window.docks["log"].panel  # type: ignore[assignment]
    model = panel.model
    row = next(row for row in range(model.rowCount()) if words in model.cells(row)[2])
    panel.table.setCurrentIndex(panel.table.model().index(row, 0))
    return panel, row


def test_a_line_of_the_log_says_why_its_event_was_lost(driver: Driver) -> None:
    _panel, row = log_line(driver, "Lost")
    said = ask(driver)
    assert said.startswith("event 45, 180 B: refused: buffer full")
    assert "ready at step 45 = 8 produced − 0 consumed = 8 ≥ 8 sub-buffers" in said
    assert driver.snapshot.step == row == 45, "it is told of the state that the step left"


def test_without_a_line_the_log_is_asked_about_the_step_shown(driver: Driver) -> None:
    driver.controller.seek(45)
    driver.settle()
    driver.window.focus_dock("log")
    assert ask(driver).startswith("event 45, 180 B: refused: buffer full")


def test_a_line_of_the_log_that_lost_others_says_why_they_are(driver: Driver) -> None:
    driver.controller.submit(Operation(Kind.RESET))
    driver.settle()
    panel, row = log_line(driver, "reset")
    table = panel.table
    at = table.visualRect(table.currentIndex()).center()
    driver.controller.seek(3)
    driver.settle()
    subject = panel.subject_at(table.viewport().mapTo(panel, at))
    assert subject == Done(driver.engine.history.steps[row].id)
    driver.controller.ask_why(subject)
    driver.settle()
    account = driver.snapshot.buffers["account"]["discarded_reset"]["events"]
    answer = why_of(driver).answer
    assert answer is not None
    assert "discarded by reset" in answer.title
    assert f"; {account.sum() - 1} more were lost by step 59" in answer.title


def test_a_line_of_the_log_without_an_event_is_not_asked_about(driver: Driver) -> None:
    panel, _row = log_line(driver, "Opened")
    assert panel.subject() is None


def test_without_anything_there_it_says_so(driver: Driver) -> None:
    driver.controller.seek(0)
    driver.settle()
    driver.window.focus_dock("log")
    driver.press(Key.Key_Question)
    assert "Put the cursor on a figure" in driver.window.status.words.text()
    assert why_of(driver).asked is None


def test_another_channel_begins_without_a_question(driver: Driver) -> None:
    driver.window.focus_dock("rings")
    ask(driver)
    driver.controller.close_tab(0)
    driver.settle()
    assert why_of(driver).asked is None
    assert "Ask why" in why_of(driver).text.toPlainText()
