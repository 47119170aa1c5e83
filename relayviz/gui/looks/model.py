"""What looks found to be new, as rows of a table: one for each buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.numbers import byte_rate, grouped, plural, short

if TYPE_CHECKING:
    from relayviz.gui.widgets.table import Index
    from relayviz.model.kernel.changes import Change
    from relayviz.model.kernel.looks import Course, Looks

HEADINGS = (
    "cpu",
    "new at the last look",
    "finished/s",
    "consumed/s",
    "stored/s",
    "finished",
    "consumed",
    "stored",
    "overwritten",
    "refused",
)
TIPS = (
    "The CPU of the buffer.",
    "What differs from the look before.",
    "Sub-buffers finished in a second, over the last second or the last two looks.",
    "Sub-buffers reported as consumed in a second, over the same.",
    "Bytes stored in a second, headers among them, over the same.",
    "Sub-buffers finished since the first look.",
    "Sub-buffers reported as consumed since the first look.",
    "Bytes stored since the first look; “≤”: at most, sub-buffers gone unseen count as full.",
    "Sub-buffers overwritten since the first look, and not counted as consumed afterwards.",
    "Looks at which the last switch was refused, and had not been before.",
)
LOST = (8, 9)
NOWHERE = QModelIndex()


class LooksModel(HeadedModel):
    """A row for each buffer."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._rows: list[tuple[str, ...]] = []

    def show(self, looks: Looks | None) -> None:
        """Take what looks found; None: there is but one look."""
        rows = []
        if looks is not None:
            rows = [cells(*pair) for pair in zip(looks.cpus, looks.courses, strict=True)]
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows != self._rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(HEADINGS) - 1))

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of buffers."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text and colour of a cell."""
        if not index.isValid():
            return None
        text, column = self._rows[index.row()][index.column()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.ToolTipRole:
                return f"{HEADINGS[column]}: {text}\n{TIPS[column]}"
            case Qt.ItemDataRole.ForegroundRole:
                is_loss = column in LOST and text != "0"
                return theme.current()[Role.ERROR if is_loss else Role.TEXT]
        return None


def cells(cpu: int, course: Course) -> tuple[str, ...]:
    """Return what a row says of a buffer."""
    sums, rates = course.sums, course.rates
    return (
        str(cpu),
        news(course.last),
        short(rates[0]),
        short(rates[1]),
        byte_rate(rates[2]),
        grouped(sums.finished),
        grouped(sums.consumed),
        f"{'≤ ' if course.is_most else ''}{grouped(sums.stored)} B",
        grouped(sums.overwritten),
        grouped(sums.refused),
    )


def news(last: Change | None) -> str:
    """Say what a look found to be new."""
    if last is None:
        return f"{NOT_KNOWN}: the counters are others"
    told = []
    if last.stored:
        told.append(f"{'≤ ' if last.is_most else ''}{plural(last.stored, 'byte')} stored")
    if last.finished:
        told.append(f"{grouped(last.finished)} finished")
    if last.consumed:
        told.append(f"{grouped(last.consumed)} consumed")
    elif last.read:
        told.append("read from")
    if last.overwritten:
        told.append(f"{grouped(last.overwritten)} overwritten")
    if last.refused:
        told.append("a switch refused")
    return ", ".join(told) or "nothing"
