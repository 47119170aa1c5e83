"""A sweep that is being measured: in a thread, which may have processes of its own."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.background import Background
from relayviz.model.sweep.sweeper import WorkerError

if TYPE_CHECKING:
    from relayviz.model.sweep.plan import Outcome, Plan
    from relayviz.model.sweep.sweeper import Sweeper

LOOK_MS = 100


class Measuring(QObject):
    """Measures a plan.

    Args:
        sweeper: Measures.
        plan: What.
        workers: Processes.
        parent: With it, it ends.

    Attributes:
        plan: What is measured.
        found: What each cell came to; None: not known yet. The thread puts it in.

    Signals:
        told: More is known.
        ended: It is over.  arg: why it could not go on; empty: it is whole, or was stopped.
    """

    told = Signal()
    ended = Signal(str)

    def __init__(self, sweeper: Sweeper, plan: Plan, workers: int, parent: QObject) -> None:
        super().__init__(parent)
        self.plan = plan
        self.found: list[Outcome | None] = [None] * len(plan.cells())
        self._sweeper, self._workers = sweeper, workers
        self._is_over, self._told = False, 0
        self._work: Background[None] = Background(self._measure, lambda _: None, self)
        self._work.ended.connect(self._end)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_running(self) -> bool:
        """Whether something is still being measured."""
        return self._timer.isActive()

    @property
    def done(self) -> int:
        """How many channels are measured."""
        return sum(one is not None for one in self.found)

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._is_over

    def start(self) -> None:
        """Begin."""
        self._timer.start()
        self._work.start()

    def stop(self) -> None:
        """Measure no more; `ended` comes when nothing is under way any more."""
        self._is_over = True

    def leave(self) -> None:
        """Measure no more, and tell nothing more."""
        self._is_over = True
        self._timer.stop()
        self._work.leave()

    def _measure(self) -> None:
        """Measure; in the thread."""
        cells = self.plan.cells()
        with closing(self._sweeper(cells, self._workers, lambda: not self._is_over)) as outcomes:
            for place, outcome in outcomes:
                self.found[place] = outcome

    @Slot()
    def _look(self) -> None:
        if (done := self.done) != self._told:
            self._told = done
            self.told.emit()

    @Slot(object)
    def _end(self, error: BaseException | None) -> None:
        self._timer.stop()
        if error is not None and not isinstance(error, WorkerError):
            raise error
        self.ended.emit("" if error is None else f"Not whole: {error}")
