"""Empty states: where there is nothing to show, say what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget


class Stack(QStackedWidget):
    """Either a view, or a sentence in its place."""

    def __init__(self, content: QWidget, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        self._sentence = QLabel(sentence, self)
        self._sentence.setObjectName("dim")
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(content)
        self.addWidget(self._sentence)

    def show_content(self, there_is: bool) -> None:
        """Show the view, or the sentence if there is nothing to show."""
        self.setCurrentWidget(self._content if there_is else self._sentence)
