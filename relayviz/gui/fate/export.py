"""The table of events as CSV, written slice by slice: the window stays alive meanwhile."""

from __future__ import annotations

import csv
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.fate.table import HEADINGS, seen_words
from relayviz.gui.fate.words import fate_words
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.gui.fate.table import FateTable
    from relayviz.model.fate.fate import EventFate

SLICE = 2_000  # rows at a time


class CsvExport(QObject):
    """Writes all rows of the table as it is now; ends by itself.

    Signals:
        finished: arg: what to tell the user; the file is complete.
        failed: arg: why not, with the remedy; nothing half-done is left behind.
    """

    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, table: FateTable, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._table = table.frozen()  # what is shown may change meanwhile
        self._at = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Begin."""
        try:
            with self._part.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(HEADINGS)
        except OSError as error:
            self._fail(error)
            return
        self._timer.start(0)

    @Slot()
    def _go_on(self) -> None:
        count = self._table.rowCount()
        rows = range(self._at, min(self._at + SLICE, count))
        found = [(self._table.event(row), self._table.seen(row)) for row in rows]
        try:
            with self._part.open("a", newline="", encoding="utf-8") as file:
                lines = (as_row(event, seen) for event, seen in found if event is not None)
                csv.writer(file).writerows(lines)
            self._at += SLICE
            if self._at >= count:
                self._part.replace(self._path)
                self._timer.stop()
                self.finished.emit(f"Wrote {plural(count, 'event')} to {self._path}.")
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._timer.stop()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        self.failed.emit(f"{self._path} was not written: {reason}. Choose another folder or name.")


def as_row(event: EventFate, seen: int) -> list[object]:
    """Return the cells of an event, figures as plain figures."""
    lap, index, start = event.place or ("", "", "")
    decided = "" if event.decided is None else event.decided
    head = [event.event, event.cpu, event.length, event.step, fate_words(event), decided]
    return [*head, index, lap, start, seen_words(seen)]
