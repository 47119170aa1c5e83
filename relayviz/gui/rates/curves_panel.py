"""What the docks Rate and Loss have in common: plots that are made when they are first shown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from relayviz.gui.lanes.stretch import WHOLE, Stretch
from relayviz.gui.look import theme as themes
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Drawing, Picture, Rows, drawing_of
from relayviz.gui.widgets.panel import Panel
from relayviz.model.channel.state import LOSSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.rates.plot import TimePlot, Values
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.kernel.looks import Looks
    from relayviz.model.live.live import Live, Rates

    Run = Live | Looks

SECONDS = 60.0
EVENTS = "events"  # as a unit
SAYS_FROM = 90  # pixels of height, where text is as large as usual
HEADINGS = ("seconds", "written", "bytes", "consumed", "fill")  # of a file; behind them each loss
OF_LOOKS = ("seconds", "sub-buffers finished", "bytes", "sub-buffers consumed", "fill")
TINY = 1e-6  # bins
DIGITS = 6  # behind the point: a bin can have parts of events
EMPTY = "The last minute of a live channel stands here.\nCtrl+2 runs a stepped one."


class CurvesPanel(Panel):
    """Shows `rates` of a live channel. Subclasses make the plots and fill them.

    pyqtgraph takes longer to load than the rest of the window: it is loaded when a live channel is
    shown, and not before.
    """

    live_interval_ms: ClassVar[int] = 100

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.plots: tuple[TimePlot, ...] = ()
        self._shown: tuple[Rates, Run] | None = None
        self.stretch = Stretch(SECONDS, SECONDS)
        controller.running.moment_changed.connect(self._go_to_moment)
        self.body = QWidget(self)
        self.lines = QVBoxLayout(self.body)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(2)
        self.says = Figures(self.body)
        self.says.setAccessibleName("Figures at the reading line")
        self._stack = Stack(self.body, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def make_plots(self) -> tuple[TimePlot, ...]:
        """Make the plots and put them into `lines`."""
        raise NotImplementedError

    def fill_plots(self, rates: Rates, run: Run) -> None:
        """Show bins."""
        raise NotImplementedError

    def words_at(self, rates: Rates, back: int) -> str:
        """Say what a bin holds, so many before the newest."""
        raise NotImplementedError

    def words_now(self, rates: Rates, run: Run) -> str:
        """Say how it is now."""
        raise NotImplementedError

    def run_of(self, snapshot: Snapshot) -> Run | None:
        """Return what runs of a channel, if this panel shows it; None: nothing does."""
        return snapshot.live

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the last minute of a channel that runs."""
        live = self.run_of(snapshot) if snapshot is not None else None
        source = self.controller.source
        self._stack.show_content(live is not None)
        if live is None or source is None:
            self._shown = None
            return
        if not self.plots:
            self._make()
        assert snapshot is not None  # noqa: S101  something runs
        stretch = self.stretch = self.stretch.at(live.seconds, snapshot.seen_from)
        rates = source.rates(stretch.span, self.plots[0].columns, stretch.back)
        if rates is None:
            return
        rates = self._seen(rates)
        self._shown = rates, live
        for plot in self.plots:
            plot.show_span(stretch.span)
        self.fill_plots(rates, live)
        self._leave()
        self._tell()

    def _seen(self, rates: Rates) -> Rates:
        """Return the bins without those of the time before it was seen: no curve is drawn there."""
        bins = math.ceil((self._edge(rates) - self.stretch.first) / rates.seconds - TINY)
        if bins >= len(rates.written):
            return rates
        kept = slice(len(rates.written) - max(1, bins), None)
        return replace(
            rates,
            written=rates.written[kept],
            bytes=rates.bytes[kept],
            consumed=rates.consumed[kept],
            fill=rates.fill[kept],
            lost=rates.lost[:, kept],
        )

    def _leave(self) -> None:
        """Leave the reading line at the moment that was chosen, if it is on screen."""
        moment, back = self.controller.running.moment, -1
        if moment is not None and self._shown is not None:
            rates = self._shown[0]
            back = int((self._edge(rates) - moment) / rates.seconds)
            back = back if 0 <= back < len(rates.written) else -1
        for plot in self.plots:
            plot.leave_at(back)

    def _edge(self, rates: Rates) -> float:
        """Return the moment at which the newest bin shown ends."""
        return self.stretch.edge(max(1, round(self.stretch.span / rates.seconds)))

    def _choose(self, back: int) -> None:
        """Choose the moment of a bin, so many before the newest; -1: none."""
        if self._shown is not None and back >= 0:
            rates = self._shown[0]
            self.controller.running.choose_moment(
                max(0.0, self._edge(rates) - (back + 0.5) * rates.seconds)
            )
        else:
            self.controller.running.choose_moment(None)

    def _zoom(self, factor: float, part: float) -> None:
        self.stretch = self.stretch.zoomed(factor, part)
        self._show_again()

    def _move(self, part: float) -> None:
        self.stretch = self.stretch.moved(part * self.stretch.span)
        self._show_again()

    @Slot()
    def _go_to_moment(self) -> None:
        """Have the moment that was chosen on screen."""
        if self.controller.running.moment is not None:
            self.stretch = self.stretch.holding(self.controller.running.moment)
        self._show_again()

    def _show_again(self) -> None:
        if self.isVisible() and self.plots:
            self.show_snapshot(self.controller.snapshot)

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the bins that are plotted, all their figures."""
        del most
        if self._shown is None:
            return None
        rates, _ = self._shown
        first = self._edge(rates) - len(rates.written) * rates.seconds
        is_known = rates.unit == EVENTS  # losses are
        figures = [rates.written, rates.bytes, rates.consumed, rates.fill]
        figures += [*rates.lost] if is_known else []
        lines = (
            [round(value, DIGITS) for value in (max(0.0, first + place * rates.seconds), *row)]
            for place, row in enumerate(np.stack(figures, axis=1).tolist())
        )
        headings = (*HEADINGS, *LOSSES) if is_known else OF_LOOKS
        return Rows(headings, lines, len(rates.written))

    def picture(self) -> Picture:
        """Return the plots with their legends, and what is said below them."""
        drawings = [
            drawing
            for plot in self.plots
            if plot.isVisible()
            for drawing in (*self.legends_of(plot), drawing_of(plot))
        ]
        return Picture(drawings, [self.says.text()] if drawings else [])

    def legends_of(self, plot: QWidget) -> Sequence[Drawing]:
        """Return the legend of a plot, with room for all its words."""
        raise NotImplementedError

    def _make(self) -> None:
        self.plots = self.make_plots()
        self.lines.addWidget(self.says)
        self.setFocusProxy(self.plots[0])
        for plot in self.plots:
            plot.pointed.connect(self._tell)
            plot.chosen.connect(self._choose)
            plot.zoomed.connect(self._zoom)
            plot.moved.connect(self._move)
            plot.setToolTip(f"A click keeps the moment. Drag to go along the run: {WHOLE}.")
            for other in self.plots:
                if other is not plot:
                    plot.pointed.connect(other.follow)
        self.apply_theme(themes.current())
        self.body.layout().activate()  # type: ignore[union-attr]  # widths are asked for next

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave the line of figures out where there is hardly room for the plot."""
        super().resizeEvent(event)
        self.says.setVisible(event.size().height() >= SAYS_FROM * themes.current().scale)

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        for plot in self.plots:
            plot.set_theme(shown)

    def _tell(self) -> None:
        if self._shown is None:
            self.says.show_words("")
            return
        rates, live = self._shown
        back = self.plots[0].reading
        if back >= 0:
            ago = (back + 0.5) * rates.seconds
            when = f"{ago:.1f} s ago"
            if self.controller.running.moment is not None or self.stretch.end is not None:
                when = f"at {max(0.0, self._edge(rates) - ago):.1f} s"
            text = f"{when}: {self.words_at(rates, back)}"
        elif self.stretch.end is None:
            text = f"now: {self.words_now(rates, live)}"
        else:
            text = f"{self.stretch.words()}: point at a moment to read it"
        if text != self.says.text():
            self.says.show_words(text)
            self.plots[0].setAccessibleDescription(text)


class Figures(QLabel):
    """A line of figures, wrapped where it is longer; once it was, the room for that stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dim")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_words(self, text: str) -> None:
        """Show other figures."""
        self.setText(text)
        self._hold(self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Take the height that another width needs."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._hold(self.fontMetrics().height())

    def _hold(self, least: int) -> None:
        self.setMinimumHeight(0)  # or the label would ask for no less
        self.setFixedHeight(max(least, self.heightForWidth(self.width())))


def finished(values: Values, run: Run) -> Values:
    """Return bins in which the newest is as high as the one before, if it is not over yet.

    It would always look low; a loss in it is seen all the same.
    """
    if not run.running or len(values) < 2:  # noqa: PLR2004  the newest and the one before
        return values
    values = values.copy()
    values[-1] = max(values[-1], values[-2])
    return values
