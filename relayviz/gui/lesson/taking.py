"""A lesson that is being taken: which page, what was answered, and how far its engine has gone.

The engine has performed what was revealed and nothing else: what is not done cannot be seen.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from relayviz.model.condition.columns import Columns
from relayviz.model.condition.language import ConditionError
from relayviz.model.lesson.answers import Answer
from relayviz.model.lesson.figure import Figure
from relayviz.model.lesson.script import Asked
from relayviz.model.session.line import normal, write_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.lesson.figure import Value
    from relayviz.model.lesson.judging import Key, Puzzle, Verdict
    from relayviz.model.lesson.lesson import Lesson, Page, Question


class Taking(QObject):
    """Somebody goes through a lesson, in a tab.

    Args:
        lesson: The lesson.
        engine: Opened for it, and nothing done yet.
        note: Gets each answer that is given.
        open_puzzle: Opens the puzzle of a question.

    Attributes:
        key: The right answers; None: they are being computed.
        problem: Why they cannot be; empty: they can.
        place: Which page is shown.
        verdict: On the answer given last; None: none was given to this question.
        is_over: The question of this page is answered, or was shown, or there is none.
        tries: Answers given to this question.
        hints: Hints seen of it.
        puzzle: The machine that is scheduled; None: this question has none.
        has_next: Another lesson comes behind this one.

    Signals:
        changed: Something of it is another.
        next_wanted: The learner wants to go on with the next lesson.
    """

    changed = Signal()
    next_wanted = Signal()

    def __init__(
        self,
        lesson: Lesson,
        engine: SteppedEngine,
        note: Callable[[Answer], None],
        open_puzzle: Callable[[Lesson, Question], Puzzle],
    ) -> None:
        super().__init__()
        self.lesson, self.engine = lesson, engine
        self.key: Key | None = None
        self.problem = ""
        self.has_next = False
        self.place = 0
        self._note, self._open_puzzle = note, open_puzzle
        self._done = self._wanted = 0  # steps of the lesson: performed, and to be
        self._is_waiting = False  # for the engine, to go on
        self._at = engine.history.steps[0].id  # the step that the lesson stands at
        self._enter()

    def _enter(self) -> None:
        """Begin a page."""
        self.verdict: Verdict | None = None
        self.tries = self.hints = 0
        self.puzzle: Puzzle | None = None
        self._given: Value | tuple[str, ...] = ""
        self._was_shown = False
        self._begun = time.monotonic()
        question = self.question
        self.is_over = question is None
        if question is not None and question.kind is Asked.STEPS and question.inside:
            self.puzzle = self._open_puzzle(self.lesson, question)
        self.perform(self.page.at)
        self.changed.emit()

    # ---------------------------------------------------------------- what there is

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.lesson.pages[self.place]

    @property
    def narration(self) -> str:
        """What is said on it; where only a question follows, what was said before at this step."""
        here = (one for one in self.lesson.pages[self.place :: -1] if one.at == self.page.at)
        return next((one.text for one in here if one.text), "")

    @property
    def question(self) -> Question | None:
        """Its question."""
        return self.page.question

    @property
    def is_last(self) -> bool:
        """Whether no page comes behind it."""
        return self.place == len(self.lesson.pages) - 1

    @property
    def hints_left(self) -> int:
        """How many hints there are that were not seen."""
        question = self.question
        return 0 if question is None else len(question.hints) - self.hints

    @property
    def was_shown(self) -> bool:
        """Whether the learner had the answer shown."""
        return self._was_shown

    def know(self, key: Key) -> None:
        """Take the right answers."""
        self.key = key
        self.changed.emit()

    def fail(self, problem: str) -> None:
        """Say why there are no right answers."""
        self.problem = problem
        self.changed.emit()

    # ---------------------------------------------------------------- what is done

    def answer(self, given: Value | Sequence[str]) -> None:
        """Answer the question; a right answer reveals what comes."""
        question, key = self.question, self.key
        if question is None or key is None or self.is_over:
            return
        self.tries += 1
        self.verdict = key.judge(question, given)
        self._given = given if isinstance(given, int | float | str) else tuple(given)
        self._keep(question)
        if self.verdict.is_right:
            self._reveal()
        self.changed.emit()

    def hint(self) -> None:
        """Have another hint."""
        if self.hints_left and not self.is_over:
            self.hints += 1
            self.changed.emit()

    def show_answer(self) -> None:
        """Give up, and have it revealed."""
        question = self.question
        if question is not None and not self.is_over and self.key is not None:
            self._was_shown = True
            self._keep(question)
            self._reveal()
            self.changed.emit()

    def go_on(self) -> None:
        """Turn to the next page."""
        if self.is_over and not self.is_last:
            self.place += 1
            self._enter()

    def _reveal(self) -> None:
        self.is_over = True
        self.perform(self.page.reveal)

    def _keep(self, question: Question) -> None:
        is_right = self.verdict is not None and self.verdict.is_right
        self._note(
            Answer(
                lesson=self.lesson.name,
                digest=self.lesson.digest,
                seed=self.lesson.seed,
                question=question.number,
                kind=question.kind.value,
                given=self._given,
                is_right=is_right and not self._was_shown,
                tries=self.tries,
                hints=self.hints,
                was_shown=self._was_shown,
                seconds=round(time.monotonic() - self._begun),
                day=datetime.now(UTC).date().isoformat(),
            )
        )

    # ---------------------------------------------------------------- the engine

    def perform(self, step: int) -> None:
        """Have the engine go on to a step of the lesson, and show it."""
        self._wanted = max(step, self._wanted)
        self._is_waiting = True
        self._submit()

    def look(self) -> None:
        """Go on with what waited for the engine; see whether operations have solved a puzzle."""
        self._submit()
        question = self.question
        if question is None or self.is_over or question.kind is not Asked.STEPS or question.inside:
            return
        lines = self._own_lines()
        if 0 < len(lines) <= question.most and self._holds(question):
            self.answer(lines)

    def _submit(self) -> None:
        if not self._is_waiting or self.engine.busy:  # with what the learner does by hand
            return
        self._is_waiting = False
        history = self.engine.history
        self.engine.goto(self._at)
        if self._done < self._wanted:
            operations = self.lesson.session.lines[0].operations[self._done : self._wanted]
            self.engine.submit(*operations)
            self._at = len(history.steps) + len(operations) - 1
            self._done = self._wanted

    def _own_lines(self) -> list[str]:
        """Return what the learner did behind the step that the lesson stands at."""
        history, shown = self.engine.history, self.engine.snapshot
        at = self._done
        is_behind = shown.step > at and history.at(shown.branch, at).id == self._at
        if self.engine.busy or not is_behind:
            return []
        steps = history.path(shown.branch, at + 1, shown.step)
        return [write_line(normal(step.operation), {}) for step in steps]

    def _holds(self, question: Question) -> bool:
        shown = self.engine.snapshot
        columns = Columns(self.engine, shown.branch, max(shown.step - 1, 0), shown.step)
        try:
            return bool(Figure.of_step(question.answer).value(columns))
        except ConditionError:
            return False
