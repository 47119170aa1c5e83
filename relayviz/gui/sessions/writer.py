"""Writes sessions in a thread of its own: a long one takes longer than a frame."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.engines.session import captured
from relayviz.model.session_file import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relayviz.engines.step import StepEngine
    from relayviz.model.session import Session

    Done = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What became of a file: an error in words, empty if it is there; and whom to tell."""

    problem: str
    done: Done


class Writer(QObject):
    """Captures an engine's session and writes it to a file.

    Whoever asks is told on the GUI thread.
    """

    _written = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._written.connect(self._tell)

    def write(self, engine: StepEngine, notes: Session, path: Path, done: Done) -> None:
        """Write a file; `done` gets the reason why it is not there, or an empty text."""

        def work() -> None:
            problem = ""
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                save(captured(engine, notes), path)
            except OSError as error:
                problem = f"{path.name} cannot be written: {error.strerror}."
            self._written.emit(_Written(problem, done))

        self._threads = [each for each in self._threads if each.is_alive()]
        thread = threading.Thread(target=work, name="session-writer")
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        """Wait until everything is written: before the engines end."""
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    @Slot(object)
    def _tell(self, written: _Written) -> None:
        written.done(written.problem)
