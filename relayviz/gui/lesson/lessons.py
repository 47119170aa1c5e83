"""What the window does with lessons: opens them, keeps the learner's answers, lists courses."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal, Slot

from relayviz.gui.asking import Mode, dialog_to_open
from relayviz.gui.background import Background
from relayviz.gui.lesson.courses import CoursesDialog
from relayviz.gui.lesson.taking import Taking
from relayviz.gui.lesson.writing import WritingDialog
from relayviz.gui.notice import Level
from relayviz.gui.saving import save
from relayviz.model.engine.captured import captured
from relayviz.model.engine.protocol import OpenError
from relayviz.model.lesson.answers import Answers, AnswersError, load_answers, save_answers
from relayviz.model.lesson.course import Course, course_in, own_course
from relayviz.model.lesson.file import MAX_SEED, load
from relayviz.model.session.file import SUFFIX, SessionError
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.lesson.answers import Answer
    from relayviz.model.lesson.judging import Key, Teaching
    from relayviz.model.lesson.lesson import Lesson
    from relayviz.model.session.session import Scripted

VARIED = (
    "The numbers of this lesson are drawn: write on it with an editor for texts. Here one of its "
    "variants would take its place."
)
PREVIEW = "A preview: when its tab is closed, what you write is there again."
GONE = "The lesson that was being written is gone with the tab of its session."
WRITTEN = "What the lesson says is noted in this session: File → Save writes it."
NEVER = 2**62  # steps that a tab has before closing it is worth a question


class Lessons(QObject):
    """Opens lessons, each in a tab of its own that knows nothing of what is not revealed.

    Attributes:
        answers: The learner's; begin reads them.
        seed: Draws which variant of a lesson is taken.
        folders: Those with lessons of one's own.

    Signals:
        opened: A lesson was opened.
        folders_changed: The list of folders is another.
        writing_wanted: A lesson file shall be opened to write on it.  arg: the file.
    """

    opened = Signal()
    folders_changed = Signal()
    writing_wanted = Signal(object)

    def __init__(self, controller: Controller, teaching: Teaching, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._teaching, self._window = controller, teaching, window
        self._path: Path | None = None
        self._is_saving = self._is_stale = False
        self._previewed: tuple[Tab | None, WritingDialog] | None = None  # whose text is hidden
        self.answers = Answers()
        self.folders: list[str] = []
        self._watcher = QFileSystemWatcher(self)
        for changed in (self._watcher.directoryChanged, self._watcher.fileChanged):
            changed.connect(self._watch)  # a file that was put in the place of one is another
        self.seed: Callable[[], int] = lambda: secrets.randbelow(MAX_SEED)
        controller.snapshot_changed.connect(self._look)

    @property
    def path(self) -> Path | None:
        """The learner's file."""
        return self._path

    def begin(self, path: Path, folders: Sequence[str] = ()) -> None:
        """Read the learner's file; answers are kept there from now on.

        Args:
            path: The file.
            folders: Those with lessons of one's own.
        """
        self._path, self.folders = path, list(folders)
        try:
            self.answers = load_answers(path)
        except FileNotFoundError:
            pass  # none was given yet
        except AnswersError as error:
            self._path = None
            message = f"Answers are not kept, for this file cannot be used: {error}"
            self._controller.notify(message, Level.ERROR)

    # ---------------------------------------------------------------- opening

    def show_courses(self) -> None:
        """Show the list of lessons, with what was answered."""
        dialog = CoursesDialog(self, self._window)
        dialog.chosen.connect(self._open_chosen)
        dialog.folder_wanted.connect(lambda: self._ask_folder(dialog))
        dialog.folder_unwanted.connect(lambda folder: self._drop_folder(folder, dialog))
        dialog.writing_wanted.connect(self._write_chosen)
        for changed in (self._watcher.directoryChanged, self._watcher.fileChanged):
            changed.connect(dialog.fill)
        self._watch()
        dialog.finished.connect(self._watch_no_more)
        dialog.open()

    @Slot()
    def _watch(self) -> None:
        """Watch the folders, and their files: a folder says nothing of what is written to one."""
        there = [path for path in map(Path, self.folders) if path.is_dir()]
        files = [file for path in there for file in path.glob("*.toml")]
        watched = {*self._watcher.directories(), *self._watcher.files()}
        if new := {str(path) for path in (*there, *files)} - watched:
            self._watcher.addPaths([*new])

    @Slot()
    def _watch_no_more(self) -> None:
        if watched := [*self._watcher.directories(), *self._watcher.files()]:
            self._watcher.removePaths(watched)

    @property
    def courses(self) -> list[Course]:
        """The program's own course and those of the folders; one that cannot be read is told."""
        found = [own_course()]
        for folder in self.folders:
            try:
                found.append(course_in(Path(folder)))
            except SessionError as error:
                found.append(Course(f"{error}", (), Path(folder)))
        return found

    def _ask_folder(self, dialog: CoursesDialog) -> None:
        asking = dialog_to_open(dialog, "A folder with lessons", mode=Mode.Directory)
        asking.fileSelected.connect(lambda name: self.add_folder(name, dialog))
        asking.open()

    def add_folder(self, name: str, dialog: CoursesDialog) -> None:
        """List the lessons of a folder from now on."""
        if name not in self.folders:
            self.folders.append(name)
            self._watch()
            self.folders_changed.emit()
            dialog.fill()

    def _drop_folder(self, folder: str, dialog: CoursesDialog) -> None:
        self.folders = [one for one in self.folders if one != folder]
        self._watch_no_more()
        self._watch()
        self.folders_changed.emit()
        dialog.fill()

    @Slot(object, str)
    def _write_chosen(self, course: Course, name: str) -> None:
        """Open a lesson to write on it; one whose numbers are drawn has to stay a text."""
        try:
            is_varied = course.load(name).is_varied
        except SessionError:
            is_varied = False  # what is wrong is told when it is opened
        if is_varied:
            self._controller.notify(VARIED, Level.ERROR)
        elif course.folder is not None:
            self.writing_wanted.emit(course.folder / f"{name}{SUFFIX}")

    def write(self) -> None:
        """Edit what the session shown says and asks as a lesson."""
        engine, notebook = self._controller.stepped, self._controller.notebook
        snapshot = self._controller.snapshot
        if self._previewed is not None and self._previewed[0] is self._controller.tab:
            self._controller.notify(PREVIEW)  # one text is written at a time
            return
        if engine is None or snapshot is None or engine.root is not None:
            self._controller.notify("Lessons are written of channels stepped from their opening.")
            return
        if snapshot.branch:
            self._controller.notify("A lesson goes along the first branch: go there first.")
            return
        dialog = WritingDialog(captured(engine, notebook.notes), snapshot.step, self._window)
        dialog.preview.connect(lambda lesson: self._preview(lesson, dialog))

        def write(head: dict[str, object], script: tuple[Scripted, ...]) -> None:
            notebook.change(replace(notebook.notes, lesson=head, script=script))
            self._controller.notify(WRITTEN)

        dialog.written.connect(write)
        dialog.open()

    def _preview(self, lesson: Lesson, dialog: WritingDialog) -> None:
        """Take a lesson that is being written; what it says can be edited again behind that."""
        controller, writing = self._controller, self._controller.tab
        folder = writing.path.absolute().parent if writing and writing.path else None
        tab = self.open(replace(lesson, folder=folder), note=lambda _: None)
        if tab is None:
            return
        dialog.hide()
        self._previewed = writing, dialog
        controller.notify(PREVIEW)
        _when_closed(controller, tab, self._write_on)

    def _write_on(self) -> None:
        """Edit again what was previewed."""
        previewed, self._previewed = self._previewed, None
        if previewed is not None:
            _show_again(self._controller, *previewed)

    @Slot(object, str)
    def _open_chosen(self, course: Course, name: str) -> None:
        try:
            self.open(course.load(name, self.seed()), course)
        except SessionError as error:
            self._controller.notify(str(error), Level.ERROR)

    def open_file(self, path: Path) -> None:
        """Take the lesson in a file."""
        try:
            self.open(load(path, self.seed()))
        except SessionError as error:
            self._controller.notify(str(error), Level.ERROR)

    def begin_course(self) -> None:
        """Open the first lesson of the course that is not done yet; the list when all are."""
        course = own_course()
        for name in course.names:
            lesson = course.load(name, self.seed())
            if not self.is_done(lesson):
                self.open(lesson, course)
                return
        self.show_courses()

    def open(
        self,
        lesson: Lesson,
        course: Course | None = None,
        note: Callable[[Answer], None] | None = None,
    ) -> Tab | None:
        """Take a lesson, in a tab of its own; None: it cannot be taken, which was told.

        Args:
            lesson: The lesson.
            course: What it was chosen from: the next lesson can be begun from it.
            note: Gets the answers; without it the learner's file does.
        """
        try:
            engine = self._controller.catalogue.open_stepped(lesson.session.config)
            taking = Taking(lesson, engine, note or self._note, self._teaching.puzzle)
        except (OpenError, SessionError) as error:
            self._controller.notify(f"{lesson.title}: {error}", Level.ERROR)
            return None
        tab = self._controller.add_tab(engine, lesson.title)
        tab.lesson = taking
        tab.kept = (NEVER, Notes())
        if course is not None and (name := course.after(lesson.name)):
            taking.has_next = True
            taking.next_wanted.connect(lambda: self._go_further(tab, course, name))
        self._controller.select(0)
        self._controller.tabs_changed.emit()
        self._play(taking)
        self.opened.emit()
        return tab

    def _go_further(self, tab: Tab, course: Course, name: str) -> None:
        """Begin the next lesson in the place of one that is over."""
        self._open_chosen(course, name)
        if self._controller.tab is not tab:
            self._controller.close_tab(self._controller.tabs.index(tab))

    def _play(self, taking: Taking) -> None:
        """Have the answers computed, where nobody sees it."""
        lesson = taking.lesson
        playing: Background[Key] = Background(
            lambda: self._teaching.key(lesson), lambda _: None, self._window
        )

        def ended(error: BaseException | None) -> None:
            if playing.result is not None:
                taking.know(playing.result)
            else:
                taking.fail(f"This lesson cannot be played: {error}")
            playing.deleteLater()

        playing.ended.connect(ended)
        playing.start()

    # ---------------------------------------------------------------- answers

    def is_done(self, lesson: Lesson) -> bool:
        """Return whether each question of a lesson was answered, right or shown."""
        return self.counts(lesson)[1] == len(lesson.questions)

    def counts(self, lesson: Lesson) -> tuple[int, int]:
        """Return how many questions of a lesson were answered right, and how many are over."""
        right, over = set(), set()
        for one in self.answers.of(lesson.name):
            if one.digest == lesson.digest and one.is_right:
                right.add(one.question)
            if one.digest == lesson.digest and (one.is_right or one.was_shown):
                over.add(one.question)
        return len(right), len(over)

    def name_learner(self, name: str) -> None:
        """Put a name into the file of answers."""
        if name != self.answers.learner:
            self.answers = Answers(name, self.answers.answers)
            self._save()

    def _note(self, answer: Answer) -> None:
        self.answers = self.answers.with_answer(answer)
        self._save()

    def _save(self) -> None:
        """Write the file; what comes while it is written is written behind it."""
        path, answers = self._path, self.answers
        if path is None or self._is_saving:
            self._is_stale = path is not None
            return
        self._is_saving, self._is_stale = True, False

        def told(problem: str) -> None:
            self._is_saving = False
            if problem:
                self._controller.notify(problem, Level.ERROR)
            elif self._is_stale:
                self._save()

        save(path, lambda: save_answers(answers, path), told, self)

    def end(self) -> None:
        """Write what is not written yet: the program ends."""
        if self._path is not None and (self._is_stale or self._is_saving):
            with suppress(OSError):  # it was told when an answer could not be kept
                save_answers(self.answers, self._path)

    @Slot()
    def _look(self) -> None:
        """Have the lesson in front go on with what waited for its engine."""
        tab: Tab | None = self._controller.tab
        if tab is not None and isinstance(tab.lesson, Taking):
            tab.lesson.look()


def _when_closed(controller: Controller, tab: Tab, then: Callable[[], None]) -> None:
    @Slot()
    def look() -> None:
        if tab not in controller.tabs:
            controller.tabs_changed.disconnect(look)
            then()

    controller.tabs_changed.connect(look)


def _show_again(controller: Controller, writing: Tab | None, dialog: WritingDialog) -> None:
    if writing in controller.tabs:
        controller.show_tab(controller.tabs.index(writing))
        dialog.open()
    else:
        dialog.deleteLater()
        controller.notify(GONE, Level.ERROR)  # which stays, though another tab is shown
