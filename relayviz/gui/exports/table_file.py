"""A table becomes a CSV file, some rows at a time: the window stays alive, and it can be ended."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QProgressDialog, QWidget

from relayviz.gui.saving import save
from relayviz.model.cells import as_csv
from relayviz.model.files import NewFile, why_not
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.gui.widgets.exported import Rows

BATCH = 200  # rows between two looks at the clock
TURN = 0.02  # seconds of work; then the window gets its turn
SEEN_AFTER_MS = 1000  # until then nobody needs to be told how far it is


class TableExport(QObject):
    """Writes all rows of a table; ends by itself.

    Args:
        rows: What is written.
        path: The file; it is there when all is written, or is as it was.
        words: What a row is called, such as "event".
        parent: Where how far it is is shown.

    Signals:
        finished: arg: what to tell the user; the file is complete.
        failed: arg: why not, with the remedy; nothing half-done is left behind.
    """

    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, rows: Rows, path: Path, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows, self._path, self._words = rows, path, words
        self._lines = iter(rows.lines)
        self._file: NewFile | None = None
        self._at = 0
        self._progress: QProgressDialog | None = None
        self._parent = parent
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Begin."""
        try:
            self._file = NewFile(self._path)
            self._file.write(as_csv([self._rows.headings]))
        except OSError as error:
            self._fail(why_not(self._path, error))
            return
        self._show_progress()
        self._timer.start(0)

    def _show_progress(self) -> None:
        shown = QProgressDialog("", "Cancel", 0, max(1, self._rows.count), self._parent)
        shown.setWindowTitle("Export")
        shown.setMinimumDuration(SEEN_AFTER_MS)
        shown.setAutoReset(False)
        shown.canceled.connect(self.cancel)
        self._progress = shown

    @Slot()
    def cancel(self) -> None:
        """Give it up; the file is as it was."""
        self._fail(f"Given up: {self._path} was not written.")

    @Slot()
    def _go_on(self) -> None:
        file = self._file
        if file is None:
            return
        end = time.monotonic() + TURN
        try:
            while time.monotonic() < end:
                batch = list(islice(self._lines, BATCH))
                file.write(as_csv(batch))
                self._at += len(batch)
                if len(batch) < BATCH:
                    self._commit(file)
                    break
        except OSError as error:
            self._fail(why_not(self._path, error))
            return
        if self._progress is not None:
            self._progress.setLabelText(
                f"{self._path.name}: {grouped(self._at)} of {plural(self._rows.count, self._words)}"
            )
            self._progress.setValue(min(self._at, self._rows.count - 1))

    def _commit(self, file: NewFile) -> None:
        """Put it on the disk; that can no more be given up."""
        self._timer.stop()
        if self._progress is not None:
            self._progress.setCancelButton(None)
        save(self._path, file.commit, self._told, self)

    def _told(self, problem: str) -> None:
        if problem:
            self._fail(problem)
        else:
            self._end()
            self.finished.emit(f"Wrote {plural(self._at, self._words)} to {self._path}.")

    def _fail(self, problem: str) -> None:
        file = self._file
        self._end()
        if file is not None:
            file.abandon()
        self.failed.emit(problem)

    def _end(self) -> None:
        self._timer.stop()
        self._file = None
        if self._progress is not None:
            self._progress.canceled.disconnect(self.cancel)
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None
