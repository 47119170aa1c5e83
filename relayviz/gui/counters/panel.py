"""The view in the Per-CPU counters dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QLabel, QVBoxLayout, QWidget

from relayviz.gui import theme
from relayviz.gui.counters.columns import COLUMNS, FIRST_LOSS
from relayviz.gui.counters.model import VALUE_ROLE, CountersModel
from relayviz.gui.empty import Stack
from relayviz.gui.panel import Panel
from relayviz.gui.table import Table
from relayviz.model.state import LOSSES
from relayviz.model.why import Figure
from relayviz.model.why_figures import FIGURES

if TYPE_CHECKING:
    from relayviz.gui.controller import Controller
    from relayviz.gui.theme import Theme
    from relayviz.model.snapshot import Snapshot
    from relayviz.model.why import Subject

EMPTY = "The counters of each CPU stand here\nwhen a channel is open."
CELL_SPACE, HEADING_SPACE, ARROW_SPACE = 18, 10, 14


class CountersPanel(Panel):
    """A row for each buffer; choosing one chooses its CPU for the next operation."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = CountersModel()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(VALUE_ROLE)
        self.table = Table("Counters of each CPU", self)
        self.table.setModel(self._sorted)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setMinimumSectionSize(HEADING_SPACE)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self._widths = [0] * len(COLUMNS)
        self._note = QLabel(self)
        self._note.setObjectName("dim")
        self._note.setWordWrap(True)
        self._stack = Stack(self.table, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._note)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the figures of a snapshot."""
        self.model.show(snapshot)
        self._stack.show_content(snapshot is not None)
        blocked = 0
        if snapshot is not None:
            for place, entry in enumerate(LOSSES, FIRST_LOSS):
                seen = snapshot.buffers["account"][entry]["events"].any()
                self.table.setColumnHidden(place, not seen)
            blocked = int((snapshot.buffers["offset"] > snapshot.subbuf_size).sum())
            self._note.setText(
                f"offset {snapshot.subbuf_size + 1} = size + 1: blocked; the next write tries the"
                " switch again."
            )
        self._note.setVisible(blocked > 0)
        self._fit()

    def show_selection(self, row: int, index: int) -> None:
        """Mark the row of the selected buffer."""
        del index
        shown = self._sorted.mapFromSource(self.model.index(row, 0))
        if shown.isValid() and shown.row() != self.table.currentIndex().row():
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(shown, flags.ClearAndSelect | flags.Rows)

    def subject(self) -> Subject | None:
        """Return the figure that the cursor of the table is at."""
        at = self._sorted.mapToSource(self.table.currentIndex())
        if not at.isValid() or COLUMNS[at.column()].figure not in FIGURES:
            return None
        return Figure(at.row(), COLUMNS[at.column()].figure)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)

    def _fit(self) -> None:
        """Make each column as wide as its widest figure has been: it never gets narrower."""
        metrics, figures = self.table.fontMetrics(), QFontMetrics(theme.current().mono())
        for place, width in enumerate(self._widths):
            if self.table.isColumnHidden(place):
                continue
            heading = metrics.horizontalAdvance(COLUMNS[place].heading) + HEADING_SPACE
            if place == self.table.horizontalHeader().sortIndicatorSection():
                heading += ARROW_SPACE
            figure = figures.horizontalAdvance(self.model.widest(place)) + CELL_SPACE
            wider = max(width, heading, figure)
            if wider != width:
                self._widths[place] = wider
                self.table.setColumnWidth(place, wider)

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex, _before: QModelIndex) -> None:
        row = self._sorted.mapToSource(current).row()
        if row >= 0 and row != self.controller.selection[0]:
            self.controller.select(row, -1)
