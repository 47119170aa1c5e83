"""The dialogs that actions open, and how one gets rid of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog

from tests.gui.alive import windows
from tests.gui.driven.using import is_open, over, used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gui.conftest import Driver

PAGES = ("help.keys", "help.words", "help.about")
ALONE = ("file.attach", "file.open-kernel", "file.open-struct", "run.compare", "live.sweep")


def offered(driver: Driver) -> list[str]:
    """Return the actions that open a dialog now, without those that have tests of their own."""
    made = driver.window.actions_made
    names = [one.id for one in made.table if one.title.endswith("…") or one.id in PAGES]
    return [name for name in names if made[name].isEnabled() and name not in ALONE]


def opened(driver: Driver, name: str) -> QDialog | None:
    """Open the dialog of an action; None: it is one of Qt's own, about files, and is closed."""
    driver.window.actions_made[name].trigger()
    QTest.qWait(0)
    for one in windows():
        if isinstance(one, QDialog) and one.isVisible():
            if not isinstance(one, QFileDialog):
                return one
            one.close()
    return None


def closed(driver: Driver, dialog: QDialog) -> list[str]:
    """Close a dialog by Escape, whatever it asks then; say what that is."""
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    asked = list(over(dialog))
    if asked:
        dialog.hide()
        dialog.deleteLater()
    assert not is_open(dialog)
    driver.settle()
    driver.activate()
    return [f"Escape: {line}" for line in asked]


def all_used(driver: Driver, names: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """Use what is in each dialog; one that is closed by that is opened again for the rest."""
    for name in names or offered(driver):
        done, lines = set[str](), list[str]()
        while (dialog := opened(driver, name)) is not None:
            if not done:
                size = f"{dialog.width()}x{dialog.height()}"  # which depends on fonts
                lines.append(f"size: painted at {size} (Qt {qVersion()})")
            lines += used(driver, dialog, done)
            if is_open(dialog):
                lines += closed(driver, dialog)
                break
        if lines:
            yield name, lines
