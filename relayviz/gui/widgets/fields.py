"""Number fields and the segmented switch of the toolbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence


class NumberField(QSpinBox):
    """A spin box that leaves letters to the shortcuts: digits are typed, W still writes.

    Signals:
        finished: Return was pressed: the number is complete.
    """

    finished = Signal()

    def __init__(self, name: str, tip: str, lowest: int, highest: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setRange(lowest, highest)
        self.setAccelerated(True)
        self.setKeyboardTracking(True)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)

    def event(self, event: QEvent) -> bool:
        """Keep letters from being taken for input."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
            )
            text = event.text()
            if plain and text.isprintable() and text and not text.isdigit():
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Tell of Return."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finished.emit()

    def mark(self, *, wrong: bool) -> None:
        """Mark the number as one that something is wrong with, or take that back."""
        self.setProperty("wrong", wrong)
        self.style().unpolish(self)
        self.style().polish(self)

    def show_value(self, value: int) -> None:
        """Take a value over without telling anybody, and without disturbing who types."""
        if value != self.value():
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)


class Segments(QWidget):
    """A few buttons side by side of which one is on, or none.

    Signals:
        chosen: The user pressed one.  arg: its key.
    """

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._buttons: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for key, tip in choices:
            button = QPushButton(key, self)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {key}")
            button.setAutoDefault(False)
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
        self._group.buttonClicked.connect(self._choose)

    def show_choice(self, key: str) -> None:
        """Show which one is on; a key that is none of them: none is."""
        for each, button in self._buttons.items():
            button.setChecked(each == key)

    def offer(self, keys: Container[str]) -> None:
        """Show the buttons that there is a choice of, and no others."""
        for each, button in self._buttons.items():
            button.setHidden(each not in keys)

    @Slot(QPushButton)
    def _choose(self, pressed: QPushButton) -> None:
        # what is on is decided by the state shown, not by the press
        pressed.setChecked(not pressed.isChecked())
        self.chosen.emit(pressed.text())
