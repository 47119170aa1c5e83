"""From the engine's thread to the screen: the newest snapshot, at most once a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.engine.snapshot import Snapshot

FRAME_MS = 16


class SnapshotPump(QObject):
    """Asks for the newest snapshot and tells when it is another one.

    Runs on the GUI thread only, never waits, and skips what came in between by design: a signal for
    each operation would starve the window.

    Signals:
        snapshot_changed: There is a newer one.  arg: the Snapshot, or None without a channel.
    """

    snapshot_changed = Signal(object)

    def __init__(self, source: Callable[[], Snapshot | None], parent: QObject) -> None:
        super().__init__(parent)
        self._source = source
        self._shown: Snapshot | None = None
        self._is_untold = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.poll)
        self._timer.start()

    @property
    def shown(self) -> Snapshot | None:
        """The snapshot that was told last, or will be at once."""
        return self._shown

    def take(self) -> None:
        """Look now and tell with the next poll(): what asks until then gets no state of before."""
        newest = self._source()
        if newest is not self._shown:
            self._shown, self._is_untold = newest, True

    @Slot()
    def poll(self) -> None:
        """Look now."""
        newest = self._source()
        if newest is not self._shown or self._is_untold:
            self._shown, self._is_untold = newest, False
            self.snapshot_changed.emit(newest)

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
