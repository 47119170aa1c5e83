"""Which operations B does: those of the branch shown, or those of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

if TYPE_CHECKING:
    from relayviz.model.history.history import History

SAME = "the same operations"
LETTERS = 32


class LineChoice(QComboBox):
    """Offers the branches of a session; hidden while there is only one.

    Signals:
        chosen: Other operations are wanted.  arg: the branch, or None for those that A does.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Operations of B")
        self.setToolTip(
            "What B does: what A does, or another branch. A is the branch shown in the main"
            " window; Ctrl+B there chooses another."
        )
        self.view().setAccessibleName("Branches to choose from")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        self._lines: dict[int, str] = {}
        self._numbers: list[int | None] = [None]
        self.addItem(SAME)
        self.activated.connect(self._choose)
        self.hide()

    def follow(self, history: History) -> None:
        """Offer the branches that there are now."""
        lines = {one.number: one.title for one in history.lines}
        if lines == self._lines:
            return
        chosen = self._numbers[self.currentIndex()]
        self._lines, self._numbers = lines, [None, *lines]
        titles = list(lines.values())
        with QSignalBlocker(self):
            self.clear()
            self.addItems([SAME, *(f"branch: {title}" for title in titles)])
            branch = None if chosen is None else history.line_of(chosen)
            self.setCurrentIndex(self._numbers.index(branch) if branch in lines else 0)
        self.setVisible(len(titles) > 1)
        if chosen is not None and not self.currentIndex():  # what B did is deleted
            self.chosen.emit(None)

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.chosen.emit(self._numbers[place])
