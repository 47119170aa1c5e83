"""The item model behind the Log: a row for each step of each branch, in the order made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.log.shown import Shown, result_of
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.channel.result import Outcome
from relayviz.model.ledger.following import SLICE
from relayviz.model.records.records import record_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History, Step
    from relayviz.model.ledger.fate import FateIndex

STEP, OPERATION, RESULT, BRANCH = range(4)
HEADINGS = ("step", "operation", "result", "branch")
COLUMNS = range(len(HEADINGS))
TIPS = (
    "The number of the step on its branch. A click goes there.",
    "What was done.",
    "What became of it.",
    "Acting in the past begins a branch; the old future stays here.",
)
NOWHERE = QModelIndex()
HERE, AHEAD, ASIDE = "▶", "·", "↳"


class LogModel(HeadedModel):
    """Rows are steps by id, without those that are forgotten.

    It only grows, until some are forgotten or another channel's history is followed.

    Attributes:
        shown: What stands in their lines; who changes it calls `show`.
    """

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self.shown = Shown.ALL
        self._history: History | None = None
        self._snapshot: Snapshot | None = None
        self._fates: FateIndex | None = None
        self._count = 0
        self._changes = 0  # of what is forgotten
        self._first: NDArray[np.uint64] | None = None  # ids of the first rows; None: the numbers
        self._next = 0  # the id of the row behind them

    def follow(
        self,
        history: History | None,
        snapshot: Snapshot | None,
        fates: FateIndex | None = None,
    ) -> None:
        """Show a history with the place that a snapshot has in it.

        Args:
            history: The history.
            snapshot: The snapshot.
            fates: Tells of records that were written in pieces.
        """
        self._fates = fates
        if history is not self._history or (history and history.changes != self._changes):
            self.beginResetModel()
            self._history, self._snapshot = history, snapshot
            self._begin(history)
            self.endResetModel()
            return
        before, self._snapshot = self._snapshot, snapshot
        self._grow()
        if self._count and snapshot is not before:
            self._mark(before, snapshot)

    def show(self, shown: Shown) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.shown = shown
        self.endResetModel()

    def step(self, row: int) -> Step | None:
        """Return the step of a row."""
        if self._history is None or not 0 <= row < self._count:
            return None
        first = self._first
        if first is None:
            return self._history.steps[row]
        is_first = row < len(first)
        return self._history.steps[int(first[row]) if is_first else row - len(first) + self._next]

    def _begin(self, history: History | None) -> None:
        self._changes, self._first, self._next = 0, None, 0
        if history is not None:
            self._changes = history.changes  # first: what changes meanwhile is seen next time
            self._first, self._next = history.kept_ids()
        self._count = self._next if self._first is None else len(self._first)

    def _row_of(self, step: int) -> int:
        """Return the row of a step, by its id."""
        if self._first is None:
            return step
        if step >= self._next:
            return step - self._next + len(self._first)
        return int(np.searchsorted(self._first, step))

    def cells(self, row: int) -> list[str]:
        """Return what stands in the line of a step."""
        step = self.step(row)
        return [] if step is None else [self._text(step, column) for column in COLUMNS]

    def result(self, step: Step) -> str:
        """Return what stands beside an operation."""
        return result_of(step, self.shown)

    @property
    def current_row(self) -> int:
        """The row of the step shown; -1: there is none."""
        return self._row_of(self._snapshot.made_by.id) if self._snapshot is not None else -1

    def is_current(self, step: Step) -> bool:
        """Return whether a step is the one shown."""
        return self._snapshot is not None and step.id == self._snapshot.made_by.id

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of steps."""
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip, font and colour of a cell."""
        step = self.step(index.row()) if index.isValid() else None
        if step is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(step, index.column())
            case Qt.ItemDataRole.UserRole:
                return step.id
            case Qt.ItemDataRole.ToolTipRole:
                result = result_of(step, Shown.ALL)
                words = f"{step.title()}\n{step.operation.describe()}\n→ {result}"
                return words + self._record_of(step)
        return self._look(step, index.column(), role)

    def _record_of(self, step: Step) -> str:
        """Say what became of the record that a step wrote a piece of, up to the step shown."""
        history, shown, fates = self._history, self._snapshot, self._fates
        if history is None or shown is None or fates is None or step.event is None:
            return ""
        if not step.operation.record or not history.on_path(step, shown.branch):
            return ""
        if step.depth > shown.step or not fates.follow(history, shown.branch, SLICE):
            return ""
        record = record_of(fates, step.event, shown.step)
        return "" if record is None else f"\n{record.told()}"

    def _look(self, step: Step, column: int, role: int) -> object:
        is_current = self.is_current(step)
        match role:
            case Qt.ItemDataRole.FontRole:
                return theme.current().font(bold=is_current)
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[self._colour(step, column)]
            case Qt.ItemDataRole.BackgroundRole if is_current:
                return theme.current()[Role.BUTTON_HOVER]
        return None

    def _grow(self) -> None:
        now = self._row_of(len(self._history.steps)) if self._history is not None else 0
        if now > self._count:
            self.beginInsertRows(NOWHERE, self._count, now - 1)
            self._count = now
            self.endInsertRows()

    def _mark(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """Tell which rows look different now: those between the two, all on another branch."""
        if before is None or after is None or before.branch != after.branch:
            first, last = 0, self._count - 1
        else:
            first, last = sorted(map(self._row_of, (before.made_by.id, after.made_by.id)))
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(HEADINGS) - 1))

    def _text(self, step: Step, column: int) -> str:
        if column == STEP:
            return f"{self._sign(step)}\u00a0{step.depth}"  # a number is not wrapped away
        if column == OPERATION:
            return step.title()
        if column == RESULT:
            return self.result(step)
        return self._history.branches[step.branch].title if self._history is not None else ""

    def _sign(self, step: Step) -> str:
        if self.is_current(step):
            return HERE
        if self._is_aside(step):
            return ASIDE
        return AHEAD if self._is_ahead(step) else " "

    def _is_ahead(self, step: Step) -> bool:
        return self._snapshot is not None and step.depth > self._snapshot.step

    def _is_aside(self, step: Step) -> bool:
        if self._snapshot is None or self._history is None:
            return False
        return not self._history.on_path(step, self._snapshot.branch)

    def _colour(self, step: Step, column: int) -> Role:
        if column in (STEP, BRANCH) or self._is_ahead(step) or self._is_aside(step):
            is_bad = column == RESULT and _is_bad(step)
            return Role.ERROR if is_bad and not self._is_aside(step) else Role.TEXT_DIM
        if column == RESULT and _is_bad(step):
            return Role.ERROR
        return Role.TEXT_STRONG if self.is_current(step) else Role.TEXT


def _is_bad(step: Step) -> bool:
    return step.is_loss or step.result.outcome is Outcome.ERROR
