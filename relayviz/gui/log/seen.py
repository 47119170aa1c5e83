"""The log of a channel that is only looked at: what looks found to have happened to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QHeaderView

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.widgets.table import Index
    from relayviz.model.engine.foreign import Seen

NOWHERE = QModelIndex()
HEADINGS = ("at", "what was seen")
TIPS = ("When it was looked at and found so.", "What had happened since the look before.")


class SeenModel(HeadedModel):
    """A row for each thing that was seen."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self._seen: Sequence[Seen] = ()

    def show(self, seen: Sequence[Seen]) -> None:
        """Take what was seen, the oldest first."""
        if seen != self._seen:
            self.beginResetModel()
            self._seen = seen
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of things."""
        return 0 if parent.isValid() else len(self._seen)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text and colour of a cell."""
        if not index.isValid():
            return None
        one = self._seen[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return clock(one) if index.column() == 0 else f"{'▲ ' * one.is_bad}{one.text}"
            case Qt.ItemDataRole.ToolTipRole:
                return one.text
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[Role.WARNING if one.is_bad else Role.TEXT]
        return None


class SeenTable(Table):
    """What was seen, the newest in sight."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("What was seen to happen to the channel", parent)
        self.rows = SeenModel()
        self.setModel(self.rows)
        header = self.horizontalHeader()
        header.setResizeContentsPrecision(-1)  # before it is laid out no row is visible
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.rows.modelReset.connect(self.scrollToBottom)


def clock(one: Seen) -> str:
    """Return when it was seen, by the clock."""
    return time.strftime("%H:%M:%S", time.localtime(one.time))
