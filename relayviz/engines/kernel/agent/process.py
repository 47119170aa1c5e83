"""A running relay-agent: its newest frame, and bytes that it is asked for."""

from __future__ import annotations

import subprocess
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from typing import IO, TYPE_CHECKING, cast

from relayviz.engines.kernel.agent.frames import Frame, Frames, Piece
from relayviz.engines.kernel.fault import AgentError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LINE = 1 << 30
"""Bytes; an answer has a third more than the bytes asked for, a frame about 500 for each buffer."""

_WORDS_KEPT = 20  # lines of its standard error
_PATIENCE = 5.0  # seconds for ending; a process that does not is killed


class AgentProcess:
    """A process that streams, read by threads of its own.

    Args:
        command: How it is started.

    Raises:
        AgentError: It cannot be started.

    Any thread may call; one at a time asks for bytes.
    """

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a list, no shell of ours
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise AgentError(
                f"{command[0]} cannot be started: {error.strerror}. It has to be there, and you"
                " have to be allowed to run it."
            ) from error
        self._stdin = cast("IO[bytes]", self._process.stdin)  # as pipes were asked for
        self._news = Condition()
        self._frame: Frame | None = None
        self._answers: deque[Piece | RefusedError] = deque()
        self._is_asked = self._has_ended = False
        self._damaged = 0
        self._words: deque[str] = deque(maxlen=_WORDS_KEPT)
        self._listener = Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._reader = Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._listener.start()
        self._reader.start()

    @property
    def damaged(self) -> int:
        """How many of its lines were damaged so far."""
        return self._damaged

    def newest(self) -> Frame | None:
        """Return the newest frame, at once; None: there is none yet."""
        return self._frame

    def after(self, number: int, patience: float) -> Frame:
        """Wait for a frame with a higher number than `number`; -1 for any.

        Raises:
            AgentError: None came within `patience` seconds, or the agent has ended.
        """
        with self._news:
            self._news.wait_for(lambda: self._has_ended or self._is_after(number), patience)
            if self._frame is not None and self._is_after(number):
                return self._frame
        raise AgentError(
            self._last_words() if self._has_ended else f"No frame came in {patience:g} s."
        )

    def piece(self, address: int, patience: float) -> Piece:
        """Return all bytes of a buffer's memory.

        Args:
            address: Of its `struct rchan_buf`.
            patience: Seconds to wait at most.

        Raises:
            RefusedError: The agent has no such buffer.
            AgentError: It does not answer, or has ended.
        """
        with self._news:
            self._answers.clear()
            self._is_asked = True
            self._send(f"bytes {address}\n")
            self._news.wait_for(lambda: self._has_ended or bool(self._answers), patience)
            self._is_asked = False
            if not self._answers:
                raise AgentError(
                    self._last_words() if self._has_ended else f"No bytes came in {patience:g} s."
                )
            answer = self._answers.popleft()
        if isinstance(answer, RefusedError):
            raise answer
        if answer.address != address:
            raise AgentError("The agent answers with bytes of another buffer.")
        return answer

    def pace(self, hz: float) -> None:
        """Ask for so many frames a second; AgentError: it has ended."""
        self._send(f"hz {hz:g}\n")

    def close(self) -> None:
        """End it: its standard input closes, and with it the connection; can be called again."""
        with suppress(OSError):  # what was asked for last is not wanted any more
            self._stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in (self._listener, self._reader):
            thread.join(_PATIENCE)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _is_after(self, number: int) -> bool:
        return self._frame is not None and self._frame.number > number

    def _send(self, line: str) -> None:
        try:
            self._stdin.write(line.encode())
            self._stdin.flush()
        except (OSError, ValueError) as error:
            raise AgentError(self._last_words()) from error

    def _read(self, lines: IO[bytes]) -> None:
        frames = Frames()
        while line := lines.readline(LONGEST_LINE):
            try:
                said: Frame | Piece | AgentError = frames.take(line)
            except AgentError as error:
                said = error
            with self._news:
                if isinstance(said, Frame):
                    self._frame = said
                elif not isinstance(said, Piece | RefusedError):
                    self._damaged += 1
                elif self._is_asked:
                    self._answers.append(said)
                self._news.notify_all()
        self._listener.join(_PATIENCE)  # for what it said at last
        with self._news:
            self._has_ended = True
            self._news.notify_all()

    def _listen(self, words: IO[bytes]) -> None:
        while line := words.readline(1 << 12):
            self._words.append(line.decode("utf-8", "replace").rstrip())

    def _last_words(self) -> str:
        """Return why it ended, as far as it said so."""
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return "The agent does not answer any more."
        said = "\n".join(self._words)
        return said or f"The agent has ended with status {status} and said nothing."
