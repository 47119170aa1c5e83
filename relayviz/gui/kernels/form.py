"""The fields that say which kernel is meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import dialog_to_open
from relayviz.gui.widgets.fields import Segments
from relayviz.model.engine.kernel import How, Where

if TYPE_CHECKING:
    from collections.abc import Sequence

WAYS = {
    How.DUMP: ("Dump", "A crash dump or memory image: an ELF core or a compressed kdump file."),
    How.GUEST: (
        "QEMU guest",
        "A guest that runs, by the socket of QEMU's -qmp unix:SOCKET,server=on,wait=off.",
    ),
    How.HERE: ("This machine", "This machine, by relay-agent, which needs root."),
    How.SSH: ("ssh", "Another machine, by relay-agent there, over your own ssh."),
}
TARGETS = {How.DUMP: "dump", How.GUEST: "socket", How.SSH: "host"}
HINTS = {
    How.DUMP: "a vmcore, a memory image, what makedumpfile made of it, or one that was saved here",
    How.GUEST: "the socket of QEMU's machine protocol",
    How.SSH: "HOST or USER@HOST, as for ssh",
}
FIELDS = {
    "types": ("types (--types)", "empty: looked for in memory; a copy of /sys/kernel/btf/vmlinux"),
    "symbols": ("symbols (--symbols)", "empty: looked for in memory; a copy of /proc/kallsyms"),
    "agent": ("relay-agent", "empty: its name finds it"),
}
SHOWN = {
    How.DUMP: ("types", "symbols"),
    How.GUEST: ("types", "symbols"),
    How.HERE: ("agent",),
    How.SSH: ("agent",),
}


class Form(QWidget):
    """The way to the kernel and what it needs.

    Attributes:
        how: The way that is chosen.
        fields: The lines by name: "target", "types", "symbols", "agent".

    Signals:
        edited: Something else is meant.
    """

    edited = Signal()

    def __init__(self, recent: Sequence[Where], parent: QWidget) -> None:
        super().__init__(parent)
        self.how = How.DUMP
        self._targets: dict[How, str] = {}  # typed for another way
        ways = [(title, tip) for title, tip in WAYS.values()]
        self._ways = Segments("Way to the kernel", ways, self)
        self._ways.chosen.connect(self._choose)
        self.recent = QComboBox(self)
        self.recent.setAccessibleName("Recent kernels")
        self.recent.addItem("recent…")
        for where in recent:
            self.recent.addItem(f"{WAYS[where.how][0]}: {where.target or where.name}", where)
        self.recent.setVisible(bool(recent))
        self.recent.activated.connect(self._use_recent)
        self.recent.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.fields: dict[str, QLineEdit] = {}
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._grid = QGridLayout()
        for name in ("target", *FIELDS):
            self._add(name)
        top = QHBoxLayout()
        top.addWidget(self._ways)
        top.addStretch(1)
        top.addWidget(self.recent, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addLayout(self._grid)
        self.show_way(How.DUMP)

    def where(self) -> Where | None:
        """Return which kernel is meant; None: something is missing."""
        texts = {name: field.text().strip() for name, field in self.fields.items()}
        shown = ("target", *SHOWN[self.how]) if self.how in TARGETS else SHOWN[self.how]
        if "target" in shown and not texts["target"]:
            return None
        return Where(self.how, **{name: texts[name] for name in shown})

    def fill(self, where: Where) -> None:
        """Say which kernel is meant."""
        self.show_way(where.how)
        for name, field in self.fields.items():
            field.setText(getattr(where, name))

    def show_way(self, how: How) -> None:
        """Show the fields of a way; where its kernel is, is no other way's."""
        target = self.fields["target"]
        self._targets[self.how] = target.text()
        self.how = how
        target.setText(self._targets.get(how, ""))
        self._ways.show_choice(WAYS[how][0])
        shown = ("target", *SHOWN[how]) if how in TARGETS else SHOWN[how]
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.setVisible(name in shown)
        label, field, browse = self._rows["target"]
        if isinstance(label, QLabel) and isinstance(field, QLineEdit):
            label.setText(TARGETS.get(how, ""))
            field.setPlaceholderText(HINTS.get(how, ""))
            field.setAccessibleName(TARGETS.get(how, ""))
        browse.setVisible(how in (How.DUMP, How.GUEST))
        self.edited.emit()

    def _add(self, name: str) -> None:
        title, hint = FIELDS.get(name, ("", ""))
        label, field, browse = QLabel(title, self), QLineEdit(self), QPushButton("Browse…", self)
        label.setBuddy(field)
        field.setPlaceholderText(hint)
        field.setAccessibleName(title)
        field.textChanged.connect(self.edited)
        browse.setAutoDefault(False)
        browse.setAccessibleName(f"Browse for {title or 'it'}")
        browse.clicked.connect(lambda _checked=False: self._browse(name))
        row = len(self._rows)
        for column, widget in enumerate((label, field, browse)):
            self._grid.addWidget(widget, row, column)
        self.fields[name], self._rows[name] = field, (label, field, browse)

    def _browse(self, name: str) -> None:
        before = self.fields[name].text() or self.fields["target"].text()
        folder = str(Path(before).parent) if before else str(Path.cwd())
        dialog = dialog_to_open(self, "Choose a file", folder)
        dialog.fileSelected.connect(self.fields[name].setText)
        dialog.open()

    @Slot(str)
    def _choose(self, title: str) -> None:
        self.show_way(next(how for how, (name, _) in WAYS.items() if name == title))

    @Slot(int)
    def _use_recent(self, place: int) -> None:
        where = self.recent.itemData(place)
        if isinstance(where, Where):
            self.fill(where)
