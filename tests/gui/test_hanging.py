"""Code of the user that does not return: the window goes on, says so, and a key breaks it."""

from __future__ import annotations

import builtins
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from relayviz.gui.desk import stall, tabs
from relayviz.gui.newchannel import NewChannelDialog
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.gui.conftest import Driver

PATIENCE = 10.0
SOON = 1.0  # seconds; the code below would sleep for a minute
#: Sleeps when a sub-buffer is full.
SLEEPING = """\
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    if prev_subbuf is not None:
        awake.wait(60)
    return True
"""
CONFIG = ChannelConfig(mode=Mode.PYTHON, source=SLEEPING)


def wait(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        QTest.qWait(5)
    return condition()


@pytest.fixture
def awake(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Wakes the code above; whatever sleeps at the end of a test is waited for."""
    event = threading.Event()
    monkeypatch.setattr(builtins, "awake", event, raising=False)
    monkeypatch.setattr(stall, "PATIENCE", 0.05)
    monkeypatch.setattr(tabs, "PATIENCE", 0.05)
    before = set(threading.enumerate())
    yield event
    event.set()
    for thread in set(threading.enumerate()) - before:
        if thread.name in ("background", "step-engine"):
            thread.join(PATIENCE)


@pytest.fixture
def hung(awake: threading.Event, driver: Driver) -> Driver:
    """The second event on cpu 0 hangs."""
    assert not awake.is_set()
    engine = driver.controller.open_channel(CONFIG, [compile_subbuf_start(SLEEPING)])
    driver.settle()
    driver.press(Qt.Key.Key_W)
    driver.controller.submit(Operation(Kind.WRITE, 0, length=500), Operation(Kind.READ, 0, 10))
    assert wait(lambda: engine.client_runs_for > 0)
    return driver


def test_it_is_told_and_can_be_given_up(hung: Driver) -> None:
    before = hung.snapshot
    assert wait(lambda: hung.controller.is_stalled)
    assert "has not returned" in hung.window.status.words.text()
    give_up = hung.window.actions_made["run.give-up"]
    assert give_up.isEnabled()
    give_up.trigger()
    hung.settle()
    assert hung.snapshot.step == before.step == len(hung.engine.history.steps) - 1
    assert (hung.snapshot.buffers == before.buffers).all()
    assert wait(lambda: not give_up.isEnabled())
    hung.press(Qt.Key.Key_W)
    assert hung.snapshot.step == before.step + 1


def test_what_was_given_up_does_nothing_when_it_returns(
    hung: Driver, awake: threading.Event
) -> None:
    steps = len(hung.engine.history.steps)
    hung.controller.give_up()
    hung.settle()
    before = hung.snapshot
    awake.set()
    assert wait(lambda: sum(one.name == "step-engine" for one in threading.enumerate()) == 2)
    hung.settle()
    assert hung.snapshot is before
    assert len(hung.engine.history.steps) == steps


def test_a_tab_that_hangs_closes_at_once(hung: Driver) -> None:
    hung.window.desk.discard()  # nothing to be asked
    begun = time.monotonic()
    hung.window.actions_made["file.close-tab"].trigger()
    assert time.monotonic() - begun < SOON
    assert len(hung.controller.tabs) == 1


def test_a_window_that_hangs_closes_at_once(hung: Driver) -> None:
    begun = time.monotonic()
    hung.stop()
    assert time.monotonic() - begun < SOON


def test_a_window_closes_while_a_channel_is_being_opened(
    awake: threading.Event, driver: Driver
) -> None:
    driver.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = driver.dialog()
    assert isinstance(dialog, NewChannelDialog)
    opening = driver.controller.opening(
        replace(CONFIG, source=SLEEPING.replace("if prev_subbuf", "if 1 or prev_subbuf")), dialog
    )
    opening.start()
    driver.stop()
    assert not opening.is_running
    awake.set()
    assert wait(lambda: all(one.name != "step-engine" for one in threading.enumerate()))


@pytest.mark.parametrize("source", [SLEEPING.replace("if prev_subbuf", "if 1 or prev_subbuf"),
                                    f"awake.wait(60)\n{SLEEPING}"])  # fmt: skip
def test_an_opening_that_hangs_can_be_cancelled(
    awake: threading.Event, driver: Driver, source: str
) -> None:
    driver.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = driver.dialog()
    assert isinstance(dialog, NewChannelDialog)
    modes = dialog.form.fields["mode"]
    assert isinstance(modes, QComboBox)
    modes.setCurrentIndex(modes.findData(Mode.PYTHON.value))
    dialog.editor.use(source)
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert wait(lambda: "Cancel goes on without it" in dialog.error.text())
    dialog.reject()
    awake.set()
    assert wait(lambda: all(one.name != "background" for one in threading.enumerate()))
    driver.activate()
    driver.press(Qt.Key.Key_W)
    assert len(driver.controller.tabs) == 1
