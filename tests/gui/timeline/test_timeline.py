"""The time line: marks where the steps are, losses at any zoom, going to any step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.lanes.columns import grouped_lanes
from relayviz.gui.lanes.range import Range, nice
from relayviz.gui.look.roles import Role
from relayviz.gui.look.theme import current
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.timeline.view import FRAME
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.numbers import grouped
from tests.gui.states import FakeController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from relayviz.model.history.history import History


class Bench:
    """An engine and a time line that shows it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.engine = StepEngine(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=3))
        self.controller = FakeController()
        self.controller.stepped = self.engine
        self.panel = TimelinePanel(self.controller)  # type: ignore[arg-type]
        qtbot.addWidget(self.panel)
        self.panel.resize(900, 160)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.view = self.panel.view

    def do(self, *operations: Operation) -> None:
        """Do something and show what came of it."""
        self.engine.submit(*operations)
        self.shown()

    def shown(self) -> None:
        """Show the engine's state."""
        assert self.engine.wait_idle()
        self.controller.show(self.engine.snapshot)

    def column(self, step: int) -> int:
        """Where a step is drawn."""
        return int(self.view.x_of(step))

    def colours(self, x: int) -> set[int]:
        """The colours near a column, without cursor and foot."""
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        height = range(int(FRAME.top), image.height() - 20)
        return {image.pixel(x + dx, y) for dx in range(-2, 3) for y in height}


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """A channel of three CPUs."""
    made = Bench(qtbot)
    yield made
    made.engine.close()


def write(cpu: int, length: int = 30) -> Operation:
    return Operation(Kind.WRITE, cpu=cpu, length=length)


def test_marks_stand_where_their_steps_are(bench: Bench) -> None:
    bench.do(*[write(0)] * 6, write(1))
    bench.engine.seek(0)
    bench.shown()
    lost = current().rgb(Role.LOST)
    assert bench.view.losses.steps == [5, 6]
    assert lost not in bench.colours(bench.column(3))
    bench.engine.seek(7)
    bench.shown()
    assert lost in bench.colours(bench.column(5))
    middle = QPoint(int(bench.view.range.x_of(5)), bench.view.grid().pixels // 2)
    assert bench.view.image().pixel(middle) == lost  # where the cursor stands at that step
    assert bench.panel.detail == "step 7 of 7"


def test_the_first_loss_is_named_in_red(bench: Bench) -> None:
    """Below the lanes, a sign and more than that: its words. Nothing where nothing was lost."""

    def width_of_red() -> int:
        bottom = int(bench.view.grid().bottom) + 1
        foot = QRect(0, bottom, bench.view.width(), bench.view.height() - bottom)
        image = bench.view.grab(foot).toImage()
        colours = (
            (x, image.pixelColor(x, y)) for x in range(image.width()) for y in range(image.height())
        )
        places = [x for x, colour in colours if colour.red() - colour.green() > 50]
        return places[-1] - places[0] if places else 0

    bench.do(write(0, 1))
    assert width_of_red() == 0
    bench.do(write(0, 65))
    assert width_of_red() > 40


def test_one_loss_among_thousands_of_steps_is_seen(bench: Bench) -> None:
    bench.do(*[write(1, 1)] * 40, write(2, 65), *[write(1, 1)] * 3000)
    assert bench.view.range.pixels < 1
    assert current().rgb(Role.LOST) in bench.colours(bench.column(41))
    bench.view.zoom(20)
    bench.view.zoom(0)
    assert current().rgb(Role.LOST) in bench.colours(bench.column(41))
    assert "step 41" in bench.view.words_at(QPointF(bench.column(41), 60))
    assert "more steps here" in bench.view.words_at(QPointF(bench.column(41), 60))


def test_dragging_goes_through_time(bench: Bench) -> None:
    bench.do(*[write(0, 1)] * 20)
    y = 60
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(bench.view, left, pos=QPoint(bench.column(12), y))
    QTest.mouseMove(bench.view, QPoint(bench.column(4), y))
    QTest.mouseRelease(bench.view, left, pos=QPoint(bench.column(4), y))
    assert bench.controller.seeks[0] == 12
    assert bench.controller.seeks[-1] == 4
    QTest.mouseClick(bench.view, left, pos=QPoint(bench.view.width() - 1, y))
    assert bench.controller.seeks[-1] == 20


def test_keys_go_through_time(bench: Bench) -> None:
    bench.do(*[write(0)] * 7)
    shift = Qt.KeyboardModifier.ShiftModifier
    bench.engine.seek(4)
    bench.shown()
    for key, modifiers, step in (
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 3),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 5),
        (Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, 7),
        (Qt.Key.Key_L, Qt.KeyboardModifier.NoModifier, 5),
    ):
        QTest.keyClick(bench.view, key, modifiers)
        assert bench.controller.seeks[-1] == step
    bench.engine.seek(7)
    bench.shown()
    QTest.keyClick(bench.view, Qt.Key.Key_L, shift)
    assert bench.controller.seeks[-1] == 6


