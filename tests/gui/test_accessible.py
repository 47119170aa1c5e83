"""All of the window reaches a screen reader: what has the keyboard, and what each dock shows.

The whole tree that Qt gives to screen readers is gone through, in the states the window can be in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QSlider, QWidget

from relayviz.gui.compare import CompareWindow
from relayviz.gui.shell import app
from tests.capture.test_truth import files
from tests.gui.alive import windows
from tests.gui.inside.seen import show as show_inside
from tests.gui.live.conftest import LiveDriver
from tests.gui.test_captures import no_thread_left  # noqa: F401  a fixture
from tests.gui.test_cut import DIALOGS
from tests.gui.test_kernel_looks import running
from tests.gui.test_kernels import (  # noqa: F401  a fixture
    no_kernel_left,
)
from tests.gui.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QAccessibleInterface
    from pytestqt.qtbot import QtBot

    from relayviz.gui.docks.docks import DockFrame
    from tests.gui.conftest import Driver

Role, Text = QAccessible.Role, QAccessible.Text
BUTTONS = {Role.Button, Role.ButtonMenu, Role.CheckBox}
VALUED = {Role.Slider, Role.SpinBox, Role.ProgressBar, Role.ComboBox}
#: Tell nothing by themselves, or are told by what they belong to.
PARTS = {Role.ScrollBar, Role.Separator, Role.Grip, Role.Whitespace}
ITEMS = 400  # of a table: the others are like these


@pytest.fixture
def live(qapp: QApplication, tmp_path: Path) -> Iterator[LiveDriver]:
    app.prepare(qapp)
    made = LiveDriver(tmp_path)
    yield made
    made.end()


def nodes(one: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Give what a screen reader goes through: all that is visible, from a window on."""
    if not one.isValid() or one.state().invisible or one.role() in PARTS:
        return
    yield one
    for place in range(min(one.childCount(), ITEMS)):
        child = one.child(place)
        if child is not None:
            yield from nodes(child)


def tree(widget: QWidget) -> list[QAccessibleInterface]:
    """Return all that is told of a widget."""
    root = QAccessible.queryAccessibleInterface(widget)
    assert root is not None
    return list(nodes(root))


def words(one: QAccessibleInterface) -> str:
    """Return all that is said of a node itself."""
    return " ".join(one.text(kind) for kind in (Text.Name, Text.Value, Text.Description)).strip()


def named(one: QAccessibleInterface) -> str:
    """Return which node it is, and in what, for who mends it."""
    kinds = [type(each.object()).__name__ for each in (one, one.parent())]
    return f"{kinds[0]} ({one.role().name}) in {kinds[1]}"


def faults(widget: QWidget) -> list[str]:
    """Return what a screen reader cannot make out."""
    found = []
    for one in tree(widget):
        state = one.state()
        if state.focusable and not state.disabled and not one.text(Text.Name).strip():
            found.append(f"no name: {named(one)}")
        told = one.object()
        hands_on = isinstance(told, QWidget) and told.focusProxy() is not None
        if state.focusable and not hands_on and one.role() in (Role.NoRole, Role.Client):
            found.append(f"no role: {named(one)}")
        if one.role() in VALUED and not one.text(Text.Value).strip():
            found.append(f"no value: {named(one)}")
    return sorted(set(found))


def shown_docks(driver: Driver) -> Iterator[tuple[str, DockFrame]]:
    """Show each dock that there is of the channel, one after the other."""
    for name, dock in driver.window.docks.items():
        if dock.toggleViewAction().isVisible():
            dock.show()
            dock.raise_()
            driver.settle()
            yield name, dock


def content(dock: DockFrame) -> str:
    """Return what is said inside of a dock, without its heading and buttons."""
    inside = tree(dock.panel)
    return " ".join(words(one) for one in inside[1:] if one.role() not in BUTTONS)


def told_by_docks(driver: Driver) -> dict[str, str]:
    """Return what each dock says; nothing in the window may be left unsaid, and no dock silent."""
    said = {}
    for name, _ in shown_docks(driver):
        assert faults(driver.window) == [], name
        said[name] = content(driver.window.docks[name])
    assert [name for name, text in said.items() if not text.strip()] == []
    return said


