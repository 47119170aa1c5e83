"""The figures of both channels side by side; those that differ stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.compare.compare import Difference

PER_LINE = 4


class Figures(QWidget):
    """A small grid: name, A, B; four in a line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Differences at this step")
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(14)
        self._layout.setVerticalSpacing(2)
        self._cells: list[tuple[QLabel, QLabel, QLabel]] = []

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Show figures of both channels."""
        while len(self._cells) < len(found):
            self._add(len(self._cells))
        shown = themes.current()
        for one, (name, a, b) in zip(found, self._cells, strict=False):
            name.setText(one.name)
            for label, letter, value, role in (
                (a, "A", one.a, Role.ACCENT),
                (b, "B", one.b, Role.OK),
            ):
                label.setText(f"{letter}  {value}")
                font = shown.mono()
                font.setBold(one.differs)
                label.setFont(font)
                label.setStyleSheet(
                    f"color: {shown[role if one.differs else Role.TEXT_DIM].name()}"
                )
        words = "; ".join(f"{one.name}: A {one.a}, B {one.b}" for one in found if one.differs)
        self.setAccessibleDescription(words or "nothing differs")

    def _add(self, place: int) -> None:
        line, column = divmod(place, PER_LINE)
        labels = QLabel(self), QLabel(self), QLabel(self)
        labels[0].setObjectName("dim")
        self._layout.addWidget(labels[0], line * 2, column * 2, 1, 2)
        self._layout.addWidget(labels[1], line * 2 + 1, column * 2)
        self._layout.addWidget(labels[2], line * 2 + 1, column * 2 + 1)
        self._layout.setColumnStretch(column * 2, 1)
        self._layout.setColumnStretch(column * 2 + 1, 1)
        self._cells.append(labels)