def test_the_loss_key_goes_to_the_next_loss_from_a_loss_as_well(bench: Bench) -> None:
    """Steps 5, 6 and 8 lose something: from each of them the key goes on, and stops at the end."""
    bench.do(*[write(0)] * 6, write(1), write(0))
    assert bench.view.losses.steps == [5, 6, 8]
    shift, plain = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
    for start, modifier, goes in (
        (0, plain, [5]),
        (5, plain, [6]),
        (6, plain, [8]),
        (7, plain, [8]),
        (8, plain, []),
        (8, shift, [6]),
        (7, shift, [6]),
        (6, shift, [5]),
        (5, shift, []),
        (0, shift, []),
    ):
        bench.engine.seek(start)
        bench.shown()
        bench.controller.seeks.clear()
        QTest.keyClick(bench.view, Qt.Key.Key_L, modifier)
        assert bench.controller.seeks == goes, (start, modifier)


def test_a_loss_is_told_wherever_in_a_column_it_is(bench: Bench) -> None:
    """A column stands for several steps; losses, in pairs, are its first, its last, in between."""
    lost = [step + more for step in range(40, 1200, 101) for more in (0, 1)]
    bench.do(*[write(2, 65) if step in lost else write(1, 0) for step in range(1, 3001)])
    view = bench.view
    assert view.losses.steps == lost
    assert view.range.pixels < 1 / 3
    told = []  # of each loss: where in its column it is
    for x in range(int(FRAME.label), view.width() - int(FRAME.right)):
        words = view.words_at(QPointF(x, 60)).splitlines()
        begin, end = view.step_at(x), view.step_at(x + 1)
        if not words or begin == end:
            continue
        inside = [step for step in lost if begin <= step < end]
        shown = inside[0] if inside else begin
        assert words[0].startswith(f"step {grouped(shown)}: ")
        assert words[1].startswith("Lost: ") is bool(inside)
        if end - begin > 1:
            assert words[2].startswith(f"and {end - begin - 1} more steps here")
        told += [(step - begin, end - 1 - step) for step in inside]
    assert len(told) == len(lost)
    assert {0} < {before for before, _ in told}
    assert {0} < {behind for _, behind in told}


def test_a_single_step_is_told_without_others(bench: Bench) -> None:
    bench.do(*[write(0)] * 6, write(1))
    assert bench.view.range.pixels > 2
    for step in range(8):
        words = bench.view.words_at(QPointF(bench.view.x_of(step), 60)).splitlines()
        made = bench.engine.history.at(0, step)
        assert words == [f"step {step}: {made.title()}", made.result.words]
    assert bench.view.words_at(QPointF(5, 60)) == ""  # beside the lanes


def test_a_branch_has_its_own_marks(bench: Bench) -> None:
    bench.do(*[write(0)] * 7)
    bench.engine.seek(2)
    bench.shown()
    bench.do(write(1))
    assert bench.view.losses.steps == []
    assert "step 3 of 3" in bench.view.accessibleDescription()
    bench.controller.show(None)
    bench.panel.grab()


