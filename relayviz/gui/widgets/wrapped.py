"""A text that is wrapped, and just as high as that makes it; a page of such texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

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
        self.setMinimumHeight(0)  # or the label would ask for no less
        self.setFixedHeight(max(0, self.heightForWidth(width)))  # -1: there is no text


class Tall(QScrollArea):
    """A page that is scrolled where a window is too low for its texts: none is over another."""

    def __init__(self, body: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(body)
        body.setObjectName("plain")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Take the height that the new width needs."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Give the content the height that its texts need; more where there is more."""
        body = self.widget()
        layout = body.layout() if body is not None else None
        if body is not None and layout is not None:
            width = self.viewport().width()
            wrapped = layout.totalMinimumHeightForWidth(width)
            body.setMinimumHeight(max(wrapped, layout.totalMinimumSize().height()))
            body.setMinimumWidth(0)
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(layout.totalMinimumSize().width() + bar)

    def reveal(self, part: QWidget) -> None:
        """Scroll to a part of the page that was just put there."""
        body = self.widget()
        layout = body.layout() if body is not None else None
        if layout is not None:
            self.fit()
            layout.activate()
            self.ensureWidgetVisible(part, 0, 0)
