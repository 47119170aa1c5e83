"""The Lesson dock: narration, question, hints, what is said to an answer, and the next page."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.lesson.fields import ChoiceField, NumberField, StepsField
from relayviz.gui.lesson.place import PlaceField
from relayviz.gui.lesson.puzzle import PuzzleField
from relayviz.gui.lesson.taking import Taking
from relayviz.gui.notice import Level
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Picture
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.wrapped import Tall
from relayviz.model.lesson.course import capture_path
from relayviz.model.lesson.judging import shown
from relayviz.model.lesson.script import Asked

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.lesson.fields import Field
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = "No lesson is being taken in this tab. Help → Lessons… has a course."
WAITING = "The answers are being computed…"
A_HINT = "There is a hint."
WIDE = 90  # letters: from there on question and text stand beside each other


class Narration(QTextBrowser):
    """Markdown that fetches nothing: neither pictures nor pages.

    Signals:
        capture_wanted: A link to a capture was followed.  arg: the file's name.
    """

    capture_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setAccessibleName("What the lesson says")
        self.anchorClicked.connect(self._follow)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: ARG002, N802  Qt's name
        """Return nothing, whatever a text asks for."""
        return None

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        if link.scheme() == "https":
            QDesktopServices.openUrl(link)
        elif link.scheme() == "capture":
            self.capture_wanted.emit(link.path())


class LessonPanel(Panel):
    """Shows the page of the lesson that is taken in the tab in front.

    Signals:
        capture_wanted: A capture shall be opened beside the lesson.  arg: its path.
    """

    capture_wanted = Signal(object)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Lesson")
        self.taking: Taking | None = None
        self._page: object = None
        self._is_awaited = False  # the keyboard shall be with the field once it can be used
        self.text = Narration(self)
        self.text.capture_wanted.connect(self._open_capture)
        self.asked = _text(self, "Question")
        self.field: Field | None = None
        self.hints = _text(self, "Hints")
        self.verdict = _text(self, "What is said to the answer")
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("Pages of the lesson")
        self.hint = _button(self, "Hin&t", "Show the next hint.")
        self.give_up = _button(self, "&Show it", "Give up: show the answer and what comes.")
        self.next = _button(self, "Ne&xt", "Turn to the next page.")
        self.further = _button(self, "Next le&sson", "Close this lesson and begin the next one.")
        self._lay_out()
        self.hint.clicked.connect(self._hint)
        self.give_up.clicked.connect(self._give_up)
        self.next.clicked.connect(self._turn)
        self.further.clicked.connect(self._go_further)
        controller.tabs_changed.connect(self._take_tab)

    def _lay_out(self) -> None:
        body = QWidget(self)
        self._answering = QVBoxLayout()
        for label in (self.asked, self.verdict, self.hints):
            self._answering.addWidget(label)
            label.hide()
        self._answering.addStretch(1)
        side = QWidget(self)
        side.setLayout(self._answering)
        self._answering.setContentsMargins(0, 0, 0, 0)
        self._both = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._both.addWidget(self.text, 2)
        self._side = Tall(side, self)
        self._both.addWidget(self._side, 3)
        buttons = QHBoxLayout()
        buttons.addWidget(self.progress, 1)
        for button in (self.hint, self.give_up, self.next, self.further):
            buttons.addWidget(button)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(self._both, 1)
        inner.addLayout(buttons)
        self._stack = Stack(body, EMPTY, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._stack.show_content(False)

    # ---------------------------------------------------------------- which lesson

    @Slot()
    def _take_tab(self) -> None:
        tab = self.controller.tab
        found = tab.lesson if tab is not None else None
        taking = found if isinstance(found, Taking) else None
        if taking is self.taking:
            return
        if self.taking is not None:
            self.taking.changed.disconnect(self._show)
        self.taking, self._page = taking, None
        if taking is not None:
            taking.changed.connect(self._show)
        self._show()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Look whether the tab in front has a lesson."""
        del snapshot
        self._take_tab()

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.text.setFont(shown.font())
        if self.taking is not None:  # what was typed stays
            self.text.setMarkdown(self.taking.narration)

    def go_to(self, place: str) -> None:
        """Give the keyboard to what the learner answers with, or turns the page with."""
        del place
        self._is_awaited = self.field is not None and not self.field.isEnabled()
        if self.field is not None and self.field.isEnabled():
            self.field.setFocus()
        elif self.taking is not None and self.taking.is_over:
            self._onward.setFocus()
        else:
            self.text.setFocus()

    def picture(self) -> Picture:
        """Return what is said and asked."""
        labels = (self.asked, self.hints, self.verdict)
        said = [label.text() for label in labels if label.isVisibleTo(self)]
        return Picture(said=[*self.text.toPlainText().splitlines(), *said])

    # ---------------------------------------------------------------- the page

    @Slot()
    def _show(self) -> None:
        taking = self.taking
        self._stack.show_content(taking is not None)
        if taking is None:
            self.set_detail("")
            self._put_field(None)
            self.text.clear()
            return
        pages = len(taking.lesson.pages)
        self.set_detail(f"{taking.lesson.title} · page {taking.place + 1} of {pages}")
        self.progress.setRange(0, pages)
        self.progress.setValue(taking.place + taking.is_over)
        self.progress.setFormat(f"{taking.place + 1} of {pages}")
        if self._page != (taking, taking.place):
            self._page = (taking, taking.place)
            self.text.setMarkdown(taking.narration)
            self.text.setVisible(bool(taking.narration))
            self._put_field(self._field_of(taking))
        self._show_question(taking)

    def _show_question(self, taking: Taking) -> None:
        question = taking.question
        is_asking = question is not None and not taking.is_over
        can_answer = is_asking and taking.key is not None
        self.asked.setText("" if question is None else question.text)
        self.asked.setVisible(question is not None)
        self._side.setVisible(question is not None)
        # of the window: it may be another program's that is in front
        focused: QWidget | None = self.window().focusWidget()
        has_keyboard = focused is not None and self.isAncestorOf(focused)
        if self.field is not None:
            is_new = can_answer and not self.field.isEnabled()
            self.field.setEnabled(can_answer)
            if is_new and (has_keyboard or self._is_awaited):
                self._is_awaited = False
                self.field.setFocus()
            self.field.setVisible(is_asking or isinstance(self.field, PuzzleField))
        hints = question.hints[: taking.hints] if question is not None else ()
        self._say(self.hints, "\n\n".join(hints))
        self._say(self.verdict, self._words(taking))
        if self.hint.hasFocus() and not taking.hints_left and self.field is not None:
            self.field.setFocus()  # else it would go to the button that gives up
        self.hint.setVisible(is_asking and taking.hints_left > 0)
        self.give_up.setVisible(is_asking)
        self.give_up.setEnabled(can_answer)
        self.next.setText("Cl&ose" if taking.is_last else "Ne&xt")
        self.next.setEnabled(taking.is_over)
        self.further.setVisible(taking.has_next and taking.is_last and taking.is_over)
        if taking.is_over and has_keyboard:
            self._onward.setFocus()

    def _say(self, label: QLabel, words: str) -> None:
        """Show words, and what is new of them where it can be seen."""
        if words != label.text():
            label.setText(words)
            label.setVisible(bool(words))
            self._side.reveal(label if words else self.asked)

    @property
    def _onward(self) -> QPushButton:
        """What is pressed once a page is over."""
        return self.further if self.further.isVisibleTo(self) else self.next

    def _words(self, taking: Taking) -> str:
        """Say how the question stands."""
        question, key, verdict = taking.question, taking.key, taking.verdict
        if question is None or key is None:
            waiting = WAITING if question is not None else ""
            return taking.problem or waiting
        if not taking.is_over:
            usual = A_HINT if taking.hints_left else ""
            return "" if verdict is None else f"No. {verdict.says or usual}".rstrip()
        right = ""
        if question.kind is not Asked.STEPS:
            right = f": {escape(shown(question, key.right(question).value))}"
        return f"The answer{right or ' is not shown'}." if taking.was_shown else f"Right{right}."

    def _field_of(self, taking: Taking) -> Field | None:
        question = taking.question
        if question is None:
            return None
        if taking.puzzle is not None:
            return PuzzleField(taking.puzzle, question, self)
        match question.kind:
            case Asked.NUMBER:
                field: Field = NumberField(self)
            case Asked.CHOICE:
                field = ChoiceField(taking, self)
            case Asked.PLACE:
                config = taking.lesson.session.config
                size = (config.n_subbufs, config.subbuf_size)
                field = PlaceField(question, size, self.controller, self)
            case Asked.STEPS:
                field = StepsField(question, self)
        return field

    def _put_field(self, field: Field | None) -> None:
        if self.field is not None:
            self.field.hide()
            self._answering.removeWidget(self.field)
            self.field.deleteLater()
        self.field = field
        if field is not None:
            field.given.connect(self._answer)
            field.arranged.connect(self._order)
            self._answering.insertWidget(1, field)  # where it stays, whatever is said below
            self._order()

    @Slot()
    def _order(self) -> None:
        """Have Tab go from what is said to the field, and on to the buttons below it."""
        if self.field is not None:
            below = (self.hint, self.give_up, self.next, self.further)
            parts = (self.text, *self.field.parts, self.field.button, *below)
            for before, after in pairwise(parts):
                self.setTabOrder(before, after)

    @Slot()
    def _hint(self) -> None:
        if self.taking is not None:
            self.taking.hint()

    @Slot()
    def _give_up(self) -> None:
        if self.taking is not None:
            self.taking.show_answer()

    @Slot(object)
    def _answer(self, given: object) -> None:
        if self.taking is not None and isinstance(given, int | float | str | tuple):
            self.taking.answer(given)

    @Slot()
    def _turn(self) -> None:
        if self.taking is None or not self.taking.is_over:
            return
        if self.taking.is_last:
            self.controller.close_tab(self.controller.current)
        else:
            self.taking.go_on()
            self.go_to("answer")

    @Slot(str)
    def _open_capture(self, name: str) -> None:
        path = None if self.taking is None else capture_path(self.taking.lesson, name)
        if path is None:
            self.controller.notify(f"There is no capture {name} beside the lesson.", Level.ERROR)
        else:
            self.capture_wanted.emit(path)

    @Slot()
    def _go_further(self) -> None:
        if self.taking is not None and self.taking.is_over:
            self.taking.next_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Put text and question beside each other where there is room."""
        super().resizeEvent(event)
        letters = self.width() // max(1, self.fontMetrics().averageCharWidth())
        ways = QBoxLayout.Direction
        self._both.setDirection(ways.LeftToRight if letters >= WIDE else ways.TopToBottom)


def _text(parent: QWidget, name: str) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.MarkdownText)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setAccessibleName(name)
    return label


def _button(parent: QWidget, text: str, tip: str) -> QPushButton:
    button = QPushButton(text, parent)
    button.setToolTip(tip)
    button.setAutoDefault(True)
    return button
