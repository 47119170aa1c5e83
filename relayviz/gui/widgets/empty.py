"""Empty states: where there is nothing to show, say why or what to do, and offer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class Stack(QStackedWidget):
    """Either a view, or a sentence in its place."""

    def __init__(self, content: QWidget, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        self._sentence = _sentence(sentence, self)
        self.addWidget(content)
        self.addWidget(self._sentence)

    def show_content(self, there_is: bool) -> None:
        """Show the view, or the sentence if there is nothing to show."""
        self.setCurrentWidget(self._content if there_is else self._sentence)

    def say(self, sentence: str) -> None:
        """Change the sentence."""
        if sentence != self._sentence.text():
            self._sentence.setText(sentence)


class Filtered(QStackedWidget):
    """What a filter lets through, or that it lets nothing through, with a button to clear it.

    Args:
        content: The view.
        clear: Clears the filter.
        parent: Where it stands.

    Attributes:
        sentence: What is said instead.
        button: Clears the filter.
    """

    def __init__(self, content: QWidget, clear: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        self._page = QWidget(self)
        self.sentence = _sentence("", self._page)
        self.button = QPushButton("Clear the filter", self._page)
        self.button.clicked.connect(lambda _checked=False: clear())
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self.sentence)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.addWidget(content)
        self.addWidget(self._page)

    def show_found(self, nothing: str) -> None:
        """Show the view, or why there is nothing in it.

        Args:
            nothing: The sentence; empty: there is something.
        """
        self.sentence.setText(nothing)
        self.setCurrentWidget(self._page if nothing else self._content)


def _sentence(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName("dim")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label
