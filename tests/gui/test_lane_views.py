"""What views with lanes share: where lanes are, keys, wheel, dragging, and curves by columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from relayviz.gui.fate.view import FateView
from relayviz.gui.lanes.columns import grouped_lanes
from relayviz.gui.lanes.frame import Frame, Grid
from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.timeline.live_view import LiveLanes
from relayviz.gui.timeline.view import TimelineView
from relayviz.gui.watches.view import FRAME, WatchView
from relayviz.gui.watches.watch import Watch
from relayviz.model.channel.marks import Mark
from tests.gui.states import Playground

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from relayviz.gui.lanes.view import LaneView

Key = Qt.Key
SIZE = (900, 200)
STEPS = 500


@given(
    rows=st.integers(1, 5000),
    height=st.integers(1, 1200),
    ratio=st.sampled_from([1.0, 1.25, 2.0]),
    least=st.sampled_from([2.0, 12.0]),
)
def test_the_lane_under_the_pointer_is_the_one_drawn(
    rows: int, height: int, ratio: float, least: float
) -> None:
    grid = Grid(Frame(50, 10, 6, 20, 30, least), rows, 400, height, ratio)
    assert grid.columns == 340 * ratio
    # which lane has a row after uniting?
    for row in {0, rows // 3, rows - 1}:
        marks = np.zeros((rows, 1), np.uint32)
        marks[row] = 1
        lane = int(np.flatnonzero(grouped_lanes(marks, grid.shown)[:, 0])[0])
        assert grid.lane_of(row) == lane
        assert grid.row_of(lane) <= row
        assert grid.row_at(grid.top_of(row) + grid.bar / 2) == grid.row_of(lane)
    assert grid.row_at(grid.bottom + 0.01) is None
    assert grid.row_at(grid.frame.top - 1) is None
    assert grid.shown == 1 or grid.bottom <= height - grid.frame.foot + 1e-6


def shown(view: LaneView, qtbot: QtBot) -> None:
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()


@pytest.fixture
def watches(qtbot: QtBot) -> WatchView:
    """Two figures over 500 steps, seen from step 100: one with a peak, one that steps up."""
    view = WatchView(themes.load("dark"))
    shown(view, qtbot)
    peak, stairs = np.zeros(STEPS), np.repeat([0.0, 1.0], STEPS // 2)
    peak[321] = 7
    view.show_watches([Watch("peak", peak), Watch("stairs", stairs)], 100, STEPS - 1)
    return view


def wheel(view: LaneView, x: int, notches: int, *, ctrl: bool = False) -> bool:
    at = QPointF(x, 30)
    modifier = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    turn = QPoint(0, 120 * notches)
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, modifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", [TimelineView, FateView, WatchView, LiveLanes])
def test_a_view_without_anything_leaves_keys_and_pointer_alone(
    kind: type[TimelineView | FateView | WatchView | LiveLanes], qtbot: QtBot
) -> None:
    view = kind(themes.load("light"))
    shown(view, qtbot)
    for key in (Key.Key_Left, Key.Key_PageDown, Key.Key_Up, Key.Key_L, Key.Key_Return, Key.Key_0,
                Key.Key_Plus, Key.Key_Delete):  # fmt: skip
        QTest.keyClick(view, key)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 30))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 30))
    wheel(view, 300, 1, ctrl=True)
    assert view.words_at(QPointF(300, 30)) == ""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert image.pixel(300, 30) == themes.load("light").rgb(Role.PANEL)


def test_zooming_keeps_what_is_under_the_pointer(watches: WatchView) -> None:
    assert (watches.range.first, watches.range.last) == (0, STEPS - 1)
    assert not wheel(watches, 500, -1)  # all is shown: what is around may scroll
    place = watches.place_at(500)
    for _ in range(6):
        assert wheel(watches, 500, 1, ctrl=True)
    assert watches.range.steps < STEPS / 4
    assert abs(watches.place_at(500) - place) <= 6 / 2  # each zoom rounds to whole steps
    before = watches.range
    assert wheel(watches, 500, -1)
    assert watches.range.first > before.first
    assert watches.range.steps == before.steps
    QTest.keyClick(watches, Key.Key_0)
    assert (watches.range.first, watches.range.last) == (0, STEPS - 1)


def test_the_cursor_is_what_keys_zoom_at(watches: WatchView) -> None:
    x = watches.x_of(100)
    for _ in range(5):
        QTest.keyClick(watches, Key.Key_Plus)
    assert abs(watches.x_of(100) - x) <= watches.range.pixels
    watches.show_watches([Watch("peak", np.zeros(STEPS))], 490, STEPS - 1)
    assert watches.range.has(490)  # it is followed
    watches.show_watches([Watch("peak", np.zeros(5))], 2, 4)
    assert (watches.range.first, watches.range.last) == (0, 4)  # another branch, a short one


def test_watches_go_through_time_as_the_time_line_does(watches: WatchView) -> None:
    seeks: list[int] = []
    watches.sought.connect(seeks.append)
    QTest.keyClick(watches, Key.Key_PageDown)
    assert seeks == [150]
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(watches, left, pos=QPoint(int(watches.x_of(200)), 60))
    QTest.mouseMove(watches, QPoint(int(watches.x_of(300)), 60))
    QTest.mouseRelease(watches, left, pos=QPoint(int(watches.x_of(300)), 60))
    QTest.mouseMove(watches, QPoint(int(watches.x_of(400)), 60))
    assert [abs(seeks[1] - 200), abs(seeks[-1] - 300)] <= [1, 1]
    assert watches.selected == 1
    assert watches.words_at(QPointF(watches.x_of(321), 20)) == "step 321: peak is 7"


def curve_of(view: WatchView, row: int) -> NDArray[np.bool_]:
    """Where the pixels of a lane have the colour of curves, shape (height, width)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    grid, top = view.grid(), int(view.grid().top_of(row))
    inside = pixels[top : top + int(grid.bar), int(FRAME.label) :][:, : grid.inner]
    found: NDArray[np.bool_] = inside == np.uint32(themes.load("dark").rgb(Role.ACCENT))
    return found


