"""Step from here: a state is handed over beside the window's thread, once, with what was noted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from relayviz.gui.background import Background

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from relayviz.engines.step.engine import StepEngine
    from tests.gui.live.conftest import LiveDriver

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def hold_up(live: LiveDriver, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Make the hand-over take until the event is set."""
    goes_on, fake = threading.Event(), live.fake
    hand_over = fake.step_from_here

    def slowly() -> StepEngine:
        assert goes_on.wait(10)
        return hand_over()

    monkeypatch.setattr(fake, "step_from_here", slowly)
    return goes_on


def test_the_window_goes_on_while_a_state_is_handed_over(
    live: LiveDriver, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    fake = live.open_live()
    goes_on = hold_up(live, monkeypatch)
    live.controller.running.step_from_here()
    running, switch = live.controller.running, live.window.channels.engines
    assert running.is_changing
    enabled = switch.isEnabled()
    assert not enabled
    fake.calls.clear()
    running.toggle()
    running.step_from_here()
    running.go_live()
    assert not fake.calls  # it stands until that is done
    live.controller.show_tab(0)
    assert switch.isEnabled()  # another channel is free
    goes_on.set()
    live.settle()
    live.controller.show_tab(1)
    qtbot.waitUntil(switch.isEnabled)
    assert running.kind == "step"


@pytest.mark.parametrize("window", [False, True], ids=["tab", "window"])
def test_closing_while_a_state_is_handed_over_leaves_nothing(
    live: LiveDriver, monkeypatch: pytest.MonkeyPatch, *, window: bool
) -> None:
    fake = live.open_live()
    goes_on = hold_up(live, monkeypatch)
    live.controller.running.step_from_here()
    begun = next(one for one in live.controller.findChildren(Background) if one.is_running)
    if window:
        live.stop()
    else:
        live.controller.close_tab(1)
    assert fake.closed
    goes_on.set()
    begun._thread.join()
    if not window:
        live.settle()
        assert [tab.title for tab in live.controller.tabs] == ["example"]


def test_what_was_noted_goes_with_the_steps(live: LiveDriver) -> None:
    """What is not saved yet is asked for; stops and plots are for the new steps, too."""
    notebook = live.controller.notebook
    live.press(Key.Key_W)
    notebook.mark("here")
    notebook.expect("lost == 0")
    notebook.add_watch("lost")
    notes, steps = notebook.notes, live.snapshot.step
    live.controller.running.go_live()
    live.settle()
    live.press(Key.Key_F11)
    front, aside = live.controller.tabs
    assert (front.notes.markers, front.notes.expectations) == ((), ())
    assert front.notes.watches == ("lost",)
    assert not front.is_changed
    assert aside.notes == notes
    assert aside.is_changed
    live.controller.show_tab(1)
    live.settle()
    assert live.snapshot.step == steps
    assert aside.is_changed
    assert [one.name for one in notebook.markers_shown()] == ["here"]


def test_why_while_it_is_live_says_where_it_is_told(live: LiveDriver) -> None:
    live.open_live()
    live.window.focus_dock("counters")
    live.window.why()
    assert "Step from here first: F11" in live.window.status.words.text()


def test_a_state_is_handed_over_once(live: LiveDriver) -> None:
    live.open_live()
    live.press(Key.Key_Space)
    live.press(Key.Key_F11)
    live.press(Key.Key_W)
    engine = live.controller.stepped
    live.press(Key.Key_2, Modifier.ControlModifier)
    live.press(Key.Key_F11)
    assert live.controller.stepped is engine
    assert live.snapshot.step == 1
