"""Names of conditions are completed as one types, and all of them can be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QToolButton

from relayviz.gui.widgets.completion import NAME, NameCompleter, word_before
from relayviz.model.condition.columns import NAMES
from relayviz.model.condition.evaluator import FUNCTIONS

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def field(driver: Driver) -> QLineEdit:
    """The field of the dock Breakpoints, with the keyboard."""
    driver.window.focus_dock("breakpoints")
    found: QLineEdit = driver.window.docks["breakpoints"].panel.field  # type: ignore[attr-defined]
    found.setFocus()
    return found


def popup_of(field: QLineEdit) -> QAbstractItemView:
    completer = field.findChild(NameCompleter)
    assert isinstance(completer, NameCompleter)
    return completer.popup


def offered(field: QLineEdit) -> list[str]:
    """The names that are listed now; none: the list is not there."""
    popup = popup_of(field)
    model = popup.model()
    rows = range(model.rowCount()) if popup.isVisible() else range(0)
    return [str(model.index(row, 0).data(NAME)) for row in rows]


def test_a_word_is_completed_where_it_stands(field: QLineEdit) -> None:
    QTest.keyClicks(field, "step > 3 and rel > 0")
    for _ in range(4):
        QTest.keyClick(field, Key.Key_Left)
    QTest.keyClicks(field, "e")
    assert set(offered(field)) == {name for name in NAMES if name.startswith("rele")}
    QTest.keyClick(popup_of(field), Key.Key_Down)
    QTest.keyClick(popup_of(field), Key.Key_Return)
    assert field.text() == "step > 3 and released_unread > 0"
    assert not offered(field)


def test_return_adds_the_condition_unless_a_name_is_chosen(
    driver: Driver, field: QLineEdit
) -> None:
    QTest.keyClicks(field, "lost > blo")
    assert offered(field) == ["blocked"]
    QTest.keyClick(popup_of(field), Key.Key_Down)
    QTest.keyClick(popup_of(field), Key.Key_Return)
    assert field.text() == "lost > blocked", "nothing was added yet"
    QTest.keyClick(field, Key.Key_Return)
    driver.settle()
    assert field.text() == ""
    assert [one.what for one in driver.controller.notebook.notes.breakpoints] == ["lost > blocked"]


def test_return_without_a_choice_takes_what_is_written(field: QLineEdit) -> None:
    QTest.keyClicks(field, "prod")
    assert offered(field) == ["produced"]
    QTest.keyClick(popup_of(field), Key.Key_Return)
    assert not offered(field)
    assert field.text() == "prod", "it was tried, is none, and stays to be mended"
    assert "no such name" in field.toolTip()


def test_all_names_are_listed_by_key_and_by_mouse(field: QLineEdit) -> None:
    QTest.keyClick(field, Key.Key_Space, Modifier.ControlModifier)
    assert set(offered(field)) == NAMES | set(FUNCTIONS)
    popup = popup_of(field)
    first = popup.model().index(0, 0)
    assert "produced − consumed" in first.data()
    QTest.keyClick(popup, Key.Key_Escape)
    assert not offered(field)
    button = field.findChild(QToolButton)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert set(offered(field)) == NAMES | set(FUNCTIONS)
    QTest.mouseClick(
        popup.viewport(), Qt.MouseButton.LeftButton, pos=popup.visualRect(first).center()
    )
    assert field.text() == first.data(NAME)


def test_the_list_is_wide_enough_for_its_lines(field: QLineEdit) -> None:
    QTest.keyClick(field, Key.Key_Space, Modifier.ControlModifier)
    popup = popup_of(field)
    assert popup.sizeHintForColumn(0) <= popup.viewport().width()
    assert QApplication.primaryScreen().geometry().contains(popup.mapToGlobal(QPoint(0, 0)))


def test_letters_in_the_field_do_not_write(driver: Driver, field: QLineEdit) -> None:
    before = driver.snapshot.last_step
    QTest.keyClicks(field, "ww")
    QTest.keyClicks(popup_of(field) if popup_of(field).isVisible() else field, "rfw")
    driver.settle()
    assert driver.snapshot.last_step == before


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lost", "lost"),
        ("grew(lo", "lo"),
        ("ready[1] == n_sub", "n_sub"),
        ("ready[", ""),
        ("outcome == 'fu", ""),
        ("outcome == 'full' and re", "re"),
        ("lost > 12", ""),
    ],
)
def test_the_word_that_is_completed(text: str, word: str) -> None:
    assert word_before(text) == word
