"""The strip that tells what a scenario shows, for as long as its tab is in front."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.widgets.wrapped import WrappedText
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller


class Story(FixedBar):
    """Title and text of the session in front; hidden where it has none, or was put away."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__("Story", "bar.story", parent)
        self._controller = controller
        self._read: set[str] = set()
        self._has_width = False  # it was laid out: before that no height would be right
        frame = QFrame(self)
        frame.setObjectName("banner")
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text = WrappedText("", frame)
        self.text.setAccessibleName("What this session shows")
        self.button = QToolButton(frame)
        self.button.setObjectName("flat")
        self.button.setText("✕")
        self.button.setToolTip("Put the text away")
        self.button.setAccessibleName("Put the text away")
        self.button.clicked.connect(self._put_away)
        layout = QHBoxLayout(frame)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self.addWidget(frame)
        controller.notebook.changed.connect(self.show_story)
        controller.tabs_changed.connect(self.show_story)
        self.hide()

    @Slot()
    def show_story(self) -> None:
        """Show the text of the session in front beside its steps, which it is about."""
        notes = self._controller.notebook.notes
        words = " ".join(notes.text.split())
        is_stepped = not self._controller.can.isdisjoint({Can.STEP, Can.SEEK, Can.INSIDE})
        if words and words not in self._read and is_stepped:
            title = f"<b>{escape(notes.title)}.</b> " if notes.title else ""
            self.text.setText(title + escape(words))
            if self._has_width:
                self.text.fit()
            self.show()
            self._has_width = True
        else:
            self.hide()

    @Slot()
    def _put_away(self) -> None:
        self._read.add(" ".join(self._controller.notebook.notes.text.split()))
        self.hide()
