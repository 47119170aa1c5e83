"""One of the two channels: its title, its rings, and two lines about the CPU that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.view import RingsView
from relayviz.model.channel.state import LOSSES
from relayviz.model.numbers import ready_words

if TYPE_CHECKING:
    from relayviz.gui.look.theme import Theme
    from relayviz.model.compare.compare import Half

ROLES = {"A": Role.ACCENT, "B": Role.OK}


class SidePanel(QFrame):
    """Shows a channel. A click into its rings chooses a buffer."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._name = name
        self.heading = QLabel(self)
        self.view = RingsView(themes.current(), self)
        self.view.setAccessibleName(f"Rings of {name}")
        self.state, self.last = QLabel(self), QLabel(self)
        self.state.setAccessibleName(f"State of {name}")
        self.last.setAccessibleName(f"Last result of {name}")
        self.last.setObjectName("dim")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(self.view, 1)
        for label in (self.state, self.last):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            label.setMinimumHeight(label.fontMetrics().height() + 2)
            layout.addWidget(label)
        self._half: Half | None = None
        self._cpu = 0

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.view.set_theme(shown)
        self.heading.setFont(shown.font(1, bold=True))
        if self._half is not None:
            self.show_half(self._half, self._cpu)

    def show_half(self, half: Half, cpu: int) -> None:
        """Show a state, and more of one CPU."""
        self._half, self._cpu = half, cpu
        seen, shown = half.snapshot, themes.current()
        self.heading.setText(f"{self._name}   {half.title}")
        self.heading.setStyleSheet(f"color: {shown[ROLES[self._name]].name()}")
        self.view.set_snapshot(seen)
        row = seen.row_of(cpu)
        self.view.set_selection(-1 if row is None else row, -1)
        lost = 0 if row is None else seen.total_lost(row).events
        self.state.setText(state_words(half, cpu))
        self.state.setStyleSheet(f"color: {shown[Role.ERROR if lost else Role.TEXT].name()}")
        self.last.setText(f"{seen.made_by.title()}: {seen.result.words}")


def state_words(half: Half, cpu: int) -> str:
    """Return a CPU's figures in a line."""
    seen, row = half.snapshot, half.snapshot.row_of(cpu)
    if row is None:
        return f"cpu {cpu} has no buffer"
    offset = int(seen.buffers["offset"][row])
    lost = sum(seen.count(row, entry).events for entry in LOSSES)
    parts = [
        f"cpu {cpu}",
        f"offset {offset}{' (blocked)' if seen.is_blocked(row) else ''}",
        f"produced {int(seen.buffers['produced'][row])}",
        f"consumed {int(seen.buffers['consumed'][row])}",
        ready_words(seen.ready(row), seen.overwritten(row), seen.n_subbufs),
        f"{lost} lost" if lost else "nothing lost",
    ]
    return " · ".join(parts)
