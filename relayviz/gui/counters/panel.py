"""The view in the Per-CPU counters dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Slot,
)
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from relayviz.gui.breakpoints.offers import offer_for_figure
from relayviz.gui.counters import verified
from relayviz.gui.counters.columns import COLUMNS, FIRST_LOSS, LOST, SHOWN, figure_of
from relayviz.gui.counters.model import ALL_COLUMNS, UNKNOWN, VALUE_ROLE, CountersModel
from relayviz.gui.look import theme
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Table
from relayviz.model.channel.state import LOSSES
from relayviz.model.numbers import AT_LEAST
from relayviz.model.sentence import as_sentence
from relayviz.model.why.figures import FIGURES
from relayviz.model.why.why import Figure

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject

EMPTY = "The counters of each CPU stand here\nwhen a channel is open."
CELL_SPACE, HEADING_SPACE, ARROW_SPACE = 12, 10, 14
MOST_ROWS, NOTE_LINES = 8, 2  # that the panel would like to show at once
LOW_LINES = 5  # of text: below that there is room for a row and nothing else
LOST_SHOWN = 1  # where the sum of what was lost stands: beside the CPU
ROUNDING = 2  # pixels that docks may get less than they ask for


class CountersPanel(Panel):
    """A row for each buffer; choosing one chooses its CPU for the next operation."""

    live_interval_ms = 100

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
        self.table.horizontalHeader().moveSection(LOST, LOST_SHOWN)  # it is not to be scrolled to
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._show_order)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.offer_menus_on(self.table)
        self._widths = [0] * len(ALL_COLUMNS)
        self._scale = 1.0
        self._fitted: Tab | None = None  # whose figures have made the columns so wide
        self._is_live, self._notes = False, tuple[str, ...]()
        self._note = QLabel(self)
        self._note.setObjectName("dim")
        self._note.setWordWrap(True)
        self.totals = QLabel(self)
        self.totals.setAccessibleName("What readers found on all CPUs")
        self.totals.setWordWrap(True)
        self._stack = Stack(self.table, EMPTY, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._stack, 1)
        below = QHBoxLayout()
        below.addWidget(self.totals)
        below.addWidget(self._note)
        self._layout.addLayout(below)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the figures of a snapshot."""
        rows, is_other = self.model.rowCount(), self._fitted is not self._shown_tab
        self._fitted = self._shown_tab if snapshot is not None else None
        self.model.show(snapshot)
        self._stack.show_content(snapshot is not None)
        blocked = 0
        if snapshot is not None:
            for place, entry in enumerate(LOSSES, FIRST_LOSS):
                seen = snapshot.buffers["account"][entry]["events"].any()
                self.table.setColumnHidden(place, not seen)
            blocked = int((snapshot.buffers["offset"] > snapshot.subbuf_size).sum())
        self._notes = () if snapshot is None else tuple(notes(snapshot, blocked))
        self._note.setText(" ".join(self._notes))
        self._show_found(snapshot)
        self._make_room()
        self._fit()
        if is_other or rows != self.model.rowCount():  # another channel
            self._widths = [0] * len(ALL_COLUMNS)
            self._fit()
        if rows != self.model.rowCount():  # figures that get longer move no border
            self.updateGeometry()
            self.hint_changed.emit()

    def _show_found(self, snapshot: Snapshot | None) -> None:
        """Show what readers found; a stepped channel has no readers of its own."""
        is_live = snapshot is not None and snapshot.live is not None
        for place in range(len(COLUMNS), len(ALL_COLUMNS)):
            self.table.setColumnHidden(place, not is_live)
        self.totals.setText(verified.totals(snapshot) if snapshot is not None else "")
        self._is_live = is_live

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Give the only row its place before anything else."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave out what would take the place of the only row: words below, the bar sideways."""
        least, policy = LOW_LINES * self.fontMetrics().height(), Qt.ScrollBarPolicy
        room = self.height() - self._layout.spacing() - least
        for told in (" ".join(self._notes), *self._notes):  # one of them is better than none
            self._note.setText(told)
            if self._note.heightForWidth(self.width()) <= room:
                break
        for words, is_told in ((self._note, bool(self._note.text())), (self.totals, self._is_live)):
            words.setVisible(is_told and words.heightForWidth(self.width()) <= room)
        self.table.setHorizontalScrollBarPolicy(
            policy.ScrollBarAlwaysOff if self.height() < least else policy.ScrollBarAsNeeded
        )

    def show_selection(self, row: int, index: int) -> None:
        """Mark the row of the selected buffer."""
        del index
        shown = self._sorted.mapFromSource(self.model.index(row, 0))
        if shown.isValid() and shown.row() != self.table.currentIndex().row():
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(shown, flags.ClearAndSelect | flags.Rows)

    def subject(self) -> Subject | None:
        """Return the figure that the cursor of the table is at."""
        return self._subject_of(self.table.currentIndex())

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return the figure at a point."""
        return self._subject_of(self.table.indexAt(self.table.viewport().mapFrom(self, at)))

    def _subject_of(self, shown: QModelIndex) -> Subject | None:
        at = self._sorted.mapToSource(shown)
        if not at.isValid() or at.column() >= len(COLUMNS):  # what readers of a live one found
            return None
        if COLUMNS[at.column()].figure not in FIGURES:
            return None
        return Figure(at.row(), COLUMNS[at.column()].figure)

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the figures of all buffers, in the order of the table."""
        del most
        return rows_of(self.table, VALUE_ROLE)

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Offer to explain the figure there, to stop at it, or to plot it."""
        index = self.table.indexAt(self.table.viewport().mapFrom(self, at))
        snapshot, subject = self.controller.snapshot, self.subject_at(at)
        name = figure_of(index.column()) if index.isValid() else ""
        if snapshot is None or self.controller.sought is None or not (name or subject):
            return None
        row = self._sorted.mapToSource(index).row()
        menu = self.figure_menu(name, int(snapshot.buffers["cpu"][row]))
        if subject is not None:
            menu.addSeparator()
            self.offer_why(menu, subject)
        return menu

    def figure_menu(self, name: str, cpu: int) -> QMenu:
        """Return the menu for a figure of a CPU's buffer; it is empty for one without a name."""
        menu, notebook = self.new_menu(), self.controller.notebook
        columns, snapshot = notebook.columns(), self.controller.snapshot
        now = None
        if not name:
            return menu
        if columns is not None and snapshot is not None:
            now = int(columns.of(name, cpu)[snapshot.step])
        offer_for_figure(menu, notebook, f"{name}[{cpu}]", now)
        return menu

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)
        if shown.scale != self._scale:  # columns get narrower with their text only
            self._scale, self._widths = shown.scale, [0] * len(self._widths)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a size in which all of a few rows are seen."""
        line = self.table.verticalHeader().defaultSectionSize()
        rows = min(self.model.rowCount(), MOST_ROWS)
        height = self.table.horizontalHeader().sizeHint().height() + rows * line
        height += self.table.horizontalScrollBar().sizeHint().height() + 2 * ROUNDING
        # with room for the note, so that nothing moves when it appears
        height += NOTE_LINES * self._note.fontMetrics().lineSpacing() + self._layout.spacing()
        return QSize(sum(self._widths[:SHOWN]), height)

    @Slot()
    def _show_order(self) -> None:
        """Show what the rows are sorted by, unless it is the usual."""
        header = self.table.horizontalHeader()
        is_usual = not header.sortIndicatorSection() and (
            header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        )
        header.setSortIndicatorShown(not is_usual)
        self._fit()

    def _fit(self) -> None:
        """Make each column as wide as its widest figure of this channel has been."""
        font = theme.current().mono()
        font.setBold(True)  # as what changed is told
        metrics, figures = self.table.fontMetrics(), QFontMetrics(font)
        for place, width in enumerate(self._widths):
            if self.table.isColumnHidden(place):
                continue
            heading = metrics.horizontalAdvance(ALL_COLUMNS[place].heading) + HEADING_SPACE
            header = self.table.horizontalHeader()
            if header.isSortIndicatorShown() and place == header.sortIndicatorSection():
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


def _knows_all(snapshot: Snapshot) -> bool:
    """Whether the table shows a figure in each cell."""
    return all(column.known(snapshot).all() for column in COLUMNS)


def notes(snapshot: Snapshot, blocked: int) -> list[str]:
    """Return what has to be said of the figures in sentences, what is least expected first."""
    said = [as_sentence(snapshot.counted)] if snapshot.counted else []
    if blocked:
        then = "; the next write tries the switch again"
        if snapshot.closed:
            then = " when the channel was closed"
        said.append(f"offset {snapshot.subbuf_size + 1} = size + 1: blocked{then}.")
    if snapshot.foreign is not None and not _knows_all(snapshot):
        said.append(f"{UNKNOWN} not known: {snapshot.foreign.teller} does not tell.")
    if snapshot.foreign is not None and snapshot.foreign.at_least:
        said.append(f"{AT_LEAST}at least so many.")
    return said
