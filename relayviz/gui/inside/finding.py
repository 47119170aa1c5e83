"""The explorer in the window: what to look for, how far it is, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.background import Background
from relayviz.gui.inside.until import problem
from relayviz.gui.notice import Level, Notice
from relayviz.model.condition.language import ConditionError
from relayviz.model.engine.protocol import OpenError
from relayviz.model.inside.acting import Question
from relayviz.model.inside.condition import JUDGED
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.model.inside.acting import ActingEngine, Answer

ANY, MOST_SWITCHES, LOOK_MS, LINES = -1, 99, 100, 6
MOST_WORKERS = 64
PRUNINGS = {
    "each state once": "state",
    "orders that can differ": "order",
    "every order": "none",
}


class _Looked:
    """What the thread that looks tells, and is told: plain fields, each written by one side."""

    def __init__(self) -> None:
        self.states, self.is_over = 0, False

    def goes_on(self, states: int) -> bool:
        self.states = states
        return not self.is_over


class FindDialog(QDialog):
    """Asks whether there is any order of the actors' steps in which something holds."""

    def __init__(self, controller: Controller, engine: ActingEngine, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a schedule")
        self._controller, self._engine = controller, engine
        self._looked = _Looked()
        self._work: Background[Answer] | None = None
        self.answer: Answer | None = None
        self._asked_for = ""
        self.asked = self._make_find(engine.scene.find)
        self.switches = self._number("Switches at most", "any number")
        self.interrupts = self._number("Interrupts at most", "any number")
        self.workers, self.pruning = self._make_workers(), self._make_pruning()
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Looking")
        self.progress.hide()
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.says.setMinimumHeight(LINES * self.fontMetrics().lineSpacing())  # whatever it says
        self.says.setAccessibleName("What came of it")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Close, self)
        self.look = self.buttons.addButton("&Look", QDialogButtonBox.ButtonRole.ActionRole)
        self.show_it = self.buttons.addButton("&Show it", QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out()
        self.look.clicked.connect(self._toggle)
        self.show_it.clicked.connect(self._show)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._leave)
        self.asked.editTextChanged.connect(self._check)
        controller.tabs_changed.connect(self._tabs_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._tell)
        self._check(self.asked.currentText())

    def _make_find(self, asked: str) -> QComboBox:
        find = QComboBox(self)
        find.setEditable(True)
        find.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        find.setAccessibleName("What to look for")
        find.view().setAccessibleName("What there is to look for")
        if asked:
            find.addItem(asked)
        for name, words in JUDGED.items():
            text = f"{name} > 0"
            if text != asked:
                find.addItem(text)
                find.setItemData(find.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        return find

    def _make_workers(self) -> QSpinBox:
        workers = QSpinBox(self)
        workers.setRange(1, MOST_WORKERS)
        workers.setAccessibleName("Workers")
        workers.setToolTip(
            "Processes that look, each at other beginnings; the answer is the same. By “orders "
            "that can differ” it is one: what is left out depends on all that was tried."
        )
        return workers

    def _make_pruning(self) -> QComboBox:
        pruning = QComboBox(self)
        pruning.addItems(list(PRUNINGS))
        pruning.setAccessibleName("What is gone through")
        pruning.view().setAccessibleName("Ways to choose from")
        pruning.currentTextChanged.connect(self._pruned)
        return pruning

    def _number(self, name: str, any_of: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(ANY, MOST_SWITCHES)
        box.setSpecialValueText(any_of)
        box.setValue(ANY)
        box.setAccessibleName(name)
        return box

    def _lay_out(self) -> None:
        shown = self._engine.snapshot
        where = QLabel(
            "Is there an order in which the actors can go on from "
            f"{'the beginning' if not shown.step else f'step {grouped(shown.step)}'}"
            f" so that this holds? Rule: {self._engine.scene.rule}.",
            self,
        )
        where.setWordWrap(True)
        form = QFormLayout()
        form.addRow("&What:", self.asked)
        form.addRow("S&witches:", self.switches)
        form.addRow("&Interrupts:", self.interrupts)
        form.addRow("&Gone through:", self.pruning)
        form.addRow("Wor&kers:", self.workers)
        layout = QVBoxLayout(self)
        for one in (where, form, self.progress, self.says, self.buttons):
            if isinstance(one, QFormLayout):
                layout.addLayout(one)
            else:
                layout.addWidget(one)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)

    # ---------------------------------------------------------------- looking

    @Slot(str)
    def _check(self, text: str) -> None:
        wrong = problem(text) if text.strip() else "Say what to look for."
        self.look.setEnabled(not wrong or self._work is not None)
        self.show_it.setEnabled(self.answer is not None and self.answer.found)
        if self._work is None:
            self.says.setText(wrong)

    @Slot()
    def _pruned(self) -> None:
        """Only without knowledge of each other can several look."""
        is_looking = self._work is not None
        self.workers.setEnabled(not is_looking and self._takes_workers)

    @property
    def _takes_workers(self) -> bool:
        return PRUNINGS[self.pruning.currentText()] != "order"

    @Slot()
    def _toggle(self) -> None:
        """Begin to look, or look no more."""
        if self._work is not None:
            self._looked.is_over = True
            return
        engine, looked = self._engine, _Looked()
        question = Question(
            self.asked.currentText().strip(),
            switches=None if self.switches.value() == ANY else self.switches.value(),
            interrupts=None if self.interrupts.value() == ANY else self.interrupts.value(),
            pruning=PRUNINGS[self.pruning.currentText()],
            workers=self.workers.value(),
        )
        self.answer, self._looked, self._asked_for = None, looked, question.find
        work = Background(
            lambda: engine.explore(question, looked.goes_on), lambda _answer: None, self
        )
        work.ended.connect(self._ended)
        self._work = work
        self._set_looking(True)
        work.start()

    def _set_looking(self, is_looking: bool) -> None:
        for field in (self.asked, self.switches, self.interrupts, self.pruning):
            field.setEnabled(not is_looking)
        self.workers.setEnabled(not is_looking and self._takes_workers)
        self.progress.setVisible(is_looking)
        self.look.setText("&Stop" if is_looking else "&Look")
        if is_looking:
            self.show_it.setEnabled(False)
            self._timer.start()
            self._tell()
        else:
            self._timer.stop()

    @Slot()
    def _tell(self) -> None:
        self.says.setText(f"Gone through so far: {grouped(self._looked.states)} states.")

    @Slot(object)
    def _ended(self, error: BaseException | None) -> None:
        work, self._work = self._work, None
        if work is None:
            return
        answer = work.result
        work.deleteLater()
        self._set_looking(False)
        self.answer = answer
        self._check(self.asked.currentText())
        if answer is not None:
            self.says.setText(answer.told)
            (self.show_it if answer.found else self.look).setFocus()
        elif isinstance(error, OpenError | ConditionError):
            self.says.setText(str(error))
        elif error is not None:
            raise error

    @Slot()
    def _show(self) -> None:
        """Show the schedule that was found, at the moment at which it holds."""
        if self.answer is not None:
            self._controller.acting.emit(f"the schedule for {self._asked_for}")
            self._engine.follow(self.answer.branch, self.answer.step, self.answer.actors)
            words = f"{self.answer.told} The last step is shown: go back from it."
            last = self.answer.step + len(self.answer.actors)
            self._controller.notified.emit(Notice(words, Level.INFO, last))
        self.accept()

    @Slot()
    def _tabs_changed(self) -> None:
        """Close with the tab that it is about."""
        if all(self._engine not in tab.engines for tab in self._controller.tabs):
            self.reject()

    @Slot()
    def _leave(self) -> None:
        self._looked.is_over = True
        self._timer.stop()
        if self._work is not None:
            self._work.leave()
            self._work = None
        self.deleteLater()
