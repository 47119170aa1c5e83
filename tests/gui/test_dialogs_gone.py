"""A dialog that is closed is gone: whoever asks a hundred times has no hundred dialogs."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton

import relayviz.gui
from relayviz.gui.attach.dialog import AttachDialog
from relayviz.gui.captures.structs import StructDialog
from relayviz.gui.inside.until import UntilDialog
from relayviz.gui.kernels.dialog import KernelDialog
from tests.capture.test_truth import LOSSY, files
from tests.gui.alive import all_widgets
from tests.gui.dragging import drop
from tests.gui.inside.seen import engine_of, show
from tests.gui.waiting import until
from tests.gui.whole.conftest import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.gui.conftest import Driver

EVENT = "struct event { u32 magic; u16 len; u16 cpu; u64 seq; };"
GUI = Path(relayviz.gui.__file__).parent


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Threads of captures and searches end by themselves."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("capture", "attach", "kernel", "background")):
            thread.join(5)


def dialogs() -> list[QDialog]:
    """All that there are, shown or not."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    found = (one for one in all_widgets() if isinstance(one, QDialog))
    return [one for one in found if one.isWindow()]


def shown() -> list[QDialog]:
    return [one for one in dialogs() if one.isVisible()]


def opened_and_closed(driver: Driver) -> set[str]:
    """Open each dialog that an action opens, twice, close it; return whose was left behind."""
    left, before = set(), dialogs()
    for action in driver.window.actions_made.table:
        made = driver.window.actions_made[action.id]
        if not action.title.endswith("…") or not made.isEnabled():
            continue
        for _ in range(2):
            made.trigger()
            QTest.qWait(0)
            for one in shown():
                one.close()
            driver.settle()
        if len(dialogs()) > len(before):
            left.add(action.id)
            before = dialogs()
    return left


def stepped(driver: Driver) -> None:
    fill(driver)


def nothing(driver: Driver) -> None:
    driver.window.desk.discard()
    driver.controller.close_tab(0)
    driver.settle()


def capture(driver: Driver) -> None:
    assert drop(driver, files(LOSSY[0]))


def inside(driver: Driver) -> None:
    show(driver, "destroyed")


@pytest.mark.parametrize("state", [nothing, stepped, capture, inside])
def test_what_actions_open_is_gone_when_it_is_closed(
    driver: Driver, state: Callable[[Driver], None]
) -> None:
    state(driver)
    assert opened_and_closed(driver) == set()


def test_what_dialogs_ask_for_files_with_is_gone_too(driver: Driver) -> None:
    before = len(dialogs())
    for action, kind in (
        ("file.attach", AttachDialog),
        ("file.open-kernel", KernelDialog),
        ("file.open-struct", StructDialog),
    ):
        driver.trigger(action)
        dialog = next(one for one in shown() if isinstance(one, kind))
        if isinstance(dialog, StructDialog):
            dialog.text.setPlainText(EVENT)
        asked = 0
        for button in dialog.findChildren(QPushButton):
            if button.text().endswith("…") and button.isEnabled() and button.isVisible():
                button.click()
                QTest.qWait(0)
                for one in shown():
                    if isinstance(one, QFileDialog):
                        asked += 1
                        one.close()
                assert not any(isinstance(one, QFileDialog) for one in dialogs()), action
        assert asked, action
        dialog.close()
        driver.settle()
        assert len(dialogs()) == before, action


def test_how_far_an_actor_goes_on(driver: Driver) -> None:
    inside(driver)
    before = len(dialogs())
    dialog = UntilDialog(engine_of(driver), "writer", driver.window)
    dialog.open()
    dialog.accept()
    until(lambda: len(dialogs()) == before)


def test_files_are_asked_for_in_one_place() -> None:
    """That makes dialogs which go when they are closed."""
    made = {
        str(path.relative_to(GUI))
        for path in GUI.rglob("*.py")
        if re.search(r"\bQFileDialog(\(|\.get)", path.read_text(encoding="utf-8"))
    }
    assert made == {"asking.py"}
