"""An engine of another kind in the window: registered, and nothing in the window knows more of it.

It can only be looked at; what is drawn of it is compared with what was written to the channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton

from relayviz.gui.bytes import BytesPanel
from relayviz.gui.bytes.copying import Form
from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.rings import RingsPanel
from relayviz.gui.shell import app
from relayviz.gui.shell.engines import catalogue
from relayviz.gui.timeline import TimelinePanel
from relayviz.model.channel.marks import Mark
from relayviz.model.engine.protocol import Can
from tests.gui.conftest import Driver
from tests.gui.live_fake import FakeLive, fake_engines
from tests.gui.recording import COUNT, EVENTS, KIND, SUBBUF, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

Key, Modifier = Qt.Key, Qt.KeyboardModifier
P = TypeVar("P")


@pytest.fixture
def driver(qapp: QApplication, tmp_path: Path) -> Iterator[Driver]:
    """The program with one more kind of engine, registered where all are."""
    app.prepare(qapp)
    engines = catalogue()
    engines.register(KIND)
    made = Driver(tmp_path, engines)
    yield made
    made.end()


@pytest.fixture
def recording(driver: Driver) -> Recording:
    """A recording in a tab of its own."""
    engine = Recording()
    driver.controller.add_tab(engine, "recorded")
    driver.settle()
    return engine


def panel(driver: Driver, dock: str, kind: type[P]) -> P:
    found = driver.window.docks[dock].panel
    assert isinstance(found, kind)
    return found


def pixels(widget: QWidget, role: Role) -> int:
    """How many pixels of a widget have a colour."""
    image = widget.grab().toImage()
    wanted = theme.current()[role].rgb()
    return sum(
        image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height())
    )


def switch(driver: Driver) -> dict[str, QAbstractButton]:
    """What the switch at the top offers."""
    buttons = driver.window.channels.engines.findChildren(QAbstractButton)
    return {button.text(): button for button in buttons if not button.isHidden()}


def test_rings_draw_it(driver: Driver, recording: Recording) -> None:
    view = panel(driver, "rings", RingsPanel).view
    assert view.isVisible()
    assert view.snapshot is recording.snapshot
    assert "cpu 2: 4 of 4 sub-buffers ready, blocked" in view.accessibleDescription()
    assert pixels(view, Role.UNREAD) > 500
    driver.controller.close_tab(1)
    driver.controller.close_tab(0)
    driver.settle()
    assert pixels(view, Role.UNREAD) == 0


def test_counters_are_those_of_what_was_written(driver: Driver, recording: Recording) -> None:
    model = panel(driver, "counters", CountersPanel).model
    headings = [column.heading for column in COLUMNS]
    shown = [
        [model.data(model.index(row, headings.index(name))) for name in ("cpu", "lost")]
        for row in range(model.rowCount())
    ]
    fits = COUNT * (SUBBUF // EVENTS[2][0])
    assert shown == [["0", "0"], ["1", "0"], ["2", str(len(EVENTS[2]) - fits)]]
    assert recording.snapshot.rows == 3


def test_bytes_are_those_that_were_kept(driver: Driver, recording: Recording) -> None:
    bytes_ = panel(driver, "bytes", BytesPanel)
    driver.controller.select(1, 0)
    bytes_.view.select(0, EVENTS[1][0])
    bytes_.copy_as(Form.HEX)
    kept = recording.kept[1][: EVENTS[1][0]].tobytes()
    assert kept == b"x" * 50
    assert bytes.fromhex(QGuiApplication.clipboard().text()) == kept


def test_the_time_line_has_its_lanes(driver: Driver, recording: Recording) -> None:
    time_line = panel(driver, "timeline", TimelinePanel)
    view = time_line.live_view
    assert view.isVisible()
    lanes = recording.lanes(view.stretch.span, view.columns)
    assert lanes is not None
    assert np.array_equal(view._lanes, lanes)
    assert "1 of them with a loss" in view.accessibleDescription()
    assert view._lanes[2, -1] == Mark.LOST_FULL
    driver.controller.add_tab(Recording(is_traced=False), "without times")
    driver.settle()
    assert not len(view._lanes)  # and not those of the tab before
    assert time_line.detail == "nothing is told of when it happened"


def test_operations_cannot_be_asked_for_and_say_why(driver: Driver, recording: Recording) -> None:
    made = driver.window.actions_made
    assert "only looked at" not in made["op.write"].toolTip() or not made["op.write"].isEnabled()
    for action in made.table:
        if action.needs:
            assert not made[action.id].isEnabled(), action.id
            if Can.RUN not in action.needs:
                assert "only looked at" in made[action.id].toolTip(), action.id
    bars = (driver.window.operations, driver.window.live, driver.window.channels.slider)
    assert not any(bar.isVisible() for bar in bars)
    assert not driver.window.channels.mode.isEnabled()
    for key in (Key.Key_W, Key.Key_Home, Key.Key_F11, Key.Key_Space, Key.Key_2):
        driver.press(key)
    assert driver.snapshot is recording.snapshot
    driver.window.focus_dock("counters")
    driver.window.why()
    assert "this channel has none" in driver.window.status.words.text()
    driver.controller.show_tab(0)
    driver.settle()
    assert made["op.write"].isEnabled()
    assert "only looked at" not in made["op.write"].toolTip()


def test_the_docks_are_those_that_have_something_to_show(
    driver: Driver, recording: Recording
) -> None:
    del recording
    shown = {name for name, frame in driver.window.docks.items() if not frame.isHidden()}
    assert shown == {
        *("channel", "counters", "rings", "bytes", "timeline", "findings", "looks", "records"),
    }
    driver.trigger("dock.bytes")
    driver.controller.show_tab(0)
    driver.settle()
    assert driver.window.docks["bytes"].isVisible()  # each arrangement is kept apart
    driver.controller.show_tab(1)
    driver.settle()
    assert driver.window.docks["bytes"].isHidden()
    driver.stop()
    kept = driver.session.load()
    assert kept.docks_look
    assert not kept.docks


def test_the_switch_has_its_name_where_there_is_one(driver: Driver) -> None:
    assert set(switch(driver)) == {"Step", "Live", "Simulated"}
    driver.controller.add_tab(Recording(), "recorded")
    driver.settle()
    assert set(switch(driver)) == {"Step", "Live", "Simulated", "Recording"}
    assert [name for name, button in switch(driver).items() if button.isChecked()] == ["Recording"]
    assert KIND.tip in switch(driver)["Recording"].toolTip()


def test_the_same_channel_is_stepped_and_looked_at_again(
    driver: Driver, recording: Recording
) -> None:
    driver.click(switch(driver)["Step"])
    assert driver.controller.running.kind == "step"
    assert driver.engine.config.n_subbufs == COUNT
    driver.press(Key.Key_W)
    assert driver.snapshot.step == 1
    driver.click(switch(driver)["Recording"])
    assert driver.snapshot is recording.snapshot
    driver.press(Key.Key_1, Modifier.ControlModifier)
    assert driver.snapshot.step == 1  # as it was left
    driver.press(Key.Key_9, Modifier.ControlModifier)  # the last of those that there are
    assert driver.snapshot is recording.snapshot


def test_a_running_channel_waits_while_it_is_looked_at(qapp: QApplication, tmp_path: Path) -> None:
    app.prepare(qapp)
    engines = fake_engines()
    engines.register(replace(KIND, open=lambda *_: Recording()))
    driver = Driver(tmp_path, engines)
    driver.press(Key.Key_2, Modifier.ControlModifier)
    live = driver.controller.running
    fake = live.engine
    assert isinstance(fake, FakeLive)
    assert live.is_running
    driver.click(switch(driver)["Recording"])  # opened beside it: it can be
    assert live.kind == Recording.kind
    assert fake.calls[-1] == "pause"
    driver.click(switch(driver)["Live"])
    assert live.engine is fake
    assert fake.calls[-1] == "start"
    driver.end()
    assert fake.closed


def test_closing_its_tab_asks_nothing_and_ends_it(driver: Driver, recording: Recording) -> None:
    assert driver.controller.tab is not None
    assert not driver.controller.tab.is_changed
    driver.controller.close_tab(1)
    assert recording.closed
    assert len(driver.controller.tabs) == 1
