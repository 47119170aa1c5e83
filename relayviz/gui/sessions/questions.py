"""The questions around sessions. None of them blocks the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.look.room import first_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 620, 420


class UnsavedQuestion(QMessageBox):
    """Asks what shall become of changes that are not saved.

    Signals:
        answered: arg: "save" or "discard"; nothing is said when it was cancelled.
    """

    answered = Signal(str)

    def __init__(self, titles: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Not saved")
        self.setIcon(QMessageBox.Icon.Question)
        names = ", ".join(titles)
        self.setText(f"Save what was done in {names}?")
        self.setInformativeText("What is not saved is lost.")
        kinds = QMessageBox.StandardButton
        self.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        # the desktop's own words may have no letter to press
        for kind, words in (
            (kinds.Save, "&Save"),
            (kinds.Discard, "&Discard"),
            (kinds.Cancel, "&Cancel"),
        ):
            self.button(kind).setText(words)
        self.setDefaultButton(kinds.Save)
        self.finished.connect(self._answer)

    @Slot(int)
    def _answer(self, button: int) -> None:
        kinds = QMessageBox.StandardButton
        if button == kinds.Save:
            self.answered.emit("save")
        elif button == kinds.Discard:
            self.answered.emit("discard")


class PythonQuestion(QDialog):
    """Shows the Python that a session brings; it is run when the user says so, and not before."""

    def __init__(self, name: str, sources: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Python in a session")
        label = QLabel(
            f"{name} brings a subbuf_start in Python. It is run in this program, with all its"
            " rights, when you press “Run it”. Read it first.",
            self,
        )
        label.setWordWrap(True)
        self.text = QPlainTextEdit("\n\n".join(sources), self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Python source")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.run_button = buttons.addButton("&Run it", QDialogButtonBox.ButtonRole.AcceptRole)
        self.run_button.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (label, self.text, buttons):
            layout.addWidget(widget)
        self.resize(first_size(self, (WIDTH, HEIGHT)))


class ListQuestion(QDialog):
    """Asks for one of a list.

    Signals:
        chosen: arg: its place.
    """

    chosen = Signal(int)

    def __init__(self, title: str, entries: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.list = QListWidget(self)
        self.list.setAccessibleName(title)
        self.list.addItems(list(entries))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self.accept)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Open | kinds.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        self.resize(first_size(self, (WIDTH, HEIGHT // 2)))
        self.accepted.connect(self._tell)

    def offer(self, text: str, key: str, run: Callable[[int], None]) -> None:
        """Offer to do something else with the one chosen, by menu and key; then the list closes.

        Args:
            text: What the menu says.
            key: The key.
            run: Told its place.
        """
        offered = QAction(text, self.list)
        offered.setShortcut(key)
        offered.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        offered.triggered.connect(self.reject)
        offered.triggered.connect(lambda: run(self.list.currentRow()))
        self.list.addAction(offered)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.list.setToolTip(f"{text}: {key}")

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.list.currentRow())
