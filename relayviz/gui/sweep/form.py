"""What is swept over, as fields: loads, modes, sizes, and how it is measured."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.load.text import whole_value
from relayviz.gui.widgets.fields import NumberField
from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.sweep.plan import Plan
from relayviz.model.sweep.sweeper import MOST_WORKERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.load.load import Load

FIRST_LOADS = ("bursts", "stalls")
SIZES, NUMBERS, SECONDS = "1k, 4k, 16k", "2, 4, 8, 16, 32", 10
MODES = {Mode.NO_OVERWRITE: True, Mode.OVERWRITE: True, Mode.DEFAULT: False}
MOST_HEADER, MOST_SECONDS, LINES = 1 << 20, 86_400, 7


class PlanError(Exception):
    """The fields make no plan; says why, and what would be right."""


class SweepForm(QWidget):
    """The fields.

    Signals:
        edited: One of them is another.
        entered: Return was pressed in one.
    """

    edited = Signal()
    entered = Signal()

    def __init__(self, loads: Mapping[str, Load], parent: QWidget) -> None:
        super().__init__(parent)
        self._loads = loads
        self.loads = QListWidget(self)
        self.loads.setAccessibleName("Loads")
        self.modes = {mode: QCheckBox(str(mode), self) for mode in MODES}
        self.sizes, self.numbers = QLineEdit(SIZES, self), QLineEdit(NUMBERS, self)
        self.sizes.setToolTip("Bytes of a sub-buffer: a list with commas, such as 512, 4k.")
        self.numbers.setToolTip("How many sub-buffers a buffer has: a list with commas.")
        self.cpus = NumberField("CPUs", "Of each channel.", 1, MAX_CPUS, self)
        self.header = NumberField(
            "Header", "Bytes reserved at the start of each sub-buffer.", 0, MOST_HEADER, self
        )
        self.seconds = NumberField(
            "Simulated seconds", "Of each channel, on the simulated clock.", 1, MOST_SECONDS, self
        )
        self.workers = NumberField(
            "Processes", "That measure at the same time; the figures are the same.",
            1, MOST_WORKERS, self,
        )  # fmt: skip
        self.seconds.setValue(SECONDS)
        self.workers.setValue(len(os.sched_getaffinity(0)))
        self._fill()
        self._lay_out()
        self._listen()

    def _fill(self) -> None:
        for name in self._loads:
            item = QListWidgetItem(name, self.loads)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            is_on = name in FIRST_LOADS
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
        for mode, is_on in MODES.items():
            self.modes[mode].setChecked(is_on)

    def _lay_out(self) -> None:
        self.loads.setMinimumHeight(LINES * self.fontMetrics().lineSpacing())
        heading, modes = QLabel("&Loads", self), QHBoxLayout()
        heading.setBuddy(self.loads)
        for box in self.modes.values():
            modes.addWidget(box)
        modes.addStretch(1)
        fields = QFormLayout()
        fields.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        fields.addRow("Si&zes of a sub-buffer:", self.sizes)
        fields.addRow("&Numbers of them:", self.numbers)
        fields.addRow("&CPUs:", self.cpus)
        fields.addRow("&Header, bytes:", self.header)
        fields.addRow("Simulated s&econds:", self.seconds)
        fields.addRow("&Processes:", self.workers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading)
        layout.addWidget(self.loads, 1)
        layout.addLayout(modes)
        layout.addLayout(fields)

    def _listen(self) -> None:
        self.loads.itemChanged.connect(self.edited)
        for box in self.modes.values():
            box.toggled.connect(self.edited)
        for text in (self.sizes, self.numbers):
            text.textChanged.connect(self.edited)
            text.returnPressed.connect(self.entered)
        for number in (self.cpus, self.header, self.seconds, self.workers):
            number.valueChanged.connect(self.edited)
            number.finished.connect(self.entered)

    def choose_loads(self, names: set[str]) -> None:
        """Take these loads and no others."""
        for at in range(self.loads.count()):
            item = self.loads.item(at)
            is_on = item.text() in names
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)

    def plan(self) -> Plan:
        """Return what the fields say.

        Raises:
            PlanError: They make no plan.
        """
        items = [self.loads.item(at) for at in range(self.loads.count())]
        chosen = [one.text() for one in items if one.checkState() == Qt.CheckState.Checked]
        if not chosen:
            raise PlanError("Choose a load.")
        modes = tuple(mode for mode, box in self.modes.items() if box.isChecked())
        if not modes:
            raise PlanError("Choose a mode.")
        plan = Plan(
            loads={name: self._loads[name] for name in chosen},
            modes=modes,
            sizes=_listed(self.sizes.text(), "Sizes"),
            numbers=_listed(self.numbers.text(), "Numbers"),
            config=ChannelConfig(cpus=self.cpus.value(), header=self.header.value()),
            seconds=float(self.seconds.value()),
        )
        if problem := plan.problem() or _problem(plan):
            raise PlanError(problem)
        return plan


def _problem(plan: Plan) -> str:
    """Say which size or number no channel can have; empty: there are all of them."""
    for number in plan.numbers:
        for size in plan.sizes:
            config = replace(plan.config, subbuf_size=size, n_subbufs=number)
            for field, message in config.problems().items():
                what = "" if field == "n_subbufs" else f" of {size} bytes"
                many = f"{number} " if field == "n_subbufs" else ""
                return f"With {many}sub-buffers{what}: {message}"
    return ""


def _listed(text: str, what: str) -> tuple[int, ...]:
    """Return the whole numbers of a list; what stands in it twice counts once."""
    found = []
    for part in text.split(","):
        value = whole_value(part.strip())
        if isinstance(value, str):
            raise PlanError(f"{what}: {value} Commas stand between several.")
        found.append(value)
    return tuple(dict.fromkeys(found))
