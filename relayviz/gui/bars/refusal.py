"""Why the other side of a channel cannot be shown, and what to do: below the switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from relayviz.gui.widgets.space import keep_space

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.snapshot import Snapshot

WIDTH, BELOW = 380, 6


class Refusal(QFrame):
    """Over the docks until it is put away, or the channel shown is another one or has changed.

    Args:
        controller: What the window shows.
        switch: What was pressed; the words stand below it.
        window: The window.
    """

    def __init__(self, controller: Controller, switch: QWidget, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName("hit")
        self.setAutoFillBackground(True)
        self._controller, self._switch, self._window = controller, switch, window
        self._channel: object = None
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        away = QToolButton(self)
        away.setObjectName("flat")
        away.setText("✕")
        away.setAccessibleName("Put this away")
        away.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        away.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self.words, 1)
        layout.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)
        keep_space(self)
        self.hide()
        controller.running.refused.connect(self.show_words)
        controller.running.changing_changed.connect(self.hide)
        controller.snapshot_changed.connect(self._on_snapshot)

    @Slot(str)
    def show_words(self, text: str) -> None:
        """Show why, and what to do."""
        self._channel = self._now(self._controller.snapshot)
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setFixedWidth(WIDTH)
        self.setFixedHeight(self.layout().totalHeightForWidth(WIDTH))  # type: ignore[union-attr]
        corner = self._switch.mapTo(self._window, self._switch.rect().bottomRight())
        self.move(corner - QPoint(WIDTH, -BELOW))
        self.raise_()
        self.show()

    def _now(self, snapshot: Snapshot | None) -> object:
        """Return what the reason depends on."""
        mode = (snapshot.mode, snapshot.base_filename) if snapshot is not None else None
        return self._controller.source, mode

    @Slot(object)
    def _on_snapshot(self, snapshot: Snapshot | None) -> None:
        if self.isVisible() and self._now(snapshot) != self._channel:
            self.hide()
