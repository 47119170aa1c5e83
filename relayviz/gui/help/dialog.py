"""The window that shows a page of the help; the main window stays usable beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.help.pages import TITLES, page
from relayviz.gui.look.room import first_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.gui.actions import Action

WIDTH, HEIGHT = 780, 560


class HelpDialog(QDialog):
    """A page of text with a field to find something in it."""

    def __init__(self, name: str, actions: Iterable[Action], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(TITLES[name])
        self.text = QTextBrowser(self)
        self.text.setAccessibleName(TITLES[name])
        self.text.setHtml(page(name, actions))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find (Return: next)")
        self.field.setAccessibleName("Find")
        self.field.returnPressed.connect(self._find)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        if name != "about":
            layout.addWidget(self.field)
        self.field.setVisible(name != "about")
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Return in the field shall find, not close
        close.setDefault(False)
        if name != "about":
            self.field.setFocus()
        height = HEIGHT if name != "about" else HEIGHT // 2
        self.resize(first_size(self, (WIDTH, height)))

    @Slot()
    def _find(self) -> None:
        if not self.text.find(self.field.text()):
            # begin again at the top
            self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
            self.text.find(self.field.text(), QTextDocument.FindFlag(0))
