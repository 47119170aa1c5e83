"""Names of conditions in a line of text: completed as one types, and all of them on demand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from relayviz.gui.look.icons import icon
from relayviz.model.condition.evaluator import FUNCTIONS
from relayviz.model.condition.meanings import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QAbstractItemView

LIST_TIP = "List all names (Ctrl+Space)"
FEWEST = 2  # letters from which on names are offered without being asked for
ROWS = 12  # of the list
NAME = Qt.ItemDataRole.UserRole
_WORD = re.compile(r"[A-Za-z_]\w*$")
_TEXT = re.compile(r"""'[^']*'|"[^"]*\"""")
TAKES = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
Key = Qt.Key


def word_before(text: str) -> str:
    """Return the name that a text ends in; nothing: it ends in none, or inside quotes."""
    bare = _TEXT.sub("0", text)
    if "'" in bare or '"' in bare:
        return ""
    found = _WORD.search(bare)
    return found[0] if found else ""


class NameCompleter(QObject):
    """Offers names under a field: those that begin as the word at its cursor, or all of them.

    Args:
        field: The line; goes with it.
        meanings: Gives the names with a line each, in the order of the list: those of now.
    """

    def __init__(
        self, field: QLineEdit, meanings: Callable[[], Mapping[str, str]] = lambda: MEANINGS
    ) -> None:
        super().__init__(field)
        self._field, self._meanings, self._listed = field, meanings, meanings()
        self.completer = QCompleter(_model(self._listed, self), self)
        self.completer.setWidget(field)
        self.completer.setCompletionRole(NAME)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setMaxVisibleItems(ROWS)
        self.popup = cast("QAbstractItemView", self.completer.popup())
        self.popup.setAccessibleName("Names")
        self.completer.activated[QModelIndex].connect(self._put)  # type: ignore[index]
        trailing = QLineEdit.ActionPosition.TrailingPosition
        self.all_names = field.addAction(icon("names"), trailing)
        self.all_names.setToolTip(LIST_TIP)
        self.all_names.triggered.connect(self.list_all)
        field.textEdited.connect(self._offer)
        field.installEventFilter(self)

    @Slot()
    def list_all(self) -> None:
        """Show all names."""
        self._field.setFocus()
        self._show("")

    @Slot(str)
    def _offer(self, _text: str) -> None:
        """Offer what the word at the cursor may become."""
        word = self._word()
        if len(word) < FEWEST or word in self._meanings():
            self.popup.hide()
        else:
            self._show(word)

    def _word(self) -> str:
        return word_before(self._field.text()[: self._field.cursorPosition()])

    def _show(self, prefix: str) -> None:
        if (meanings := self._meanings()) is not self._listed:
            self._listed = meanings
            self.completer.setModel(_model(meanings, self))
        self.completer.setCompletionPrefix(prefix)
        if not self.completer.completionCount():
            self.popup.hide()
            return
        popup, area = self.popup, self._field.rect()
        bar = popup.verticalScrollBar().sizeHint().width() + 2 * popup.frameWidth()
        area.setWidth(popup.sizeHintForColumn(0) + bar)
        self.completer.complete(area)

    @Slot(QModelIndex)
    def _put(self, index: QModelIndex) -> None:
        """Put a name where the word is that it was offered for."""
        name = str(index.data(NAME))
        field, at = self._field, self._field.cursorPosition()
        before = field.text()[:at].removesuffix(self._word())
        put = f"{name}(" if name in FUNCTIONS else name
        field.setText(before + put + field.text()[at:])
        field.setCursorPosition(len(before) + len(put))
        field.textEdited.emit(field.text())  # what was wrong with it may not be now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """List all names at Ctrl+Space; leave Return to the list while a name is chosen in it."""
        if event.type() == QEvent.Type.StyleChange:
            self.all_names.setIcon(icon("names"))  # in the colours of another theme
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        lists = event.key() == Key.Key_Space and bool(
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if lists and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if lists:
            self.list_all()
            return True
        popup = self.popup
        if popup.isVisible() and event.key() in TAKES:
            if popup.currentIndex().isValid():
                event.ignore()  # the list takes it
                return True
            popup.hide()
        return False


def _model(meanings: Mapping[str, str], parent: QObject) -> QStandardItemModel:
    model = QStandardItemModel(parent)
    for name, meaning in meanings.items():
        item = QStandardItem(meaning if meaning.startswith(f"{name}(") else f"{name}  —  {meaning}")
        item.setData(name, NAME)
        item.setToolTip(meaning)
        item.setEditable(False)
        model.appendRow(item)
    return model
