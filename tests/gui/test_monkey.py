"""Random clicks and keys, from a seed: nothing is said aside, no dock moves, memory stays flat.

What a click hits is chosen among the widgets in sight, what a key means is left to the window.
Dialogs that come are used for a while and closed. What would end the test itself (quitting, a
border that is dragged on purpose) is left out.
"""

from __future__ import annotations

import gc
import os
import random
import time
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QFileDialog,
    QMenu,
    QMenuBar,
    QSplitterHandle,
    QTabBar,
    QToolButton,
    QWidget,
)

from relayviz.model.session.scenario import scenarios
from tests.gui.alive import windows
from tests.gui.test_soak import resident

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.gui.conftest import Driver

SOAK = int(os.environ.get("RELAY_SOAK", "1"))
STEPS = 300 * SOAK
SETTLES = 10  # steps between two looks whether all is well
GROWTH_AT_MOST = 64 << 20  # bytes, over the second half
MOST_TABS = 8
PATIENCE, REST = 5.0, 0.3
Key, Modifier = Qt.Key, Qt.KeyboardModifier
LETTERS = [Key(code) for code in range(int(Key.Key_A), int(Key.Key_Z) + 1)]
OTHERS = [
    *(Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown),
    *(Key.Key_Return, Key.Key_Space, Key.Key_Tab, Key.Key_Escape, Key.Key_Delete, Key.Key_Plus),
    *(Key.Key_Minus, Key.Key_0, Key.Key_1, Key.Key_2, Key.Key_Question, Key.Key_Period),
    *(Key.Key_Comma, Key.Key_BracketLeft, Key.Key_BracketRight, Key.Key_Home, Key.Key_End),
    *(Key.Key_F5, Key.Key_F3, Key.Key_Backspace),
]
#: These end the window, or move docks on purpose.
LEFT_OUT = ("file.quit", "view.", "dock.", "focus.", "export.", "engine.", "theme.")


class Monkey:
    """Clicks and types at random, the same for the same seed."""

    def __init__(self, driver: Driver, seed: int) -> None:
        self.driver, self.chance = driver, random.Random(seed)  # noqa: S311  no secret
        self.done: list[str] = []

    def step(self) -> None:
        """Do something somewhere."""
        for popup in windows():
            if isinstance(popup, QMenu) and popup.isVisible():
                popup.close()
        dialogs = [one for one in windows() if is_open(one)]
        where: QWidget = dialogs[-1] if dialogs else self.driver.window
        if dialogs and (isinstance(where, QFileDialog) or self.chance.random() < 0.2):
            self._note(f"close {type(where).__name__}")
            where.close()
            return
        if len(self.driver.controller.tabs) > MOST_TABS:
            self.driver.window.desk.discard()
            self.driver.controller.close_tab(0)
        choice = self.chance.random()
        if choice < 0.45:
            self._click(where)
        elif choice < 0.9:
            self._key(where)
        else:
            self._act()

    def _note(self, words: str) -> None:
        self.done.append(words)

    def _click(self, where: QWidget) -> None:
        able = [one for one in where.findChildren(QWidget) if is_target(one)]
        if not able:
            return
        target = self.chance.choice(able)
        # what is scrolled away lies, for Qt, over borders and title bars that nobody can hit there
        seen = self.chance.choice(list(cast("Iterable[QRect]", target.visibleRegion())))
        at = seen.topLeft() + QPoint(
            self.chance.randrange(seen.width()), self.chance.randrange(seen.height())
        )
        button = Qt.MouseButton.LeftButton
        if self.chance.random() < 0.1:
            button = Qt.MouseButton.RightButton
        self._note(f"{button.name} on {type(target).__name__} {target.accessibleName()} {at}")
        if self.chance.random() < 0.1:
            QTest.mouseDClick(target, button, pos=at)
        else:
            QTest.mouseClick(target, button, pos=at)

    def _key(self, where: QWidget) -> None:
        key = self.chance.choice(LETTERS if self.chance.random() < 0.4 else OTHERS)
        modifiers = Modifier.NoModifier
        if self.chance.random() < 0.1 and key not in LETTERS:
            modifiers = Modifier.ShiftModifier
        focused = QApplication.focusWidget()
        target = focused if focused is not None and where.isAncestorOf(focused) else where
        self._note(f"{key.name} to {type(target).__name__} {target.accessibleName()}")
        QTest.keyClick(target, key, modifiers)

    def _act(self) -> None:
        actions = self.driver.window.actions_made
        able = [
            one.id
            for one in actions.table
            if not one.id.startswith(LEFT_OUT) and actions[one.id].isEnabled()
        ]
        chosen = self.chance.choice(able)
        self._note(chosen)
        actions[chosen].trigger()


