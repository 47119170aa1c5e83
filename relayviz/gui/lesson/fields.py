"""What a learner answers with: a number, one of some, or operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.lesson.taking import Taking
    from relayviz.model.lesson.lesson import Question

NO_NUMBER = "Write a number, in digits."


class Field(QWidget):
    """Takes an answer.

    Signals:
        given: arg: the answer.
        arranged: What takes the keyboard in it is known now.
    """

    given = Signal(object)
    arranged = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = QPushButton("&Answer", self)
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self.give)

    @property
    def parts(self) -> Sequence[QWidget]:
        """What takes the keyboard before its button, in order."""
        return ()

    @Slot()
    def give(self) -> None:
        """Give the answer, if there is one."""


class NumberField(Field):
    """A number is typed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setAccessibleName("Your answer, a number")
        self.line.setPlaceholderText("a number")
        self.line.returnPressed.connect(self.give)
        self.says = QLabel(NO_NUMBER, self)
        self.says.setObjectName("warning")
        self.says.hide()
        self.line.textChanged.connect(self.says.hide)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.says)
        self.setFocusProxy(self.line)

    @property
    def parts(self) -> Sequence[QWidget]:
        """The line."""
        return (self.line,)

    @Slot()
    def give(self) -> None:
        """Give the number; what is none is told, and is no try."""
        text = self.line.text().strip().replace(",", ".").replace("−", "-")
        try:
            number = float(text)
        except ValueError:
            self.says.show()
            return
        if not abs(number) < 2**53:
            self.says.show()
            return
        self.given.emit(int(number) if number.is_integer() else number)
        self.line.selectAll()


class ChoiceField(Field):
    """One of some is chosen."""

    def __init__(self, taking: Taking, parent: QWidget) -> None:
        super().__init__(parent)
        self._taking = taking
        self.group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.button)
        self.options: tuple[int | float | str, ...] = ()
        self._fill()
        taking.changed.connect(self._fill)

    @Slot()
    def _fill(self) -> None:
        """List the options once they are known: they can be figures."""
        key, question = self._taking.key, self._taking.question
        if self.options or key is None or question is None or not question.options:
            return
        self.options = key.right(question).options
        for place, option in enumerate(self.options):
            button = QRadioButton(f"{option}".replace("&", "&&"), self)
            self.group.addButton(button, place)
            self._layout.insertWidget(place, button)
        self.setFocusProxy(self.group.button(0))
        self.arranged.emit()

    @property
    def parts(self) -> Sequence[QWidget]:
        """The options."""
        return self.group.buttons()

    @Slot()
    def give(self) -> None:
        """Give the option that is chosen."""
        if self.group.checkedId() >= 0:
            self.given.emit(self.options[self.group.checkedId()])


class StepsField(Field):
    """Operations are done with the window's own buttons and keys."""

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.button.hide()
        words = QLabel(
            f"Do it with the buttons or keys of the window: in at most "
            f"{plural(question.most, 'operation')} from here. It is seen when it is so; going back "
            "to this step begins anew.",
            self,
        )
        words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(words)
