"""What is left of a dialog that was filled in: when it is accepted, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QSpinBox,
)

from tests.gui.driven.deeds import is_used
from tests.gui.driven.dialogs import closed, offered, opened
from tests.gui.driven.told import SHORT, named
from tests.gui.driven.using import is_open, over, wait
from tests.gui.inside.seen import show
from tests.gui.live.conftest import live as live_driver
from tests.gui.whole.conftest import stepped
from tests.gui.whole.test_described import compare, no_thread_left
from tests.gui.whole.test_keys import seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QDialog, QWidget

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

__all__ = ["no_thread_left", "stepped"]  # fixtures
live = live_driver
Key = Qt.Key
GOOD = (
    "3",
    "4096",
    "0a",
    "lost > 0",
    "destroyed > 0",
    "header=8",
    "said",
)  # for some field or other
ANEW = ("here", "range", "row", "keyboard", "copied", "front")  # differ for other reasons
ABOUT_FILES = ("file.", "export.", "recording.")


def standing(driver: Driver) -> dict[str, str]:
    """Return what a dialog may change of a window."""
    controller = driver.controller
    found = {what: now for what, now in seen(driver).items() if what not in ANEW}
    found |= {"tabs": ", ".join(one.title for one in controller.tabs)}
    found |= {
        "inputs": f"{controller.inputs}",
        "actor": f"{controller.tab and controller.tab.actor}",
    }
    if (tab := controller.tab) is not None:
        noted, shown = tab.notes, tab.shown.snapshot
        source, config = shown.config.source, replace(shown.config, source="")
        found |= {"done": f"{tab.done}", "channel": f"{config}", "Python": source[:SHORT]}
        found |= {"breakpoints": f"{noted.breakpoints}", "markers": f"{noted.markers}"}
        found |= {"expected": f"{noted.expectations}", "lesson": f"{noted.lesson} {noted.script}"}
        if shown.live is not None:
            on = shown.live.break_on
            found["break on"] = f"{sorted(on.losses)}, {replace(on, losses=frozenset())}"
        found["branches"] = ""
        if tab.stepped is not None:
            lines = tab.stepped.history.branches
            found["branches"] = ", ".join(one.title for one in lines)
    return found


def accepting(dialog: QDialog) -> QAbstractButton | None:
    """Return the button that accepts a dialog."""
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            if box.buttonRole(button) is QDialogButtonBox.ButtonRole.AcceptRole:
                return button
    return None


def filled(driver: Driver, dialog: QDialog) -> list[str]:
    """Fill each field with something else, if that can be accepted; say with what."""
    told: list[str] = []
    for name, one in named(dialog).items():
        if not is_used(one) or not one.isEnabled() or not is_open(one):
            continue
        one.setFocus()
        for words, do, undo in ways(one):
            do()
            wait(driver, dialog)
            button = accepting(dialog)
            if button is None or button.isEnabled():
                told.append(f"{name}: {words}")
                break
            undo()
            wait(driver, dialog)
    return told


def ways(one: QWidget) -> Iterator[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Give ways to fill in a field, and what takes each back."""
    if isinstance(one, QCheckBox):
        yield "click", one.click, one.click
    elif isinstance(one, QLineEdit) and not one.isReadOnly():
        for text in GOOD:
            yield f"“{text}”", partial(one.setText, text), partial(one.setText, one.text())
    elif isinstance(one, QComboBox | QAbstractItemView):
        down = partial(QTest.keyClick, one, Key.Key_Down)
        yield "Down", down, partial(QTest.keyClick, one, Key.Key_Up)
    elif isinstance(one, QSpinBox):
        yield "Up", one.stepUp, one.stepDown


def accepted(driver: Driver, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Fill in each dialog and accept it; say what is different then."""
    for name in names:
        many = len(driver.controller.tabs)
        before = standing(driver)
        if (dialog := opened(driver, name)) is None:
            continue
        wait(driver, dialog)
        lines = filled(driver, dialog)
        button = accepting(dialog)
        if button is None or not button.isEnabled():
            closed(driver, dialog)
            continue
        button.click()
        wait(driver, dialog)
        lines += ["it stays open"] if is_open(dialog) else over(dialog)
        if is_open(dialog):
            closed(driver, dialog)
        driver.settle()
        after = standing(driver)
        if name == "help.lessons":
            del after["said"]  # each time its numbers are others
        lines += [f"→ {what} {now}" for what, now in after.items() if before.get(what) != now]
        yield name, [line.replace("\n", "\\n") for line in lines]
        driver.window.desk.discard()
        while len(driver.controller.tabs) > many:
            driver.controller.close_tab(len(driver.controller.tabs) - 1)
            driver.settle()
        driver.activate()


def rejected(driver: Driver, names: list[str]) -> None:
    """Fill in each dialog and leave it by Escape; nothing may be different then."""
    for name in names:
        before = standing(driver)
        if (dialog := opened(driver, name)) is not None:
            wait(driver, dialog)
            filled(driver, dialog)
            closed(driver, dialog)
            assert standing(driver) == before, name


def of_windows(driver: Driver) -> list[str]:
    """Return the actions that open dialogs which are not Qt's own about files."""
    return [one for one in offered(driver) if one == "file.new" or not one.startswith(ABOUT_FILES)]


def test_of_a_stepped_channel_when_accepted(stepped: Driver, tmp_path: Path) -> None:
    compare("left-stepped", accepted(stepped, of_windows(stepped)), tmp_path)


def test_of_a_stepped_channel_when_rejected(stepped: Driver) -> None:
    rejected(stepped, [*of_windows(stepped), "file.lesson"])


def test_of_a_live_channel(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    rejected(live, ["live.break"])
    compare("left-live", accepted(live, ["live.break"]), tmp_path)


def test_inside_an_operation(driver: Driver, tmp_path: Path) -> None:
    show(driver, "destroyed")
    driver.controller.seek(7)
    driver.settle()
    names = ["run.goto", "inside.until", "run.what-if"]
    rejected(driver, names)
    compare("left-inside", accepted(driver, names), tmp_path)
