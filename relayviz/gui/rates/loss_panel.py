"""The Loss dock: events lost over the last minute, by cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.rates.curves_panel import SECONDS, CurvesPanel, finished
from relayviz.gui.rates.legend import PlotLegend
from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.numbers import grouped, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rates.curves_panel import Run
    from relayviz.gui.rates.plot import TimePlot
    from relayviz.gui.widgets.exported import Drawing
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Rates

Line = Qt.PenStyle
#: Colour and dashes of each cause; two that may come together differ in both.
LOOKS = {
    "refused_full": (Role.LOST, Line.SolidLine),
    "too_big": (Role.HEADER, Line.DashLine),
    "busy": (Role.RESERVED, Line.DotLine),
    "written_late": (Role.TEXT_DIM, Line.DashDotLine),
    "overwritten": (Role.WARNING, Line.SolidLine),
    "discarded_reset": (Role.TEXT_DIM, Line.DashLine),
    "discarded_close": (Role.TEXT_DIM, Line.DotLine),
    "released_unread": (Role.CONSUMER_POSITION, Line.DashDotDotLine),
}


class LossPanel(CurvesPanel):
    """A curve for each cause; one lost event is seen, whatever the scale."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.legend = PlotLegend(themes.current(), self.body)

    def make_plots(self) -> tuple[TimePlot, ...]:
        """Make the plot."""
        from relayviz.gui.rates.plot import Series, TimePlot  # noqa: PLC0415  see CurvesPanel

        self._series = tuple(
            Series(LOSS_WORDS[name], *LOOKS[name], stepped=True) for name in LOSSES
        )
        self.loss = TimePlot(
            "Loss", self._series, themes.current(), self.body, seconds=SECONDS, least=10.0
        )
        self.lines.addWidget(self.legend)
        self.lines.addWidget(self.loss, 1)
        return (self.loss,)

    def run_of(self, snapshot: Snapshot) -> Run | None:
        """Return what runs of a channel whose losses are known."""
        if snapshot.live is not None or snapshot.foreign is None:
            return snapshot.live
        return snapshot.foreign.looks if snapshot.knows("account") else None

    def fill_plots(self, rates: Rates, run: Run) -> None:
        """Show the bins of each cause."""
        curves = [finished(one, run) for one in rates.lost / rates.seconds]
        self.loss.show_values(rates.seconds, curves, run.seconds)
        sums = _whole(rates.lost.sum(axis=1))
        self.legend.show_entries(
            [
                (series, f"{series.words} {short(count)}")
                for series, count in zip(self._series, sums, strict=True)
                if count
            ]
        )
        self.set_detail(
            f"events lost/s, {self.stretch.words()}"
            if any(sums)
            else f"no event lost in {self.stretch.within()}"
        )

    def words_now(self, rates: Rates, run: Run) -> str:
        """Say what was lost altogether."""
        del run
        (total,) = _whole(rates.lost.sum(keepdims=True))
        return f"{grouped(total)} lost in {self.stretch.within()}"

    def words_at(self, rates: Rates, back: int) -> str:
        """Say what a bin lost."""
        column = _whole(rates.lost[:, -1 - back])
        lost = [
            f"{grouped(count)} {LOSS_WORDS[name]}"
            for name, count in zip(LOSSES, column, strict=True)
            if count
        ]
        return f"{', '.join(lost) or 'nothing lost'} in {rates.seconds:.2f} s"

    def legends_of(self, plot: QWidget) -> Sequence[Drawing]:
        """Return the legend of a plot, with room for all its words."""
        return [self.legend.drawing(plot.width())]

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        super().apply_theme(shown)
        self.legend.set_theme(shown)


def _whole(counts: NDArray[np.float64]) -> list[int]:
    """Return how many events: what was shared out among bins adds up to nearly a whole number."""
    return [round(count) for count in counts.ravel().tolist()]
