"""The index of scenarios: titles first, and the keyboard stays in the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from relayviz.gui.scenarios.dialog import FOUND, NAME, ScenariosDialog
from relayviz.model.inside.examples import TOPICS as INSIDE
from relayviz.model.inside.examples import examples
from relayviz.model.session.scenario import TOPICS, scenarios

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Key = Qt.Key
ALL = (*scenarios(), *examples())


@pytest.fixture
def dialog(qtbot: QtBot) -> ScenariosDialog:
    made = ScenariosDialog()
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    made.field.setFocus()
    return made


def listed(dialog: ScenariosDialog) -> dict[str, list[str]]:
    """The names under each heading, in order."""
    tree, found = dialog.tree, {}
    for place in range(tree.topLevelItemCount()):
        heading = tree.topLevelItem(place)
        assert heading is not None
        children = [heading.child(each) for each in range(heading.childCount())]
        found[heading.text(0)] = [str(child.data(0, NAME)) for child in children]
    return found


def test_without_a_text_all_are_there_by_topic(dialog: ScenariosDialog) -> None:
    assert list(listed(dialog)) == [*TOPICS, *INSIDE.values()]
    names = [name for group in listed(dialog).values() for name in group]
    assert names == [one.name for one in ALL]


@pytest.mark.parametrize("text", ["flush", "read", "header", "reset", "full"])
def test_titles_come_first(dialog: ScenariosDialog, text: str) -> None:
    dialog.field.setText(text)
    titles = {one.name: one.session.title.casefold() for one in ALL}
    said = {
        one.name: f"{one.name} {one.session.topic} {one.session.text} {one.session.shows}"
        for one in ALL
    }
    found = listed(dialog)
    assert set(found[FOUND[0]]) == {name for name, title in titles.items() if text in title}
    elsewhere = {name for name, words in said.items() if text in words.casefold()}
    assert set(found.get(FOUND[1], [])) == elsewhere - set(found[FOUND[0]])
    starts = [titles[name].startswith(text) for name in found[FOUND[0]]]
    assert starts == sorted(starts, reverse=True)


def test_arrow_keys_move_in_the_list_and_skip_headings(dialog: ScenariosDialog) -> None:
    order = [name for group in listed(dialog).values() for name in group]
    seen = []
    for _ in range(len(order) + 2):
        assert dialog.current is not None
        seen.append(dialog.current.name)
        QTest.keyClick(dialog.field, Key.Key_Down)
    assert seen == [*order, order[-1], order[-1]]
    for _ in range(len(order) + 1):
        QTest.keyClick(dialog.field, Key.Key_Up)
    assert dialog.current is not None
    assert dialog.current.name == order[0]
    assert dialog.field.hasFocus()


def test_return_opens_what_is_chosen(dialog: ScenariosDialog, qtbot: QtBot) -> None:
    QTest.keyClicks(dialog.field, "lapped")
    QTest.keyClick(dialog.field, Key.Key_Down)
    chosen = dialog.current
    assert chosen is not None
    with qtbot.waitSignal(dialog.chosen) as seen:
        QTest.keyClick(dialog.field, Key.Key_Return)
    assert seen.args == [chosen.name]


def test_nothing_found_says_so(dialog: ScenariosDialog) -> None:
    dialog.field.setText("xyzzy")
    assert listed(dialog) == {}
    assert dialog.current is None
    assert "“xyzzy”" in dialog.title.text()
    assert not dialog.open_button.isEnabled()
    dialog.field.clear()
    dialog.tree.clearSelection()  # as Ctrl and a click do: then there is nothing to tell of
    assert not dialog.title.text()
