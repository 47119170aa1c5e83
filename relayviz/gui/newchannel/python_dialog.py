"""Gives the channel shown a subbuf_start of the user's own, from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from relayviz.gui.newchannel.editor import SourceEditor
from relayviz.model.channel_config import Mode
from relayviz.model.client import TEMPLATES, SourceError, compile_subbuf_start
from relayviz.model.operation import Kind, Operation

if TYPE_CHECKING:
    from relayviz.gui.controller import Controller

WIDTH, HEIGHT = 620, 460
TRUST = "It is run in this program, with all its rights, when you press “Run it from now on”."


class PythonDialog(QDialog):
    """An editor. Nothing is run until the user presses the button that says so."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Python subbuf_start")
        self._controller = controller
        snapshot = controller.snapshot
        self.editor = SourceEditor(self)
        self.editor.use((snapshot.source if snapshot else "") or next(iter(TEMPLATES.values())))
        trust = QLabel(TRUST, self)
        trust.setObjectName("dim")
        trust.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.run_button = self.buttons.addButton(
            "Run it from now on", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.buttons.accepted.connect(self._confirm)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.editor, trust, self.buttons):
            layout.addWidget(widget)
        self.resize(WIDTH, HEIGHT)

    @Slot()
    def _confirm(self) -> None:
        source = self.editor.source
        try:
            client = compile_subbuf_start(source)
        except SourceError as error:
            self.editor.show_problem(error.line, error.message)
            return
        if self._controller.engine:
            self._controller.engine.confirm(client)
            self._controller.submit(Operation(Kind.SET_MODE, text=Mode.PYTHON, source=source))
        self.accept()
