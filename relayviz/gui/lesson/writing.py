"""Writing a lesson: its head, and what it says and asks at which step of the session shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from relayviz.gui.look.room import first_size
from relayviz.model.lesson.file import MAX_MINUTES, loads
from relayviz.model.lesson.script import read_script
from relayviz.model.session.file import SUFFIX, SessionError, dumps
from relayviz.model.session.line import LineError
from relayviz.model.session.session import Place, Scripted

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.model.lesson.lesson import Lesson
    from relayviz.model.session.session import Session

SIZE = (900, 600)
TEMPLATES = {
    "Say here": 'say "…"',
    "Ask here": 'ask number "…" = offset[0]',
    "Hint": 'hint "…"',
    "When": 'when answer == 0 say "…"',
}
TIP = (
    "A line each, as a file has it: say, ask number, ask choice, ask place, ask steps, hint, when,"
    " reveal. docs/lessons.md describes them. Questions are about what comes behind their step."
)


class WritingDialog(QDialog):
    """Edits what makes a session a lesson.

    Args:
        session: What was done, with what is noted of it.
        step: The step shown: new lines are put there.
        parent: The window.

    Signals:
        written: It shall be so.  args: the head, the lines.
        preview: It shall be taken as a learner does.  arg: the lesson.
    """

    written = Signal(object, object)
    preview = Signal(object)

    def __init__(self, session: Session, step: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Write a lesson")
        self._session, self._step = session, step
        head = dict(session.lesson or {})
        self._kept = head
        self.title = QLineEdit(f"{head.get('title', session.title)}", self)
        self.author = QLineEdit(f"{head.get('author', '')}", self)
        self.minutes = QSpinBox(self)
        self.minutes.setRange(0, MAX_MINUTES)
        self.minutes.setValue(int(head.get("minutes", 0)))
        self.lines = self._table()
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setObjectName("error")
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        self.says.setAccessibleName("What is wrong with the lesson")
        self._lay_out()
        for one in session.script:
            self._add(self.lines.rowCount(), one.at.step, one.text)
        self.lines.itemChanged.connect(self._check)
        self.title.textChanged.connect(self._check)
        self._check()
        self.resize(first_size(self, SIZE))

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, 2, self)
        table.setHorizontalHeaderLabels(["Step", "Line"])
        table.setAccessibleName("What the lesson says and asks")
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(True)
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        return table

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("&Title", self.title)
        form.addRow("&Author", self.author)
        form.addRow("&Minutes", self.minutes)
        row = QHBoxLayout()
        for name, text in TEMPLATES.items():
            button = QPushButton(name, self)
            button.setAutoDefault(False)
            button.setToolTip(f"A new line at step {self._step}, the one shown: {text}")
            button.clicked.connect(lambda _=False, name=name: self._add_here(name))
            row.addWidget(button)
        delete = QPushButton("&Delete the line", self)
        delete.setAutoDefault(False)
        delete.clicked.connect(self._delete)
        row.addWidget(delete)
        row.addStretch(1)
        tip = QLabel(TIP, self)
        tip.setWordWrap(True)
        tip.setObjectName("dim")
        buttons = QDialogButtonBox(self)
        self.look = buttons.addButton("&Preview", QDialogButtonBox.ButtonRole.ActionRole)
        self.look.clicked.connect(self._preview)
        self.keep = buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._write)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.lines, 1)
        layout.addLayout(row)
        layout.addWidget(tip)
        layout.addWidget(self.says)
        layout.addWidget(buttons)

    # ---------------------------------------------------------------- lines

    def _add(self, row: int, step: int, text: str) -> None:
        self.lines.insertRow(row)
        at = QTableWidgetItem()
        at.setData(Qt.ItemDataRole.DisplayRole, step)
        at.setFlags(at.flags() & ~Qt.ItemFlag.ItemIsEditable)
        self.lines.setItem(row, 0, at)
        self.lines.setItem(row, 1, QTableWidgetItem(text))

    def _add_here(self, name: str) -> None:
        """Put a line behind those of the step shown, and have it edited."""
        steps = [self._step_of(row) for row in range(self.lines.rowCount())]
        row = next((row for row, step in enumerate(steps) if step > self._step), len(steps))
        self._add(row, self._step, TEMPLATES[name])
        self.lines.setCurrentCell(row, 1)
        if (item := self.lines.item(row, 1)) is not None:
            self.lines.editItem(item)

    @Slot()
    def _delete(self) -> None:
        self.lines.removeRow(self.lines.currentRow())
        self._check()

    def _step_of(self, row: int) -> int:
        item = self.lines.item(row, 0)
        return 0 if item is None else int(item.data(Qt.ItemDataRole.DisplayRole))

    @property
    def script(self) -> tuple[Scripted, ...]:
        """The lines as they are now."""
        rows = range(self.lines.rowCount())
        texts = ((self._step_of(row), self.lines.item(row, 1)) for row in rows)
        return tuple(
            Scripted(Place(0, step), item.text().strip())
            for step, item in texts
            if item is not None and item.text().strip()
        )

    @property
    def head(self) -> dict[str, object]:
        """The head as it is now; fields that are not shown stay."""
        shown: dict[str, object] = {
            "title": self.title.text().strip(),
            "author": self.author.text().strip(),
            "minutes": self.minutes.value(),
        }
        return {**self._kept, **{name: value for name, value in shown.items() if value}}

    # ---------------------------------------------------------------- what it makes

    @Slot()
    def _check(self) -> None:
        problem = self._problem()
        self.says.setText(problem)
        self.says.setVisible(bool(problem))
        self.keep.setEnabled(not problem)
        self.look.setEnabled(not problem)

    def _problem(self) -> str:
        """Return what is wrong first; empty: nothing that can be seen without playing it."""
        if not self.title.text().strip():
            return "Give the lesson a title."
        for one in self.script:
            try:
                read_script(one.text)
            except LineError as error:
                return f"Step {one.at.step}, {one.text[:40]}: {error}"
        try:
            self._lesson()
        except SessionError as error:
            return f"{error.field}: {error.message}" if error.field else error.message
        return ""

    def _lesson(self) -> Lesson:
        session = replace(self._session, lesson=self.head, script=self.script)
        return loads(dumps(session), f"preview{SUFFIX}")

    @Slot()
    def _preview(self) -> None:
        self.preview.emit(self._lesson())

    @Slot()
    def _write(self) -> None:
        self.written.emit(self.head, self.script)
        self.accept()
