"""A subbuf_start that the user wrote in Python: compiled when the user confirms, and only then."""

from __future__ import annotations

import inspect
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.result import CallbackError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

FILE_NAME = "<subbuf_start>"
"""The name that the source has in tracebacks."""

ARGUMENTS = 4
MOST_TEXT = 300  # of what an exception says
TIME_LIMIT = 1.0  # seconds for one operation: an endless loop must not hang the channel

_NO_OVERWRITE = """\
# Refuse while all sub-buffers are unread. The padding goes into a header.
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    if prev_subbuf is not None:
        prev_subbuf[:4] = prev_padding.to_bytes(4, "little")
    if buf.full:
        return False
    buf.subbuf_start_reserve(4)
    return True
"""
_OVERWRITE = """\
# Flight recorder: always go on. The padding goes into a header.
def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):
    if prev_subbuf is not None:
        prev_subbuf[:4] = prev_padding.to_bytes(4, "little")
    buf.subbuf_start_reserve(4)
    return True
"""
TEMPLATES = {"No-overwrite": _NO_OVERWRITE, "Overwrite": _OVERWRITE}
"""The two clients that the kernel's documentation shows, to begin with."""


class SourceError(Exception):
    """A source that cannot be used.

    Attributes:
        line: The line to look at, from 1; None: no particular one.
        message: What is wrong and what would be right.
    """

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line, self.message = line, message


class TimeUpError(BaseException):
    """The user's code took too long; no Exception, so that it is not caught there by mistake."""


@dataclass(frozen=True, slots=True)
class SubbufStart:
    """A compiled subbuf_start; that it exists says that the user has confirmed its source."""

    source: str
    function: Callable[..., object] = field(repr=False, compare=False)


def compile_subbuf_start(source: str) -> SubbufStart:
    """Run the source and return its function subbuf_start.

    The source runs with all rights of the program: call this when the user has said so.

    Args:
        source: Python text that defines subbuf_start(buf, subbuf, prev_subbuf, prev_padding).

    Raises:
        SourceError: It is no Python, raises, or defines no such function; with the line.
    """
    # dont_inherit: our own __future__ imports are no part of the user's text
    names: dict[str, Any] = {"__name__": "subbuf_start"}
    try:
        code = compile(source, FILE_NAME, "exec", dont_inherit=True)
        TimeLimit().call(exec, code, names)
    except SyntaxError as error:
        raise SourceError(error.lineno, f"{error.msg}") from error
    except BaseException as error:  # whatever the user's code raises, an exit too
        told = explain(error)
        raise SourceError(told.line, told.message) from error
    return SubbufStart(source, _checked(names.get("subbuf_start")))


def _checked(function: object) -> Callable[..., object]:
    if not callable(function):
        raise SourceError(None, "Define a function: def subbuf_start(buf, subbuf, prev_subbuf, …).")
    try:
        inspect.signature(function).bind(*range(ARGUMENTS))
    except TypeError as error:
        message = "subbuf_start takes four arguments: buf, subbuf, prev_subbuf, prev_padding."
        raise SourceError(first_line(function), message) from error
    return function


def first_line(function: Callable[..., object]) -> int | None:
    """Return the line where a function of the user begins; None: it is no plain function."""
    line: int | None = getattr(getattr(function, "__code__", None), "co_firstlineno", None)
    return line


def explain(error: BaseException) -> CallbackError:
    """Say what the user's code raised, and at which line of the source."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE_NAME
    ]
    if isinstance(error, SyntaxError):
        return CallbackError(error.lineno, f"SyntaxError: {error.msg}")
    lines = "".join(f"line {frame.lineno}, in {frame.name}\n" for frame in frames)
    text = _text(error)
    return CallbackError(frames[-1].lineno if frames else None, text, f"{lines}{text}")


def _text(error: BaseException) -> str:
    """Return type and text of an exception in at most MOST_TEXT characters that can be shown."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001  that, too, is the user's code
        text = "its text cannot be made"
    text = f"{type(error).__name__}: {text}".removesuffix(": ")
    text = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
    return text.encode(errors="replace").decode()  # half of a character cannot be drawn


class TimeLimit:
    """The time that the user's code may take, TIME_LIMIT for all its calls together.

    It cannot interrupt a single call of a library that takes long. A debugger that traces the
    thread is set aside meanwhile.
    """

    def __init__(self) -> None:
        self._end = time.monotonic() + TIME_LIMIT

    def call(self, function: Callable[..., object], *arguments: object) -> object:
        """Call the user's code; stop it where it is when the time is over.

        Raises:
            TimeUpError: It took too long.
            BaseException: Whatever the user's code raises.
        """
        before = sys.gettrace()
        sys.settrace(self._watch)
        try:
            return function(*arguments)
        finally:
            sys.settrace(before)

    def _watch(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any]:
        # each instruction: "while True: pass" is one that jumps to itself, and no line is reached
        frame.f_trace_opcodes = True
        if time.monotonic() > self._end:
            raise TimeUpError(f"it took longer than {TIME_LIMIT:g} s: is there an endless loop?")
        return self._watch
