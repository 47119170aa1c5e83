"""Reads and writes session files in threads: a long one takes longer than a frame."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.model.engine.captured import captured
from relayviz.model.session.file import SessionError, save
from relayviz.model.session.keeping import ChangedError, load_known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.session.keeping import Known
    from relayviz.model.session.session import Notes, Session

    Done = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Something to be said on the GUI thread."""

    say: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to save.

    Attributes:
        path: The file.
        known: The file that the session came from as it was then; None: it came from none.
        overwrite: Write even though somebody else changed it.
    """

    path: Path
    known: Known | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """Who is told how saving ended; on the GUI thread.

    Attributes:
        kept: Gets how the file is now.
        changed: Gets what somebody else wrote; nothing was written.
        failed: Gets why it was not written.
    """

    kept: Callable[[Known], None]
    changed: Callable[[ChangedError], None]
    failed: Callable[[str], None]


class Writer(QObject):
    """Takes an engine's session to a file, and a file to a session.

    Whoever asks is told on the GUI thread.
    """

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._finished.connect(self._tell)

    def write(self, engine: SoughtEngine, notes: Notes, path: Path, done: Done) -> None:
        """Write a file; `done` gets the reason why it is not there, or an empty text."""

        def work() -> None:
            problem = ""
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                save(captured(engine, notes), path)
            except OSError as error:
                problem = f"{path.name} cannot be written: {error.strerror}."
            except Exception as error:  # noqa: BLE001  whatever it is, it is told
                problem = f"{path.name} cannot be written: {error}."
            self._hand_over(lambda: done(problem))

        self._start(work, is_reading=False)

    def keep(self, put: Callable[[Target], Known], target: Target, ends: Ends) -> None:
        """Save to a file that others may have changed; one of `ends` is told how it went.

        Args:
            put: Writes it, in another thread: model.session.keeping.
            target: Where to.
            ends: Who is told.
        """

        def work() -> None:
            path = target.path
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                known = put(target)
            except ChangedError as change:
                found = change
                self._hand_over(lambda: ends.changed(found))
            except OSError as error:
                problem = f"{path.name} cannot be written: {error.strerror}."
                self._hand_over(lambda: ends.failed(problem))
            except Exception as error:  # noqa: BLE001  whatever it is, it is told
                problem = f"{path.name} cannot be written: {error}."
                self._hand_over(lambda: ends.failed(problem))
            else:
                self._hand_over(lambda: ends.kept(known))

        self._start(work, is_reading=False)

    def read(
        self, path: Path, done: Callable[[Session, Known], None], failed: Callable[[str], None]
    ) -> None:
        """Read a file; `done` gets the session and how the file was, or `failed` what is wrong."""

        def work() -> None:
            try:
                session, known = load_known(path)
            except SessionError as error:
                words = str(error)
                self._hand_over(lambda: failed(words))
            except Exception as error:  # noqa: BLE001  whatever it is, it is told
                reason = f"{path.name} cannot be read: {error}."
                self._hand_over(lambda: failed(reason))
            else:
                self._hand_over(lambda: done(session, known))

        self._start(work, is_reading=True)

    def end(self) -> None:
        """Finish writing before the engines end; nobody is told any more.

        Reading is not waited for: a file can be made so that it takes for ever.
        """
        self._finished.disconnect(self._tell)
        for thread in self._threads:
            if not thread.daemon:
                thread.join()
        self._threads.clear()

    def wait(self) -> None:
        """Wait until everything is read and written."""
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _hand_over(self, say: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the window has gone meanwhile
            self._finished.emit(_Told(say))

    def _start(self, work: Callable[[], None], *, is_reading: bool) -> None:
        self._threads = [each for each in self._threads if each.is_alive()]
        thread = threading.Thread(target=work, name="session-file", daemon=is_reading)
        self._threads.append(thread)
        thread.start()

    @Slot(object)
    def _tell(self, told: _Told) -> None:
        told.say()
