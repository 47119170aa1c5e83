"""Break on…: what shall stop all threads at once, within the operation that meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.load.text import whole_value
from relayviz.gui.widgets.fields import NumberField
from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.load.load import BreakOn, Counter
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller

EVENTS = {
    "full": ("a buffer gets full", "As many sub-buffers are ready as there are."),
    "lapped": ("a reader was lapped", "A reader finds that the writer has overtaken it."),
    "torn": ("a reader gets a torn event", "Its bytes do not belong together."),
    "twice": ("a reader gets an event twice", "It had it before."),
    "torn_records": (
        "a reader gets a torn record",
        "Some of its pieces came, others did not: seen when one of a later record comes.",
    ),
}
COUNTERS = {
    Counter.PRODUCED: "sub-buffers produced",
    Counter.CONSUMED: "sub-buffers consumed",
    Counter.READY: "sub-buffers ready",
    Counter.ATTEMPTED: "events tried",
    Counter.LOST: "events lost",
}
EXPLAINED = (
    "Whichever writer or reader meets it first stops all others, within that very operation."
)


class BreakOnDialog(QDialog):
    """Boxes for what can be met, a counter with a value, and the CPU."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Break on")
        self._controller = controller
        snapshot = controller.snapshot
        now = snapshot.live.break_on if snapshot and snapshot.live else BreakOn()
        self._grid = QGridLayout()
        self.losses = {name: self._box(LOSS_WORDS[name], name in now.losses) for name in LOSSES}
        self.events = {
            name: self._box(text, getattr(now, name), tip) for name, (text, tip) in EVENTS.items()
        }
        self.counter = QComboBox(self)
        self.counter.setAccessibleName("Counter")
        self.counter.addItem("no counter", "")
        for counter, text in COUNTERS.items():
            self.counter.addItem(text, counter.value)
        self.counter.setCurrentIndex(
            self.counter.findData(now.counter.value if now.counter else "")
        )
        self.value = QLineEdit(grouped(now.value), self)
        self.value.setAccessibleName("Value of the counter")
        most = snapshot.cpus - 1 if snapshot else 0
        self.cpu = NumberField("CPU", "Only what happens on this CPU.", -1, most, self)
        self.cpu.setSpecialValueText("any CPU")
        self.cpu.setValue(-1 if now.cpu is None else now.cpu)
        self.cpu.setMinimumHeight(self.value.sizeHint().height())
        self.message = QLabel(self)
        self.message.setObjectName("error")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)
        self.clear = QPushButton("Break on nothing", self)
        self.buttons.addButton(self.clear, QDialogButtonBox.ButtonRole.ResetRole)
        self._lay_out()
        self.counter.currentIndexChanged.connect(self._check)
        self.value.textChanged.connect(self._check)
        self.buttons.accepted.connect(self._set)
        self.buttons.rejected.connect(self.reject)
        self.clear.clicked.connect(self._clear)
        self._check()

    def _box(self, text: str, on: bool, tip: str = "") -> QCheckBox:
        box = QCheckBox(text, self)
        box.setChecked(on)
        box.setToolTip(tip or f"The first event lost so: {text}.")
        return box

    def _lay_out(self) -> None:
        explained = QLabel(EXPLAINED, self)
        explained.setObjectName("dim")
        explained.setWordWrap(True)
        for column, (heading, boxes) in enumerate(
            (("The first event lost", self.losses), ("As soon as", self.events))
        ):
            self._grid.addWidget(_heading(heading, self), 0, column)
            for line, box in enumerate(boxes.values(), 1):
                self._grid.addWidget(box, line, column)
        self._grid.addWidget(_heading("As soon as a counter of a CPU reaches", self), 10, 0, 1, 2)
        self._grid.addWidget(self.counter, 11, 0)
        self._grid.addWidget(self.value, 11, 1)
        self._grid.addWidget(self.message, 12, 0, 1, 2)
        self._grid.addWidget(_heading("Where", self), 13, 0)
        self._grid.addWidget(self.cpu, 14, 0)
        layout = QVBoxLayout(self)
        layout.addWidget(explained)
        layout.addLayout(self._grid)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(440)

    def break_on(self) -> tuple[BreakOn, str]:
        """Return what is chosen, and what is wrong with it."""
        chosen, value = self.counter.currentData(), whole_value(self.value.text())
        wrong = value if chosen and isinstance(value, str) else ""
        found = BreakOn(
            losses=frozenset(name for name, box in self.losses.items() if box.isChecked()),
            **{name: box.isChecked() for name, box in self.events.items()},
            counter=Counter(chosen) if chosen else None,
            value=int(value) if chosen and not wrong else 0,
            cpu=self.cpu.value() if self.cpu.value() >= 0 else None,
        )
        return found, wrong or found.problem(self.cpu.maximum() + 1)

    @Slot()
    def _check(self) -> None:
        _, wrong = self.break_on()
        self.value.setEnabled(bool(self.counter.currentData()))
        self.message.setText(wrong)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)

    @Slot()
    def _set(self) -> None:
        chosen, _ = self.break_on()
        self._controller.running.set_break(chosen)
        self.accept()

    @Slot()
    def _clear(self) -> None:
        self._controller.running.set_break(BreakOn())
        self.accept()


def _heading(text: str, parent: QWidget) -> QLabel:
    heading = QLabel(text, parent)
    heading.setObjectName("heading")
    return heading
