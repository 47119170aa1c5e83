"""The table of events as CSV, written slice by slice: the window stays alive meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.fate.table import HEADINGS, seen_words
from relayviz.gui.saving import problem, save
from relayviz.model.cells import as_csv
from relayviz.model.files import NewFile
from relayviz.model.ledger.words import fate_words
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from relayviz.gui.fate.table import FateTable
    from relayviz.model.ledger.fate import EventFate

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
        self._file: NewFile | None = None
        self._table = table.frozen()  # what is shown may change meanwhile
        self._at = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Begin."""
        try:
            self._file = NewFile(self._path)
            self._file.write(as_csv([HEADINGS]))
        except OSError as error:
            self._fail(problem(self._path, error))
            return
        self._timer.start(0)

    @Slot()
    def _go_on(self) -> None:
        file, count = self._file, self._table.rowCount()
        if file is None:
            return
        rows = range(self._at, min(self._at + SLICE, count))
        try:
            file.write(as_csv(_rows(self._table, rows)))
        except OSError as error:
            self._fail(problem(self._path, error))
            return
        self._at += SLICE
        if self._at >= count:
            self._timer.stop()
            save(self._path, file.commit, self._told, self)

    def _told(self, problem: str) -> None:
        if problem:
            self._fail(problem)
        else:
            count = plural(self._table.rowCount(), "event")
            self.finished.emit(f"Wrote {count} to {self._path}.")

    def _fail(self, problem: str) -> None:
        self._timer.stop()
        if self._file is not None:
            self._file.abandon()
        self.failed.emit(problem)


def event_rows(table: FateTable) -> Iterator[Sequence[object]]:
    """Give all rows of a table, the heading first."""
    yield HEADINGS
    yield from _rows(table, range(table.rowCount()))


def _rows(table: FateTable, rows: Iterable[int]) -> Iterator[Sequence[object]]:
    for row in rows:
        event = table.event(row)
        if event is not None:
            yield _row(event, table.seen(row))


def _row(event: EventFate, seen: int) -> list[object]:
    """Return the cells of an event, figures as plain figures."""
    lap, index, start = event.place or ("", "", "")
    decided = "" if event.decided is None else event.decided
    head = [event.event, event.cpu, event.length, event.step, fate_words(event), decided]
    return [*head, index, lap, start, seen_words(seen)]
