"""The dock's content: the time line of the branch shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from relayviz.gui import theme as themes
from relayviz.gui.empty import Stack
from relayviz.gui.numbers import grouped
from relayviz.gui.panel import Panel
from relayviz.gui.timeline.view import TimelineView

if TYPE_CHECKING:
    from relayviz.gui.controller import Controller
    from relayviz.gui.theme import Theme
    from relayviz.model.snapshot import Snapshot

EMPTY = "No channel is open. Each operation becomes a step here, and you can go back to any."


class TimelinePanel(Panel):
    """Shows what happened at each step, and goes to any of them."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Timeline")
        self.view = TimelineView(themes.current(), self)
        self._stack = Stack(self.view, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.view.sought.connect(controller.seek)
        self.setFocusProxy(self.view)
        self._stack.show_content(False)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state."""
        engine = self.controller.engine
        self._stack.show_content(snapshot is not None)
        self.view.show_state(snapshot, engine.history if engine is not None else None)
        if snapshot is None:
            self.set_detail("")
        else:
            self.set_detail(f"step {grouped(snapshot.step)} of {grouped(snapshot.last_step)}")

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)
