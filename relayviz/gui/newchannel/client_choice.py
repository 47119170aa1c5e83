"""The list of known clients of relay in the New channel dialog, and what is said of one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from relayviz.model.clients import Client, clients


class ClientChoice(QWidget):
    """Offers known clients.

    Signals:
        chosen: arg: the Client; None: none in particular.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box = QComboBox(self)
        self.box.setAccessibleName("Client")
        self.box.setToolTip("Fill the fields as a client of relay in the kernel opens its channel.")
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.box.setSizeAdjustPolicy(policy)
        self.box.addItem("none in particular", None)
        for client in clients():
            self.box.addItem(client.name, client)
            files = f"Its files: {client.files}."
            self.box.setItemData(self.box.count() - 1, files, Qt.ItemDataRole.ToolTipRole)
        self.about = QLabel(self)
        self.about.setObjectName("dim")
        self.about.setWordWrap(True)
        self.about.hide()
        label = QLabel("client", self)
        label.setBuddy(self.box)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.about)
        self.box.activated.connect(self._use)

    @property
    def client(self) -> Client | None:
        """The one chosen; None: none in particular."""
        found: Client | None = self.box.currentData()
        return found

    @Slot()
    def _use(self) -> None:
        client = self.client
        self.about.setVisible(client is not None)
        if client is not None:
            self.about.setText(f"{client.writes} Read by: {client.reads}")
        self.chosen.emit(client)
