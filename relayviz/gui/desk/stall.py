"""Code of the user that does not return: it is told, and the window can go on without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.notice import Level
from relayviz.model.engine.protocol import stepped
from relayviz.model.inside.acting import acting

if TYPE_CHECKING:
    from relayviz.gui.desk.tabs import Tabs
    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.inside.acting import ActingEngine

PATIENCE = 2.0  # seconds that code of the user may run before that is told; longer than its limit
LOOK_MS = 500


class Stall(QObject):
    """Looks from time to time whether a subbuf_start of the channel shown hangs.

    Closed tabs that hung and have ended meanwhile are let go on the same occasion.

    Attributes:
        is_there: It hangs.

    Signals:
        changed: is_there is another one.
    """

    changed = Signal()

    def __init__(self, tabs: Tabs) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self.is_there = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.timeout.connect(tabs.forget)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def give_up(self) -> None:
        """Go on without it."""
        engine = self._engine
        if engine is not None and engine.give_up():
            text = "Given up: the channel is as it was before that operation."
            self._tabs.notify(text, Level.ERROR)  # stays in sight although a new state is shown

    @property
    def _engine(self) -> SteppedEngine | ActingEngine | None:
        return stepped(self._tabs.shown) or acting(self._tabs.shown)

    @Slot()
    def _look(self) -> None:
        engine = self._engine
        seconds = engine.client_runs_for if engine is not None else 0.0
        hangs = seconds >= PATIENCE
        if hangs:
            self._tabs.notify(
                f"subbuf_start has not returned for {seconds:.0f} s. Run → Give up (Ctrl+.) goes on"
                " without it; nothing else is lost.",
                Level.ERROR,
            )
        if hangs != self.is_there:
            self.is_there = hangs
            self.changed.emit()
