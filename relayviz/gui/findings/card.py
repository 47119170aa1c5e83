"""One finding on screen: its place, the sentence, what helps, and a button that goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.model.findings.finding import Severity

if TYPE_CHECKING:
    from relayviz.model.findings.finding import Finding

PLACE = "Select the CPU and bring the dock to front where it is seen."
MOMENT = "Go to that moment, select the CPU and bring the dock to front where it is seen."
NAMED = 6  # CPUs that are listed one by one
LOOKS = {
    Severity.LOSS: (Role.ERROR, "▲"),
    Severity.WARNING: (Role.WARNING, "●"),
    Severity.GOOD: (Role.OK, "✓"),
}
Key = Qt.Key


def place(finding: Finding) -> str:
    """Return where it is: "cpu 7", "cpu 29, 30", "all"."""
    cpus = finding.cpus
    if not cpus:
        return "all"
    named = ", ".join(str(cpu) for cpu in cpus[:NAMED])
    return f"cpu {named}" + (f" and {len(cpus) - NAMED} more" if len(cpus) > NAMED else "")


class Card(QFrame):
    """A finding. Up and down go to the others, Return shows where it is.

    Signals:
        show_wanted: The user wants to see where it is.
        open_wanted: The user wants a channel with the sizes that it tells.
        scenario_wanted: The user wants to see how such a thing comes about.
        moved: The keyboard shall go to another card.  arg: -1 or 1.
    """

    show_wanted = Signal()
    open_wanted = Signal()
    scenario_wanted = Signal()
    moved = Signal(int)

    def __init__(self, finding: Finding, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.finding = finding
        self.where = QLabel(self)
        self.text, self.helps = QLabel(self), QLabel(self)
        self.helps.setObjectName("dim")
        for label in (self.where, self.text, self.helps):
            label.setWordWrap(True)
            label.setMinimumWidth(1)  # it breaks where it must
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.button = QPushButton("Show me", self)
        self.button.clicked.connect(self.show_wanted)
        top = QHBoxLayout()
        top.addWidget(self.where, 1)
        top.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(1)
        layout.addLayout(top)
        layout.addWidget(self.text)
        layout.addWidget(self.helps)
        self.opener = QPushButton("Open with these sizes", self)
        self.opener.setToolTip(
            "Open a channel with these sizes: in a tab of its own, under the same load, running."
        )
        self.opener.clicked.connect(self.open_wanted)
        layout.addWidget(self.opener, 0, Qt.AlignmentFlag.AlignLeft)
        self.scenario = QPushButton("See it step by step", self)
        self.scenario.setToolTip("Open a scenario that shows how such a thing comes about.")
        self.scenario.clicked.connect(self.scenario_wanted)
        layout.addWidget(self.scenario, 0, Qt.AlignmentFlag.AlignLeft)
        self._look: tuple[object, ...] = ()
        self.show_finding(finding)

    def show_finding(self, finding: Finding) -> None:
        """Show it with the figures that it has now."""
        self.finding = finding
        role, sign = LOOKS[finding.severity]
        look = (themes.current(), role)
        if look != self._look:
            self._look = look
            self.where.setStyleSheet(f"color: {themes.current()[role].name()}; font-weight: bold")
        _set(self.where, f"{sign} {place(finding)}")
        _set(self.text, finding.text)
        _set(self.helps, f"What helps: {finding.helps}" if finding.helps else "")
        self.helps.setVisible(bool(finding.helps))
        has_moment = finding.show is not None and finding.show.written is not None
        self.button.setToolTip(MOMENT if has_moment else PLACE)
        self.button.setVisible(finding.show is not None)
        self.opener.setVisible(finding.sizes is not None)
        self.scenario.setVisible(bool(finding.scenario))
        self.setAccessibleName(f"{finding.severity}, {place(finding)}: {finding.text}")
        self.setAccessibleDescription(self.helps.text())
        self.button.setAccessibleName(f"Show me: {place(finding)}")

    def copied(self) -> str:
        """Return it as text."""
        lines = (f"{place(self.finding)}: {self.finding.text}", self.helps.text())
        return "\n".join(line for line in lines if line)

    def copy(self) -> None:
        """Put it on the clipboard as text."""
        QGuiApplication.clipboard().setText(self.copied())

    @Slot()
    def apply_theme(self) -> None:
        """Take over colours."""
        self.show_finding(self.finding)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Go to another card, or to where the finding is."""
        if event.key() in (Key.Key_Up, Key.Key_Down):
            self.moved.emit(-1 if event.key() == Key.Key_Up else 1)
        elif event.key() in (Key.Key_Return, Key.Key_Enter):
            self.show_wanted.emit()
        else:
            super().keyPressEvent(event)


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