def test_a_stepped_channel(driver: Driver) -> None:
    said = told_by_docks(driver)
    seen, last = driver.snapshot, driver.snapshot.made_by
    assert len(said) > 8
    assert f"+ {seen.lost_events()} refused" in said["fate"]
    for row in range(seen.rows):
        produced = int(seen.buffers["produced"][row])
        assert f"cpu {row}: " in said["rings"]
        assert f"{produced} produced" in said["rings"]
        assert f" {int(seen.buffers['offset'][row])} " in f" {said['counters']} "
    assert f"step {seen.step} of {seen.last_step}: {last.title()}" in said["timeline"]
    assert last.result.words in said["log"]
    assert f"byte 0 (0x0): {seen.config.header} bytes header" in said["bytes"]
    assert str(seen.base_filename) in said["channel"]


def test_a_torn_read_is_told(driver: Driver) -> None:
    driver.window.desk.open_scenario("inside/torn-map")
    driver.settle()
    driver.controller.seek(driver.snapshot.last_step - 2)
    driver.settle()
    said = {}
    for name, _ in shown_docks(driver):
        assert faults(driver.window) == [], name
        said[name] = content(driver.window.docks[name])
    assert [name for name, text in said.items() if not text.strip()] == []
    reads = "reader reads 16 bytes from byte 0 of buffer 0 on, it has got 16 of them"
    assert reads in said["rings"]
    assert "reader: map-read" in said["actors"] or "reader: read of the mapping" in said["actors"]
    assert "New, written after it had begun to copy: bytes 8 to 15." in said["copy"]
    assert "What is true where the actor stands" in said["source"]
    assert "nobody 1 " in said["source"]
    assert "step " in said["timeline"]


def test_what_draws_itself_has_a_role(driver: Driver) -> None:
    roles = {type(one.object()).__name__: one.role() for one in tree(driver.window)}
    assert roles["RingsView"] is Role.Chart
    assert roles["TimelineView"] is Role.Chart
    assert roles["BytesView"] is Role.Document


def test_a_live_channel(live: LiveDriver) -> None:
    live.open_live()
    live.run(10)
    assert len(told_by_docks(live)) > 5


def test_a_channel_of_a_kernel(driver: Driver, tmp_path: Path) -> None:
    looks = running(driver, tmp_path, 0, 1, 2)
    assert looks is not None
    rings = driver.window.docks["rings"]
    until(lambda: "2 produced" in content(rings))  # what goes on is drawn at its own rate
    assert [int(one) for one in driver.snapshot.buffers["produced"]] == [2]
    said = told_by_docks(driver)
    assert len(said) > 4
    assert "How many looks there were" in said["looks"]


def test_a_capture(driver: Driver) -> None:
    driver.window.captures.open(files("lossy-blktrace"))
    driver.settle()
    said = told_by_docks(driver)
    assert "244 records missing in 9 gaps" in said["timeline"]
    assert "blktrace 7" in said["channel"]
    assert len(said) > 5


def test_actors_are_said_by_name(driver: Driver) -> None:
    engine = show_inside(driver, "destroyed")
    driver.press(Qt.Key.Key_1)
    said = told_by_docks(driver)
    assert all(one.name in said["actors"] for one in engine.scene.actors)
    assert len(said) > 4


def test_compare(driver: Driver) -> None:
    driver.window.compare()
    window = driver.window.findChildren(CompareWindow)[-1]
    while window.halves is None:
        assert window.follower.engine.wait_idle()
        window.look()
    assert faults(window) == []
    window.close()


def test_dialogs(driver: Driver, subtests: pytest.Subtests) -> None:
    for action in DIALOGS:
        driver.trigger(action)
        (dialog,) = (one for one in windows() if one.isVisible() and isinstance(one, QDialog))
        with subtests.test(action=action):
            assert faults(dialog) == []
        dialog.close()
        driver.activate()


def test_the_check_finds_what_is_wrong(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    QSlider(window), QPushButton(window), QLineEdit(window)
    bare = QWidget(window)
    bare.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.show()
    found = faults(window)
    assert [one.split(" in ")[0] for one in found] == [
        "no name: QLineEdit (EditableText)",
        "no name: QPushButton (Button)",
        "no name: QSlider (Slider)",
        "no name: QWidget (Client)",
        "no role: QWidget (Client)",
    ]
