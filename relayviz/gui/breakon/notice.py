"""What stopped a run, in the row of the tabs: the words, "Show me", and a way to put it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.space import keep_space
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Hit


def hit_words(hit: Hit) -> str:
    """Say what stopped a run, with its figures."""
    event = "" if hit.event is None else f", event {grouped(hit.event)}"
    return (
        f"Stopped at {hit.seconds:.3f} s: {hit.what}, cpu {hit.cpu}{event}"
        f" ({hit.entry.replace('_', ' ')} = {grouped(hit.value)})"
    )


class HitNotice(QFrame):
    """There while a hit holds the run up and was not put away; it takes no room else."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("hit")
        self._controller = controller
        self._hit: Hit | None = None
        self._put_away: Hit | None = None
        self.words = QLabel(self)
        self.words.setAccessibleName("What stopped the run")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton("Show me", self)
        self.button.setToolTip("Select the CPU and show its ring.")
        away = QToolButton(self)
        away.setObjectName("flat")
        away.setText("✕")
        away.setAccessibleName("Put this notice away")
        away.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 2, 0)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        layout.addWidget(away)
        self.button.clicked.connect(self.show_place)
        away.clicked.connect(self._hide)
        keep_space(self)
        controller.theme_changed.connect(self._colour)
        self._colour()
        self.hide()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the hit that stopped the channel shown, if it stands because of one."""
        live = snapshot.live if snapshot is not None else None
        hit = live.hit if live is not None and not live.running else None
        if hit == self._hit:
            return
        self._hit = hit
        self.setVisible(hit is not None and hit != self._put_away)
        if hit is not None:
            text = hit_words(hit)
            self.words.setText(f"● {text}")
            self.words.setToolTip(text)
            self.setAccessibleName(text)

    @Slot()
    def show_place(self) -> None:
        """Select where it was met."""
        snapshot = self._controller.snapshot
        if self._hit is None or snapshot is None:
            return
        row = snapshot.row_of(self._hit.cpu)
        if row is not None:
            self._controller.select(row, snapshot.write_position(row).subbuf)
        self._controller.dock_wanted.emit("rings", "")

    @Slot()
    def _hide(self) -> None:
        self._put_away = self._hit
        self.hide()

    @Slot()
    def _colour(self) -> None:
        self.words.setStyleSheet(f"color: {themes.current()[Role.ERROR].name()}")
