"""The item model behind the Breakpoints dock: a row for each, with a box to switch it off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.desk.notebook import Notebook
    from relayviz.gui.widgets.table import Index
    from relayviz.model.condition.breakpoint import Breakpoint

WHAT, HITS = range(2)
HEADINGS = ("stops at", "hits")
TIPS = (
    "What Run stops at. The box, or Space, switches it off and on; Del removes it.",
    "How often it is met on the branch shown, and which of them the step shown is.",
)
NOWHERE = QModelIndex()


class BreakpointsModel(HeadedModel):
    """Rows are the breakpoints noted, in their order."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(HEADINGS, TIPS)
        self._notebook = notebook
        self._rows: tuple[Breakpoint, ...] = ()
        self._hits: tuple[str, ...] = ()
        self._here: tuple[bool, ...] = ()

    def show(self, step: int) -> None:
        """Show the breakpoints as they are now, seen from a step."""
        rows = self._notebook.notes.breakpoints
        found = [self._notebook.hits(one) for one in rows]
        hits = tuple(_words(one, len(steps)) for one, steps in zip(rows, found, strict=True))
        here = tuple(
            one.enabled and bool((steps == step).any())
            for one, steps in zip(rows, found, strict=True)
        )
        if rows != self._rows:
            self.beginResetModel()
            self._rows, self._hits, self._here = rows, hits, here
            self.endResetModel()
        elif (hits, here) != (self._hits, self._here):
            self._hits, self._here = hits, here
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, HITS))

    def at(self, row: int) -> Breakpoint | None:
        """Return the breakpoint of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of breakpoints."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        plain = super().flags(index)
        return plain | Qt.ItemFlag.ItemIsUserCheckable if index.column() == WHAT else plain

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, box, tooltip and colour of a cell."""
        one = self.at(index.row()) if index.isValid() else None
        if one is None:
            return None
        is_title = index.column() == WHAT
        if role == Qt.ItemDataRole.CheckStateRole:
            return _box(one) if is_title else None
        return self._look(index, role, one, is_title=is_title)

    def _look(self, index: Index, role: int, one: Breakpoint, *, is_title: bool) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _title(one) if is_title else self._hits[index.row()]
            case Qt.ItemDataRole.ToolTipRole:
                return f"{_title(one)}\n{TIPS[index.column()]}"
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[self._colour(index.row(), one)]
            case Qt.ItemDataRole.FontRole if self._here[index.row()]:
                return theme.current().font(bold=True)
        return None

    def setData(  # noqa: N802  Qt's name
        self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Switch a breakpoint off or on."""
        one = self.at(index.row())
        if role != Qt.ItemDataRole.CheckStateRole or one is None:
            return False
        enabled = Qt.CheckState(value) == Qt.CheckState.Checked
        self._notebook.put_breakpoint(index.row(), replace(one, enabled=enabled))
        return True

    def _colour(self, row: int, one: Breakpoint) -> Role:
        if not one.enabled:
            return Role.TEXT_DIM
        return Role.ERROR if self._here[row] else Role.TEXT


def _box(one: Breakpoint) -> Qt.CheckState:
    return Qt.CheckState.Checked if one.enabled else Qt.CheckState.Unchecked


def _title(one: Breakpoint) -> str:
    return one.title if one.hits == 1 else f"{one.title}, from hit {one.hits} on"


def _words(one: Breakpoint, count: int) -> str:
    if not one.enabled:
        return "off"
    return grouped(count) if count else "—"
