"""Looks in the background how many sub-buffers would have saved the event that is asked about."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.background import Background

if TYPE_CHECKING:
    from relayviz.model.engine.enough import Enough
    from relayviz.model.engine.protocol import SteppedEngine

    Question = tuple[SteppedEngine, int, int, int]  # engine, branch, step, event

REST_MS = 200  # while steps go by nothing is looked for
TRYING = "Trying more sub-buffers of this size…"


class EnoughSearch(QObject):
    """One search at a time; a new question ends the one before.

    Signals:
        changed: There is something else to be told.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.told = ""
        self._question: Question | None = None
        self._stop = threading.Event()
        self._work: Background[Enough | None] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._begin)

    def ask(self, question: Question | None) -> None:
        """Look for an answer to this from now on; None: to nothing."""
        if question == self._question:
            return
        self._leave()
        self._question = question
        self.told = "" if question is None else TRYING
        if question is not None:
            self._rest.start()

    def _leave(self) -> None:
        self._rest.stop()
        self._stop.set()
        if self._work is not None:
            self._work.leave()
            self._work.deleteLater()
            self._work = None

    @Slot()
    def _begin(self) -> None:
        if self._question is None:
            return
        engine, branch, step, event = self._question
        stop = self._stop = threading.Event()
        work: Background[Enough | None] = Background(
            lambda: engine.enough(branch, step, event, stop), lambda _: None, self
        )
        self._work = work
        work.ended.connect(self._ended)
        work.start()

    @Slot(object)
    def _ended(self, error: object) -> None:
        found = None if error is not None or self._work is None else self._work.result
        self.told = "" if found is None else found.told()
        self.changed.emit()
