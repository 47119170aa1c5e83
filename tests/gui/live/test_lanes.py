"""The time line and the counters of a live channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from relayviz.gui.counters import CountersPanel
from relayviz.gui.counters.model import ALL_COLUMNS
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.timeline.live_order import WORDS, arranged, lossy, say
from relayviz.gui.timeline.live_view import FRAME, LiveLanes
from relayviz.model.channel.marks import Mark
from relayviz.model.load.load import Load, Reading, Writing
from tests.gui.states import Playground

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from relayviz.model.engine.snapshot import Snapshot
    from tests.gui.live.conftest import LiveDriver

Key = Qt.Key
COLUMNS = 600
LABEL = int(FRAME.label)
SIZE = (COLUMNS + LABEL + int(FRAME.right), 120)  # and the bar to scroll


def test_lanes_with_a_loss_come_first_where_not_all_fit() -> None:
    lost = np.array([False, True, False, True])
    assert arranged(lost, 4).tolist() == [0, 1, 2, 3]
    assert arranged(lost, 3).tolist() == [1, 3, 0, 2]


def test_a_column_is_told_losses_first() -> None:
    marks = Mark.STORED | Mark.OVERWRITTEN | Mark.SWITCHED
    assert say(int(marks)) == "overwritten, stored, switch"
    assert say(0) == "nothing"


def grid(rows: int, *losses: tuple[int, int]) -> NDArray[np.uint32]:
    """Lanes full of stored events, with losses at (row, column)."""
    lanes = np.full((rows, COLUMNS), int(Mark.STORED), np.uint32)
    for row, column in losses:
        lanes[row, column] |= np.uint32(int(Mark.LOST_FULL))
    return lanes


@pytest.fixture
def states() -> Snapshot:
    """A channel of 32 CPUs."""
    return Playground(cpus=32, n_subbufs=4, subbuf_size=64).snapshot()


@pytest.fixture
def view(qtbot: QtBot) -> LiveLanes:
    """The lanes on screen, with room for a few."""
    view = LiveLanes(theme.load("dark"))
    qtbot.addWidget(view)
    view.resize(SIZE[0] + view.bar.sizeHint().width(), SIZE[1])
    view.show()
    qtbot.waitExposed(view)
    return view


def lost_pixels(view: LiveLanes) -> NDArray[np.bool_]:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    seen: NDArray[np.bool_] = rows == np.uint32(theme.load("dark").rgb(Role.LOST))
    return seen[:, LABEL:]


@pytest.mark.parametrize("column", [0, 1, 333, COLUMNS - 1])
def test_one_loss_on_a_cpu_far_down_is_on_screen(
    view: LiveLanes, states: Snapshot, column: int
) -> None:
    view.show_lanes(states, grid(32, (30, column)))
    assert view.order[0] == 30
    seen = lost_pixels(view)
    assert seen[:, column].sum() >= 8
    assert seen.any(axis=0).sum() == 1
    assert "1 of them with a loss" in view.accessibleDescription()


def test_more_columns_than_pixels_hide_no_loss(view: LiveLanes, states: Snapshot) -> None:
    lanes = np.repeat(grid(32), 7, axis=1)
    lanes[5, 1234] |= np.uint32(int(Mark.OVERWRITTEN))
    view.show_lanes(states, lanes)
    assert lost_pixels(view)[:, 1234 // 7].any()


def test_fewer_columns_stand_at_the_right(view: LiveLanes, states: Snapshot) -> None:
    view.show_lanes(states, grid(32, (0, 3))[:, :10])
    assert lost_pixels(view)[:, COLUMNS - 10 + 3].any()


def test_what_is_not_on_screen_is_counted(view: LiveLanes, states: Snapshot) -> None:
    view.show_lanes(states, grid(32, *((row, 5) for row in range(20))))
    shown = len(view._visible())
    assert f"{32 - shown} CPUs below, {20 - shown} of them with a loss" in view.words()
    view.bar.setValue(view.bar.maximum())
    assert view._visible().tolist()[-1] == 31


def test_a_click_chooses_and_the_pointer_is_told(
    view: LiveLanes, states: Snapshot, qtbot: QtBot
) -> None:
    view.show_lanes(states, grid(32, (30, 300)))
    with qtbot.waitSignal(view.row_chosen) as chosen:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(LABEL + 300, 8))
    assert chosen.args == [30]
    assert view.words_at(QPointF(LABEL + 300.5, 8)).endswith(" s ago: refused, stored")
    assert view.words_at(QPointF(LABEL - 5, 8)) == ""


def test_the_pointer_tells_how_long_ago(view: LiveLanes, states: Snapshot) -> None:
    """The newest is at the right: the first column of 600 is 10 s ago, the middle one 5 s."""
    view.show_lanes(states, grid(32, (30, 0), (30, COLUMNS // 2)))
    told = [view.words_at(QPointF(LABEL + x + 0.5, 8)) for x in (0, 1, COLUMNS // 2, COLUMNS - 1)]
    refused = WORDS[Mark.LOST_FULL]
    assert told == [
        f"cpu 30, 9.99 s ago: {refused}, stored",
        "cpu 30, 9.98 s ago: stored",
        f"cpu 30, 4.99 s ago: {refused}, stored",
        "cpu 30, 0.01 s ago: stored",
    ]


def test_the_loss_key_goes_through_the_cpus_with_a_loss(view: LiveLanes, states: Snapshot) -> None:
    view.show_lanes(states, grid(32, (3, 5), (20, 6), (30, 7)))
    view.row_chosen.connect(view.select)
    view.setFocus()
    chosen: list[int] = []
    view.row_chosen.connect(chosen.append)
    for modifier in [Qt.KeyboardModifier.NoModifier] * 4 + [Qt.KeyboardModifier.ShiftModifier] * 3:
        QTest.keyClick(view, Key.Key_L, modifier)
    assert chosen == [3, 20, 30, 20, 3]


def test_a_cpu_with_a_loss_has_a_sign(view: LiveLanes, states: Snapshot) -> None:
    view.show_lanes(states, grid(32, (30, 7)))
    view.select(0)
    lossy_one, chosen, other = (view.label(row) for row in range(3))
    assert (lossy_one.words, lossy_one.role, lossy_one.bold) == ("▲ cpu 30", Role.ERROR, False)
    assert (chosen.words, chosen.role, chosen.bold) == ("cpu 0", Role.TEXT_STRONG, True)
    assert (other.words, other.role, other.bold) == ("cpu 1", Role.TEXT_DIM, False)


def test_the_seconds_shown_can_be_changed(view: LiveLanes, qtbot: QtBot) -> None:
    view.setFocus()
    with qtbot.waitSignal(view.stretch_changed):
        QTest.keyClick(view, Key.Key_Minus)
    assert view.stretch.span == 20
    QTest.keyClick(view, Key.Key_0)
    assert view.stretch.span == 10


def test_the_dock_changes_with_the_side(live: LiveDriver) -> None:
    panel = live.panel("timeline")
    assert isinstance(panel, TimelinePanel)
    assert panel.view.isVisible()
    live.open_live()
    live.controller.running.set_load(Load(Writing(rate=20_000.0), Reading(pace=1.0)))
    live.run(30)
    assert panel.live_view.isVisible()
    assert not panel.view.isVisible()
    assert lossy(panel.live_view._lanes).all()
    live.press(Key.Key_F11)
    assert panel.view.isVisible()


def test_counters_tell_what_readers_found(live: LiveDriver) -> None:
    panel = live.panel("counters")
    assert isinstance(panel, CountersPanel)
    place = [column.heading for column in ALL_COLUMNS].index("torn")
    assert panel.table.isColumnHidden(place)
    assert panel.totals.isHidden()
    fake = live.open_live()
    live.window.focus_dock("counters")
    fake._found["torn"] = np.array([0, 7, 0, 1], np.uint64)
    live.run(3)
    assert not panel.table.isColumnHidden(place)
    assert panel.model.data(panel.model.index(1, place)) == "7"
    colour = panel.model.data(panel.model.index(1, place), Qt.ItemDataRole.ForegroundRole)
    assert colour == theme.current()[Role.ERROR]
    assert "8 torn · 0 missing" in panel.totals.text()
    live.press(Key.Key_F11)
    assert panel.table.isColumnHidden(place)
    assert panel.totals.isHidden()


def test_bytes_are_shown_while_it_runs(live: LiveDriver) -> None:
    live.open_live()
    live.window.focus_dock("bytes")
    live.run(3)
    live.controller.select(1, 2)
    assert "cpu 1" in live.panel("bytes").detail
