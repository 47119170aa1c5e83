"""The view in the Channel dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from relayviz.gui.channel.model import VALUE, ChannelModel
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, rows_of
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.table import Table

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = "No channel is open.\nPress Ctrl+N to open one."


class ChannelPanel(Panel):
    """Name and value, line by line; the value of what the last step changed is bold."""

    live_interval_ms = 200

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.model = ChannelModel()
        self.table = Table("Properties of the channel", self)
        self.table.setModel(self.model)
        self.table.horizontalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        self._stack = Stack(self.table, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the lines of a snapshot."""
        self.model.show(snapshot)
        self._stack.show_content(snapshot is not None)

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the lines."""
        del most
        return rows_of(self.table)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.table.apply_theme(shown)
