"""A small question: to which stop an actor shall go on, or until which condition holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
)

from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.condition import InsideCondition

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.model.inside.acting import ActingEngine

ANY = "the end of its operation"


class UntilDialog(QDialog):
    """Asks where an actor shall stop.

    Signals:
        wanted: It shall go on.  args: its name, a stop or nothing, a condition or nothing.
    """

    wanted = Signal(str, str, str)

    def __init__(self, engine: ActingEngine, actor: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Let {actor} go on")
        self._actor = actor
        self.stop = QComboBox(self)
        self.stop.addItem(ANY)
        self.stop.addItems(sorted(engine.stops))
        self.stop.setAccessibleName("Stop to go to")
        self.stop.view().setAccessibleName("Stops to choose from")
        self.until = QLineEdit(self)
        self.until.setPlaceholderText("such as offset > 0 or destroyed > 0")
        self.until.setAccessibleName("Condition to go on until")
        self.message = QLabel(" ", self)
        self.message.setObjectName("error")
        self.message.setWordWrap(True)
        form = QFormLayout()
        form.addRow("&To the stop:", self.stop)
        form.addRow("or &until this holds:", self.until)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self.until.textChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept_it)
        self.buttons.rejected.connect(self.reject)

    @Slot(str)
    def _check(self, text: str) -> None:
        wrong = problem(text)
        self.message.setText(wrong or " ")
        self.stop.setEnabled(not text.strip())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)

    @Slot()
    def accept_it(self) -> None:
        """Tell where it shall stop, and close."""
        until = self.until.text().strip()
        stop = "" if until or self.stop.currentText() == ANY else self.stop.currentText()
        self.accept()
        self.wanted.emit(self._actor, stop, until)


def problem(text: str) -> str:
    """Say why a text is no condition; empty: it is one, or nothing."""
    if not text.strip():
        return ""
    try:
        InsideCondition(text)
    except ConditionError as error:
        return str(error)
    return ""
