"""The sums below the strips: what was tried is what became of it, in three lines."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from relayviz.gui.fate.looks import look_of
from relayviz.gui.fate.sentences import conservation, subbuf_conservation
from relayviz.gui.look.roles import Role
from relayviz.model.channel.state import Count, overwritten
from relayviz.model.channel.trail import Fate
from relayviz.model.sentence import as_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot


class Totals(QLabel):
    """Shows that what was tried is what became of it: the core's own account, added up."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Sums of all events")

    def hasHeightForWidth(self) -> bool:  # noqa: N802  Qt's name
        """Return no: layouts would ask for the height at the least width."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Take the height that the new width needs."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(0)  # or it would ask for no less than it has
        self.setFixedHeight(max(0, self.heightForWidth(self.width())))

    def show_sums(self, snapshot: Snapshot, rows: Sequence[int], theme: Theme) -> None:
        """Add up some rows of a state."""

        def coloured(fate: Fate, text: str) -> str:
            role = look_of(fate).role
            # a plain fate has the colour of what is fine; text must stay readable on both themes
            colour = theme[Role.TEXT if role in (Role.UNREAD, Role.CONSUMED) else Role.ERROR]
            return f'<span style="color:{colour.name()}">{escape(text)}</span>'

        counts = {fate: total(snapshot, rows, fate.entry) for fate in Fate}
        attempted = total(snapshot, rows, "attempted")
        events, sizes = conservation(attempted, counts, coloured)
        began = as_sentence(snapshot.counted)
        lines = [events, sizes, escape(subbufs(snapshot, rows)), *filter(None, [escape(began)])]
        self.setText("<br>".join(lines))
        self._fit()
        plain, _ = conservation(attempted, counts, lambda _fate, text: text)
        self.setAccessibleDescription(f"{plain} {began}".strip())


def total(snapshot: Snapshot, rows: Sequence[int], entry: str) -> Count:
    """Return an entry of the account, of several buffers together."""
    figures = snapshot.buffers["account"][entry][list(rows)]
    return Count(int(figures["events"].sum()), int(figures["bytes"].sum()))


def subbufs(snapshot: Snapshot, rows: Sequence[int]) -> str:
    """Return the sum of sub-buffers in words."""
    buffers = snapshot.buffers[list(rows)]
    produced, consumed = buffers["produced"].astype(np.int64), buffers["consumed"].astype(np.int64)
    gone = overwritten(buffers, snapshot.config)
    writing = int(np.count_nonzero(buffers["offset"] <= snapshot.subbuf_size))
    return subbuf_conservation(int(produced.sum()), int(consumed.sum()), int(gone.sum()), writing)
