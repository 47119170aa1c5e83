"""The new-channel dialog: fields at the left, what comes of them at the right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.desk.inputs import MAX_LENGTH
from relayviz.gui.look.room import first_size
from relayviz.gui.newchannel.client_choice import ClientChoice
from relayviz.gui.newchannel.editor import SourceEditor
from relayviz.gui.newchannel.form import Form
from relayviz.gui.newchannel.picture import AllocationPicture
from relayviz.gui.newchannel.python_dialog import TRUST
from relayviz.model.channel.client import TEMPLATES, SourceError
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.recent import title
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from relayviz.gui.background import Background
    from relayviz.gui.desk.controller import Controller
    from relayviz.model.clients import Client
    from relayviz.model.engine.protocol import SteppedEngine

WIDTH = 860
PATIENCE_MS = 1500  # longer than an endless loop is let run
DEPENDS = {"header": "subbuf_size", "online": "cpus"}


class NewChannelDialog(QDialog):
    """Asks for a channel. It cannot be opened before every field is right."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New channel")
        self._controller = controller
        self._opening: Background[SteppedEngine] | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._say_it_takes_long)
        self.form = Form(ChannelConfig(), controller.chosen.length, self)
        self.recent = self._make_recent(controller.recent)
        self.clients = ClientChoice(self)
        self.picture = AllocationPicture(self)
        self.editor = SourceEditor(self)
        self.editor.use(next(iter(TEMPLATES.values())))
        self.warnings = QLabel(self)
        self.warnings.setObjectName("warning")
        self.warnings.setWordWrap(True)
        self.warnings.setAccessibleName("Warnings")
        self.error = QLabel(self)
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        self.trust = QLabel(TRUST.replace("Run it from now on", "Run it and open"), self)
        self.trust.setObjectName("dim")
        self.trust.setWordWrap(True)
        buttons = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(buttons.Open | buttons.Cancel, self)
        self.open_button = self.buttons.button(buttons.Open)
        self._lay_out()
        self.form.edited.connect(self.check)
        self.editor.edited.connect(self.check)
        self.recent.activated.connect(self._use_recent)
        self.clients.chosen.connect(self._use_client)
        self.buttons.accepted.connect(self._open)
        self.buttons.rejected.connect(self.reject)
        if controller.recent:
            self._use_recent(0)
        self.check()
        self.resize(first_size(self, (WIDTH, self.sizeHint().height())))
        self._grow()

    def config(self) -> tuple[ChannelConfig, dict[str, str]]:
        """Return what was typed, and what is wrong by field; with a fault it cannot be used."""
        config, unread = self.form.read()
        if config.mode is Mode.PYTHON:
            config = replace(config, source=self.editor.source)
        wrong = config.problems()
        for field, on in DEPENDS.items():  # nothing can be said of what hangs on an unread field
            if on in unread:
                wrong.pop(field, None)
        return config, {**wrong, **unread}

    @Slot()
    def check(self) -> None:
        """Say what is wrong and what is unwise, and draw what would be allocated."""
        config, wrong = self.config()
        self.form.show_problems(wrong)
        if "source" in wrong:
            self.editor.message.setText(wrong["source"])
        is_python = self.form.mode is Mode.PYTHON
        self.editor.setVisible(is_python)
        self.trust.setVisible(is_python)
        self.error.clear()
        can_open = not wrong
        if can_open:
            self.form.propose_size(config)
        self.open_button.setText("Run it and open" if is_python else "Open")
        self.open_button.setEnabled(can_open)
        self.picture.show_config(config if can_open else None)
        warnings = config.warnings(self.form.event_size) if can_open else []
        self.warnings.setText("\n".join(f"▲ {warning}" for warning in warnings))
        self._grow()

    def _grow(self) -> None:
        """Make room for what is said, so that nothing is cut; what is there stays where it is."""
        layout = self.layout()
        if layout is None:
            return
        layout.activate()
        width = max(self.width(), layout.totalMinimumSize().width())
        self.resize(width, max(self.height(), layout.totalHeightForWidth(width)))

    @Slot()
    def _open(self) -> None:
        config, wrong = self.config()
        if wrong or self._opening is not None:
            return
        self.open_button.setEnabled(False)
        self._runs_python = config.mode is Mode.PYTHON
        self._patience.start()
        self._opening = self._controller.opening(config, self)
        self._opening.ended.connect(self._opened)
        self._opening.start()

    @Slot(object)
    def _opened(self, error: BaseException | None) -> None:
        opening, self._opening = self._opening, None
        self._patience.stop()
        if opening is not None and opening.result is not None:
            self._controller.add(opening.result)
            if self.form.has_own_size and self.form.event_size is not None:  # as it was warned of
                self._controller.set_inputs(length=min(self.form.event_size, MAX_LENGTH))
            if (
                client := self.clients.client
            ) is not None:  # for when the channel is put under a load
                self._controller.running.set_load(client.load)
            self.accept()
            return
        self.check()
        if isinstance(error, SourceError):
            self.editor.show_problem(error.line, error.message)
        elif isinstance(error, OpenError) and error.field in self.form.messages:
            self.form.show_problems({str(error.field): error.message})
        else:
            self.error.setText(str(error))
        self._grow()

    @Slot()
    def _say_it_takes_long(self) -> None:
        who = "Your Python has not returned" if self._runs_python else "The channel is not open"
        self.error.setText(f"{who} yet. Cancel goes on without it.")
        self._grow()

    def done(self, result: int) -> None:
        """Close, without waiting for what is still being opened."""
        self._patience.stop()
        if self._opening is not None:
            self._opening.leave()
        super().done(result)

    def _make_recent(self, recent: list[ChannelConfig]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName("Recent channels")
        box.setToolTip("Fill the fields as for a channel that was opened lately.")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for config in recent:
            box.addItem(title(config), config)
        box.addItem("as at first", ChannelConfig())
        box.setVisible(bool(recent))
        return box

    @Slot(object)
    def _use_client(self, client: Client | None) -> None:
        if client is not None:
            cpus = self.form.read()[0].cpus  # not the client's to decide
            self.form.fill(replace(client.config, cpus=cpus))
        self._grow()

    @Slot(int)
    def _use_recent(self, place: int) -> None:
        config = self.recent.itemData(place)
        self.form.fill(config)
        if config.source:
            self.editor.use(config.source)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        recent = QHBoxLayout()
        label = QLabel("recent", self)
        label.setBuddy(self.recent)
        label.setVisible(not self.recent.isHidden())
        recent.addWidget(label)
        recent.addWidget(self.recent, 1)
        left.addLayout(recent)
        left.addWidget(self.clients)
        left.addWidget(self.form)
        left.addStretch(1)
        right = QVBoxLayout()
        heading = QLabel("What will be allocated", self)
        heading.setObjectName("heading")
        for widget, stretch in (
            (heading, 0), (self.picture, 1), (self.editor, 2), (self.trust, 0),
            (self.warnings, 0), (self.error, 0),
        ):  # fmt: skip
            right.addWidget(widget, stretch)
        columns = QHBoxLayout()
        columns.addLayout(left, 1)
        columns.addSpacing(14)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addWidget(self.buttons)
