"""The item model behind the Channel dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.channel.facts import Fact, facts_of
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel

if TYPE_CHECKING:
    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.snapshot import Snapshot

NAME, VALUE = range(2)
HEADINGS = ("property", "value")
NOWHERE = QModelIndex()


class ChannelModel(HeadedModel):
    """Lines of name and value."""

    def __init__(self) -> None:
        super().__init__(HEADINGS)
        self._facts: tuple[Fact, ...] = ()

    def show(self, snapshot: Snapshot | None) -> None:
        """Take the lines of a snapshot; None: no lines."""
        facts = facts_of(snapshot) if snapshot is not None else ()
        if len(facts) != len(self._facts):
            self.beginResetModel()
            self._facts = facts
            self.endResetModel()
        elif facts != self._facts:
            self._facts = facts
            self.dataChanged.emit(self.index(0, NAME), self.index(len(facts) - 1, VALUE))

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._facts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip, font and colour of a cell."""
        if not index.isValid():
            return None
        fact, is_value = self._facts[index.row()], index.column() == VALUE
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return fact.value if is_value else fact.name
            case Qt.ItemDataRole.ToolTipRole:
                return f"{fact.name}: {fact.whole or fact.value}\n{fact.tip}"
            case Qt.ItemDataRole.FontRole if is_value:
                font = theme.current().mono()
                font.setBold(fact.is_changed)
                return font
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[_colour(fact, is_value=is_value)]
        return None


def _colour(fact: Fact, *, is_value: bool) -> Role:
    if not is_value:
        return Role.TEXT_DIM
    if fact.is_bad:
        return Role.ERROR
    return Role.TEXT_STRONG if fact.is_changed else Role.TEXT
