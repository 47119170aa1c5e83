"""Lanes and plots go back over the whole run; a click goes to a moment's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from relayviz.gui.lanes.stretch import SPANS, UNSEEN, Stretch, spans
from relayviz.gui.timeline.live_view import FRAME
from relayviz.model.live.live import Rates
from relayviz.model.load.load import Load, Reading, Writing
from tests.gui.live_fake import FakeLive

if TYPE_CHECKING:
    from relayviz.gui.rates.curves_panel import CurvesPanel
    from relayviz.gui.timeline import TimelinePanel
    from tests.gui.live.conftest import LiveDriver

Key, Left = Qt.Key, Qt.MouseButton.LeftButton


@given(st.floats(0, 5000))
def test_the_longest_stretch_holds_the_whole_run(run: float) -> None:
    known = spans(run)
    assert known[: len(SPANS)] == list(SPANS)
    assert known[-1] >= run
    assert len(known) == len(SPANS) or known[-2] < run


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.floats(-500, 500)),
        st.tuples(st.just("zoom"), st.sampled_from([0.0, 0.7, 1.4])),
        st.tuples(st.just("hold"), st.floats(0, 300)),
        st.tuples(st.just("run"), st.floats(0, 50)),
    ),
    max_size=20,
)


@given(STEPS)
def test_a_stretch_lies_within_the_run(steps: list[tuple[str, float]]) -> None:
    stretch, run = Stretch(10.0, 10.0), 300.0
    stretch = stretch.at(run)
    for what, value in steps:
        if what == "move":
            stretch = stretch.moved(value)
        elif what == "zoom":
            stretch = stretch.zoomed(value, 0.5)
        elif what == "hold":
            stretch = stretch.holding(value)
            assert stretch.right - stretch.span - 1e-6 <= value <= stretch.right + 1e-6
        else:
            run += value
            stretch = stretch.at(run)
        assert 0 <= stretch.back <= run
        assert stretch.right >= min(stretch.span, run) - 1e-6
        assert stretch.right <= run


def test_what_is_zoomed_at_stays_where_it_is() -> None:
    stretch = Stretch(10.0, 10.0).at(300.0).moved(-100.0)
    for factor in (1.4, 0.7, 0.7, 0.7):
        before = stretch.right - (1 - 0.25) * stretch.span
        stretch = stretch.zoomed(factor, 0.25)
        assert stretch.right - (1 - 0.25) * stretch.span == pytest.approx(before)


def test_lanes_go_back_and_return(live: LiveDriver) -> None:
    live.open_live()
    live.run(1500)  # 30 s
    panel: TimelinePanel = live.panel("timeline")  # type: ignore[assignment]
    view = panel.live_view
    assert panel.detail.startswith("live, newest at the right, last 10 s")
    view.setFocus()
    for _ in range(5):
        QTest.keyClick(view, Key.Key_Left)
    assert view.stretch.right == pytest.approx(25.0, abs=0.1)
    assert panel.detail.startswith("live, 15.0–25.0 s of 30.0 s")
    shown = live.fake.lanes(10.0, view.columns, view.stretch.back)
    assert (view._lanes == shown).all()
    live.run(50)
    assert view.stretch.right == pytest.approx(25.0, abs=0.1), "it stays where it was left"
    QTest.keyClick(view, Key.Key_Minus)
    assert view.stretch.span == 20.0
    assert view.stretch.right == pytest.approx(25.0, abs=0.1), "its right end is what stays"
    QTest.keyClick(view, Key.Key_0)
    assert view.stretch.end is None


def test_dragging_takes_the_run_along(live: LiveDriver) -> None:
    live.open_live()
    live.run(1500)
    view = live.panel("timeline").live_view  # type: ignore[attr-defined]
    y = int(FRAME.top + 5)
    start = QPoint(int(FRAME.label) + 20, y)
    QTest.mousePress(view, Left, pos=start)
    for by in (10, 40, 100):
        QTest.mouseMove(view, start + QPoint(by, 0))
        live.settle()
    QTest.mouseRelease(view, Left, pos=start + QPoint(100, 0))
    moved = 100 / view.grid().inner * view.stretch.span
    assert view.stretch.back == pytest.approx(moved, rel=0.15)
    assert live.controller.running.moment is None, "a drag is no click"


def paused(live: LiveDriver) -> None:
    """Run a channel for twenty seconds, with its rates in front."""
    live.open_live()
    live.window.focus_dock("rate")
    live.run(1000)  # 20 s
    live.fake.pause()
    live.settle()
    live.take_turns()


def test_a_click_after_a_pause_goes_to_that_moments_figures(live: LiveDriver) -> None:
    paused(live)
    view = live.panel("timeline").live_view  # type: ignore[attr-defined]
    x = FRAME.label + view.grid().inner * 0.5
    QTest.mouseClick(view, Left, pos=QPointF(x, FRAME.top + 5).toPoint())
    live.settle()
    moment = live.controller.running.moment
    assert moment == pytest.approx(15.0, abs=0.1), "the middle of the last ten of twenty seconds"
    rate: CurvesPanel = live.panel("rate")  # type: ignore[assignment]
    rates = rate._shown[0]  # type: ignore[index]
    back = rate.plots[0].reading
    end = live.snapshot.live.seconds  # type: ignore[union-attr]
    assert end - (back + 0.5) * rates.seconds == pytest.approx(moment, abs=2 * rates.seconds)
    assert rate.says.text().startswith("at 1")
    assert rate.words_at(rates, back) in rate.says.text()
    QTest.keyClick(rate.plots[0], Key.Key_Escape)
    assert live.controller.running.moment is None
    assert rate.says.text().startswith("now: ")


def test_the_moment_that_is_chosen_in_a_plot_lies_in_what_was_read(live: LiveDriver) -> None:
    paused(live)
    rate: CurvesPanel = live.panel("rate")  # type: ignore[assignment]
    rates = rate._shown[0]  # type: ignore[index]
    plot, end = rate.plots[0], live.snapshot.live.seconds  # type: ignore[union-attr]
    for back in (0, 1, 7):
        plot.setFocus()
        plot.point_at(back)
        QTest.keyClick(plot, Key.Key_Return)
        live.settle()
        moment = live.controller.running.moment
        assert moment == pytest.approx(end - back * rates.seconds, abs=rates.seconds)
        assert plot.rest == back


def test_a_moment_that_is_not_on_screen_is_marked_nowhere(live: LiveDriver) -> None:
    paused(live)
    rate: CurvesPanel = live.panel("rate")  # type: ignore[assignment]
    rate.plots[0].setFocus()
    for _ in range(4):
        QTest.keyClick(rate.plots[0], Key.Key_Plus)
    live.settle()
    newest = rate.stretch
    assert newest.span < 10
    for moment, is_on_screen in ((19.9, True), (0.5, False), (None, False)):
        live.controller.running.choose_moment(moment)
        rate.stretch = newest
        rate.show_snapshot(live.snapshot)
        rests = {plot.rest for plot in rate.plots}
        assert len(rests) == 1
        assert (rests.pop() >= 0) is is_on_screen, moment


def test_plots_zoom_and_go_back(live: LiveDriver) -> None:
    live.open_live()
    live.window.focus_dock("rate")
    live.run(1500)
    panel: CurvesPanel = live.panel("rate")  # type: ignore[assignment]
    plot = panel.plots[0]
    plot.setFocus()
    QTest.keyClick(plot, Key.Key_Plus)
    assert panel.stretch.span == 30.0
    plot.moved.emit(-0.5)
    assert panel.stretch.right == pytest.approx(30.0, abs=0.1), "no earlier than the beginning"
    QTest.keyClick(plot, Key.Key_Plus)
    plot.moved.emit(-0.5)
    assert panel.stretch.back == pytest.approx(10.0, abs=0.1)
    rates = panel._shown[0]  # type: ignore[index]
    asked = live.fake.rates(20.0, plot.columns, panel.stretch.back)
    assert rates.written.tolist() == asked.written.tolist()
    assert "0.0–20.0 s of 30.0 s" in panel.detail
    QTest.keyClick(plot, Key.Key_0)
    assert panel.stretch.end is None
    assert panel.stretch.span == 60.0


def test_words_tell_only_of_the_seconds_that_were_seen() -> None:
    """A run that is younger than its stretch, and one that a recording began in the middle of."""
    young = Stretch(60.0, 60.0).at(12.3)
    assert (young.words(), young.within()) == ("12.3 s so far", "the 12.3 s so far")
    old = Stretch(60.0, 60.0).at(61.0)
    assert (old.words(), old.within()) == ("last 60 s", "the last 60 s")
    joined = Stretch(60.0, 60.0).at(100.0, 90.0)
    assert joined.words() == "10.0 s so far"
    assert joined.at(150.0, 90.0).words() == "last 60 s"
    back = Stretch(10.0, 10.0).at(100.0, 90.0).moved(-500.0)
    assert back.right == pytest.approx(100.0), "there is nothing before it to go to"
    back = Stretch(5.0, 5.0).at(100.0, 90.0).moved(-500.0)
    assert back.words() == "90.0–95.0 s of 100.0 s"
    assert [joined.has_seen(moment) for moment in (89.0, 90.0, 95.0)] == [False, True, True]


def test_of_what_was_before_the_run_nothing_is_told(live: LiveDriver) -> None:
    fake = live.open_live()
    live.controller.running.set_load(Load(Writing(rate=100.0), Reading(pace=0.01)))

    def padded(seconds: float, columns: int, back: float = 0.0) -> Rates:
        """As engines give them: all bins that are wanted, with nothing in those before the run."""
        found = FakeLive.rates(fake, seconds, columns, back)
        missing = round(seconds / found.seconds) - len(found.fill)
        figures = (found.written, found.bytes, found.consumed, found.fill)
        written, size, consumed, fill = (np.pad(one, (missing, 0)) for one in figures)
        lost = np.pad(found.lost, ((0, 0), (missing, 0)))
        return Rates(found.seconds, written, size, consumed, fill, lost)

    fake.rates = padded  # type: ignore[method-assign]
    live.run(98)
    rate: CurvesPanel = live.panel("rate")  # type: ignore[assignment]
    loss: CurvesPanel = live.panel("loss")  # type: ignore[assignment]
    for dock in ("rate", "loss"):
        live.window.focus_dock(dock)
        live.run(1)  # 2 s in all
    assert rate.detail.endswith("2.0 s so far")
    assert loss.detail == "no event lost in the 2.0 s so far"
    for panel in (rate, loss):
        assert panel._shown is not None
        bins = panel._shown[0]
        assert 2.0 <= len(bins.written) * bins.seconds < 2.0 + 2 * bins.seconds
        assert len(bins.lost[0]) == len(bins.fill) == len(bins.written)
        plot = panel.plots[0]
        plot.point_at(10**6)
        assert plot.reading == len(bins.written) - 1, "no line before the run"
        rows = panel.exported_rows()
        assert rows is not None
        assert rows.count == len(bins.written)
    view = live.panel("timeline").live_view  # type: ignore[attr-defined]
    y, left, inner = FRAME.top + 5, FRAME.label, view.grid().inner
    assert view.words_at(QPointF(left + 0.1 * inner, y)).endswith(UNSEEN)
    assert UNSEEN not in view.words_at(QPointF(left + 0.95 * inner, y))
