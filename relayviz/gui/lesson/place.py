"""A place is answered: clicked in the rings or in the bytes of a sub-buffer, or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout

from relayviz.gui.lesson.fields import Field
from relayviz.gui.widgets.fields import NumberField
from relayviz.model.lesson.judging import shown
from relayviz.model.lesson.script import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.lesson.lesson import Question

NONE = -1


class Chosen(NumberField):
    """A number that is typed over whenever the keyboard comes to it."""

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Select what is there: a dash would be in the way of the digits."""
        super().focusInEvent(event)
        self.selectAll()


class PlaceField(Field):
    """Numbers of a sub-buffer, and of a byte in it: a click fills them in, a key writes them.

    Args:
        question: What is asked.
        size: How many sub-buffers there are, and how many bytes each has.
        controller: Whose selection they follow and move.
        parent: The dock.

    Attributes:
        subbuf, byte: The numbers; `byte` counts from the beginning of the sub-buffer.
        says: What to do, or which place it is.
    """

    def __init__(
        self, question: Question, size: tuple[int, int], controller: Controller, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._question, self._size, self._controller = question, size, controller
        self._is_byte = question.target is Target.BYTE
        self._is_showing = False  # what was written: nobody clicked
        count, length = size
        self.subbuf = Chosen("Sub-buffer", f"0 to {count - 1}", NONE, count - 1, self)
        self.byte = Chosen("Byte of it", f"0 to {length - 1}", NONE, length - 1, self)
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        self.says.setAccessibleName("The place that is chosen")
        form = QFormLayout()
        form.addRow("Sub-&buffer", self.subbuf)
        if self._is_byte:
            form.addRow("B&yte of it", self.byte)
        self.byte.setVisible(self._is_byte)
        for number in (self.subbuf, self.byte):
            number.setSpecialValueText("–")  # nothing is chosen
            number.setValue(NONE)
            number.valueChanged.connect(self._written)
            number.finished.connect(self.give)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.says)
        layout.addLayout(form)
        layout.addWidget(self.button)
        self.setFocusProxy(self.subbuf)
        controller.selection_changed.connect(self._take_subbuf)
        controller.byte_pointed.connect(self._take_byte)
        self._take_subbuf()
        self._tell()

    @property
    def parts(self) -> Sequence[QWidget]:
        """The numbers."""
        return (self.subbuf, self.byte)

    @property
    def place(self) -> int | None:
        """The place that is chosen; None: none is yet."""
        index, byte = self.subbuf.value(), self.byte.value()
        if index == NONE or (self._is_byte and byte == NONE):
            return None
        return index * self._size[1] + byte if self._is_byte else index

    @property
    def _row(self) -> int | None:
        """The buffer that is asked about; None: it is not shown."""
        snapshot = self._controller.snapshot
        if snapshot is None:
            return None
        return 0 if snapshot.is_global else snapshot.row_of(self._question.cpu)

    @Slot()
    def _take_subbuf(self) -> None:
        """Take over the sub-buffer that was clicked, unless it is of another buffer."""
        row, index = self._controller.selection
        if row == self._row and index != NONE and not self._is_showing:
            self.subbuf.show_value(index)
            self._tell()

    @Slot()
    def _take_byte(self) -> None:
        """Take over the byte that was clicked; without a choice it is of the one written to."""
        tab, snapshot, row = self._controller.tab, self._controller.snapshot, self._row
        if tab is None or snapshot is None or row is None or self._is_showing:
            return
        chosen, index = tab.selection
        if chosen == row:
            self.subbuf.show_value(int(snapshot.buffers["current"][row]) if index < 0 else index)
            self.byte.show_value(tab.marked[1])
            self._tell()

    @Slot()
    def _written(self) -> None:
        """Show what was written in rings and bytes, too."""
        row, index, byte = self._row, self.subbuf.value(), self.byte.value()
        if row is not None and index != NONE:
            self._is_showing = True
            if byte == NONE:
                self._controller.select(row, index)
            else:
                self._controller.show_bytes(row, index, byte, byte + 1)
            self._is_showing = False
        self._tell()

    def _tell(self) -> None:
        place = self.place
        cpu = self._question.cpu
        where = "Sub-buffer" if self._is_byte else f"the ring of CPU {cpu}"
        how = f"Click it in {where}, or write which one it is."
        self.says.setText(how if place is None else f"Chosen: {shown(self._question, place)}.")
        self.button.setEnabled(place is not None)

    @Slot()
    def give(self) -> None:
        """Give the place."""
        if self.place is not None:
            self.given.emit(self.place)
