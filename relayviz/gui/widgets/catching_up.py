"""A long history is gone through in turns: some steps, then the rest of the window, then more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from relayviz.model.ledger.following import SLICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from relayviz.model.history.history import History
    from relayviz.model.ledger.following import Following
    from relayviz.model.ledger.ledger import Ledger


class CatchingUp:
    """Lets a panel wait until its part of the ledger has all steps, and never for long.

    Runs on the GUI thread only.

    Args:
        panel: The panel.
        go_on: Called when it is its turn again: it then asks `has_all` anew.
        tell: Is told how far it is.
    """

    def __init__(
        self, panel: QWidget, go_on: Callable[[], None], tell: Callable[[str], None]
    ) -> None:
        self._tell = tell
        self._next = QTimer(panel)
        self._next.setSingleShot(True)
        self._next.timeout.connect(go_on)

    def has_all(self, part: Following | Ledger, history: History, branch: int) -> bool:
        """Take in some steps; return whether all are in."""
        self._next.stop()
        if part.follow(history, branch, SLICE):
            return True
        done = 100 * part.step // max(1, history.length(branch))
        self._tell(f"going through the history: {done} %")
        self._next.start(0)
        return False
