"""What a user can do with a thing in a dialog, by its kind: click, type, choose, step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QTableView,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Deeds = Iterator[tuple[str, Callable[[], object]]]

Key = Qt.Key
LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
TEXTS = ("", "3", "-1", "4k, 8", "lost > 0", "b", "(")  # good ones for some, bad ones for others
SOURCES = ("", "struct a { int b; };", "def (", "def subbuf_start(*_):\n    return 1\n")
SOUGHT = "b"  # is in many a list
MOST_ENTRIES, MOST_ROWS = 12, 3


def deeds(one: QWidget) -> Deeds:
    """Give what a user can do with a thing and what takes it back, with words for each."""
    for kind, of_kind in KINDS:
        if isinstance(one, kind):
            yield from of_kind(one)
            return


def _button(one: QAbstractButton) -> Deeds:
    yield "click", one.click
    if one.isCheckable() and not one.autoExclusive():
        yield "click again", one.click


def _combo(one: QComboBox) -> Deeds:
    first = one.currentIndex()
    if one.isEditable():
        field = one.lineEdit()
        assert field is not None
        yield from _field(field)
    yield "Home", partial(QTest.keyClick, one, Key.Key_Home)
    for at in range(1, min(one.count(), MOST_ENTRIES)):
        yield f"entry {at}", partial(QTest.keyClick, one, Key.Key_Down)
    yield "back", partial(_choose, one, first)


def _choose(one: QComboBox, place: int) -> None:
    QTest.keyClick(one, Key.Key_Home)
    while one.currentIndex() < place:
        QTest.keyClick(one, Key.Key_Down)


def _field(one: QLineEdit) -> Deeds:
    first = one.text()
    if one.isReadOnly():
        return
    for text in TEXTS:
        yield f"type “{text}”", partial(_type, one, text)
        if text == SOUGHT and _takes_return(one):
            yield "Return", partial(QTest.keyClick, one, Key.Key_Return)
            yield "Return again", partial(QTest.keyClick, one, Key.Key_Return)
    yield "back", partial(one.setText, first)
    for name in ("Down", "PageDown", "Up"):  # move in a list beside it
        yield name, partial(QTest.keyClick, one, _key(name))


def _takes_return(one: QLineEdit) -> bool:
    """Whether Return in a field does something else than to close its dialog."""
    buttons = one.window().findChildren(QPushButton)
    return not any(each.isDefault() and each.isVisible() and closes(each) for each in buttons)


def _type(one: QWidget, text: str) -> None:
    QTest.keyClick(one, Key.Key_A, CTRL)
    QTest.keyClick(one, Key.Key_Delete)
    QTest.keyClicks(one, text)
    one.clearFocus()  # which ends what is typed
    one.setFocus()


def _source(one: QPlainTextEdit) -> Deeds:
    first = one.toPlainText()
    for text in SOURCES:
        yield f"paste “{text}”", partial(one.setPlainText, text)
    yield "Tab", partial(QTest.keyClick, one, Key.Key_Tab)
    yield "back", partial(one.setPlainText, first)


def _number(one: QSpinBox) -> Deeds:
    first = one.value()
    for name in ("Up", "Down", "PageUp"):
        yield name, partial(QTest.keyClick, one, _key(name))
    yield "type 3", partial(_type, one, "3")
    yield "type w", partial(QTest.keyClicks, one, "w")
    yield "the most", partial(one.setValue, one.maximum())
    yield "more", one.stepUp
    yield "the least", partial(one.setValue, one.minimum())
    yield "less", one.stepDown
    yield "back", partial(one.setValue, first)


def _view(one: QAbstractItemView) -> Deeds:
    model = one.model()
    for row in range(min(model.rowCount(), MOST_ROWS)):
        yield f"row {row}", partial(_click, one, row)
    for name in ("Down", "Down", "Up", "End", "Home", "Space"):
        yield name, partial(QTest.keyClick, one, _key(name))
    yield "Space again", partial(QTest.keyClick, one, Key.Key_Space)
    if model.rowCount() > 1:
        yield "row 1, too", partial(_click, one, 1, CTRL)
    yield "all", one.selectAll
    yield "none", one.clearSelection
    if isinstance(one, QTableView) and one.isSortingEnabled():
        for column in range(model.columnCount()):
            yield f"heading {column}", partial(_heading, one, column)
        yield f"heading {column} again", partial(_heading, one, column)
    yield "row 0 again", partial(_click, one, 0)


def _key(name: str) -> Qt.Key:
    found: Qt.Key = getattr(Qt.Key, f"Key_{name}")
    return found


def _click(
    one: QAbstractItemView, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    index = one.model().index(row, 0)
    one.scrollTo(index)
    QTest.mouseClick(one.viewport(), LEFT, modifier, one.visualRect(index).center())


def _heading(one: QTableView, column: int) -> None:
    head = one.horizontalHeader()
    place = head.rect().center()
    place.setX(head.sectionViewportPosition(column) + 8)
    QTest.mouseClick(head.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)


def _tabs(one: QTabBar) -> Deeds:
    first = one.currentIndex()
    for at in range(one.count()):
        yield f"tab {one.tabText(at)}", partial(one.setCurrentIndex, at)
    yield "back", partial(one.setCurrentIndex, first)


def _slider(one: QAbstractSlider) -> Deeds:
    first = one.value()
    for name in ("Home", "Right", "PageUp", "Left", "End"):
        yield name, partial(QTest.keyClick, one, _key(name))
    yield "back", partial(one.setValue, first)


KINDS: tuple[tuple[type, Callable[..., Deeds]], ...] = (
    (QAbstractButton, _button),
    (QComboBox, _combo),
    (QLineEdit, _field),
    (QPlainTextEdit, _source),
    (QSpinBox, _number),
    (QAbstractItemView, _view),
    (QTabBar, _tabs),
    (QAbstractSlider, _slider),
)


def closes(button: QWidget) -> bool:
    """Whether a button is one of those that a dialog is closed with."""
    box = button.parentWidget()
    if not isinstance(box, QDialogButtonBox) or not isinstance(button, QAbstractButton):
        return False
    ends = (QDialogButtonBox.ButtonRole.AcceptRole, QDialogButtonBox.ButtonRole.RejectRole)
    return box.buttonRole(button) in (*ends, QDialogButtonBox.ButtonRole.ResetRole)


def is_used(one: QWidget) -> bool:
    """Whether something can be done with a thing that does not close its dialog."""
    return isinstance(one, tuple(kind for kind, _ in KINDS)) and not closes(one)
