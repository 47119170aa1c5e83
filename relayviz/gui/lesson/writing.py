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
    QMenu,
    QMessageBox,
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
from relayviz.model.session.line import LineError, normal, write_line
from relayviz.model.session.session import Place, Scripted

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.model.lesson.lesson import Lesson
    from relayviz.model.session.session import Session

SIZE = (900, 600)
BLANK = "…"  # stands where words are to be written
TEMPLATES = {
    "Say": 'say "…"',
    "A number": 'ask number "…" = offset[0]',
    "One of some": 'ask choice "…" ["yes", "no"] = "yes" if lost else "no"',
    "A place": 'ask place "…" = subbuf(0, current[0])',
    "Steps": 'ask steps "…" most=3 = lost > 0',
    "Hint": 'hint "…"',
    "When": 'when answer == 0 say "…"',
}
ASKED = ("A number", "One of some", "A place", "Steps")
BELOW = ("Hint", "When")  # belong to the question above them
TIP = (
    "A line each, as a file has it; docs/lessons.md describes them. A question is about what comes"
    " behind its step: what stands after = is computed there."
)
LEAVING = "Leave out what was written here?"


class WritingDialog(QDialog):
    """Edits what makes a session a lesson.

    Args:
        session: What was done, with what is noted of it.
        step: The step shown: new lines are put there, until another one is chosen.
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
        self._session = session
        head = dict(session.lesson or {})
        self._kept = head
        self.title = QLineEdit(f"{head.get('title', session.title)}", self)
        self.author = QLineEdit(f"{head.get('author', '')}", self)
        self.minutes = QSpinBox(self)
        self.minutes.setRange(0, MAX_MINUTES)
        self.minutes.setValue(int(head.get("minutes", 0)))
        self.lines = self._table()
        self.at = QSpinBox(self)
        self.at.setRange(0, session.end.step)
        self.at.setValue(step)
        self.at.setAccessibleName("The step that new lines are put at")
        self.behind = QLabel(self)
        self.behind.setObjectName("dim")
        self.behind.setTextFormat(Qt.TextFormat.PlainText)
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setObjectName("error")
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        self.says.setAccessibleName("What is wrong with the lesson")
        policy = self.says.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # or the buttons would jump while one types
        self.says.setSizePolicy(policy)
        self._lay_out()
        for one in session.script:
            self._add(self.lines.rowCount(), one.at.step, one.text)
        self._begun = (self.head, self.script)
        self.lines.itemChanged.connect(self._check)
        self.lines.itemSelectionChanged.connect(self._follow)
        self.title.textChanged.connect(self._check)
        self.at.valueChanged.connect(self._tell_step)
        self._tell_step()
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
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        return table

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("&Title", self.title)
        form.addRow("&Author", self.author)
        form.addRow("&Minutes", self.minutes)
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
        layout.addLayout(self._step_row())
        layout.addLayout(self._buttons())
        layout.addWidget(tip)
        layout.addWidget(self.says)
        layout.addWidget(buttons)

    def _step_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel("At &step", self)
        label.setBuddy(self.at)
        row.addWidget(label)
        row.addWidget(self.at)
        row.addWidget(self.behind, 1)
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        asking = QMenu(self)
        for name in ASKED:
            asking.addAction(name).triggered.connect(lambda _=False, name=name: self.add_line(name))
        for name in ("Say", "Ask", *BELOW):
            button = QPushButton(name, self)
            button.setAutoDefault(False)
            if name in TEMPLATES:
                button.setToolTip(f"A new line: {TEMPLATES[name]}")
                button.clicked.connect(lambda _=False, name=name: self.add_line(name))
            else:
                button.setToolTip("A new line that asks for a number, one of some, a place, steps.")
                button.setMenu(asking)
            row.addWidget(button)
        delete = QPushButton("&Delete the line", self)
        delete.setAutoDefault(False)
        delete.clicked.connect(self._delete)
        row.addWidget(delete)
        row.addStretch(1)
        return row

    # ---------------------------------------------------------------- lines

    @Slot()
    def _tell_step(self) -> None:
        """Say what was done last at the step that lines are put at."""
        step = self.at.value()
        done = self._session.lines[0].operations[step - 1] if step else None
        sources = {text: f"source {at}" for at, text in enumerate(self._session.sources, 1)}
        words = "the channel has been opened" if done is None else write_line(normal(done), sources)
        self.behind.setText(f"of {self.at.maximum()}, behind: {words}")

    @Slot()
    def _follow(self) -> None:
        """Put what is new to the step of the line that is chosen."""
        row = self.lines.currentRow()
        if row >= 0:
            self.at.setValue(self._step_of(row))

    def _add(self, row: int, step: int, text: str) -> None:
        self.lines.insertRow(row)
        at = QTableWidgetItem()
        at.setData(Qt.ItemDataRole.DisplayRole, step)
        at.setFlags(at.flags() & ~Qt.ItemFlag.ItemIsEditable)
        self.lines.setItem(row, 0, at)
        self.lines.setItem(row, 1, QTableWidgetItem(text))

    def add_line(self, name: str) -> None:
        """Put a line at the step that is chosen, and have its words written.

        What helps with a question goes below the line that is chosen, all else behind those of its
        step.
        """
        step, chosen = self.at.value(), self.lines.currentRow()
        steps = [self._step_of(row) for row in range(self.lines.rowCount())]
        row = next((row for row, each in enumerate(steps) if each > step), len(steps))
        if name in BELOW and chosen >= 0 and steps[chosen] == step:
            row = chosen + 1
        self._add(row, step, TEMPLATES[name])
        self.lines.setCurrentCell(row, 1)
        if (item := self.lines.item(row, 1)) is not None:
            self.lines.editItem(item)
            for line in self.lines.viewport().findChildren(QLineEdit):
                if BLANK in line.text():
                    line.setSelection(line.text().index(BLANK), len(BLANK))

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

    def done(self, result: int) -> None:
        """Close, but ask before what was written is lost."""
        if result or (self.head, self.script) == self._begun:
            super().done(result)
            return
        kinds = QMessageBox.StandardButton
        asking = QMessageBox(
            QMessageBox.Icon.Question, self.windowTitle(), LEAVING, kinds.NoButton, self
        )
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.addButton("&Leave it out", QMessageBox.ButtonRole.AcceptRole)
        asking.setDefaultButton(asking.addButton("&Go on", QMessageBox.ButtonRole.RejectRole))
        asking.accepted.connect(lambda: super(WritingDialog, self).done(result))
        asking.open()

    @Slot()
    def _preview(self) -> None:
        self.preview.emit(self._lesson())

    @Slot()
    def _write(self) -> None:
        self.written.emit(self.head, self.script)
        self.accept()