@given(st.integers(0, 10**7))
def test_nice_lengths_are_enough_and_seldom_change(length: int) -> None:
    assert length <= nice(length) <= max(50, length * 2.5)
    assert nice(nice(length)) == nice(length)


@given(
    length=st.integers(0, 10**6),
    width=st.integers(1, 4000),
    factor=st.floats(0.1, 10),
    at=st.floats(0, 1),
    step=st.integers(0, 10**6),
)
def test_ranges_stay_within_what_there_is(
    length: int, width: int, factor: float, at: float, step: int
) -> None:
    step = min(step, length)
    shown = Range(0, nice(length), width).zoomed(factor, at * width, nice(length))
    assert 0 <= shown.first <= shown.last <= nice(length)
    held = shown.holding(step, nice(length))
    assert held.steps == shown.steps
    assert held.first <= step <= held.last
    assert held.step_at(held.x_of(step)) == step
    assert 1 <= len(held.ticks()) <= 20


@given(st.integers(1, 500), st.integers(1, 200), st.data())
def test_united_lanes_keep_every_mark(lanes: int, most: int, data: st.DataObject) -> None:
    lane = data.draw(st.integers(0, lanes - 1))
    grid = np.zeros((lanes, 3), np.uint32)
    grid[lane, 1] = 1 << 19
    united = grouped_lanes(grid, most)
    assert len(united) == min(lanes, most)
    assert int(np.bitwise_or.reduce(united, axis=0)[1]) == 1 << 19


def test_a_lane_is_chosen_by_its_name_and_by_keys(bench: Bench) -> None:
    bench.do(*[write(0, 1)] * 4)
    chosen: list[int] = []
    bench.view.row_chosen.connect(chosen.append)
    bench.view.row_chosen.connect(bench.view.select)
    grid = bench.view.grid()
    QTest.mouseClick(
        bench.view,
        Qt.MouseButton.LeftButton,
        pos=QPoint(20, int(grid.top_of(1) + 3)),
    )
    QTest.keyClick(bench.view, Qt.Key.Key_Down)
    QTest.keyClick(bench.view, Qt.Key.Key_Down)
    QTest.keyClick(bench.view, Qt.Key.Key_Up)
    assert chosen == [1, 2, 2, 1]
    assert bench.controller.seeks == []


def test_steps_that_come_while_it_draws_are_drawn_next(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine goes on meanwhile: the last stretch was never painted."""
    writes = [Operation(Kind.WRITE, cpu, 70) for cpu in range(3)]  # each is refused
    bench.do(*writes)
    follow = bench.view._marks.follow

    def and_more(history: History, branch: int, limit: int | None = None) -> bool:
        result = follow(history, branch, limit)
        monkeypatch.undo()
        bench.engine.submit(*writes)
        assert bench.engine.wait_idle()
        return result

    monkeypatch.setattr(bench.view._marks, "follow", and_more)
    bench.do(*writes)
    bench.view.grab()
    bench.shown()
    fresh = Bench(qtbot)
    fresh.do(*writes, *writes, *writes)
    step = fresh.engine.snapshot.last_step
    assert step == bench.engine.snapshot.last_step
    for at in range(1, step):
        assert bench.colours(bench.column(at)) == fresh.colours(fresh.column(at)), at
    fresh.engine.close()


def test_another_channel_is_shown_whole_again(bench: Bench) -> None:
    bench.do(*[write(0)] * 300)
    bench.view.zoom(8.0)
    first, second = (bench.view.x_of(step) for step in (0, 1))
    other = StepEngine(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    try:
        other.submit(*[write(0)] * 300)
        assert other.wait_idle()
        bench.controller.stepped = other
        bench.controller.show(other.snapshot)
        again = [bench.view.x_of(step) for step in (0, 1, 300)]
        assert again[1] - again[0] < second - first
        assert bench.view.frame.label <= again[0] < again[2] <= bench.view.width()
    finally:
        other.close()
