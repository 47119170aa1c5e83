"""The page with the table of events: which of them it shows, and its export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.exports.table_file import TableExport
from relayviz.gui.fate.export import exported
from relayviz.gui.fate.looks import FUTURE, LOOKS, swatch
from relayviz.gui.fate.table import FateTable, Filter
from relayviz.gui.look import theme as themes
from relayviz.gui.widgets.empty import Filtered
from relayviz.gui.widgets.table import Table
from relayviz.model.ledger.lane import LOSS_BITS

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.widgets.exported import Rows
    from relayviz.model.ledger.fate import EventFate, FateIndex

ALL_BITS = 0xFFFF
SIGN = 13
LETTERS = (7, 5, 7, 8, 26, 10, 7, 5, 6, 20)  # widths of the columns
FATE, FATE_LETTERS = 4, 16
GAP = 6


class EventsPage(QWidget):
    """A line to filter by, and the events.

    Signals:
        filtered: Other events are wanted.
        pointed: The user chose an event.  args: buffer, row.
        wanted: The user wants to see what decided it.  args: buffer, row.
        told: The export has ended.  arg: in words.
        failed: It has not.  arg: why.
    """

    filtered = Signal()
    pointed = Signal(int, int)
    wanted = Signal(int, int)
    told = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._export: TableExport | None = None
        self.model = FateTable()
        self.table = Table("Events and their fates", self)
        self.chosen = QComboBox(self)
        self.filter = QLineEdit(self)
        self.only_cpu = QCheckBox("this CPU", self)
        self.save = QPushButton("CSV…", self)
        self._set_up_filter()
        self._set_up_table()
        self._tabs: QTabWidget | None = None
        self._corner = QWidget(self)
        corner = QHBoxLayout(self._corner)
        corner.setContentsMargins(0, 0, 0, 0)
        corner.setSpacing(GAP)
        corner.addWidget(self.only_cpu)
        corner.addWidget(self.save)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.chosen)
        line.addWidget(self.filter, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(line)
        self.found = Filtered(self.table, self.clear_filter, self)
        layout.addWidget(self.found, 1)

    def put_beside(self, tabs: QTabWidget) -> None:
        """Have what is not the filter's beside the tabs of which this page is one."""
        tabs.setCornerWidget(self._corner)
        tabs.currentChanged.connect(self._show_corner)
        self._tabs = tabs

    @Slot(int)
    def _show_corner(self, place: int) -> None:
        self._corner.setVisible(self._tabs is not None and self._tabs.widget(place) is self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Leave out what has no room: File → Export writes too, and "cpu 2" is a CPU's filter."""
        super().resizeEvent(event)
        beside = self._tabs.tabBar().sizeHint().width() if self._tabs is not None else 0
        left = self.width() - beside
        for part in (self.only_cpu, self.save):
            must = part is self.only_cpu and part.isChecked()
            width = part.sizeHint().width() + GAP
            part.setVisible(must or width <= left)
            left -= width

    # ---------------------------------------------------------------- building

    def _set_up_filter(self) -> None:
        self.chosen.setAccessibleName("Which fates the table shows")
        self.chosen.view().setAccessibleName("Fates to choose from")
        self.chosen.setToolTip("Show the events of one fate only.")
        self.chosen.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.chosen.setMinimumContentsLength(11)
        self._fill_choices()
        self.filter.setPlaceholderText("Filter: 17, cpu 2, step 40, overwritten")
        self.filter.setAccessibleName("Filter of the events")
        self.filter.setToolTip("The number of an event, cpu and its number, step and its number.")
        self.filter.setClearButtonEnabled(True)
        self.only_cpu.setToolTip("Sums and table of the chosen CPU only.")
        self.save.setToolTip("Write the rows of the table to a CSV file.")
        self.save.setAccessibleName("Export as CSV")
        self.chosen.currentIndexChanged.connect(self.filtered)
        self.filter.textChanged.connect(self.filtered)
        self.only_cpu.toggled.connect(self.filtered)
        self.save.clicked.connect(self.export)

    def _fill_choices(self) -> None:
        name = themes.current().name
        with QSignalBlocker(self.chosen):
            at = max(self.chosen.currentIndex(), 0)
            self.chosen.clear()
            self.chosen.setIconSize(QSize(SIGN, SIGN))
            self.chosen.addItem("all events", ALL_BITS)
            self.chosen.addItem("all lost", LOSS_BITS)
            for bit, look in LOOKS.items():
                if bit != FUTURE:
                    icon = QIcon(QPixmap.fromImage(swatch(bit, name, SIGN)))
                    self.chosen.addItem(icon, look.words, bit)
            self.chosen.setCurrentIndex(at)

    def _set_up_table(self) -> None:
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.clicked.connect(self._point)
        self.table.activated.connect(self._go)
        self.table.doubleClicked.connect(self._go)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)
        self._fill_choices()
        self.table.fit_columns(LETTERS)

    @property
    def to_fate(self) -> int:
        """The width at which the table shows the fates of most events, and what is before them."""
        bar = self.table.verticalScrollBar().sizeHint().width()
        fate = self.table.fontMetrics().averageCharWidth() * FATE_LETTERS
        return sum(self.table.columnWidth(column) for column in range(FATE)) + fate + bar

    # ---------------------------------------------------------------- what is shown

    def show_events(self, index: FateIndex, step: int, buffer: int | None) -> None:
        """Show the events at a step that the filter lets through, of a buffer or of all."""
        wanted = Filter(int(self.chosen.currentData()), self.filter.text(), buffer)
        self.model.show(index, step, wanted)
        self.save.setEnabled(self.model.rowCount() > 0)
        is_filtered = bool(self.filter.text().strip()) or self.chosen.currentIndex() > 0
        is_nothing = is_filtered and not self.model.rowCount()
        where = "" if buffer is None else f" of cpu {buffer}"
        self.found.show_found(f"No event{where} passes the filter." if is_nothing else "")

    def clear_filter(self) -> None:
        """Show all events again."""
        with QSignalBlocker(self.chosen), QSignalBlocker(self.filter):
            self.chosen.setCurrentIndex(0)
            self.filter.clear()
        self.filtered.emit()

    def mark(self, buffer: int, row: int) -> None:
        """Put the table's cursor to an event, if it is there."""
        found = self.model.row_of(buffer, row) if row >= 0 else None
        if found is not None and found != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.model.index(found, 0))

    def current(self) -> EventFate | None:
        """Return the event that the table's cursor is at."""
        return self.event_of(self.table.currentIndex())

    def event_of(self, index: QModelIndex) -> EventFate | None:
        """Return the event in a line of the table; None: it is no line."""
        return self.model.event(index.row()) if index.isValid() else None

    @Slot(QModelIndex)
    def _point(self, index: QModelIndex) -> None:
        event = self.model.event(index.row())
        if event is not None:
            self.pointed.emit(event.buffer, event.row)

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        event = self.model.event(index.row())
        if event is not None:
            self.wanted.emit(event.buffer, event.row)

    # ---------------------------------------------------------------- export

    @Slot()
    def export(self) -> None:
        """Ask for a file, and write the table to it."""
        dialog = dialog_to_save(self, "Export events as CSV", "events.csv", ["CSV (*.csv)"], "csv")
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the rows of the table, those around its cursor if not all are wanted."""
        return exported(self.model, self.table.currentIndex().row(), most)

    @Slot(str)
    def export_to(self, path: str) -> None:
        """Write the table to a file."""
        self._export = TableExport(self.exported_rows(), Path(path), "event", self)
        self._export.finished.connect(self.told)
        self._export.failed.connect(self.failed)
        self._export.start()
