"""The item model behind the table of readers: what each descriptor was given, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.ledger.seen import Seen
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.widgets.table import Index
    from relayviz.model.ledger.delivery import Reader
    from relayviz.model.ledger.fate import FateIndex

HEADINGS = (
    *("reader", "cpu", "state", "bytes", "delivered", "in part"),
    *("twice", "torn", "too early", "skipped", "nobody's"),
)
TIPS = (
    "The slot of the descriptor.",
    "The CPU of its buffer. All descriptors of a buffer share one read position.",
    "Whether the descriptor is still open at the step shown.",
    "All bytes that read and splice returned, headers included.",
    "Events of which it got every byte.",
    "Events of which it got some bytes; the others can still come.",
    "Events of which it got some byte more than once: a read behind empty sub-buffers can do that.",
    "Events of which it got some bytes and never the others, or some that had been gone over.",
    "Events that were only reserved when it read them: nobody had stored their bytes yet.",
    "Events that it never got because the writer had lapped it.",
    "Bytes from sub-buffers that nobody had written since open or reset.",
)
FIRST_BAD = 6
NOWHERE = QModelIndex()


class ReadersTable(HeadedModel):
    """A row for each descriptor that was ever open."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._index: FateIndex | None = None
        self._step = 0
        self._readers: list[Reader] = []
        self._rows: dict[int, tuple[str | int, ...]] = {}  # those that were looked at

    def show(self, index: FateIndex | None, step: int) -> None:
        """Show what readers had been given at a step."""
        self.beginResetModel()
        self._index, self._step = index, step
        self._readers = [] if index is None else index.readers.at(step)
        self._rows.clear()
        self.endResetModel()

    def _row(self, row: int) -> tuple[str | int, ...]:
        if row not in self._rows and self._index is not None:
            self._rows[row] = _cells(self._index, self._readers[row], self._step)
        return self._rows[row]

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of readers."""
        return 0 if parent.isValid() else len(self._readers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, font and colour of a cell."""
        if not index.isValid():
            return None
        value = self._row(index.row())[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return grouped(value) if isinstance(value, int) else value
            case Qt.ItemDataRole.FontRole if isinstance(value, int):
                return theme.current().mono()
            case Qt.ItemDataRole.ToolTipRole:
                return TIPS[index.column()]
            case Qt.ItemDataRole.ForegroundRole:
                is_bad = index.column() >= FIRST_BAD and bool(value)
                return theme.current()[Role.ERROR if is_bad else Role.TEXT]
        return None


def _cells(index: FateIndex, reader: Reader, step: int) -> tuple[str | int, ...]:
    given = index.readers.given(reader, index.lane(reader.buffer), step)
    seen = tuple(given.events[flag] for flag in Seen)
    state = "open" if reader.closed > step else "closed"
    return reader.fd, reader.buffer, state, given.bytes, *seen, given.unwritten
