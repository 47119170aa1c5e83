"""All figures of a sweep as a table: a row for each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.numbers import grouped, percent
from relayviz.model.sweep.told import COLUMNS, NOT_DONE, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.widgets.table import Index
    from relayviz.model.sweep.plan import Cell, Outcome, Plan

NOWHERE = QModelIndex()
NAMES = ("load", "mode", "subbuf_size", "n_subbufs")  # of the channel: known before it is measured


class RowsModel(HeadedModel):
    """Rows are channels, columns those of the CSV."""

    def __init__(self) -> None:
        super().__init__([name.replace("_", " ") for name in COLUMNS])
        self._cells: list[Cell] = []
        self._found: Sequence[Outcome | None] = ()

    def show(self, plan: Plan, found: Sequence[Outcome | None]) -> None:
        """Show a sweep; see HeatModel.show."""
        self.beginResetModel()
        self._cells, self._found = plan.cells(), found
        self.endResetModel()

    def tell(self) -> None:
        """Tell that more is known."""
        self.dataChanged.emit(
            self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1)
        )

    def at(self, index: Index) -> tuple[Cell, Outcome | None] | None:
        """Return the channel of a row and what it came to; None: there is none."""
        if not index.isValid():
            return None
        return self._cells[index.row()], self._found[index.row()]

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of channels."""
        return 0 if parent.isValid() else len(self._cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell; figures are on the right."""
        here = self.at(index)
        if here is None:
            return None
        name, value = COLUMNS[index.column()], row_of(*here)[COLUMNS[index.column()]]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                if here[1] is None and name not in NAMES:
                    return NOT_DONE
                if isinstance(value, float):
                    return percent(value)
                return grouped(value) if isinstance(value, int) else str(value)
            case Qt.ItemDataRole.TextAlignmentRole if not isinstance(value, str):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None
