"""What the status bar says: of losses with their sign, and what Run found on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from relayviz.gui.notice import Notice
from relayviz.gui.shell.status import NOTICE_MS
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On

if TYPE_CHECKING:
    import pytest

    from tests.gui.conftest import Driver

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
WRITE = Operation(Kind.WRITE, 0, 64)


def said(driver: Driver) -> str:
    return driver.window.status.words.text()


def opened(driver: Driver, mode: Mode = Mode.NO_OVERWRITE) -> Driver:
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1, mode=mode))
    driver.settle()
    driver.window.focus_dock("rings")
    return driver


SIGNED = (  # mode, operations, the last one, whether it loses something
    ("K", Mode.NO_OVERWRITE, [WRITE] * 2, Operation(Kind.CONSUME, count=1), True),
    ("overwritten", Mode.OVERWRITE, [WRITE] * 2, WRITE, True),
    ("reset", Mode.NO_OVERWRITE, [WRITE] * 2, Operation(Kind.RESET), True),
    ("refused", Mode.NO_OVERWRITE, [WRITE] * 2, WRITE, True),
    ("refused flush", Mode.NO_OVERWRITE, [WRITE] * 2, Operation(Kind.FLUSH), False),
    ("stored", Mode.NO_OVERWRITE, [WRITE], WRITE, False),
)


def test_a_step_that_loses_events_has_the_sign_of_a_loss(
    driver: Driver, subtests: pytest.Subtests
) -> None:
    for name, mode, before, last, is_loss in SIGNED:
        with subtests.test(name):
            opened(driver, mode)
            driver.controller.submit(*before, last)
            driver.settle()
            if last.kind is Kind.FLUSH:
                driver.controller.submit(last)  # the first one finished a sub-buffer
                driver.settle()
            assert said(driver).startswith("▲ ") is is_loss, said(driver)
            assert ("Lost" in said(driver)) is is_loss


def test_a_notice_goes_after_some_seconds(driver: Driver) -> None:
    status, before = driver.window.status, said(driver)
    driver.controller.notify("It is noticed.")
    assert said(driver) == "It is noticed."
    assert (status._timer.isActive(), status._timer.interval()) == (True, NOTICE_MS)
    status._timer.timeout.emit()
    assert said(driver) == before


def test_run_says_where_it_stopped_and_that_nothing_more_is_hit(driver: Driver) -> None:
    opened(driver)
    driver.controller.submit(*[WRITE] * 3, Operation(Kind.POLL), Operation(Kind.POLL))
    driver.settle()
    driver.controller.notebook.add_breakpoint(Breakpoint(On.REFUSED))
    driver.press(Key.Key_Home)
    driver.press(Key.Key_F5)
    assert driver.snapshot.step == 3
    assert said(driver).startswith("Stopped at step 3: ")
    driver.press(Key.Key_F5)
    assert driver.snapshot.step == 5
    assert said(driver) == "No breakpoint was hit on the way to the end of the branch."
    driver.press(Key.Key_F5)
    assert said(driver) == "This is the end of the branch. Shift+F5 looks for hits before it."
    driver.press(Key.Key_F11, SHIFT)  # what was said is not true of another step
    assert "poll(" in said(driver)
    driver.press(Key.Key_F5, SHIFT)
    assert said(driver).startswith("Stopped at step 3: ")
    driver.press(Key.Key_F5, SHIFT)
    assert driver.snapshot.step == 0
    assert said(driver) == "No breakpoint was hit on the way to the opening."
    driver.press(Key.Key_F5, SHIFT)
    assert said(driver) == "This is the opening. F5 looks for hits after it."
    driver.press(Key.Key_W)
    assert "relay_write" in said(driver)


def test_run_without_a_breakpoint_says_that_there_is_none(driver: Driver) -> None:
    opened(driver)
    driver.controller.submit(WRITE)
    driver.settle()
    driver.press(Key.Key_Home)
    driver.press(Key.Key_F5)
    assert driver.snapshot.step == 1
    nothing = "There is no breakpoint in force: this is the end of the branch."
    assert said(driver) == nothing
    driver.press(Key.Key_F5)  # from the end it is the same
    assert said(driver) == nothing


def test_what_is_said_of_a_step_stays_until_another_is_shown_behind_it(driver: Driver) -> None:
    opened(driver)
    driver.window.status.show_notice(Notice("Arrived.", at=2))
    for shown in ("Arrived.", "Arrived.", "relay_write"):
        driver.controller.submit(WRITE)
        driver.settle()
        assert shown in said(driver)


def test_what_is_done_is_told_though_the_pointer_rests_on_the_button(driver: Driver) -> None:
    """Qt shows there what a button does, until the pointer leaves it; who clicks it stays."""
    opened(driver)
    status, words = driver.window.status, "Append one event"
    status.showMessage(words)
    driver.settle()
    assert status.currentMessage() == words  # as long as nothing is done
    driver.press(Key.Key_W)
    assert status.currentMessage() == ""
    assert "relay_write" in said(driver)
    assert status.words.isVisible()
    status.showMessage(words)
    status.show_notice(Notice("Wrote a file."))
    assert status.currentMessage() == ""


def test_one_event_is_told_in_the_singular(driver: Driver) -> None:
    opened(driver)
    for count, told in enumerate(("0 events tried", "1 event tried", "2 events tried")):
        driver.controller.submit(*[WRITE] * min(count, 1))
        driver.settle()
        assert driver.window.status.figures.text() == f"{told} · 0 lost"
