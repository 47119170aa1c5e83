"""The docks Breakpoints and Watches, driven as a user does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from relayviz.gui.breakpoints import BreakpointsPanel
from relayviz.gui.breakpoints.model import HITS, WHAT
from relayviz.gui.counters import CountersPanel
from relayviz.gui.lanes.columns import binned
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.prompts.prompts import Prompt
from relayviz.gui.watches import WatchesPanel
from relayviz.gui.watches.view import FRAME
from relayviz.gui.watches.watch import heights
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

Key, Data = Qt.Key, Qt.ItemDataRole


@pytest.fixture
def stops(driver: Driver) -> BreakpointsPanel:
    driver.trigger("focus.breakpoints")
    panel = driver.window.docks["breakpoints"].panel
    assert isinstance(panel, BreakpointsPanel)
    return panel


@pytest.fixture
def curves(driver: Driver) -> WatchesPanel:
    driver.trigger("focus.watches")
    panel = driver.window.docks["watches"].panel
    assert isinstance(panel, WatchesPanel)
    return panel


def shown(panel: BreakpointsPanel) -> list[tuple[object, object]]:
    model = panel.model
    return [
        tuple(model.data(model.index(row, column)) for column in (WHAT, HITS))  # type: ignore[misc]
        for row in range(model.rowCount())
    ]


def test_conditions_and_kinds_are_added(driver: Driver, stops: BreakpointsPanel) -> None:
    tester = QAbstractItemModelTester(stops.model)
    QTest.keyClicks(stops.field, "refused_full[1] == 1")
    driver.press(Key.Key_Return)  # the keyboard is in the table: nothing is added there
    QTest.keyClick(stops.field, Key.Key_Return)
    assert shown(stops) == [("refused_full[1] == 1", "1")]
    assert stops.field.text() == ""
    driver.controller.set_inputs(cpu=1)
    stops.add.menu().aboutToShow.emit()
    kinds = stops.add.menu().actions()
    names = [each.text() for each in kinds]
    assert len(set(names)) == len(names)
    stops.add.menu().aboutToShow.emit()
    kinds = stops.add.menu().actions()
    assert [each.text() for each in kinds] == names, "another time there are as many"
    refused = next(each for each in kinds if each.text() == "event refused")
    refused.trigger()
    account = driver.snapshot.count(1, "refused_full").events
    assert shown(stops)[1] == ("event refused on cpu 1", str(account))
    driver.controller.set_inputs(all_cpus=True)
    refused.trigger()
    assert shown(stops)[2] == ("event refused", str(account))
    del tester


def test_a_wrong_condition_is_told_beside_the_field(
    driver: Driver, stops: BreakpointsPanel
) -> None:
    QTest.keyClicks(stops.field, "lsot > 1")
    QTest.keyClick(stops.field, Key.Key_Return)
    assert shown(stops) == []
    assert stops.field.property("wrong")
    assert "Did you mean lost" in driver.window.status.words.text()
    QTest.keyClick(stops.field, Key.Key_Backspace)
    assert not stops.field.property("wrong")


def test_hits_are_counted_switched_off_and_removed(driver: Driver, stops: BreakpointsPanel) -> None:
    driver.controller.notebook.add_breakpoint(Breakpoint(On.OPERATION, "flush"))
    assert shown(stops) == [("operation flush", "—")]
    driver.controller.submit(*[Operation(Kind.FLUSH)] * 2)
    driver.settle()
    assert shown(stops) == [("operation flush", "2")]
    index = stops.model.index(0, WHAT)
    assert stops.model.setData(index, Qt.CheckState.Unchecked, Data.CheckStateRole)
    assert shown(stops) == [("operation flush", "off")]
    step = driver.snapshot.step
    driver.press(Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert driver.snapshot.step == 0  # it is off: back to the opening
    stops.table.activated.emit(stops.model.index(0, WHAT))
    driver.settle()
    assert driver.snapshot.step == step - 1  # but it can be gone to
    stops.table.setCurrentIndex(stops.model.index(0, WHAT))
    stops.table.setFocus()
    QTest.keyClick(stops.table, Key.Key_Delete)
    assert shown(stops) == []


def test_hit_count_and_cpu_of_a_breakpoint(driver: Driver, stops: BreakpointsPanel) -> None:
    driver.controller.notebook.add_breakpoint(Breakpoint(On.SWITCH))
    driver.controller.set_inputs(cpu=2)
    hits, here, everywhere, remove = stops.menu_of(0).actions()
    here.trigger()
    assert shown(stops)[0][0] == "sub-buffer switch on cpu 2"
    hits.trigger()
    prompt = next(each for each in driver.window.findChildren(Prompt) if each.isVisible())
    prompt.field.setText("0")
    assert "from 1 to" in prompt.message.text()
    prompt.field.setText("3")
    prompt.buttons.accepted.emit()
    # the menu was made for the breakpoint as it was
    assert shown(stops)[0][0] == "sub-buffer switch, from hit 3 on"
    driver.engine.home()
    driver.settle()
    driver.press(Key.Key_F5)
    assert driver.snapshot.step == stops.controller.notebook.hits(Breakpoint(On.SWITCH, hits=3))[2]
    everywhere.trigger()
    remove.trigger()
    assert shown(stops) == []


def test_a_watch_is_plotted_and_removed(driver: Driver, curves: WatchesPanel) -> None:
    for text in ("ready[1]", "lsot", "outcome"):
        QTest.keyClicks(curves.field, text)
        QTest.keyClick(curves.field, Key.Key_Return)
        assert bool(curves.field.property("wrong")) == (text == "lsot")
        curves.field.clear()
    assert list(driver.controller.notebook.notes.watches) == ["ready[1]", "outcome"]
    last = driver.snapshot.ready(1)
    words = curves.view.accessibleDescription()
    assert f"ready[1] is {last}" in words
    assert "outcome is —" in words
    x = int(FRAME.label + 2)
    QTest.mouseClick(curves.view, Qt.MouseButton.LeftButton, pos=QPoint(x, int(FRAME.best / 2)))
    driver.settle()
    assert driver.snapshot.step == 0
    assert "ready[1] is 0" in curves.view.accessibleDescription()
    curves.view.setFocus()
    QTest.keyClick(curves.view, Key.Key_Down)
    QTest.keyClick(curves.view, Key.Key_Delete)
    assert list(driver.controller.notebook.notes.watches) == ["ready[1]"]


def test_a_watch_follows_the_branch(driver: Driver, curves: WatchesPanel) -> None:
    driver.controller.notebook.add_watch("attempts")
    driver.controller.seek(5)
    driver.settle()
    driver.controller.submit(Operation(Kind.WRITE, 0, 10))
    driver.settle()
    assert driver.snapshot.last_step == 6
    assert "attempts is 6" in curves.view.accessibleDescription()


def test_the_curve_keeps_peaks() -> None:
    values = np.zeros(10_000)
    values[4321] = 7
    bins = binned(values, 100)
    assert len(bins.high) == 100
    assert (bins.high.max(), bins.low.max()) == (7, 0)
    assert binned(values[:5], 100).high.tolist() == [0] * 5
    assert binned(np.array([np.nan, 1.0]), 2).low.tolist() == [0, 1]
    assert heights(np.array([5.0, 10.0]), (0, 10), 0, 100).tolist() == [50, 0]
    assert heights(np.array([3.0]), (3, 3), 0, 100).tolist() == [100]


def test_a_breakpoint_stands_out_at_the_steps_that_it_is_met_at(
    driver: Driver, stops: BreakpointsPanel
) -> None:
    """Steps 3 and 4 are writes on cpu 1; one is switched off, and one is never met."""
    driver.controller.open_channel(ChannelConfig(cpus=2))
    writes = [Operation(Kind.WRITE, cpu, 8) for cpu in (0, 0, 1, 1, 0)]
    driver.controller.submit(*writes)
    driver.settle()
    notebook = driver.controller.notebook
    for one in (
        Breakpoint(On.WHEN, "step >= 3 and step <= 4"),
        Breakpoint(On.WHEN, "offset[1] == 8"),
        Breakpoint(On.WHEN, "offset[1] == 16", enabled=False),
        Breakpoint(On.REFUSED, hits=2),
    ):
        notebook.add_breakpoint(one)
    driver.settle()
    model = stops.model
    names = {theme.current()[role].name(): role for role in (Role.ERROR, Role.TEXT, Role.TEXT_DIM)}

    def looks() -> list[tuple[object, bool]]:
        found: list[tuple[object, bool]] = []
        for row in range(model.rowCount()):
            index = model.index(row, WHAT)
            colour = model.data(index, Data.ForegroundRole)
            font = model.data(index, Data.FontRole)
            found.append((names[colour.name()], font is not None and font.bold()))  # type: ignore[attr-defined]
        return found

    plain, off = (Role.TEXT, False), (Role.TEXT_DIM, False)
    met = (Role.ERROR, True)
    for step, first, second in ((2, plain, plain), (3, met, met), (4, plain, plain)):
        driver.controller.seek(step)
        driver.settle()
        assert looks() == [first, second, off, plain], step
    assert [model.data(model.index(row, HITS)) for row in range(4)] == ["1", "1", "off", "—"]
    assert str(model.data(model.index(3, WHAT))).endswith(", from hit 2 on")


def test_a_figure_of_the_counters_offers_to_stop_at_it(driver: Driver) -> None:
    """The value is that of its row; what is no figure offers nothing."""
    driver.window.focus_dock("counters")
    panel = driver.window.docks["counters"].panel
    assert isinstance(panel, CountersPanel)
    table, model = panel.table, panel.table.model()

    def offered(row: int, column: int) -> list[str]:
        middle = table.visualRect(model.index(row, column)).center()
        menu = panel.menu_at(table.viewport().mapTo(panel, middle))
        return [action.text() for action in menu.actions()] if menu is not None else []

    for row, buffer in enumerate(driver.snapshot.buffers):
        for column, name in ((1, "offset"), (2, "produced")):
            here = f"{name}[{buffer['cpu']}]"
            assert f"Stop when {here} == {buffer[name]}" in offered(row, column)
            assert f"Watch {here}" in offered(row, column)
        assert offered(row, 0) == []
