"""The window in which channels that are somewhere else are listed, chosen and opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar

from relayviz.gui.chosen.opening import Opening
from relayviz.gui.chosen.searched import Searched
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtWidgets import QLabel, QWidget


@dataclass(frozen=True, slots=True)
class Words:
    """What such a window is called, and its parts: title, what is done meanwhile, table, search."""

    title: str
    meanwhile: str
    table: str
    hint: str


class ChannelsDialog(QDialog):
    """A table of channels with a search; of where they are, and of what is found, others know.

    Args:
        words: What it is called.
        says: The kind of label that tells what was found, or what is wrong.
        model: The channels.
        parent: The window.

    Signals:
        opened: A channel was.  args: its engine, a title.
    """

    opened = Signal(object, str)

    def __init__(
        self, words: Words, says: type[QLabel], model: QAbstractItemModel, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(words.title)
        self.says = says(self)
        self.says.setAccessibleName("What was found, or what is wrong")
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName(words.meanwhile)
        self.progress.hide()
        self.found = Searched(model, words.table, words.hint, self)
        self.search, self.table = self.found.field, self.found.table
        self.found.activated.connect(self._open)
        self.found.changed.connect(self._selected)
        self._opening = Opening(self)
        self._opening.opened.connect(self.opened)
        self._opening.ended.connect(self._made)
        kinds = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(kinds.Open | kinds.Cancel, self)
        self.open_button = self._buttons.button(kinds.Open)
        self._buttons.accepted.connect(self._open)
        self._buttons.rejected.connect(self.reject)

    @Slot()
    def _open(self) -> None:
        """Open the channels chosen."""
        raise NotImplementedError

    @Slot()
    def _selected(self) -> None:
        """Take notice of what is chosen now."""
        raise NotImplementedError

    @Slot()
    def _edited(self) -> None:
        """Say by the buttons what can be done."""
        raise NotImplementedError

    @Slot(object)
    def _made(self, error: BaseException | None) -> None:
        if error is None:
            self.accept()
            return
        self._edited()
        if not isinstance(error, OpenError):
            raise error
        self._say(error.message, is_wrong=True)

    def _say(self, words: str, *, is_wrong: bool = False) -> None:
        self.says.setObjectName("error" if is_wrong else "")
        self.says.setText(f"✕ {words}" if is_wrong else words)
        self.says.setToolTip(words)
        self.says.style().polish(self.says)

    def done(self, result: int) -> None:
        """Close, without waiting for what is still being opened."""
        self._opening.leave()
        super().done(result)
