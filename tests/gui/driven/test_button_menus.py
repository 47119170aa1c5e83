"""What the menus of buttons and of tabs offer, and what it does, as somebody looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMenu,
    QPushButton,
    QTabBar,
    QToolButton,
)

from relayviz.gui.bars.tabs import TabList
from tests.capture.test_truth import LOSSY, files
from tests.gui.dragging import drop
from tests.gui.driven.using import changes
from tests.gui.inside.seen import show
from tests.gui.live.conftest import live as live_driver
from tests.gui.whole.conftest import CONFIG, stepped
from tests.gui.whole.test_described import compare, menu_entry, no_thread_left
from tests.gui.whole.test_keys import name_of, opened_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

__all__ = ["no_thread_left", "stepped"]  # fixtures
live = live_driver


def menus(driver: Driver) -> Iterator[tuple[str, list[str]]]:
    """Describe the menu of each button that has one, and of each bar of tabs, in each dock."""
    known = set[QAbstractButton]()
    for name, frame in driver.window.docks.items():
        if frame.toggleViewAction().isVisible():
            driver.window.focus_dock(name)
            driver.settle()
            for root, where in ((frame, name), (driver.window, "window")):
                for one in root.findChildren(QAbstractButton):
                    lines = list(offered(one)) if one.isVisible() and one not in known else []
                    if lines:
                        known.add(one)
                        yield f"{where}: {name_of(one)}", lines
    for tabs in driver.window.findChildren(QTabBar):
        if tabs.isVisible():
            yield name_of(tabs), [line for at in range(tabs.count()) for line in on_tab(tabs, at)]


def offered(button: QAbstractButton) -> Iterator[str]:
    """Say what the menu of a button offers."""
    menu = button.menu() if isinstance(button, QToolButton | QPushButton) else None
    if menu is not None:
        menu.aboutToShow.emit()
        for entry in menu.actions():
            yield from menu_entry(entry, "")


def on_tab(tabs: QTabBar, at: int) -> Iterator[str]:
    """Say what a tab is called, and what it offers."""
    place = tabs.tabRect(at).center()
    yield f"{tabs.tabText(at)}, tip {tabs.tabToolTip(at)!r}"
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(tabs, QContextMenuEvent(reason, place, tabs.mapToGlobal(place)))
    for one in opened_over():
        if isinstance(one, QMenu):
            yield from (line for each in one.actions() for line in menu_entry(each, "  "))
        one.close()


def test_of_a_stepped_channel(stepped: Driver, tmp_path: Path) -> None:
    stepped.controller.open_channel(CONFIG)
    stepped.controller.show_tab(1)
    stepped.settle()
    listed = stepped.window.findChild(TabList)
    assert isinstance(listed, TabList)
    told = list(changes(stepped, listed, listed.click))
    menu = listed.menu_of_all()
    third = list(changes(stepped, listed, menu.actions()[2].trigger))
    at = f"then in front: {stepped.controller.current}"
    menu.deleteLater()
    stepped.controller.show_tab(1)
    stepped.settle()
    parts = (*menus(stepped), ("all channels", told), ("the third of them", [*third, at]))
    compare("button-menus-stepped", parts, tmp_path)


def test_of_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    compare("button-menus-live", menus(live), tmp_path)


def test_of_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    compare("button-menus-capture", menus(driver), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.settle()
    compare("button-menus-inside", menus(driver), tmp_path)
