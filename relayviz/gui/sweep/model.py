"""The heat map as a table: for each load and mode a line with its name, then one for each size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QTableView,
)

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.sweep.heat import paint
from relayviz.model.numbers import grouped, percent, size
from relayviz.model.sweep.told import cell_words, short, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPersistentModelIndex
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

    from relayviz.model.sweep.plan import Cell, Outcome, Plan

    Index = QModelIndex | QPersistentModelIndex

NOWHERE = QModelIndex()
OUTCOME = Qt.ItemDataRole.UserRole
CELL_SPACE, ROW_SPACE = 18, 8  # pixels around the figures
LONGEST = percent(0.9999)


class HeatModel(QAbstractTableModel):
    """Rows are loads, modes and sizes; columns are numbers of sub-buffers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._cells: list[Cell] = []
        self._found: Sequence[Outcome | None] = ()
        self._titles: list[str] = []

    def show(self, plan: Plan, found: Sequence[Outcome | None]) -> None:
        """Show a sweep.

        Args:
            plan: Of what.
            found: What each cell came to, None: not measured yet. Call tell() when more is.
        """
        self.beginResetModel()
        self._plan, self._cells, self._found = plan, plan.cells(), found
        self._titles = titles(plan)
        self.endResetModel()

    def tell(self) -> None:
        """Tell that more is known."""
        last = self.index(self.rowCount() - 1, self.columnCount() - 1)
        self.dataChanged.emit(self.index(0, 0), last)

    def at(self, index: Index) -> tuple[Cell, Outcome | None] | None:
        """Return the channel of a cell and what it came to; None: there is none."""
        plan = self._plan
        if plan is None or not index.isValid():
            return None
        block, line = divmod(index.row(), len(plan.sizes) + 1)
        if not line:
            return None
        place = (block * len(plan.sizes) + line - 1) * len(plan.numbers) + index.column()
        return self._cells[place], self._found[place]

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of lines."""
        plan = self._plan
        if plan is None or parent.isValid():
            return 0
        return len(self._titles) * (len(plan.sizes) + 1)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return how many numbers of sub-buffers there are."""
        return 0 if self._plan is None or parent.isValid() else len(self._plan.numbers)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that lines with names cannot be chosen."""
        if self.at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the figure of a cell, and all that is known of it in words."""
        here = self.at(index)
        if here is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return short(here[1])
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return cell_words(*here)
            case _ if role == OUTCOME:
                return here[1]
        return None

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a number of sub-buffers, a size, or the name of a load and its mode."""
        plan = self._plan
        if plan is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return f"{grouped(plan.numbers[section])} ×" if _is_text(role) else None
        block, line = divmod(section, len(plan.sizes) + 1)
        match role:
            case Qt.ItemDataRole.FontRole if not line:
                return themes.current().font(bold=True)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if line else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case _ if _is_text(role):
                return size(plan.sizes[line - 1]) if line else self._titles[block]
        return None


def _is_text(role: int) -> bool:
    return role == Qt.ItemDataRole.DisplayRole


class HeatCells(QStyledItemDelegate):
    """Paints a cell in the colour of its share."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint it, with a frame around the one that is chosen."""
        if not index.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        shown, room = themes.current(), QRectF(option.rect)
        painter.save()
        painter.setFont(option.font)
        paint(painter, room, index.data(OUTCOME), shown)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(shown[Role.CHANGED], 3))
            painter.drawRect(room.adjusted(2, 2, -2, -2))
        painter.restore()


class HeatTable(QTableView):
    """The heat map: a cell is chosen with the pointer or the keys, and opened with Return."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.heat = HeatModel(self)
        self.setModel(self.heat)
        self.setItemDelegate(HeatCells(self))
        self.setAccessibleName("Lost, of the events that were tried")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
        self.verticalHeader().setAccessibleName("Loads, modes and sizes of a sub-buffer")
        self.horizontalHeader().setAccessibleName("Numbers of sub-buffers")
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over fonts: all cells are as large as the longest figure."""
        metrics = QFontMetrics(QFont(themes.current().font()))
        self.horizontalHeader().setDefaultSectionSize(
            metrics.horizontalAdvance(LONGEST) + CELL_SPACE
        )
        self.verticalHeader().setDefaultSectionSize(metrics.height() + ROW_SPACE)
        self.viewport().update()
