"""A page of the records of a capture: as many rows as are on screen, decoded when they are drawn.

There may be ten million records. Qt's views keep something for every row of a model, so the model
has only those on screen, and the panel's own scroll bar says which these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.capture.columns import Column, columns_of
from relayviz.model.capture.tape import NO_CPU
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.widgets.table import Index
    from relayviz.model.capture.tape import Tape
    from relayviz.model.engine.taped import TapedEngine

    Places = NDArray[np.uint32]

NOWHERE = QModelIndex()
READING = "…"
NANO = 1e9


class RecordsModel(HeadedModel):
    """Rows of a page; a row's record is at `place_at`.

    Attributes:
        columns: What is shown of each record.
        written: How many records are written at the moment that is shown; those behind are pale.
    """

    def __init__(self) -> None:
        super().__init__(())
        self.columns: tuple[Column, ...] = ()
        self.written = 0
        self._engine: TapedEngine | None = None
        self._tape: Tape | None = None
        self._chosen: Places | None = None
        self._first = self._room = 0
        self._heads: dict[int, bytes] = {}

    # ---------------------------------------------------------------- what is shown

    @property
    def count(self) -> int:
        """How many records the filter lets through."""
        if self._tape is None:
            return 0
        return self._tape.count if self._chosen is None else len(self._chosen)

    @property
    def first(self) -> int:
        """The number of the first row on screen."""
        return self._first

    def show(self, engine: TapedEngine | None, chosen: Places | None) -> None:
        """Take other records; None of them: all as they are."""
        self.beginResetModel()
        tape = engine.tape if engine is not None else None
        if tape is None or self._tape is None or tape.layout is not self._tape.layout:
            self.columns = columns_of(tape.layout) if tape is not None else ()
            self._headings = tuple(column.heading for column in self.columns)
            self._tips = tuple(_tip(column) for column in self.columns)
        self._engine, self._tape, self._chosen = engine, tape, chosen
        self._heads = {}
        self.endResetModel()

    def turn_to(self, first: int, room: int) -> None:
        """Show another page.

        Args:
            first: Its first row, of all.
            room: How many rows there is room for.
        """
        first = max(0, min(first, self.count - room))
        if (first, room) == (self._first, self._room):
            return
        if room == self._room and self.rowCount() == min(room, self.count):
            self._first = first
            last = self.index(self.rowCount() - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._first, self._room = first, room
        self.endResetModel()

    def place_at(self, row: int) -> int:
        """Return the place of the record in a row of the page."""
        at = self._first + row
        return at if self._chosen is None else int(self._chosen[at])

    def number_of(self, place: int) -> int:
        """Return the number of the last record listed up to a place, in their order; -1: none."""
        if self._chosen is None:
            return min(place, self.count - 1)
        return int(np.searchsorted(self._chosen, place, side="right")) - 1

    def look(self) -> bool:
        """Ask for the bytes of the rows on screen; False: some are still being read."""
        if self._engine is None or not any(column.field for column in self.columns):
            return True
        places = [self.place_at(row) for row in range(self.rowCount())]
        found = self._engine.heads(places)
        if found.keys() != self._heads.keys():
            self._heads = found
            last = self.index(self.rowCount() - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        return len(found) == len(places)

    # ---------------------------------------------------------------- for the view

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of rows on the page."""
        return 0 if parent.isValid() else max(0, min(self._room, self.count - self._first))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, font and colour of a cell."""
        if not index.isValid() or self._tape is None or index.row() >= self.rowCount():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(self.place_at(index.row()), self.columns[index.column()])
            case Qt.ItemDataRole.FontRole:
                return theme.current().mono()
            case Qt.ItemDataRole.ForegroundRole:
                is_there = self.place_at(index.row()) < self.written
                return theme.current()[Role.TEXT if is_there else Role.TEXT_DIM]
        return None

    def text(self, place: int, column: Column) -> str:
        """Return what a record says in a column."""
        tape = self._tape
        if tape is None:
            return ""
        if column.field is None:
            return _figure(tape, place, column.figure)
        head = self._heads.get(place)
        if head is None:
            return READING
        order = tape.source_of(int(tape.order[place])).order
        return column.field.words(column.field.value(head, order))


def _figure(tape: Tape, place: int, figure: str) -> str:
    """Return what the index says of a record."""
    row = tape.row(place)
    match figure:
        case "place":
            return grouped(place + 1)
        case "cpu":
            cpu = tape.cpus[tape.buffer_of(place)]
            return "all" if cpu == NO_CPU else str(cpu)
        case "time":
            return f"{int(row['time']) / NANO:.9f}"
        case "sequence":
            return "" if int(row["kind"]) else str(int(row["sequence"]))
    return grouped(int(row[figure]))


def _tip(column: Column) -> str:
    if column.field is not None:
        field = column.field
        place = f"bytes {field.at}…{field.end - 1} of a record"
        return f"{field.name}: {field.form}, {place}. In a condition: {column.key}"
    return f"In a condition: {column.key}"
