"""Which steps the Log shows: those with a text in their line, or with callbacks.

A long history is looked through some steps at a time, so that the window goes on meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    QTimer,
    Signal,
    Slot,
)

from relayviz.gui.log.shown import Shown, has_lines

if TYPE_CHECKING:
    from relayviz.gui.log.model import LogModel

SLICE = 1_000  # steps in one go: some 10 ms
NOWHERE = QModelIndex()


class LogFilter(QSortFilterProxyModel):
    """Shows all steps, or those that match a text or have lines; what was found out is kept.

    Signals:
        looked: All steps there are were looked at.
    """

    looked = Signal()

    def __init__(self, model: LogModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._sought = model, ""
        self._matches = bytearray()  # of the first steps, in order
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)
        model.modelAboutToBeReset.connect(self._begin)
        model.modelReset.connect(self._go_on)
        self.setSourceModel(model)

    @property
    def is_looking(self) -> bool:
        """Whether there are steps that were not looked at yet."""
        return self._timer.isActive()

    @property
    def _chooses(self) -> bool:
        return bool(self._sought) or self._model.shown is Shown.CALLBACKS

    def look_for(self, text: str) -> None:
        """Show the steps with this text; an empty one: all."""
        self._sought = text.casefold()
        self._begin()
        self._go_on()

    def filterAcceptsRow(  # noqa: N802  Qt's name
        self, row: int, parent: QModelIndex | QPersistentModelIndex = NOWHERE
    ) -> bool:
        """Return whether a step is shown; one that was not looked at yet is not."""
        del parent
        if not self._chooses:
            return True
        if len(self._matches) <= row < len(self._matches) + SLICE:  # such as the newest
            self._look(row + 1)
        elif row >= len(self._matches):
            if not self._timer.isActive():
                self._timer.start()
            return False
        return bool(self._matches[row])

    @Slot()
    def _begin(self) -> None:
        self._timer.stop()
        self._matches.clear()

    @Slot()
    def _go_on(self) -> None:
        """Look at some more steps; show what was found when that were the last."""
        count = self._model.rowCount()
        if self._chooses:
            self._look(min(count, len(self._matches) + SLICE))
            if len(self._matches) < count:
                self._timer.start()
                return
        self._timer.stop()
        self.invalidate()
        self.looked.emit()

    def _look(self, end: int) -> None:
        for row in range(len(self._matches), end):
            step = self._model.step(row)
            is_shown = step is not None and has_lines(step, self._model.shown)
            cells = self._model.cells(row) if is_shown else ()
            self._matches.append(any(self._sought in cell.casefold() for cell in cells))
