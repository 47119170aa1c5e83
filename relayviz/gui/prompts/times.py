"""Writing many times: how often is asked, how far it is is shown, and it can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.desk import commands
from relayviz.gui.prompts.prompts import whole
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.numbers import size

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller

MOST = 1_000_000
FIRST = "1000"


class TimesDialog(QDialog):
    """Writes events of the toolbar's size so many times, each a step of its own."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Write many times")
        self._controller, self._engine = controller, controller.stepped
        self._begun, self._asked, self._is_stopped = 0, 0, False
        label = QLabel(f"How many times {size(controller.inputs.length)} are written:", self)
        self.field = QLineEdit(FIRST, self)
        self.field.setAccessibleName(label.text())
        self.field.selectAll()
        label.setBuddy(self.field)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setVisible(False)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)
        layout = QVBoxLayout(self)
        for widget in (label, self.field, self.message, self.progress, self.buttons):
            layout.addWidget(widget)
        self.field.textChanged.connect(self._check)
        self.buttons.accepted.connect(self._begin)
        self.buttons.rejected.connect(self.reject)
        controller.snapshot_changed.connect(self._follow)
        controller.tabs_changed.connect(self._leave)
        self._check(FIRST)

    @Slot(str)
    def _check(self, text: str) -> None:
        wrong = whole(text, 1, MOST)
        self.message.setText(wrong or " ")
        self.message.setObjectName("error" if wrong else "dim")
        self.message.style().polish(self.message)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)

    @Slot()
    def _begin(self) -> None:
        engine, snapshot = self._engine, self._controller.snapshot
        if engine is None or snapshot is None or self._asked:
            return
        inputs, times = self._controller.inputs, int(self.field.text())
        writers = len(snapshot.online) if inputs.target == ALL and not snapshot.is_global else 1
        self._begun, self._asked = len(engine.history.steps), times * writers
        self.progress.setRange(0, self._asked)
        self.progress.setVisible(True)
        self.field.setEnabled(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
        self.message.setText("Cancel keeps what is written by then.")
        write = Operation(Kind.WRITE, inputs.target, inputs.length)
        commands.act(self._controller, *[write] * times)

    @Slot()
    def _follow(self) -> None:
        """Show how far it is, and close when all is done."""
        engine = self._engine
        if engine is None or not self._asked:
            return
        if self._is_stopped:  # behind the status bar, which a new state clears
            self._controller.notify("Stopped: what was written by then is kept.")
            if not engine.busy:
                self._end()
            return
        done = len(engine.history.steps) - self._begun
        self.progress.setValue(min(done, self._asked))
        if done >= self._asked:
            self.accept()

    @Slot()
    def _leave(self) -> None:
        """Close with the channel."""
        if self._engine is not None and self._controller.stepped is not self._engine:
            self.reject()
            self._end()

    def done(self, result: int) -> None:
        """Close; what is not yet written is not."""
        super().done(result)
        if result == QDialog.DialogCode.Rejected and self._engine is not None and self._asked:
            self._is_stopped = True
            self._engine.drop()
        else:
            self._end()

    def _end(self) -> None:
        self._engine = None
        self.deleteLater()
