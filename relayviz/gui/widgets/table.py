"""A table as all docks use it: compact, sortable, copied as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from relayviz.model.numbers import AT_LEAST, AT_MOST, THIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.look.theme import Theme

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
ROW_SPACE = 4
CUT = "…"
FIGURE = re.compile(rf"(?:{AT_LEAST}|{AT_MOST})?-?[\d{THIN}]+(?:[.:]\d+)*")
LEAST = 44  # the height of a heading and a row, where text is as large as usual


class HeadedModel(QAbstractTableModel):
    """A model of a table whose columns have headings, and tooltips that explain them.

    Args:
        headings: Of each column.
        tips: What each column means; none: the headings say it.
    """

    def __init__(self, headings: Sequence[str], tips: Sequence[str] = ()) -> None:
        super().__init__()
        self._headings, self._tips = headings, tips

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """Return the heading of a column, and what it means."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return self._tips[section] if self._tips and role == Qt.ItemDataRole.ToolTipRole else None


class Cells(QStyledItemDelegate):
    """Draws what is selected in its own colour: a loss stays red.

    What the border of the table cuts has an ellipsis there. Of a figure nothing is shown that is
    not all of it: a part of it is another figure.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_measured = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the size that all of the text needs."""
        self._is_measured = True
        try:
            return super().sizeHint(option, index)
        finally:
            self._is_measured = False

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """Take the cell's own colour for selected text, too, and the room that there is."""
        super().initStyleOption(option, index)
        view = option.widget
        if isinstance(view, QTableView):
            room = view.viewport().width()
            if option.rect.left() < 0:
                option.rect.setLeft(0)
                option.textElideMode = Qt.TextElideMode.ElideLeft
            elif option.rect.right() >= room > option.rect.left():
                option.rect.setRight(room - 1)
        if not self._is_measured and isinstance(view, QTableView) and not _has_room(option, view):
            option.text = CUT
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(colour, QColor):
            palette = option.palette
            palette.setColor(QPalette.ColorRole.HighlightedText, colour)
            option.palette = palette


class Table(QTableView):
    """A read-only table whose rows are selected, and copied with tabs between the cells."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setItemDelegate(Cells(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # by pixels: the row that is scrolled to is then never cut
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setResizeContentsPrecision(0)  # look at visible rows only
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts, the height of a line, and the least of the whole."""
        height = self.fontMetrics().height() + ROW_SPACE
        self.verticalHeader().setDefaultSectionSize(height)
        self.setMinimumHeight(round(LEAST * shown.scale))
        self.viewport().update()

    def fit_columns(self, letters: Sequence[int]) -> None:
        """Give columns their widths in letters, but each as much as its heading needs."""
        metrics, model = self.horizontalHeader().fontMetrics(), self.model()
        letter = self.fontMetrics().averageCharWidth()
        for column, count in enumerate(letters):
            heading = f"{model.headerData(column, Qt.Orientation.Horizontal)}"
            wanted = max(letter * count, metrics.horizontalAdvance(heading))
            self.setColumnWidth(column, wanted + 2 * letter)

    def copied(self) -> str:
        """Return the selected rows, or all without any, as lines of cells between tabs."""
        model = self.model()
        rows = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        header = self._visible_columns(model)
        lines = [[_text(model, row, column) for column in header] for row in rows or _all(model)]
        if self.horizontalHeader().isVisible() and not rows:
            orientation = Qt.Orientation.Horizontal
            lines.insert(0, [str(model.headerData(each, orientation)) for each in header])
        return "\n".join("\t".join(line) for line in lines)

    def copy(self) -> int:
        """Put copied() on the clipboard; return the number of lines."""
        text = self.copied()
        QGuiApplication.clipboard().setText(text)
        return len(text.splitlines())

    def _visible_columns(self, model: QAbstractItemModel) -> list[int]:
        return [each for each in range(model.columnCount()) if not self.isColumnHidden(each)]


def _has_room(option: QStyleOptionViewItem, view: QTableView) -> bool:
    """Whether the figure that a text begins with can be told as a whole, or there is none."""
    figure, metrics = FIGURE.match(option.text), option.fontMetrics
    if figure is None or option.features & QStyleOptionViewItem.ViewItemFeature.WrapText:
        return True
    margin = view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, view) + 1
    room = option.rect.width() - 2 * margin
    if metrics.horizontalAdvance(option.text) <= room:
        return True
    is_left = option.textElideMode == Qt.TextElideMode.ElideLeft
    is_alone = figure.end() == len(option.text)
    return not (is_left or is_alone) and metrics.horizontalAdvance(figure[0] + CUT) <= room


def _text(model: QAbstractItemModel, row: int, column: int) -> str:
    return str(model.data(model.index(row, column)) or "")


def _all(model: QAbstractItemModel) -> range:
    return range(model.rowCount())
