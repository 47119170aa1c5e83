"""Every panel in every state: menu, `?`, copy and Return on each cell, and all over what is drawn.

What a cell says of itself is compared: a figure that explains itself is the one that stands there,
and a copied line has what the cells show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QWidget

from relayviz.gui.bytes.view import BytesView
from relayviz.gui.docks.docks import TITLES
from relayviz.gui.lanes.view import LaneView
from relayviz.gui.rings.view import RingsView
from relayviz.gui.widgets.table import Table
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.numbers import THIN
from relayviz.model.why.why import Event, Figure
from tests.gui.live.conftest import LiveDriver
from tests.gui.live.conftest import live as live_driver

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.fate import FatePanel
    from relayviz.gui.why import WhyPanel
    from relayviz.gui.widgets.panel import Panel

live = live_driver  # the fixture
ROWS = 7  # of a table that are tried, at most
GRID = 9  # points of what is drawn, across and down
KEYS = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up,
        Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_N)  # fmt: skip


def no_channel(driver: LiveDriver) -> None:
    while driver.controller.tabs:
        driver.controller.close_tab(0)
    driver.settle()


def empty(driver: LiveDriver) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=2))


def full(driver: LiveDriver) -> None:
    """Losses of several kinds, readers, a reserved slot, a mapping, notes, and a past."""
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2))
    driver.controller.submit(
        *(Operation(Kind.WRITE, 0, 30) for _ in range(7)), Operation(Kind.WRITE, 1, 100),
        Operation(Kind.RESERVE, 1, 20), Operation(Kind.OPEN_FILE, 0), Operation(Kind.READ, 0, 50),
        Operation(Kind.FLUSH), Operation(Kind.MMAP, 0),
    )  # fmt: skip
    driver.settle()
    notebook = driver.controller.notebook
    notebook.add_watch("lost[0]")
    notebook.mark("here")


def at_the_opening(driver: LiveDriver) -> None:
    full(driver)
    driver.controller.seek(0)


def overwritten(driver: LiveDriver) -> None:
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2, mode=Mode.OVERWRITE)
    driver.controller.open_channel(config)
    driver.controller.submit(*(Operation(Kind.WRITE, cpu, 30) for cpu in (0, 1) for _ in range(9)))


def closed(driver: LiveDriver) -> None:
    full(driver)
    driver.controller.submit(Operation(Kind.CLOSE))


def running(driver: LiveDriver) -> None:
    driver.open_live()
    driver.run(5)


def paused(driver: LiveDriver) -> None:
    running(driver)
    driver.trigger("live.run")
    driver.trigger("live.run")


STATES: tuple[Callable[[LiveDriver], None], ...] = (
    no_channel, empty, full, at_the_opening, overwritten, closed, running, paused
)  # fmt: skip


def cells_of(view: QAbstractItemView) -> list[tuple[int, int]]:
    model = view.model()
    rows = range(min(model.rowCount(), ROWS))
    return [(-1, -1), *((row, column) for row in rows for column in range(model.columnCount()))]


def try_menu(panel: Panel, at: QPoint) -> None:
    menu = panel.menu_at(at)
    if menu is not None:
        assert all(one.text() for one in menu.actions() if not one.isSeparator())
        menu.deleteLater()


def check_answer(driver: LiveDriver, subject: Figure | Event, cell: str, first: str) -> None:
    """What explains itself is what stands there."""
    answer = cast("WhyPanel", driver.window.docks["why"].panel).answer
    if answer is None:
        assert driver.controller.recorded is None  # nothing was recorded of a live one
    elif isinstance(subject, Figure):
        assert int(driver.snapshot.buffers["cpu"][subject.row]) == int(first)
        assert answer.title.replace(THIN, "").endswith(cell.replace(THIN, "")), (answer.title, cell)
    else:
        assert str(subject.number) == first.replace(THIN, "")


def try_cells(driver: LiveDriver, panel: Panel, view: QAbstractItemView) -> None:
    model = view.model()
    for row, column in cells_of(view):
        index = model.index(row, column)
        view.setFocus()
        view.setCurrentIndex(index)
        subject = panel.subject()
        place = view.visualRect(index).center() if index.isValid() else QPoint(3, 3)
        try_menu(panel, view.viewport().mapTo(panel, place))
        driver.window.why()
        if isinstance(subject, Figure | Event) and index.isValid():
            check_answer(driver, subject, str(index.data()), str(model.index(row, 0).data()))
        driver.window.copy()
        if isinstance(view, Table) and index.isValid() and not view.isColumnHidden(column):
            assert str(index.data() or "") in QGuiApplication.clipboard().text()


def try_drawing(driver: LiveDriver, panel: Panel, view: QWidget) -> None:
    """Menu and `?` all over it, and with each key that moves the cursor."""
    view.setFocus()
    for across in range(GRID):
        for down in range(GRID):
            at = QPoint(view.width() * across // (GRID - 1), view.height() * down // (GRID - 1))
            try_menu(panel, view.mapTo(panel, at))
    for key in KEYS:
        for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            QTest.keyClick(view, key, modifier)
            panel.subject()
            driver.window.why()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_place_of_every_panel(state: Callable[[LiveDriver], None], live: LiveDriver) -> None:
    state(live)
    live.settle()
    for dock in TITLES:
        live.window.focus_dock(dock)
        live.settle()
        panel = live.window.docks[dock].panel
        for view in panel.findChildren(QAbstractItemView):
            if view.isVisible():
                try_cells(live, panel, view)
        for one in panel.findChildren(QWidget):
            if one.isVisible() and isinstance(one, LaneView | RingsView | BytesView):
                try_drawing(live, panel, one)
        live.settle()


def test_an_event_that_this_branch_does_not_have(live: LiveDriver) -> None:
    """The cursor may come from a branch that went on for longer, or had another buffer."""
    full(live)
    live.settle()
    live.window.focus_dock("fate")
    live.settle()
    panel = cast("FatePanel", live.window.docks["fate"].panel)
    live.controller.seek(1)
    live.settle()
    live.controller.submit(Operation(Kind.WRITE, 0, 5))
    live.settle()
    before = live.snapshot.step, live.controller.selection
    for buffer, row in ((0, 2), (0, 99), (0, -1), (1, 0), (7, 0)):
        for told in (panel.view.chosen, panel.view.wanted):
            told.emit(buffer, row)
            live.settle()
        panel.view.set_cursor(buffer, row)
        assert panel.subject() is None
        assert (live.snapshot.step, live.controller.selection) == before
    panel.view.wanted.emit(0, 0)
    live.settle()
    assert live.snapshot.step == 1  # where the first one was stored
