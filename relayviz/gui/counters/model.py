"""The item model behind the counters table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.counters import verified
from relayviz.gui.counters.columns import COLUMNS, CPU, OFFSET, Column
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.numbers import AT_LEAST, grouped
from relayviz.model.sentence import as_sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.counters.columns import Figures
    from relayviz.gui.counters.verified import Found
    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot

NOWHERE = QModelIndex()
MANY_ROWS = 64
ALL_COLUMNS: tuple[Column | Found, ...] = (*COLUMNS, *verified.FOUND)
UNKNOWN = "?"
VALUE_ROLE = Qt.ItemDataRole.UserRole
CHANGED_ROLE = VALUE_ROLE + 1


class CountersModel(HeadedModel):
    """A row for each buffer. VALUE_ROLE has the number, CHANGED_ROLE whether it is new."""

    def __init__(self) -> None:
        super().__init__(
            [column.heading for column in ALL_COLUMNS], [column.tip for column in ALL_COLUMNS]
        )
        self._snapshot: Snapshot | None = None
        self._figures: list[Figures] = []
        self._changed: list[NDArray[np.bool_]] = []
        self._known: list[NDArray[np.bool_]] = []

    def show(self, snapshot: Snapshot | None) -> None:
        """Take the figures of a snapshot."""
        if snapshot is None or snapshot.rows != self.rowCount():
            self.beginResetModel()
            self._take(snapshot)
            self.endResetModel()
            return
        before = self._snapshot
        self._take(snapshot)
        if before is None:
            return
        dirty = np.flatnonzero(
            (before.buffers != snapshot.buffers) | before.changed.rows | snapshot.changed.rows
        )
        # a sorted view moves each row that is told of: few of thousands, if possible
        if len(dirty) > MANY_ROWS:
            self._tell(0, snapshot.rows - 1)
        else:
            for row in dirty:
                self._tell(int(row), int(row))

    def widest(self, column: int) -> str:
        """Return the longest figure of a column as text."""
        figures = self._figures[column] if self._figures else ()
        if not len(figures):
            return ""
        most = int(np.max(figures))
        return f"{self._sign(column, most)}{_text(column, most)}"

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of buffers."""
        return 0 if parent.isValid() or self._snapshot is None else self._snapshot.rows

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return number, text, font and colour of a cell."""
        if self._snapshot is None or not index.isValid():
            return None
        place, row = index.column(), index.row()
        if not self._known[place][row]:
            return _unknown(place, role)
        figure = int(self._figures[place][row])
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{self._sign(place, figure)}{_text(place, figure)}"
            case Qt.ItemDataRole.UserRole:
                return figure
            case Qt.ItemDataRole.ToolTipRole:
                column = ALL_COLUMNS[place]
                text = f"{self._sign(place, figure)}{_text(place, figure)}"
                return f"{column.heading}: {text}\n{column.tip}{self._began(place)}"
        return self._look(row, place, role)

    def _sign(self, place: int, figure: int) -> str:
        """Return what stands before a figure of which more may be true."""
        is_least = (
            self._snapshot is not None
            and place < len(COLUMNS)
            and any(map(self._snapshot.is_least, COLUMNS[place].fields))
        )
        return AT_LEAST if is_least and figure else ""

    def _began(self, place: int) -> str:
        """Return what a count of events began with, if the channel was taken over."""
        is_count = place < len(COLUMNS) and COLUMNS[place].fields[0].startswith("account.")
        counted = self._snapshot.counted if self._snapshot is not None and is_count else ""
        return f"\n{as_sentence(counted)}" if counted else ""

    def _look(self, row: int, place: int, role: int) -> object:
        is_changed = bool(self._changed[place][row])
        match role:
            case Qt.ItemDataRole.FontRole:
                font = theme.current().mono()
                font.setBold(is_changed)
                return font
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[self._colour(row, place)]
            case Qt.ItemDataRole.BackgroundRole if is_changed:
                return theme.current()[Role.BUTTON_HOVER]
        return is_changed if role == CHANGED_ROLE else None

    def _colour(self, row: int, place: int) -> Role:
        if ALL_COLUMNS[place].is_loss and self._figures[place][row]:
            return Role.ERROR
        if place == OFFSET and self._snapshot is not None and self._snapshot.is_blocked(row):
            return Role.ERROR
        return Role.TEXT_STRONG if self._changed[place][row] else Role.TEXT

    def _take(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot
        self._figures, self._changed, self._known = [], [], []
        if snapshot is not None:
            self._figures = [column.figures(snapshot.buffers) for column in COLUMNS]
            self._changed = [column.changed(snapshot) for column in COLUMNS]
            self._known = [column.known(snapshot) for column in COLUMNS]
            found = verified.figures(snapshot)
            self._figures += found
            self._changed += [np.zeros(snapshot.rows, np.bool_)] * len(found)
            self._known += [np.ones(snapshot.rows, np.bool_)] * len(found)

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(ALL_COLUMNS) - 1))


def _unknown(column: int, role: int) -> object:
    """Return what stands in place of a figure that nobody can tell; it sorts below all others."""
    heading, tip = ALL_COLUMNS[column].heading, ALL_COLUMNS[column].tip
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return UNKNOWN
        case Qt.ItemDataRole.ToolTipRole:
            return f"{heading}: {NOT_KNOWN}\n{tip}"
        case Qt.ItemDataRole.AccessibleTextRole:
            return NOT_KNOWN
        case Qt.ItemDataRole.ForegroundRole:
            return theme.current()[Role.TEXT_DIM]
        case Qt.ItemDataRole.UserRole:
            return -1
    return None


def _text(column: int, figure: int) -> str:
    """Return a figure as it is read; a CPU's number is a name, and no group of digits."""
    return str(figure) if column == CPU else grouped(figure)
