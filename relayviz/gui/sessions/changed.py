"""What is asked when a file to be saved was changed by somebody else."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.look import theme
from relayviz.gui.look.room import first_size
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.model.session.keeping import ChangedError

WIDTH, HEIGHT = 720, 460
MOST_LINES = 20_000  # compared; the window waits for it


class ChangedQuestion(QDialog):
    """Offers to save under another name, to see what differs, and to overwrite.

    Signals:
        answered: arg: "save as" or "overwrite"; nothing is said when it was cancelled.
    """

    answered = Signal(str)

    def __init__(self, name: str, change: ChangedError, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The file was changed")
        self._change = change
        label = QLabel(
            f"{name} was changed by somebody else since it was read or saved here. Nothing was"
            " written. Overwriting it discards what they wrote.",
            self,
        )
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName("What differs")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.hide()
        roles = QDialogButtonBox.ButtonRole
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.save_as = self.buttons.addButton("&Save as…", roles.AcceptRole)
        self.compare = self.buttons.addButton("&Compare", roles.ActionRole)
        self.overwrite = self.buttons.addButton("&Overwrite", roles.DestructiveRole)
        self.save_as.setDefault(True)
        self.overwrite.setAutoDefault(False)
        self.save_as.clicked.connect(lambda: self._answer("save as"))
        self.overwrite.clicked.connect(lambda: self._answer("overwrite"))
        self.compare.clicked.connect(self._show_differences)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(label)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.buttons)

    def _answer(self, answer: str) -> None:
        self.accept()
        self.answered.emit(answer)

    @Slot()
    def _show_differences(self) -> None:
        theirs, ours = (one.splitlines() for one in (self._change.theirs, self._change.ours))
        if len(theirs) + len(ours) > MOST_LINES:
            words = "They are too long to be compared here: save under another name, and compare"
            self.text.setPlainText(
                f"{words} the two files.\nTheirs: {grouped(len(theirs))} lines; yours:"
                f" {grouped(len(ours))} lines."
            )
        else:
            lines = unified_diff(theirs, ours, "in the file", "to be saved", lineterm="")
            self.text.setPlainText("\n".join(lines))
        self.text.setFont(theme.current().mono())
        self.text.show()
        self.compare.setEnabled(False)
        self.resize(first_size(self, (WIDTH, HEIGHT)))
