"""The list of lessons: courses in their order, with what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from relayviz.gui.look.room import first_size
from relayviz.model.session.file import SessionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from relayviz.model.lesson.answers import Answers
    from relayviz.model.lesson.course import Course
    from relayviz.model.lesson.lesson import Lesson

SIZE = (640, 620)
PLACE, COURSE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
HEADINGS = ("Lesson", "Minutes", "Right", "")
WORDS = (
    "What you answer is kept in a file of your own{where}. It says what is in it, and is sent"
    " nowhere."
)


class Progress(Protocol):
    """What is known of the learner."""

    answers: Answers

    @property
    def courses(self) -> Sequence[Course]:
        """The courses that are listed."""

    @property
    def path(self) -> Path | None:
        """Where the answers are kept; None: nowhere."""

    def counts(self, lesson: Lesson, /) -> tuple[int, int]:
        """Return how many questions were answered right, and how many are over."""

    def name_learner(self, name: str, /) -> None:
        """Put a name into the file of answers."""


class CoursesDialog(QDialog):
    """Lessons in their order.

    Signals:
        chosen: The user wants to take one.  args: the course, the lesson's name.
        writing_wanted: The user wants to write on one.  args: the same.
        folder_wanted: Another folder shall be listed.
        folder_unwanted: A folder shall not be listed any more.  arg: its path.
    """

    chosen = Signal(object, str)
    writing_wanted = Signal(object, str)
    folder_wanted = Signal()
    folder_unwanted = Signal(str)

    def __init__(self, progress: Progress, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Lessons")
        self._progress = progress
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName("Lessons, in their order")
        self.tree.setHeaderLabels(HEADINGS)
        self.tree.itemSelectionChanged.connect(self._show)
        self.tree.itemActivated.connect(self._take)
        self.learner = QLineEdit(progress.answers.learner, self)
        self.learner.setPlaceholderText("Your name, for this file only; can be left out")
        self.learner.setAccessibleName("Your name, for the file of answers only")
        self.learner.editingFinished.connect(self._name)
        where = f", {progress.path}" if progress.path is not None else ""
        self.says = QLabel(WORDS.format(where=where), self)
        self.says.setWordWrap(True)
        self.says.setObjectName("dim")
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        actions = QDialogButtonBox.ButtonRole.ActionRole
        self.add = buttons.addButton("Add a &folder…", actions)
        self.add.setToolTip("List the lessons of a folder, too; in the order of its course.toml.")
        self.add.clicked.connect(self.folder_wanted)
        self.drop = buttons.addButton("&Leave it out", actions)
        self.drop.setToolTip("List the lessons of this folder no more; the files stay.")
        self.drop.clicked.connect(self._drop)
        self.write = buttons.addButton("&Write on it", actions)
        self.write.setToolTip("Open it with all its steps; File → Write a lesson… edits it.")
        self.write.clicked.connect(self._write)
        self.begin = buttons.addButton("Begin", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.says)
        layout.addWidget(self.learner)
        layout.addWidget(buttons)
        self.fill()
        self.resize(first_size(self, SIZE))

    @Slot()
    def fill(self) -> None:
        """List all lessons as they are now; the one that is chosen stays so."""
        chosen = self.current
        self.tree.clear()
        first: QTreeWidgetItem | None = None
        again: QTreeWidgetItem | None = None
        for course in self._progress.courses:
            group = QTreeWidgetItem(self.tree, [course.title])
            group.setData(0, COURSE, course)
            for place, name in enumerate(course.names, 1):
                item = QTreeWidgetItem(group)
                item.setData(0, PLACE, (course, name))
                item.setData(0, COURSE, course)
                if not self._fill_line(item, course, name, place) and first is None:
                    first = item
                if chosen is not None and (chosen[0].folder, chosen[1]) == (course.folder, name):
                    again = item
        self.tree.expandAll()
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(HEADINGS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        top = self.tree.topLevelItem(0)
        if first is None and top is not None:
            first = top.child(0)
        if (shown := again or first) is not None:
            self.tree.setCurrentItem(shown)

    def _fill_line(self, item: QTreeWidgetItem, course: Course, name: str, place: int) -> bool:
        """Fill the line of a lesson; whether it is done."""
        try:
            lesson = course.load(name)
        except SessionError as error:
            where = "" if error.line is None else f", line {error.line}"
            item.setText(0, f"{place}. {name}{where}: {error.message}")
            item.setToolTip(0, str(error))
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
            return True
        right, over = self._progress.counts(lesson)
        count = len(lesson.questions)
        item.setText(0, f"{place}. {lesson.title}")
        item.setToolTip(0, lesson.title)
        item.setText(1, f"{lesson.minutes}" if lesson.minutes else "")
        item.setText(2, f"{right} of {count}")
        item.setText(3, "done" if over == count else "begun" if over else "")
        return over == count

    @property
    def current(self) -> tuple[Course, str] | None:
        """The lesson that is chosen; None: a course is."""
        chosen = self.tree.selectedItems()
        found = chosen[0].data(0, PLACE) if chosen else None
        return (found[0], found[1]) if found is not None else None

    @property
    def folder(self) -> str:
        """The folder of what is chosen; empty: it comes with the program."""
        chosen = self.tree.selectedItems()
        course = chosen[0].data(0, COURSE) if chosen else None
        return "" if course is None or course.folder is None else str(course.folder)

    @Slot()
    def _show(self) -> None:
        is_lesson = self.current is not None
        self.begin.setEnabled(is_lesson)
        self.write.setEnabled(is_lesson and bool(self.folder))
        self.drop.setEnabled(bool(self.folder))

    @Slot()
    def _drop(self) -> None:
        self.folder_unwanted.emit(self.folder)

    @Slot()
    def _write(self) -> None:
        if (current := self.current) is not None:
            self.accept()
            self.writing_wanted.emit(*current)

    @Slot()
    def _take(self) -> None:
        if (current := self.current) is not None:
            self._name()
            self.accept()
            self.chosen.emit(*current)

    @Slot()
    def _name(self) -> None:
        self._progress.name_learner(self.learner.text().strip())
