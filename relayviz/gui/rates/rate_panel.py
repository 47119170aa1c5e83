"""The Rate dock: what is written and consumed in a second, and how full the fullest buffer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.rates.curves_panel import EVENTS as OF_EVENTS
from relayviz.gui.rates.curves_panel import SECONDS, CurvesPanel, finished
from relayviz.gui.rates.legend import PlotLegend
from relayviz.gui.widgets.fields import Segments
from relayviz.model.kernel.looks import Looks
from relayviz.model.numbers import byte_rate, percent, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rates.curves_panel import Run
    from relayviz.gui.rates.plot import TimePlot
    from relayviz.gui.widgets.exported import Drawing
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Rates

EVENTS, SUBBUFS, BYTES = "events/s", "sub-buffers/s", "MB/s"
MEGA = 1e6
NOW = 1.0  # seconds that "now" stands for
UNITS_LINES = 4  # of text: in less height the plot and its legend go first
FILL_FROM = 170  # pixels of height, below which there is no room for the second plot


class RatePanel(CurvesPanel):
    """Written and consumed, in events or bytes; below, the share of sub-buffers that is ready."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._unit = EVENTS
        shown = themes.current()
        self.legend = PlotLegend(shown, self.body)
        self.fill_legend = PlotLegend(shown, self.body)
        self.units = Segments(
            "unit",
            [
                (EVENTS, "Show events a second."),
                (SUBBUFS, "Show sub-buffers finished and consumed a second."),
                (BYTES, "Show megabytes a second, as written."),
            ],
            self.body,
        )
        self.units.show_choice(EVENTS)
        self.units.offer((EVENTS, BYTES))
        self.units.chosen.connect(self.choose_unit)

    def make_plots(self) -> tuple[TimePlot, ...]:
        """Make the plot of rates and that of the fill."""
        from relayviz.gui.rates.plot import Series, TimePlot  # noqa: PLC0415  see CurvesPanel

        shown = themes.current()
        self._rate_series = (
            Series("written", Role.UNREAD),
            Series("consumed", Role.CONSUMER_POSITION, Qt.PenStyle.DashLine),
        )
        self._fill_series = Series("fullest buffer", Role.OK)
        self.rate = TimePlot("Rate", self._rate_series, shown, self.body, seconds=SECONDS)
        self.fill = TimePlot(
            "Fill",
            (self._fill_series,),
            shown,
            self.body,
            seconds=SECONDS,
            label=_percent,
            most=1.0,
        )
        top = QHBoxLayout()
        top.addWidget(self.legend, 1)
        top.addWidget(self.units)
        self.lines.addLayout(top)
        self.lines.addWidget(self.rate, 5)
        self.lines.addWidget(self.fill_legend)
        self.lines.addWidget(self.fill, 3)
        self.fill_legend.show_entries([(self._fill_series, "fullest buffer: share that is ready")])
        self._show_legend()
        self._show_fill()
        return self.rate, self.fill

    def run_of(self, snapshot: Snapshot) -> Run | None:
        """Return what runs: a live channel, or one that is looked at."""
        if snapshot.live is not None or snapshot.foreign is None:
            return snapshot.live
        return snapshot.foreign.looks

    def fill_plots(self, rates: Rates, run: Run) -> None:
        """Show the bins."""
        self._offer(f"{rates.unit}/s")
        self.set_detail(f"{self._unit}, {self.stretch.words()}")
        curves = [rates.written / rates.seconds, rates.consumed / rates.seconds]
        if self._unit == BYTES:
            curves = [rates.bytes / rates.seconds / MEGA, np.zeros(0)]
        self.rate.show_values(rates.seconds, [finished(one, run) for one in curves], run.seconds)
        if self.fill.isVisible():
            self.fill.show_values(rates.seconds, [rates.fill], run.seconds)

    def words_at(self, rates: Rates, back: int) -> str:
        """Say the figures of a bin."""
        written, consumed, size = (
            float(one[-1 - back]) / rates.seconds
            for one in (rates.written, rates.consumed, rates.bytes)
        )
        return _words(written, consumed, size, float(rates.fill[-1 - back]))

    def words_now(self, rates: Rates, run: Run) -> str:
        """Say the figures of the last second, the same as in the headline."""
        count = max(1, round(NOW / rates.seconds))
        fullest = float(rates.fill[-count:].max(initial=0.0))
        if isinstance(run, Looks) and rates.unit != OF_EVENTS:
            return _words(*run.rates, fullest)
        if isinstance(run, Looks):
            written, consumed, size = (
                float(one[-count:].sum()) / (len(one[-count:]) * rates.seconds)
                for one in (rates.written, rates.consumed, rates.bytes)
            )
            return _words(written, consumed, size, fullest)
        return _words(run.events_per_second, run.consumed_per_second, run.bytes_per_second, fullest)

    def _offer(self, counted: str) -> None:
        """Offer to count what the channel shown counts."""
        if self._unit not in (counted, BYTES):
            self._unit = counted
            self.units.show_choice(counted)
            self._show_legend()
        self.units.offer((counted, BYTES))

    def legends_of(self, plot: QWidget) -> Sequence[Drawing]:
        """Return the legend of a plot, with room for all its words."""
        legend = self.fill_legend if plot is self.fill else self.legend
        return [legend.drawing(plot.width())]

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        super().apply_theme(shown)
        self.legend.set_theme(shown)
        self.fill_legend.set_theme(shown)

    @Slot(str)
    def choose_unit(self, unit: str) -> None:
        """Show events or bytes."""
        self._unit = unit
        self.units.show_choice(unit)
        self._show_legend()
        self.show_snapshot(self.controller.snapshot)

    def _show_legend(self) -> None:
        shown = self._rate_series if self._unit != BYTES else self._rate_series[:1]
        self.legend.show_entries([(series, series.words) for series in shown])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave the second plot out where there is no room for it."""
        super().resizeEvent(event)
        if self.plots:
            self._show_fill()

    def _show_fill(self) -> None:
        self.units.setVisible(self.height() >= UNITS_LINES * self.fontMetrics().height())
        has_room = self.height() >= FILL_FROM
        self.fill.setVisible(has_room)
        self.fill_legend.setVisible(has_room)


def _words(written: float, consumed: float, size: float, fullest: float) -> str:
    fill = f"fill {percent(fullest)}" if fullest <= 1 else "lapped"
    return f"{short(written)} written · {short(consumed)} consumed · {fill} · {byte_rate(size)}"


def _percent(part: float) -> str:
    return f"{part:.0%}".replace("%", " %")
