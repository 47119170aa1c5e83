"""Gives the channel shown a subbuf_start of the user's own, from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from relayviz.gui.background import Background
from relayviz.gui.look.room import first_size
from relayviz.gui.newchannel.editor import SourceEditor
from relayviz.model.channel.client import TEMPLATES, SourceError, SubbufStart, compile_subbuf_start
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller

WIDTH, HEIGHT = 640, 460
PATIENCE_MS = 1500  # longer than an endless loop is let run
TRUST = "It is run in this program, with all its rights, when you press “Run it from now on”."


class PythonDialog(QDialog):
    """An editor. Nothing is run until the user presses the button that says so."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Python subbuf_start")
        self._engine = controller.stepped
        self._compiling: Background[SubbufStart] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._say_it_takes_long)
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
        if snapshot is not None and snapshot.result.error is not None and snapshot.source:
            error = snapshot.result.error
            self.editor.show_problem(error.line, f"{error.message} (in the step shown)")
        layout = QVBoxLayout(self)
        for widget in (self.editor, trust, self.buttons):
            layout.addWidget(widget)
        self.resize(first_size(self, (WIDTH, HEIGHT)))

    @Slot()
    def _confirm(self) -> None:
        if self._compiling is not None:
            return
        source = self.editor.source
        self.run_button.setEnabled(False)
        self._patience.start()
        self._compiling = Background(lambda: compile_subbuf_start(source), _nothing, self)
        self._compiling.ended.connect(self._compiled)
        self._compiling.start()

    @Slot(object)
    def _compiled(self, error: BaseException | None) -> None:
        compiling, self._compiling = self._compiling, None
        self._patience.stop()
        self.run_button.setEnabled(True)
        engine, client = self._engine, compiling.result if compiling is not None else None
        if client is None:
            line = error.line if isinstance(error, SourceError) else None
            message = error.message if isinstance(error, SourceError) else str(error)
            self.editor.show_problem(line, message)
            return
        if engine is not None:
            engine.confirm(client)
            engine.submit(Operation(Kind.SET_MODE, text=Mode.PYTHON, source=client.source))
        self.accept()

    @Slot()
    def _say_it_takes_long(self) -> None:
        self.editor.message.setText("It has not returned yet. Cancel goes on without it.")

    def done(self, result: int) -> None:
        """Close, without waiting for what is still being run."""
        self._patience.stop()
        if self._compiling is not None:
            self._compiling.leave()
        super().done(result)


def _nothing(_client: SubbufStart) -> None:
    """A function needs no end."""
