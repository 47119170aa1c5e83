"""Something that may take long, or never return, in a thread of its own: the window goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_MS = 10
Made = TypeVar("Made")


class Background(QObject, Generic[Made]):
    """Runs a function once.

    Args:
        work: The function; it must not touch anything of Qt.
        drop: What to do with its result when nobody wants it any more.
        parent: With it, what is made is dropped.

    Attributes:
        result: What was made; None: nothing.

    Signals:
        ended: It is done.  arg: the exception that it raised, or None.
    """

    ended = Signal(object)

    def __init__(
        self, work: Callable[[], Made], drop: Callable[[Made], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.result: Made | None = None
        self._work, self._drop = work, drop
        self._guard = threading.Lock()
        self._is_left = self._is_over = False
        self._error: BaseException | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether its end was not told yet."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin."""
        self._timer.start()
        self._thread.start()

    def leave(self) -> None:
        """Want the result no more; it is dropped when there is one."""
        self._timer.stop()
        with self._guard:
            self._is_left = True
            result, self.result = self.result, None
        if result is not None:
            self._drop(result)

    def _run(self) -> None:
        result, error = None, None
        try:
            result = self._work()
        except BaseException as raised:  # noqa: BLE001  whatever it is, it is told
            error = raised
        with self._guard:
            self._is_over = True
            if not self._is_left:
                self.result, self._error = result, error
                return
        if result is not None:
            self._drop(result)

    @Slot()
    def _look(self) -> None:
        with self._guard:
            if not self._is_over:
                return
        self._thread.join()  # it has nothing left to do
        self._timer.stop()
        self.ended.emit(self._error)
