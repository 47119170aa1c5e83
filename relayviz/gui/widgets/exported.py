"""What a panel gives to be exported: drawings and sentences for a picture, rows for a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QTableView, QWidget

ON_A_PICTURE = 200  # rows that a picture shows


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something drawn.

    Attributes:
        width: In logical pixels.
        height: The same.
        draw: Draws it, its corner at the painter's origin.  arg: pixels of the picture in one of
            the painter's.
    """

    width: int
    height: int
    draw: Callable[[QPainter, float], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table.

    Attributes:
        headings: Of the columns.
        lines: The cells of each row: figures as numbers, texts as texts. Can be gone through once.
        count: How many rows there are in the whole table.
    """

    headings: Sequence[str]
    lines: Iterable[Sequence[object]]
    count: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows, from top to bottom.

    Attributes:
        drawings: Below each other.
        said: Sentences below them.
        rows: A table below these; None: none.
    """

    drawings: Sequence[Drawing] = ()
    said: Sequence[str] = ()
    rows: Rows | None = None


def drawing_of(widget: QWidget) -> Drawing:
    """Return a widget as it is on screen."""

    def draw(painter: QPainter, ratio: float) -> None:
        del ratio
        widget.render(painter, QPoint(0, 0))

    return Drawing(widget.width(), widget.height(), draw)


def rows_of(table: QTableView, role: int = Qt.ItemDataRole.DisplayRole) -> Rows:
    """Return what a table shows, in its order, without hidden columns.

    Args:
        table: The table.
        role: What a cell gives.
    """
    model = table.model()
    columns = [each for each in range(model.columnCount()) if not table.isColumnHidden(each)]
    headings = [str(model.headerData(each, Qt.Orientation.Horizontal) or "") for each in columns]
    count = model.rowCount()
    lines = ([model.index(row, each).data(role) for each in columns] for row in range(count))
    return Rows(headings, lines, count)


def near(count: int, at: int, most: int | None) -> range:
    """Return the rows of a table that are wanted.

    Args:
        count: How many there are.
        at: The one in the middle.
        most: No more than so many; None: all.
    """
    if most is None or count <= most:
        return range(count)
    first = min(max(at - most // 2, 0), count - most)
    return range(first, first + most)
