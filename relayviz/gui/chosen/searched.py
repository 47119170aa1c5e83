"""A table of channels with a field that searches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QLineEdit

from relayviz.gui.look import theme
from relayviz.gui.widgets.table import Table

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtWidgets import QWidget

MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Searched(QObject):
    """Shows the rows of a model that have the words of a field in their UserRole.

    Args:
        model: The rows.
        name: What a screen reader calls the table.
        hint: What can be searched for.
        parent: The dialog that lays out both.

    Attributes:
        field: Where words are typed; arrow keys move in the table meanwhile.
        table: The rows.

    Signals:
        changed: Others are chosen.
        activated: Those chosen shall be opened.
    """

    changed = Signal()
    activated = Signal()

    def __init__(self, model: QAbstractItemModel, name: str, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = QLineEdit(parent)
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName("Search for a channel")
        self.field.setClearButtonEnabled(True)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(model)
        self._found.setFilterKeyColumn(-1)
        self._found.setFilterRole(Qt.ItemDataRole.UserRole)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = table = Table(name, parent)
        table.setModel(self._found)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.apply_theme(theme.current())
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        table.activated.connect(self.activated)
        table.selectionModel().selectionChanged.connect(self.changed)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)

    def begin(self) -> None:
        """Show all rows, with the first one chosen."""
        self.field.clear()
        self._filter("")

    def chosen(self) -> list[int]:
        """Return the rows of the model that are chosen, from its first on."""
        rows = self.table.selectionModel().selectedRows()
        return sorted(self._found.mapToSource(index).row() for index in rows)

    @Slot(str)
    def _filter(self, text: str) -> None:
        self._found.setFilterFixedString(text.strip())
        if self._found.rowCount():
            self.table.selectRow(0)
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let arrow keys move in the list while the search field has the keyboard."""
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if is_key and isinstance(event, QKeyEvent) and event.key() in MOVES:
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(watched, event)
