"""While a channel runs, slow views take turns: one for each tick, none more often than it wants."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_MS = 16


@dataclass(slots=True)
class _Asked:
    show: Callable[[], None]
    interval: float
    last: float = 0.0
    waits: bool = False


class Turns(QObject):
    """Tables and plots that all drew in the same frame would make it a long one.

    Runs on the GUI thread only. The timer stands still while nobody waits.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: dict[object, _Asked] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.take)

    def ask(self, who: object, show: Callable[[], None], interval_ms: int) -> None:
        """Have something drawn soon, at most once in an interval; asked again, it is done once."""
        asked = self._asked.setdefault(who, _Asked(show, interval_ms / 1000))
        asked.waits = True
        if not self._timer.isActive():
            self._timer.start()

    def drop(self, who: object) -> None:
        """Forget what was asked for: it was drawn otherwise, or is not needed any more."""
        asked = self._asked.get(who)
        if asked is not None:
            asked.waits, asked.last = False, time.monotonic()

    @Slot()
    def take(self) -> None:
        """Draw the one that is most overdue."""
        now = time.monotonic()
        waiting = [asked for asked in self._asked.values() if asked.waits]
        if not waiting:
            self._timer.stop()
            return
        due = min(waiting, key=lambda asked: asked.last + asked.interval)
        if now >= due.last + due.interval:
            due.waits, due.last = False, now
            due.show()

    def stop(self) -> None:
        """Draw nothing any more."""
        self._timer.stop()
        self._asked.clear()
