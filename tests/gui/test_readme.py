"""The README's five minutes: every key that it names does something when it is pressed there."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget

from relayviz.gui.compare.window import CompareWindow
from relayviz.model.channel.operation import Kind

if TYPE_CHECKING:
    import pytest

    from tests.gui.conftest import Driver

README = Path(__file__).parents[2] / "README.md"
KEY = re.compile(r"`((?:Ctrl\+|Shift\+|Alt\+)*(?:[A-Z0-9?.]|F\d+|Home|End|Space))`")
WAITING = {"Ctrl+.": "only while a subbuf_start does not return"}


def five_minutes() -> list[str]:
    """The numbered points, and what stands below them."""
    text = README.read_text(encoding="utf-8")
    part = text.partition("## Five minutes in the window")[2].partition("\n| dark")[0]
    return [point for point in re.split(r"\n(?=\d\. |`)", part) if KEY.search(point)]


def press(driver: Driver, key: str) -> str:
    """Press a key; the action that it was."""
    done: list[str] = []
    made = [driver.window.actions_made[action.id] for action in driver.window.actions_made.table]
    slots = [(action, partial(_note, done, action.objectName())) for action in made]
    for action, slot in slots:
        action.triggered.connect(slot)
    focused: QWidget | None = driver.window.focusWidget()
    QTest.keySequence(driver.window if focused is None else focused, QKeySequence(key))
    driver.settle()
    for kind in (QDialog, CompareWindow):
        for opened in driver.window.findChildren(kind):
            opened.close()
    for action, slot in slots:
        action.triggered.disconnect(slot)
    driver.window.activateWindow()
    return done[0] if done else ""


def _note(done: list[str], identity: str, _checked: object = None) -> None:
    done.append(identity)


def test_no_key_of_it_is_dead(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    # a file of the desktop's is asked for by the desktop's own dialog
    monkeypatch.setattr(driver.window.desk, "save", lambda: True)
    points = five_minutes()
    keys = [key for point in points for key in KEY.findall(point)]
    assert len(keys) >= 20
    assert {"W", "D", "K", "Shift+F11", "Home", "?", "Ctrl+D", "F1"} <= set(keys)
    dead = [key for key in keys if key not in WAITING and not press(driver, key)]
    assert dead == []


def test_reading_works_as_it_is_told(driver: Driver) -> None:
    """Point 2 and 3: CPU 1 is full, and takes an event again once it was read or consumed."""
    driver.controller.set_inputs(cpu=1)
    driver.settle()
    assert driver.snapshot.is_blocked(1)
    lost = driver.snapshot.total_lost(1).events
    press(driver, "W")
    assert driver.snapshot.total_lost(1).events == lost + 1
    assert not [file for file in driver.snapshot.files if file.cpu == 1]
    press(driver, "D")
    opened, read = (driver.engine.history.at(0, driver.snapshot.step - back) for back in (1, 0))
    assert (opened.operation.kind, read.operation.kind) == (Kind.OPEN_FILE, Kind.READ)
    assert read.result.value
    presses = 1
    while int(driver.snapshot.buffers["consumed"][1]) == 0:
        press(driver, "D")
        presses += 1
        assert presses < 9
    assert presses > 1  # "until it is read to its end", with the bytes that the toolbar says
    press(driver, "W")
    assert driver.snapshot.total_lost(1).events == lost + 1
    assert not driver.snapshot.is_blocked(1)


def test_consuming_lets_the_blocked_buffer_go_on(driver: Driver) -> None:
    """Point 3, the other way: after `K` the next event is taken."""
    driver.controller.set_inputs(cpu=1)
    driver.settle()
    refused = int(driver.snapshot.buffers["account"]["refused_full"]["events"][1])
    press(driver, "K")
    press(driver, "W")
    assert int(driver.snapshot.buffers["account"]["refused_full"]["events"][1]) == refused
    assert not driver.snapshot.is_blocked(1)


def test_the_breakpoint_is_found_from_where_one_stands(driver: Driver) -> None:
    """Point 7, key by key at the end of the branch; Home goes to the start from the empty line."""
    driver.window.focus_dock("breakpoints")
    field = driver.window.docks["breakpoints"].panel.text_field
    assert field is not None
    field.setFocus()
    QTest.keyClicks(field, "refused_full[1] == 1")
    QTest.keyClick(field, Qt.Key.Key_Home)
    assert driver.snapshot.step == driver.snapshot.last_step  # it goes through the text
    QTest.keyClick(field, Qt.Key.Key_Return)
    press(driver, "Shift+F5")
    hit = driver.snapshot.step
    assert 0 < hit < driver.snapshot.last_step
    assert driver.window.focusWidget() is field
    press(driver, "Home")
    assert driver.snapshot.step == 0
    press(driver, "F5")
    assert 0 < driver.snapshot.step <= hit
    press(driver, "End")
    assert driver.snapshot.step == driver.snapshot.last_step
