"""Uses each thing in a dialog as a user does, and says what is different after each deed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QMenu,
    QMessageBox,
    QToolButton,
    QWidget,
)

from relayviz.gui.compare import CompareWindow
from tests.gui.alive import windows
from tests.gui.driven.deeds import closes, deeds, is_used
from tests.gui.driven.told import different, named, told
from tests.gui.test_compare import settle as both_settle
from tests.gui.whole.test_described import file_dialog, menu_entry
from tests.gui.whole.test_keys import seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from tests.gui.conftest import Driver


def is_open(dialog: QWidget) -> bool:
    """Whether a dialog is there, and to be seen."""
    return shiboken6.isValid(dialog) and dialog.isVisible()


def wait(driver: Driver, dialog: QWidget) -> None:
    """Let what a dialog has begun end; what it waits for after a key comes at once."""
    QTest.qWait(0)
    driver.settle()
    while shiboken6.isValid(dialog) and (waiting := _patient(dialog)):
        for timer in waiting:
            usual = timer.interval()
            timer.setInterval(0)
            QTest.qWait(1)
            timer.setInterval(usual)
            timer.stop()
        driver.settle()
    if isinstance(dialog, CompareWindow) and is_open(dialog):
        both_settle(driver, dialog)


def _patient(dialog: QWidget) -> list[QTimer]:
    timers = dialog.findChildren(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [one for one in timers if one.isSingleShot() and one.isActive()]


def over(dialog: QWidget) -> Iterator[str]:
    """Say what has been opened over a dialog, and close it."""
    popup = QApplication.activePopupWidget()
    if popup is not None and popup is not dialog and not isinstance(popup, QMenu):
        yield f"offers {type(popup).__name__}"
        popup.hide()
    for one in windows():
        if one is dialog or not one.isVisible() or not isinstance(one, QDialog | QMenu):
            continue
        yield f"opens {_words(one)}"
        if isinstance(one, QMessageBox):
            one.reject()
        else:
            one.close()


def _words(one: QWidget) -> str:
    if isinstance(one, QFileDialog):
        return f"files: {file_dialog(one)}"
    if isinstance(one, QMessageBox):
        return f"a question: {one.text()}"
    if isinstance(one, QMenu):
        lines = [line for each in one.actions() for line in menu_entry(each, "")]
        return f"a menu: {'; '.join(lines)}"
    return f"{type(one).__name__} {one.windowTitle()}"


def changes(driver: Driver, dialog: QWidget, do: Callable[[], object]) -> Iterator[str]:
    """Do something; say what is different then, in a dialog and in the window."""
    known, before = told(dialog), seen(driver)
    do()
    wait(driver, dialog)
    yield from over(dialog)
    for what, now in seen(driver).items():
        if before.get(what, "") != now and what not in ("here", "range", "row"):
            yield f"{what} {now}".replace("\n", "\\n")
    if is_open(dialog):
        yield from different(known, told(dialog))


class Using:
    """Uses what can be used in a dialog that is open.

    What appears by a deed is used at once: it may be gone soon.

    Args:
        driver: The user.
        dialog: If something closes it, that is the end.
        done: Names of what is not used; those that were are added.
    """

    def __init__(self, driver: Driver, dialog: QWidget, done: set[str]) -> None:
        self._driver, self._dialog, self._done = driver, dialog, done

    def lines(self) -> Iterator[str]:
        """Use one thing after the other; say what is different then."""
        wait(self._driver, self._dialog)
        known = named(self._dialog)
        for name, one in known.items():
            if is_open(self._dialog) and name not in self._done and not closes(one):
                yield from self._use(name, one, known.keys())

    def _use(self, name: str, one: QWidget, known: AbstractSet[str]) -> Iterator[str]:
        self._done.add(name)
        if not is_open(one) or not one.isEnabled():
            return
        if isinstance(one, QToolButton) and one.menu() is not None:
            yield f"{name}: its menu"
            yield from (line for each in one.menu().actions() for line in menu_entry(each, "  "))
            return
        one.setFocus()
        is_told = False
        for words, do in deeds(one):
            found = self._do(name, words, do)
            if found and not is_told:
                is_told = True
                yield name
            yield from found
            if not is_open(self._dialog):
                yield "    it is closed"
            if not is_open(self._dialog) or not shiboken6.isValid(one):
                return
            for new, there in named(self._dialog).items():
                if new not in known | self._done and is_used(there) and is_open(self._dialog):
                    yield from (f"  {line}" for line in self._use(new, there, known | {new}))

    def _do(self, name: str, words: str, do: Callable[[], object]) -> list[str]:
        """Do something with a thing; say what is different then, but that it has what was typed."""
        typed = f"it: text {words.removeprefix('type “').removesuffix('”')}"
        changed = changes(self._driver, self._dialog, do)
        found = [line for line in (one.replace(name, "it") for one in changed) if line != typed]
        heading = f"  {words}:".replace("\n", "\\n")
        return [heading, *(f"    {line}" for line in found)] if found else []


def used(driver: Driver, dialog: QWidget, done: set[str]) -> Iterator[str]:
    """Use what can be used in a dialog, as Using does."""
    return Using(driver, dialog, done).lines()