def by_column(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether there is anything in each column."""
    found: NDArray[np.bool_] = np.bitwise_or.reduce(part, axis=0)
    return found


def test_curves_stand_at_their_steps_and_hide_no_peak(qtbot: QtBot) -> None:
    view = WatchView(themes.load("dark"))
    shown(view, qtbot)
    peak = np.zeros(10_000)
    peak[4321] = 7
    view.show_watches([Watch("peak", peak), Watch("none", np.zeros(0))], 0, len(peak) - 1)
    curve = curve_of(view, 0)
    width, height = curve.shape[1], curve.shape[0]
    high = np.flatnonzero(by_column(curve[: height // 2]))
    assert len(high) > 0
    assert np.abs(high - width * 4321 / len(peak)).max() <= 2
    assert by_column(curve[height // 2 :])[5:-5].all()  # else it is low, and never interrupted
    assert not curve_of(view, 1).any()


@pytest.mark.parametrize("steps", [4, STEPS])
def test_a_level_holds_until_the_next_step(watches: WatchView, steps: int) -> None:
    stairs = np.repeat([0.0, 1.0], steps // 2)
    watches.show_watches([Watch("stairs", stairs)], 0, steps - 1)
    curve = curve_of(watches, 0)
    width, height = curve.shape[1], curve.shape[0]
    low, high = by_column(curve[height // 2 :]), by_column(curve[: height // 2])
    assert low[5 : width // 2 - 5].all()
    assert high[width // 2 + 5 : -5].all()
    assert not high[: width // 2 - 5].any()
    assert not low[width // 2 + 5 :].any()


def test_keys_choose_cpus_of_a_live_channel(qtbot: QtBot) -> None:
    view = LiveLanes(themes.load("dark"))
    shown(view, qtbot)
    view.resize(SIZE[0], 100)
    lanes = np.full((32, 50), int(Mark.STORED), np.uint32)
    lanes[[9, 30], 3] |= np.uint32(int(Mark.LOST_FULL))
    view.row_chosen.connect(view.select)
    view.show_lanes(Playground(cpus=32, n_subbufs=4, subbuf_size=64).snapshot(), lanes)
    for key, chosen in (
        (Key.Key_L, 9),
        (Key.Key_L, 30),
        (Key.Key_L, 30),  # there is no other
        (Key.Key_Down, 0),
        (Key.Key_Up, 30),
    ):
        QTest.keyClick(view, key)
        assert view.selected == chosen
    QTest.keyClick(view, Key.Key_L, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected == 9
    for _ in range(40):
        QTest.keyClick(view, Key.Key_Down)
    assert view.selected == 31
    assert 31 in view._visible()  # it was scrolled to
    QTest.keyClick(view, Key.Key_PageUp)
    assert 31 not in view._visible()
    assert wheel(view, 300, -1)
    while wheel(view, 300, -1):
        pass
    assert view.bar.value() == view.bar.maximum()


@pytest.mark.parametrize(
    ("step", "words"),
    [(0, "3"), (1, "12\u202f000"), (2, "0.333"), (3, "0"), (4, "—"), (-1, "—")],
)
def test_a_watch_is_told_with_its_value(step: int, words: str) -> None:
    assert Watch("lost", np.array([3.0, 12_000.0, 1 / 3, 0.0])).at(step) == words
