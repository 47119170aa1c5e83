"""An editor for subbuf_start: highlighting, templates, and a message at the line that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.newchannel.highlighter import PythonHighlighter
from relayviz.model.channel.client import TEMPLATES

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

INDENT = 4
ROWS, COLUMNS = 12, 70
TINT = 60


class SourceField(QPlainTextEdit):
    """Plain text; Tab indents by four blanks, Shift+Tab leaves the field."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Indent, and keep the indent on a new line."""
        if event.key() == Qt.Key.Key_Tab:
            column = self.textCursor().positionInBlock()
            self.insertPlainText(" " * (INDENT - column % INDENT))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            line = self.textCursor().block().text()
            indent = len(line) - len(line.lstrip(" "))
            more = INDENT if line.rstrip().endswith(":") else 0
            self.insertPlainText("\n" + " " * (indent + more))
        else:
            super().keyPressEvent(event)


class SourceEditor(QWidget):
    """The field, a button for each template, and a message.

    Signals:
        edited: The text changed.
    """

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = SourceField(self)
        self.field.setAccessibleName("Python source of subbuf_start")
        self.field.setFont(theme.current().mono())
        self.field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        metrics = self.field.fontMetrics()
        self.field.setMinimumHeight(metrics.lineSpacing() * ROWS)
        self.field.setMinimumWidth(metrics.horizontalAdvance("x") * COLUMNS)
        self._highlighter = PythonHighlighter(self.field.document())
        self.message = QLabel(self)
        self.message.setObjectName("error")
        self.message.setWordWrap(True)
        templates = QHBoxLayout()
        templates.addWidget(QLabel("Begin with:", self))
        for title, source in TEMPLATES.items():
            button = QPushButton(title, self)
            button.setAutoDefault(False)
            button.setToolTip("Replace the text by this example; Ctrl+Z brings it back.")
            button.clicked.connect(lambda _checked=False, source=source: self.use(source))
            templates.addWidget(button)
        templates.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(templates)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.message)
        self.field.textChanged.connect(self._edited)

    @property
    def source(self) -> str:
        """The text."""
        return self.field.toPlainText()

    def use(self, source: str) -> None:
        """Replace the text; it can be undone."""
        cursor = self.field.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(source)

    def show_problem(self, line: int | None, message: str) -> None:
        """Say what is wrong, and mark the line."""
        where = f"Line {line}: " if line is not None else ""
        self.message.setText(f"{where}{message}")
        block = self.field.document().findBlockByNumber((line or 0) - 1)
        if line is None or not block.isValid():
            return
        cursor = QTextCursor(block)
        self.field.setTextCursor(cursor)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        tint = QColor(theme.current()[Role.ERROR])
        tint.setAlpha(TINT)
        mark.format.setBackground(tint)
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.field.setExtraSelections([mark])

    @Slot()
    def _edited(self) -> None:
        self.message.clear()
        self.field.setExtraSelections([])
        self.edited.emit()