def is_open(widget: QWidget) -> bool:
    return isinstance(widget, QDialog) and widget.isVisible()


def is_target(widget: QWidget) -> bool:
    """Whether a user may click there without meaning to move a dock or to leave."""
    is_there = widget.isVisible() and not widget.visibleRegion().isEmpty()
    if not (is_there and widget.isEnabled() and min(widget.width(), widget.height()) > 3):
        return False
    if isinstance(widget, QSplitterHandle | QMenuBar | QMenu | QDialog | QDockWidget):
        return False
    if isinstance(widget, QToolButton) and widget.menu() is not None:
        return False  # its menu would wait for an answer
    if isinstance(widget, QTabBar) and widget.parent() is widget.window():
        return False
    parent: QObject | None = widget
    while parent is not None:  # a title bar is there to move its dock
        if parent.objectName() == "dock-title":
            return False
        parent = parent.parent()
    return True


def arrangement(driver: Driver) -> dict[str, QRect]:
    """Where each dock is that is there; none is in a window of its own."""
    docks = driver.window.docks
    assert not [name for name, dock in docks.items() if dock.isFloating()]
    return {
        name: dock.geometry()
        for name, dock in docks.items()
        if not dock.isHidden() and not dock.visibleRegion().isEmpty()
    }


def state_of(driver: Driver) -> str:
    """What the places depend on: the side, a lesson or the counters in front, what strips leave.

    And whether somebody arranged the docks: a dock that was shown or hidden counts as that.
    """
    now = arrangement(driver)
    room = max(one.bottom() for one in now.values()) - min(one.top() for one in now.values())
    side, arranged = driver.window.layouts.arrangement, driver.window.space.is_arranged
    return f"{side} {arranged} {'lesson' in now} {'counters' in now} {room}"


def moved(before: dict[str, QRect], now: dict[str, QRect]) -> list[str]:
    """The docks that are not in a place where one was: behind each other they may change.

    Strips of words above come and go, and the counters get a row for each CPU of the channel shown:
    that changes heights, but not those of the docks at the bottom. Beside a live channel the
    counters have more room than the lanes that they share a place with.
    """
    is_live = "loss" in before
    lowest = -1 if is_live else max(place.bottom() for place in before.values())

    def place_of(place: QRect) -> tuple[int, ...]:
        return place.x(), place.width(), place.height() if place.bottom() == lowest else 0

    places = {place_of(place) for place in before.values()}
    return [f"{name}: {place}" for name, place in now.items() if place_of(place) not in places]


def at_rest(driver: Driver) -> dict[str, QRect]:
    """Where the docks are once they have not moved for a while."""
    before, since = arrangement(driver), time.monotonic()
    while time.monotonic() < since + REST:
        QTest.qWait(10)
        now = arrangement(driver)
        if now != before:
            before, since = now, time.monotonic()
    return before


@pytest.mark.parametrize("seed", range(1, 3 if SOAK == 1 else 11))
def test_random_clicks_and_keys(
    driver: Driver, seed: int, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [one.name for one in scenarios()]
    monkey = Monkey(driver, seed)
    for name in monkey.chance.sample(names, 3):
        driver.window.desk.open_scenario(name)
        driver.settle()
    QTest.qWait(50)
    places: dict[str, dict[str, QRect]] = {}
    half = 0
    for number in range(STEPS):
        monkey.step()
        if number % SETTLES == 0:
            driver.settle()
            shown = state_of(driver)
            if shown not in places:
                places[shown] = at_rest(driver)
            before = places[shown]
            end = time.monotonic() + PATIENCE  # a strip that came or went: shared again soon
            while moved(before, arrangement(driver)) and time.monotonic() < end:
                QTest.qWait(5)
            assert moved(before, arrangement(driver)) == [], (
                driver.window.space.arranged,
                monkey.done[-SETTLES:],
            )
        if number == STEPS // 2:
            gc.collect()
            half = resident()
    for one in windows():
        if is_open(one) or isinstance(one, QMenu):
            one.close()
    driver.settle()
    QTest.qWait(50)
    gc.collect()
    assert resident() - half < GROWTH_AT_MOST
    out, err = capfd.readouterr()
    assert (out, err) == ("", ""), monkey.done[-30:]
