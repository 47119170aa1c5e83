"""From Step to Live and back: keys, clicks, what is kept, and what is closed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QToolButton, QWidget

from relayviz.gui.bars.live import forms
from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.docks.docks import DOCKS
from relayviz.gui.load.rows import READING
from relayviz.gui.rings import RingsPanel
from relayviz.gui.rings.view import SPOKEN_EVERY
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.load.load import Load, Reading, Writing

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from relayviz.gui.load import LoadPanel
    from tests.gui.live.conftest import LiveDriver
    from tests.gui.live_fake import FakeLive

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def shown_docks(live: LiveDriver) -> set[str]:
    return {name for name, frame in live.window.docks.items() if not frame.isHidden()}


def first_docks(arrangement: Arrangement) -> set[str]:
    return {dock.id for dock in DOCKS if dock.place(arrangement).is_shown}


def side_button(live: LiveDriver, name: str) -> QAbstractButton:
    buttons = live.window.channels.engines.findChildren(QAbstractButton)
    return next(button for button in buttons if button.text() == name)


def test_a_key_opens_the_same_channel_live_and_starts_it(live: LiveDriver) -> None:
    live.press(Key.Key_2)  # the mode that is shown, not the one it was opened with
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert live.controller.running.kind == "live"
    assert live.fake.config.n_subbufs == live.controller.tabs[0].shown.config.n_subbufs
    assert live.fake.config.mode is Mode.OVERWRITE
    assert live.fake.running
    assert live.snapshot.live is not None
    assert shown_docks(live) == first_docks(Arrangement.RUNNING)
    assert live.window.live.isVisible()
    assert not live.window.operations.isVisible()


def test_the_first_steps_are_those_of_the_side(live: LiveDriver) -> None:
    welcome = live.window.welcome.findChild(QLabel)
    assert isinstance(welcome, QLabel)
    assert "W</b> to write" in welcome.text()
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert "Space</b> pauses" in welcome.text()
    live.press(Key.Key_1, Modifier.ControlModifier)
    assert "W</b> to write" in welcome.text()


@pytest.mark.parametrize(("front", "behind"), [("load", "findings"), ("counters", "timeline")])
def test_what_is_brought_to_front_has_the_room_it_needs(
    live: LiveDriver, qtbot: QtBot, front: str, behind: str
) -> None:
    live.press(Key.Key_2, Modifier.ControlModifier)
    usual, wide = (live.window.docks[name] for name in (behind, front))
    before = usual.height()
    live.window.focus_dock(front)
    qtbot.waitUntil(lambda: wide.height() > before * 1.2)
    live.window.focus_dock(behind)
    qtbot.waitUntil(lambda: usual.height() == before)


def test_the_legend_tells_what_there_is_on_a_side(live: LiveDriver) -> None:
    panel = live.panel("rings")
    assert isinstance(panel, RingsPanel)
    assert "changed" in panel.legend.accessibleDescription()
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert "changed" not in panel.legend.accessibleDescription()
    assert "consumer position" in panel.legend.accessibleDescription()


def test_the_switch_is_pressed_and_shows_the_side(live: LiveDriver) -> None:
    assert side_button(live, "Step").isChecked()
    live.click(side_button(live, "Live"))
    assert side_button(live, "Live").isChecked()
    assert not side_button(live, "Step").isChecked()
    assert not live.window.channels.slider.isVisible()
    live.click(side_button(live, "Step"))
    assert live.controller.running.kind == "step"
    assert live.window.channels.slider.isVisible()
    assert shown_docks(live) == first_docks(Arrangement.STEPPED)


def test_screen_readers_are_told_of_a_run_once_a_second(live: LiveDriver) -> None:
    live.open_live()
    panel = live.panel("rings")
    assert isinstance(panel, RingsPanel)
    view = panel.view
    told = view.accessibleDescription
    first = told()
    view._spoken = time.monotonic() + 600  # however long these take
    for _ in range(5):
        live.run(1)
    assert told() == first
    view._spoken = time.monotonic() - SPOKEN_EVERY
    live.run(1)
    assert told() != first
    live.run(1)
    live.press(Key.Key_Space)  # what stands is told as it is
    produced = int(live.snapshot.buffers["produced"][3])
    line = next(line for line in told().splitlines() if line.startswith("cpu 3"))
    assert f"{produced} produced" in line


def test_space_pauses_and_goes_on_wherever_the_keyboard_is(live: LiveDriver) -> None:
    live.open_live()
    button = live.button("live.run")
    live.press(Key.Key_Space)
    live.window.focus_dock("counters")
    live.press(Key.Key_Space)
    live.click(button)
    assert live.fake.calls == ["start", "pause", "start", "pause"]


def test_the_button_says_what_it_does(live: LiveDriver) -> None:
    live.open_live()
    button = live.button("live.run")
    assert (button.text(), button.accessibleName()) == ("❚❚ Pause", "Pause")
    live.press(Key.Key_Space)
    assert (button.text(), button.accessibleName()) == ("▶ Run", "Run")


def test_space_still_presses_a_box_that_has_the_keyboard(live: LiveDriver) -> None:
    fake = live.open_live()
    live.window.focus_dock("load")
    box = next(box for box in live.panel("load").findChildren(QCheckBox) if "fast" in box.text())
    box.setFocus()
    live.press(Key.Key_Space)
    assert box.isChecked()
    assert fake.running


SPIN = "qt_spinbox_lineedit"  # what Qt calls the field of a number, which leaves Space alone


@pytest.mark.parametrize("kind", [QLineEdit, QCheckBox])
def test_of_space_no_more_is_said_than_it_does(live: LiveDriver, kind: type[QWidget]) -> None:
    fake = live.open_live()
    words = live.window.status.words
    live.window.focus_dock("rings")
    live.take_turns()
    assert words.text().endswith("s. Space pauses.")
    live.window.focus_dock("load")
    fields = live.panel("load").findChildren(kind)
    field = next(one for one in fields if one.isVisible() and one.objectName() != SPIN)
    field.setFocus()
    assert "Space" not in words.text()
    live.press(Key.Key_Space)
    assert fake.calls == ["start"]
    live.window.focus_dock("rings")
    assert words.text().endswith("s. Space pauses.")
    live.press(Key.Key_Space)
    assert fake.calls == ["start", "pause"]
    assert "Space goes on" in words.text()


def test_step_from_here_pauses_and_steps_and_back_goes_on(live: LiveDriver) -> None:
    fake = live.open_live()
    live.run(20)
    live.press(Key.Key_F11)
    assert not fake.running
    assert live.controller.running.kind == "step"
    assert live.controller.stepped is not None
    live.press(Key.Key_W)
    assert live.snapshot.step == 1
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert live.controller.running.engine is fake
    assert fake.running


def test_a_run_that_stood_when_it_was_left_stands_when_it_is_shown_again(live: LiveDriver) -> None:
    fake = live.open_live()
    live.press(Key.Key_Space)
    live.press(Key.Key_1, Modifier.ControlModifier)
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert live.fake is fake
    assert not fake.running


def test_what_was_stepped_before_is_not_lost(live: LiveDriver) -> None:
    steps = live.snapshot.step
    live.press(Key.Key_2, Modifier.ControlModifier)
    live.press(Key.Key_F11)
    titles = [tab.title for tab in live.controller.tabs]
    assert titles == ["example", "example (steps)"]
    assert "example (steps)" in live.window.status.words.text()
    live.controller.show_tab(1)
    live.settle()
    assert live.snapshot.step == steps


def test_a_channel_that_cannot_be_live_says_why(live: LiveDriver) -> None:
    catalogue = live.controller.catalogue
    catalogue.register(replace(catalogue["live"], open=refuse))
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert live.controller.running.kind == "step"
    assert "no room" in live.window.status.words.text()
    refusal = live.window.refusal
    assert refusal.isVisible()
    assert "no room" in refusal.words.text()
    switch = live.window.channels.engines
    below = switch.mapTo(live.window, switch.rect().bottomRight())
    assert refusal.geometry().top() >= below.y()
    assert abs(refusal.geometry().right() - below.x()) < 5
    live.press(Key.Key_2)  # the reason may be gone
    assert not refusal.isVisible()


def refuse(*_what: object) -> FakeLive:
    raise OpenError(None, "there is no room.")


def test_actions_of_the_other_side_say_why_they_cannot_be_used(live: LiveDriver) -> None:
    made = live.window.actions_made
    assert "Ctrl+2" in made["live.run"].toolTip()
    live.open_live()
    for action in live.window.actions_made.table:
        if Can.RUN in action.needs:
            assert made[action.id].isEnabled(), action.id
        elif action.needs in ((Can.STEP,), (Can.SEEK,)):
            assert not made[action.id].isEnabled(), action.id
    assert "F11 steps from here" in made["op.write"].toolTip()
    live.press(Key.Key_W)
    assert live.snapshot.live is not None
    live.press(Key.Key_F11)
    assert "F11 steps from here" not in made["op.write"].toolTip()
    assert made["op.write"].isEnabled()


def test_the_mode_can_be_changed_while_it_runs(live: LiveDriver) -> None:
    fake = live.open_live(mode=Mode.NO_OVERWRITE)
    live.press(Key.Key_2)
    live.press(Key.Key_1)  # it is that already
    assert fake.calls[1:] == ["mode overwrite"]


def test_layouts_are_remembered_apart(live: LiveDriver) -> None:
    live.trigger("dock.log")
    live.press(Key.Key_2, Modifier.ControlModifier)
    live.trigger("dock.loss")
    live.press(Key.Key_1, Modifier.ControlModifier)
    assert shown_docks(live) == first_docks(Arrangement.STEPPED) - {"log"}
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert shown_docks(live) == first_docks(Arrangement.RUNNING) - {"loss"}
    live.stop()
    live.start()
    assert shown_docks(live) == first_docks(Arrangement.STEPPED) - {"log"}
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert shown_docks(live) == first_docks(Arrangement.RUNNING) - {"loss"}
    live.trigger("view.reset")
    assert shown_docks(live) == first_docks(Arrangement.RUNNING)


def test_the_last_load_is_there_again(live: LiveDriver) -> None:
    live.open_live()
    live.controller.running.set_load(Load(Writing(rate=123.0)))
    live.stop()
    live.start()
    live.press(Key.Key_2, Modifier.ControlModifier)
    assert live.fake.load.writing.rate == 123.0


def test_closing_tab_and_window_while_it_runs_ends_every_engine(live: LiveDriver) -> None:
    first = live.open_live()
    second = live.open_live()
    assert second.running
    live.press(Key.Key_W, Modifier.ControlModifier)
    assert second.closed
    assert live.fake is first
    live.stop()
    assert first.closed


def test_each_tab_keeps_its_side(live: LiveDriver) -> None:
    live.open_live()
    live.controller.show_tab(0)
    live.settle()
    assert live.controller.running.kind == "step"
    assert shown_docks(live) == first_docks(Arrangement.STEPPED)
    live.controller.show_tab(1)
    live.settle()
    assert live.snapshot.live is not None
    assert shown_docks(live) == first_docks(Arrangement.RUNNING)


def test_an_error_of_the_engine_is_told(live: LiveDriver) -> None:
    fake = live.open_live()
    fake.error, fake.running = "the reader of cpu 3 died; open the channel again.", False
    fake.snapshot = fake._publish(fake._before)
    live.settle()
    assert "✕ Live: the reader of cpu 3 died" in live.window.status.words.text()


def test_the_mode_of_the_toolbar_follows_the_tab(live: LiveDriver) -> None:
    live.open_live(mode=Mode.OVERWRITE)
    mode = {b.text(): b for b in live.window.channels.mode.findChildren(QAbstractButton)}
    assert mode["overwrite"].isChecked()
    live.controller.show_tab(0)
    live.settle()
    assert mode["no-overwrite"].isChecked()


def test_summaries_say_the_load_and_go_to_it(live: LiveDriver) -> None:
    live.open_live()
    summary = live.window.live.summaries["live.readers"]
    assert isinstance(summary, QToolButton)
    assert "read every 10 ms" in summary.accessibleName()
    live.click(summary)
    focused = live.window.focusWidget()
    assert focused is not None
    assert live.window.docks["load"].isAncestorOf(focused)
    assert focused.accessibleName() == "consumed"


def test_the_load_that_is_shown_is_that_of_the_tab(live: LiveDriver) -> None:
    panel: LoadPanel = live.panel("load")  # type: ignore[assignment]
    paces = (0.01, 0.04)
    for pace in paces:
        live.open_live()
        live.controller.running.set_load(Load(reading=Reading(pace=pace)))
    live.settle()
    for place, pace in ((1, paces[0]), (2, paces[1])):
        live.controller.show_tab(place)
        live.settle()
        words = f"read every {1000 * pace:g} ms"
        assert words in live.window.live.summaries["live.readers"].accessibleName()
        assert panel.form.lines[READING[0]].text() == f"{1000 * pace:g} ms"


def test_a_closed_config_is_not_run(live: LiveDriver) -> None:
    live.controller.open_channel(ChannelConfig(base_filename="x", n_subbufs=1))
    live.controller.running.go_live()
    live.settle()
    assert live.fake.config.n_subbufs == 1


def test_the_headline_is_of_now(live: LiveDriver) -> None:
    """What was lost long ago keeps nothing red; no warning takes the place of a loss."""
    live.press(Key.Key_2, Modifier.ControlModifier)
    shown = live.fake.snapshot.live
    assert shown is not None
    assert [one.split(" · ")[-1] for one in forms(replace(shown, lost_share=0.0))] == (
        ["no loss now"] * 3
    )
    assert forms(replace(shown, lost_share=0.12))[2].endswith("12 % lost")
    unmade = replace(shown, lost_share=0.0, made_share=0.013)
    assert [one.split(" · ")[-1] for one in forms(unmade)] == ["1.3 % of load made"] * 3
    both = forms(replace(unmade, lost_share=0.12))
    assert both[0].endswith("12 % lost · 1.3 % of load made")
    assert both[2].endswith("12 % lost")
