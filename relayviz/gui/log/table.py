"""The table of the Log: columns as wide as what is on screen needs; what is longer is wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QModelIndex, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from relayviz.gui.log.model import BRANCH, OPERATION, RESULT, STEP
from relayviz.gui.look import theme as themes
from relayviz.gui.widgets.table import ROW_SPACE, Cells, Table

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.look.theme import Theme

CELL_SPACE = 14
ROUNDING = 2  # pixels that text takes more than its metrics tell, on a screen with a scale
LARGEST_PART = 0.45  # of the width, that the operation may have
BRANCH_PART = 0.18  # and the branch: what came of it is wanted more
TRIES = 4


def breakable(text: str) -> str:
    """Return a text that may be wrapped behind the underscores of a long name, too."""
    return text.replace("_", "_\u200b")


class _Breaks(Cells):
    """Wraps long names as well."""

    def displayText(self, value: object, locale: QLocale | QLocale.Language) -> str:  # noqa: N802
        return breakable(super().displayText(value, locale))


class LogTable(Table):
    """A row gets the lines that it needs when it comes on screen: there may be a million."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._width = 0
        self._tall: set[int] = set()  # rows of more than a line
        self.setItemDelegate(_Breaks(self))
        self.setWordWrap(True)
        self._rest = QTimer(self)  # what a frame shows is measured once
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self.fit)
        self.verticalScrollBar().valueChanged.connect(self._fit_soon)
        self.verticalHeader().sectionResized.connect(self._fit_soon)

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802  Qt's name
        """Show a model; the result has the room that the other columns leave."""
        super().setModel(model)
        if model is not None:
            model.modelReset.connect(self._begin_anew)
        self.horizontalHeader().setSectionResizeMode(RESULT, QHeaderView.ResizeMode.Stretch)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts."""
        super().apply_theme(shown)
        self._begin_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Fit them to another width."""
        super().resizeEvent(event)
        self._rest.start()

    @Slot()
    def _begin_anew(self) -> None:
        """Forget how wide the texts of another channel were."""
        self._width = 0
        self._rest.start()

    @Slot()
    def _fit_soon(self) -> None:
        self._rest.start()

    @Slot()
    def fit(self) -> None:
        """Fit columns and lines to the rows on screen, and to those that come there by it."""
        width, bold = self.viewport().width(), QFontMetrics(themes.current().font(bold=True))
        if width != self._width:
            self._begin_at(width)
        for _ in range(TRIES):
            rows = self._rows_on_screen()
            self._fit_columns(rows, bold, width)
            if not self._fit_lines(rows, bold):
                return

    def show_row(self, row: QModelIndex) -> None:
        """Have a row in sight; those that come with it may need more lines than was known."""
        for _ in range(TRIES):
            self.scrollTo(row, QAbstractItemView.ScrollHint.EnsureVisible)
            before = self.visualRect(row)
            self.fit()
            if self.visualRect(row) == before:
                return

    def _fit_columns(self, rows: range, bold: QFontMetrics, width: int) -> None:
        texts = (breakable(self._text(row, OPERATION)) for row in rows)
        words = (word for text in texts for word in text.replace("\u200b", " ").split())
        longest = max((bold.horizontalAdvance(word) for word in words), default=0) + CELL_SPACE
        self._fit_column(STEP, rows, bold, width)
        self._fit_column(OPERATION, rows, bold, max(int(width * LARGEST_PART), longest))
        self._fit_column(BRANCH, rows, bold, int(width * BRANCH_PART))

    def _fit_lines(self, rows: range, bold: QFontMetrics) -> bool:
        """Make rows as high as they need; True: one was not."""
        header, line = self.verticalHeader(), self.fontMetrics().lineSpacing()
        usual = header.defaultSectionSize()
        most = usual + max(0, self.viewport().height() - usual) // line * line  # seen at once
        is_other = False
        for row in rows:
            height = min(max(usual, self._height_of(row, bold) + ROW_SPACE), most)
            if header.sectionSize(row) != height:
                header.resizeSection(row, height)
                is_other = True
            if height > usual:
                self._tall.add(row)
        if is_other:
            self.updateGeometries()  # how far one can scroll is wanted at once
        return is_other

    def _begin_at(self, width: int) -> None:
        """Begin with narrow columns and a line for each row."""
        header, self._width = self.verticalHeader(), width
        for row in self._tall & set(range(header.count())):
            header.resizeSection(row, header.defaultSectionSize())
        self._tall.clear()
        for column in (STEP, OPERATION, BRANCH):
            self.setColumnWidth(column, self._heading(column) + CELL_SPACE)

    def _rows_on_screen(self) -> range:
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        count = self.model().rowCount()
        return range(max(first, 0), count if last < 0 else last + 1)

    def _text(self, row: int, column: int) -> str:
        model = self.model()
        return str(model.data(model.index(row, column)) or "")

    def _fit_column(self, column: int, rows: range, metrics: QFontMetrics, most: int) -> None:
        """Make a column as wide as its texts, if it is narrower: it does not jump to and fro."""
        if self.isColumnHidden(column) or not rows:
            return
        wide = max(metrics.horizontalAdvance(self._text(row, column)) for row in rows)
        wide = min(wide + CELL_SPACE + ROUNDING, most)
        if self.columnWidth(column) < wide:
            self.setColumnWidth(column, wide)

    def _heading(self, column: int) -> int:
        header = self.horizontalHeader()
        return header.fontMetrics().horizontalAdvance(
            str(self.model().headerData(column, header.orientation()))
        )

    def _wrapped(self) -> tuple[int, ...]:
        """Return the columns whose texts may have several lines."""
        return (OPERATION, RESULT) if self.isColumnHidden(BRANCH) else (OPERATION, RESULT, BRANCH)

    def _height_of(self, row: int, metrics: QFontMetrics) -> int:
        """Return how high the texts of a row are at the columns' widths."""
        texts = {each: breakable(self._text(row, each)) for each in self._wrapped()}
        return max(
            height_of(text, self.columnWidth(column) - CELL_SPACE, metrics)
            for column, text in texts.items()
        )


def height_of(text: str, width: int, metrics: QFontMetrics) -> int:
    """Return how high a text is that is wrapped at a width."""
    if "\n" not in text and metrics.horizontalAdvance(text) <= width:
        return metrics.height()
    room = QRect(0, 0, max(width, 1), 1 << 20)
    return metrics.boundingRect(room, Qt.TextFlag.TextWordWrap.value, text).height()
