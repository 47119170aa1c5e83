"""The curves over the lanes of the watches, drawn by pyqtgraph: two points a column of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from relayviz.gui.lanes.columns import binned
from relayviz.gui.look.roles import Role
from relayviz.gui.watches.watch import heights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.lanes.frame import Grid
    from relayviz.gui.lanes.range import Range
    from relayviz.gui.look.theme import Theme
    from relayviz.gui.watches.watch import Watch

INSET = 3.0  # pixels between a curve and the edge of its lane


class Curves(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph is not typed
    """Lies over the lanes and lets everything through: what is below, and the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, background=None)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet("background: transparent")
        self.setMouseTracking(False)
        self._box: Any = pg.ViewBox(enableMouse=False, enableMenu=False, invertY=True)
        self._box.disableAutoRange()
        self.setCentralItem(self._box)
        self._curves: list[Any] = []

    def show_curves(self, watches: Sequence[Watch], shown: Range, grid: Grid, theme: Theme) -> None:
        """Show a curve in each lane, those places of it that are on screen."""
        self.setGeometry(int(grid.frame.label), int(grid.frame.top), grid.inner, self._high(grid))
        self._box.setRange(
            xRange=(shown.first, shown.last + 1), yRange=(0, self._high(grid)), padding=0
        )
        self._have(len(watches))
        pen = pg.mkPen(theme[Role.ACCENT], width=1)
        for lane, (curve, watch) in enumerate(zip(self._curves, watches, strict=True)):
            values = watch.values[shown.first : shown.last + 1]
            bins = binned(values, grid.columns)
            # a figure holds until the next step: a level for each column, no slopes
            x = np.repeat(bins.edges, 2)[1:-1] + float(shown.first)
            y = np.column_stack([bins.low, bins.high]).ravel()
            top = lane * grid.lane
            inside = (top + INSET, top + grid.bar - INSET)
            curve.setData(x, heights(y, watch.extent, *inside))
            curve.setPen(pen)

    def _high(self, grid: Grid) -> int:
        return max(1, int(grid.shown * grid.lane))

    def _have(self, count: int) -> None:
        """Have so many curves."""
        while len(self._curves) > count:
            self._box.removeItem(self._curves.pop())
        while len(self._curves) < count:
            curve = pg.PlotCurveItem(skipFiniteCheck=True)
            self._box.addItem(curve, ignoreBounds=True)
            self._curves.append(curve)
