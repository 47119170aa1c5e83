"""The small window that finds steps at which a condition holds, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from relayviz.gui.widgets.completion import NameCompleter
from relayviz.model.condition.language import ConditionError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.condition.search import Which

BUTTONS: dict[Which, str] = {
    "first": "&First",
    "previous": "&Previous",
    "next": "&Next",
    "last": "&Last",
}
WIDTH = 460
HINT = "lost > 0 and ready[1] == n_subbufs"


class FindDialog(QDialog):
    """A condition, and where it holds. The main window stays usable beside it."""

    def __init__(self, controller: Controller, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a step")
        self._controller = controller
        label = QLabel("A step at which this holds:", self)
        self.field = QLineEdit(text, self)
        self.field.setPlaceholderText(HINT)
        self.field.setAccessibleName("Condition")
        self.names = NameCompleter(self.field, lambda: controller.notebook.meanings)
        self.field.selectAll()
        label.setBuddy(self.field)
        self.message = QLabel(" ", self)
        self.message.setWordWrap(True)
        self.message.setObjectName("dim")
        row = QHBoxLayout()
        self.buttons: dict[Which, QPushButton] = {}
        for which, words in BUTTONS.items():
            button = QPushButton(words, self)
            button.setAutoDefault(which == "next")
            button.setDefault(which == "next")
            button.clicked.connect(lambda _checked=False, which=which: self.seek(which))
            row.addWidget(button)
            self.buttons[which] = button
        layout = QVBoxLayout(self)
        layout.addWidget(label)
        layout.addWidget(self.field)
        layout.addLayout(row)
        layout.addWidget(self.message)
        self.setMinimumWidth(WIDTH)
        self.field.textEdited.connect(self._clear)

    def seek(self, which: Which) -> None:
        """Go to a step, and say how many there are."""
        try:
            words, wrong = self._controller.notebook.find(self.field.text(), which), False
        except ConditionError as error:
            words, wrong = str(error), True
        self._tell(words, wrong=wrong)

    @Slot()
    def _clear(self) -> None:
        self._tell(" ", wrong=False)

    def _tell(self, words: str, *, wrong: bool) -> None:
        self.message.setText(words)
        self.message.setObjectName("error" if wrong else "dim")
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.field.setProperty("wrong", wrong)
        for widget in (self.message, self.field):
            widget.style().polish(widget)
