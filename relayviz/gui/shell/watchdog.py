"""In debug runs: reports when the window stood still, and what it was doing.

Set RELAYVIZ_DEBUG=1. A timer of the GUI thread leaves a mark; a second thread looks whether the
mark moves, and prints the GUI thread's stack when it does not.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback

from PySide6.QtCore import QObject, QTimer, Slot

STALL_SECONDS = 0.1
BEAT_MS = 20


class Watchdog(QObject):
    """Watches the thread that made it."""

    def __init__(self, parent: QObject, limit: float = STALL_SECONDS) -> None:
        super().__init__(parent)
        self._limit = limit
        self._thread = threading.get_ident()
        self._beat_at = time.monotonic()
        self._ended = threading.Event()
        self.reports = 0
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End the watching thread."""
        self._timer.stop()
        self._ended.set()
        self._watcher.join()

    @Slot()
    def _beat(self) -> None:
        self._beat_at = time.monotonic()

    def _watch(self) -> None:
        reported = 0.0
        while not self._ended.wait(self._limit / 4):
            beat = self._beat_at
            stalled = time.monotonic() - beat
            if stalled > self._limit and beat != reported:
                reported = beat
                self.reports += 1
                self._report(stalled)

    def _report(self, stalled: float) -> None:
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  the documented way
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        print(f"relayviz: the window stands still for {stalled:.2f} s:\n{stack}", file=sys.stderr)
