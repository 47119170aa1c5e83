"""Standard output of a command: closed, full, or given to somebody who has gone away.

What could not be printed is an error like any other: a line that says so, and an exit status. As
Python has it, it is a traceback, or a complaint after everything is over, or nothing at all.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTPUT, _ERRORS = 1, 2  # file descriptors


class OutputError(Exception):
    """Something could not be written to standard output.

    No OSError: whoever expects errors of other files does not take this one for theirs.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {error.strerror or error}.")


class _Checked:
    """A stream whose errors are OutputErrors; all else is as the stream does it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        with _own_errors():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what waits."""
        with _own_errors():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a stream has
        return getattr(self._stream, name)


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(error) from error


@contextmanager
def checked_output() -> Iterator[None]:
    """Have the end of a command find out whether all that it printed was written.

    Raises:
        OutputError: It was not. What waits to be written is forgotten then.
    """
    before = _stream(sys.stdout, _OUTPUT)
    sys.stderr = _stream(sys.stderr, _ERRORS)
    sys.stdout = checked = cast("TextIO", _Checked(before))
    try:
        try:
            yield
        finally:
            checked.flush()
    except OutputError:
        with suppress(OSError):  # a test's output has no descriptor
            _open_nowhere(before.fileno(), os.O_WRONLY)
        raise
    finally:
        sys.stdout = before


def _stream(stream: TextIO | None, number: int) -> TextIO:
    """Return a standard stream, where there is none one that cannot be written to.

    It takes the descriptor, too: a file that is opened later would get it, and what is meant for
    the stream.
    """
    if stream is not None:
        return stream
    _open_nowhere(number, os.O_WRONLY if number == _ERRORS else os.O_RDONLY)
    return os.fdopen(number, "w", encoding="utf-8")


def _open_nowhere(number: int, flags: int) -> None:
    handle = os.open(os.devnull, flags)
    if handle != number:
        os.dup2(handle, number)
        os.close(handle)
