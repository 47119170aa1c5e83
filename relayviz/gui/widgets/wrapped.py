"""A text that is wrapped, and just as high as that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class WrappedText(QLabel):
    """Wrapped text that is exactly as high as its width makes it: bars do not ask for that."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_words(self, text: str) -> None:
        """Show other text."""
        self.setText(text)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Take the height that the new width needs."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Take the height that the text needs at its width.

        Before a bar is laid out its text is narrow, and would be so high that the window grew.
        """
        width = max(self.width(), self.window().width() // 2)
        self.setFixedHeight(max(0, self.heightForWidth(width)))  # -1: there is no text
