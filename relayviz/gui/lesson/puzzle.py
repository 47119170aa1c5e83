"""A puzzle: who makes the next step, and what each step led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
)

from relayviz.gui.lesson.fields import Field
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.model.lesson.judging import Puzzle
    from relayviz.model.lesson.lesson import Question

LINES = 3  # of what the steps led to, at least


class Told(QListWidget):
    """A list that asks for a few lines only: the buttons above it have to stay in sight."""

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the height of those lines."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the same: with less nothing could be read."""
        height = LINES * self.fontMetrics().lineSpacing() + 2 * self.frameWidth()
        return QSize(super().minimumSizeHint().width(), height)


class PuzzleField(Field):
    """A button for each actor, a list of the steps, and one to take the last back."""

    def __init__(self, puzzle: Puzzle, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.puzzle, self._question = puzzle, question
        self.button.hide()
        self.left = QLabel(self)
        self.told = Told(self)
        self.told.setAccessibleName("What each step led to, the newest first")
        self.told.setWordWrap(True)
        self.actors: dict[str, QPushButton] = {}
        self.stands: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, seat in enumerate(puzzle.seats):
            button, where = QPushButton(seat.name, self), QLabel(self)
            button.setToolTip(f"{seat.name} goes on to its next stop.")
            button.clicked.connect(lambda _=False, name=seat.name: self._step(name))
            where.setWordWrap(True)
            where.setAccessibleName(f"Where {seat.name} stands")
            grid.addWidget(button, row, 0)
            grid.addWidget(where, row, 1)
            self.actors[seat.name], self.stands[seat.name] = button, where
        self.back = QPushButton("&Back", self)
        self.back.setToolTip("Take the last step back.")
        self.back.clicked.connect(self._back)
        self.again = QPushButton("Ane&w", self)
        self.again.setToolTip("Take all steps back.")
        self.again.clicked.connect(self._again)
        below = QHBoxLayout()
        below.addWidget(self.left, 1)
        below.addWidget(self.back)
        below.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addLayout(below)
        layout.addWidget(self.told, 1)
        self.setFocusProxy(next(iter(self.actors.values())))
        self._show()

    @property
    def parts(self) -> Sequence[QWidget]:
        """The actors, and what takes steps back."""
        return (*self.actors.values(), self.back, self.again, self.told)

    def _step(self, name: str) -> None:
        if not self.actors[name].isEnabled():
            return
        self.puzzle.step(name)
        if self.puzzle.is_solved:  # first: what is switched off gives the keyboard to anybody
            self.given.emit(self.puzzle.steps)
        self._show()

    @Slot()
    def _back(self) -> None:
        self.puzzle.back()
        self._show()

    @Slot()
    def _again(self) -> None:
        self.puzzle.restart()
        self._show()

    def _show(self) -> None:
        puzzle = self.puzzle
        made = len(puzzle.steps)
        focused: QWidget | None = self.window().focusWidget()
        is_open = made < self._question.most and not puzzle.is_solved
        self.back.setEnabled(made > 0 and not puzzle.is_solved)
        self.again.setEnabled(made > 0 and not puzzle.is_solved)
        for seat in puzzle.seats:
            self.actors[seat.name].setEnabled(is_open and not seat.why)
            stands = f"{seat.at}. It cannot move: {seat.why}." if seat.why else f"{seat.at}."
            self.stands[seat.name].setText(stands)
        left = self._question.most - made
        self.left.setText(f"{plural(made, 'step')} made, {left} left")
        self.told.clear()
        told = [f"{number}. {words}" for number, words in enumerate(puzzle.told, 1)]
        self.told.addItems(told[::-1])  # the newest is seen however low the dock is
        if focused is not None and self.isAncestorOf(focused) and not focused.isEnabled():
            usable = (one for one in (*self.actors.values(), self.back) if one.isEnabled())
            next(usable, self.told).setFocus()  # else it would leave the dock
