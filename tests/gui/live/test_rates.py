"""The docks Rate and Loss: what is drawn, what is said, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.rates.curves_panel import finished
from relayviz.gui.rates.legend import PlotLegend
from relayviz.gui.rates.loss_panel import LOOKS, LossPanel
from relayviz.gui.rates.plot import Series, TimePlot
from relayviz.gui.rates.rate_panel import RatePanel
from relayviz.gui.rates.scale import SHRINKS_AFTER, Scale, round_up
from relayviz.model.channel.state import LOSSES
from relayviz.model.load.load import Load, Reading, Writing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from tests.gui.live.conftest import LiveDriver

Key = Qt.Key
SIZE = (400, 160)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0, 1), (1, 1), (1.1, 1.5), (7, 8), (9, 10), (95_000, 100_000), (2.6e6, 3e6), (0.04, 0.04)],
)
def test_an_axis_ends_at_a_round_number(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


def test_an_axis_grows_at_once_and_shrinks_after_a_while() -> None:
    scale = Scale()
    assert scale.show(900, 0.0)
    assert scale.top == 1000
    for second in np.arange(0.0, SHRINKS_AFTER, 0.5):
        assert not scale.show(100, float(second))
    scale.show(700, SHRINKS_AFTER)  # a high value in between: it waits anew
    assert not scale.show(100, SHRINKS_AFTER + 1)
    assert scale.show(100, 2 * SHRINKS_AFTER + 2)
    assert scale.top == 100


def plotted(qtbot: QtBot, *series: Series) -> TimePlot:
    """A plot on screen."""
    plot = TimePlot("plot", series, theme.load("dark"))
    qtbot.addWidget(plot)
    plot.resize(*SIZE)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def pixels_of(plot: TimePlot, role: Role) -> NDArray[np.bool_]:
    """Where a colour of the dark theme is on the plot."""
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    found: NDArray[np.bool_] = rows == np.uint32(theme.load("dark").rgb(role))
    return found


@pytest.mark.parametrize("at", [0, 1, 57, 300, -2, -1])
def test_one_lost_event_beside_a_million_is_seen(qtbot: QtBot, at: int) -> None:
    plot = plotted(
        qtbot,
        Series("many", Role.WARNING, stepped=True),
        Series("one", Role.LOST, stepped=True),
    )
    bins = plot.columns
    many, one = np.zeros(bins), np.zeros(bins)
    many[bins // 2], one[at] = 1e6, 1.0
    plot.show_values(60 / bins, [many, one], 0.0)
    columns = np.flatnonzero(np.any(pixels_of(plot, Role.LOST), axis=0))
    assert 1 <= len(columns) <= 4
    left = SIZE[0] - bins  # the axis
    assert abs(columns.mean() - (left + at % bins)) < 12


def test_nothing_lost_draws_nothing(qtbot: QtBot) -> None:
    plot = plotted(qtbot, Series("one", Role.LOST, stepped=True))
    plot.show_values(0.2, [np.zeros(300)], 0.0)
    assert not pixels_of(plot, Role.LOST).any()


def test_the_pointer_and_the_keyboard_read_values(qtbot: QtBot) -> None:
    plot = plotted(qtbot, Series("one", Role.UNREAD))
    plot.show_values(0.2, [np.arange(300.0)], 0.0)
    with qtbot.waitSignal(plot.pointed) as told:
        QTest.mouseMove(plot._plot.viewport(), QPoint(SIZE[0] - 12, 60))
    assert told.args is not None
    assert 0 <= told.args[0] < 8
    line = plot._plot.getPlotItem().vb.mapViewToScene(QPointF(plot._reading.value(), 0))
    assert line.x() == pytest.approx(SIZE[0] - 12, abs=4)  # a bin is 2.7 pixels wide
    plot.setFocus()
    at = plot.reading
    QTest.keyClick(plot, Key.Key_Left)
    assert plot.reading == at + 1
    QTest.keyClick(plot, Key.Key_Escape)
    assert plot.reading == -1
    plot.point_at(10_000)
    assert plot.reading == 299


def test_causes_differ_in_colour_or_dashes() -> None:
    assert set(LOOKS) == set(LOSSES)
    assert len(set(LOOKS.values())) == len(LOOKS)


def test_another_theme_has_other_colours(qtbot: QtBot) -> None:
    plot = plotted(qtbot, Series("one", Role.LOST, stepped=True))
    plot.show_values(0.2, [np.ones(300)], 0.0)
    assert pixels_of(plot, Role.LOST).any()
    plot.set_theme(theme.load("light"))
    assert not pixels_of(plot, Role.LOST).any()
    assert not pixels_of(plot, Role.PANEL).any()


def rate_of(live: LiveDriver) -> RatePanel:
    """The Rate dock of a channel that was written to at 20 000 events a second."""
    live.open_live()
    live.controller.running.set_load(Load(Writing(rate=5000.0)))
    live.run(200)
    panel = live.panel("rate")
    assert isinstance(panel, RatePanel)
    return panel


def test_the_rate_is_that_of_the_load(live: LiveDriver) -> None:
    panel = rate_of(live)
    assert panel.says.text().startswith("now: 20 k written")
    assert panel.rate.top in (20_000, 30_000)
    panel.rate.point_at(3)
    assert "s ago: 20 k written" in panel.says.text()


def test_the_unit_can_be_bytes(live: LiveDriver) -> None:
    panel = rate_of(live)
    button = next(b for b in panel.units.findChildren(QAbstractButton) if b.text() == "MB/s")
    panel.rate._scale = Scale()
    live.click(button)
    assert 1.28 <= panel.rate.top < 2  # 20 000 events of 64 B
    assert "MB/s" in panel.detail
    assert panel.legend.accessibleDescription() == "written"
    assert panel.fill_legend.accessibleDescription() == "fullest buffer: share that is ready"


def test_the_newest_bin_is_not_shown_lower_than_it_will_be(live: LiveDriver) -> None:
    live.open_live()
    running = live.snapshot.live
    assert running is not None
    bins = np.array([4.0, 9.0, 2.0])
    assert finished(bins, running).tolist() == [4.0, 9.0, 9.0]
    assert finished(np.array([4.0, 0.0, 1.0]), running).tolist() == [4.0, 0.0, 1.0]  # a loss
    stands = replace(running, running=False)
    assert finished(bins, stands).tolist() == bins.tolist()  # nothing will come


def test_losses_are_told_by_cause(live: LiveDriver) -> None:
    live.open_live()
    live.controller.running.set_load(Load(Writing(rate=20_000.0), Reading(pace=1.0)))
    live.run(100)
    panel = live.panel("loss")
    assert isinstance(panel, LossPanel)
    legend = panel.findChild(PlotLegend)
    assert isinstance(legend, PlotLegend)
    assert legend.accessibleDescription().startswith("overwritten")
    assert "lost in the 2.0 s so far" in panel.says.text()
    lossy = live.fake.rates(60.0, panel.loss.columns).lost.sum(axis=0)
    panel.loss.point_at(int(len(lossy) - 1 - lossy.nonzero()[0][-1]))
    assert "overwritten" in panel.says.text()


def test_what_was_shared_out_among_bins_is_told_as_whole_events(live: LiveDriver) -> None:
    """Parts of events add up to a little more or less than the whole; so many were lost."""
    live.open_live()
    live.run(40)
    panel, running = live.panel("loss"), live.snapshot.live
    assert isinstance(panel, LossPanel)
    assert running is not None
    rates = live.fake.rates(60.0, panel.loss.columns)
    lost = np.zeros((len(LOSSES), 3))
    lost[0, -3:] = (0.1, 0.2, 2.7 - 1e-9)
    rates = replace(rates, lost=lost)
    assert panel.words_now(rates, running).startswith("3 lost in ")
    assert panel.words_at(rates, 0).startswith("3 refused")
    assert panel.words_at(rates, 1).startswith("nothing lost in ")
    panel.fill_plots(rates, running)
    assert panel.legend.accessibleDescription().startswith("refused 3")


def test_plots_are_made_when_a_live_channel_is_shown(live: LiveDriver) -> None:
    panel = live.panel("rate")
    assert isinstance(panel, RatePanel)
    live.window.focus_dock("rate")
    assert panel.isVisible()
    assert panel.plots == ()
    live.open_live()
    assert len(panel.plots) == 2


def test_a_hidden_plot_asks_for_nothing(live: LiveDriver) -> None:
    fake = live.open_live()
    live.run(5)
    for dock in ("rate", "loss"):
        live.trigger(f"dock.{dock}")
    asked: list[object] = []
    fake.rates = lambda *what: asked.append(what)  # type: ignore[method-assign,assignment]
    live.run(5)
    assert asked == []
