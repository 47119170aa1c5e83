"""A callback of the client that the core called: which one, with what, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass

CREATE, REMOVE, START = "create_buf_file", "remove_buf_file", "subbuf_start"


@dataclass(frozen=True, slots=True)
class Call:
    """A callback that ran.

    Attributes:
        name: Which: CREATE, REMOVE or START.
        arguments: What it was given, in words.
        answer: What it answered, in words; empty: that does not matter.
    """

    name: str
    arguments: str
    answer: str = ""

    def told(self) -> str:
        """Say it in a line, as the log does."""
        called = f"{self.name}({self.arguments})"
        return f"{called}: {self.answer}" if self.answer else called


def created(name: str | None, cpu: int, answer: str) -> Call:
    """Return a call of create_buf_file; no name: the channel has no files (yet)."""
    return Call(CREATE, f"{_named(name)}, cpu {cpu}", answer)


def removed(name: str | None) -> Call:
    """Return a call of remove_buf_file; no name: the buffer had no file."""
    return Call(REMOVE, _named(name))


def started(subbuf: int, prev: int | None, padding: int, cpu: int, *, full: bool) -> Call:
    """Return a call of subbuf_start that is not answered yet.

    Args:
        subbuf: The index of the sub-buffer that would be begun.
        prev: That of the one before; None: there is none, the buffer begins.
        padding: Bytes at the end of that one that nobody used.
        cpu: The buffer's CPU number.
        full: All sub-buffers are finished and not consumed.
    """
    before = "none" if prev is None else f"{prev}"
    state = ", buffer full" if full else ""
    return Call(
        START, f"sub-buffer {subbuf}, previous {before}, padding {padding}, cpu {cpu}{state}"
    )


def _named(name: str | None) -> str:
    return "no name" if name is None else f'"{name}"'
