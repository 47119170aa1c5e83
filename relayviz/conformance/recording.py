"""Reading recordings: one JSON object per line, plain or compressed with gzip.

A recording comes from elsewhere. Whatever is wrong with one is told with file, line and remedy.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relayviz.conformance.schema import SchemaError, check_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader
    from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE = 2**28  # bytes; the longest lines of real recordings are a thousand times shorter
# A kernel's reference counts, and what it counted before there was a file: no client sees them.
BOOKKEEPING = frozenset({"kref", "chan_kref", "early_bytes"})

Op = dict[str, Any]


class RecordingError(Exception):
    """A file cannot be read further; the text names file, line and remedy."""


@dataclass(frozen=True)
class Step:
    """One step: the operation, and what the kernel showed after it, bookkeeping left out."""

    op: Op
    expected: dict[str, object]


@dataclass(frozen=True)
class Sequence:
    """One sequence of a recording.

    Attributes:
        name: Unique in its file.
        file: The file it came from.
        line: Its line there, from 1.
        crash: It was recorded to see the kernel fall over; not meant to be replayed.
        anomalies: Reads where the kernel did not return the next unread bytes.
        steps: In order; empty for a crash.
        problem: Why it cannot be replayed; None if it can.
    """

    name: str
    file: str
    line: int
    crash: bool
    anomalies: int
    steps: tuple[Step, ...]
    problem: str | None


def read_recording(path: Path, advance: Callable[[int], object]) -> Iterator[Sequence]:
    """Read the sequences of a file one by one.

    Args:
        path: A .jsonl or .jsonl.gz file; the content decides which.
        advance: Told the bytes of the file gone through since the last call.

    Raises:
        RecordingError: the file cannot be read, ends early or holds something else; what came
            before is good.
    """
    number = 0
    try:
        with path.open("rb") as raw:
            done = 0
            for number, line in enumerate(_lines(raw), 1):
                if line.strip():
                    yield _sequence(line, path, number)
                if raw.seekable():
                    advance(raw.tell() - done)
                    done = raw.tell()
    except (EOFError, zlib.error) as error:
        remedy = "the file is cut short or damaged: get it again"
        raise RecordingError(f"{path}:{number + 1}: {error}; {remedy}") from error
    except OSError as error:
        remedy = "give the name of a readable .jsonl or .jsonl.gz file"
        raise RecordingError(f"{path}:{number + 1}: {error.strerror or error}; {remedy}") from error


def _lines(raw: BufferedReader) -> Iterator[bytes]:
    # peeking, not seeking: it may be a pipe
    packed = raw.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
    source = gzip.GzipFile(fileobj=raw) if packed else raw
    while line := source.readline(MAX_LINE + 1):
        yield line


def _sequence(line: bytes, path: Path, number: int) -> Sequence:
    """Make a sequence of a line; one with the wrong content carries its problem."""
    remedy = "each line must be one sequence, a JSON object: leave the file out or get it again"
    if len(line) > MAX_LINE:
        raise RecordingError(f"{path}:{number}: line of more than {MAX_LINE} bytes; {remedy}")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path}:{number}: not JSON ({error!s:.80}); {remedy}") from error
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise RecordingError(f"{path}:{number}: no sequence with a name; {remedy}")
    crash = "survived" in data
    problem: str | None = None
    steps: tuple[Step, ...] = ()
    try:
        if not crash:
            steps = _steps(data.get("steps"))
    except SchemaError as error:
        problem = f"{error}; record it again, or use the relayviz that belongs to it"
    anomalies = data.get("read_anomalies")
    count = len(anomalies) if isinstance(anomalies, list) else 0
    return Sequence(data["name"], str(path), number, crash, count, steps, problem)


def _steps(steps: object) -> tuple[Step, ...]:
    if not isinstance(steps, list) or not steps:
        raise SchemaError("the sequence has no list of steps")
    for index, step in enumerate(steps):
        try:
            check_step(step)
        except SchemaError as error:
            raise SchemaError(f"step {index}: {error}") from None
    return tuple(Step(step["op"], _expected(step)) for step in steps)


def _expected(step: dict[str, Any]) -> dict[str, object]:
    """Return what is to be compared after a step."""
    expected = {key: value for key, value in step.items() if key != "op"}
    if isinstance(state := step["state"], dict):
        expected["state"] = state = _without_bookkeeping(state)
        if "bufs" in state:
            state["bufs"] = _each_without_bookkeeping(state["bufs"])
    if "fds" in step:
        expected["fds"] = _each_without_bookkeeping(step["fds"])
    if step["op"]["op"] == "cpu_online":
        # callbacks of a CPU coming on line ran, but were not recorded
        expected.pop("callbacks")
        expected.pop("callbacks_total", None)
    return expected


def _without_bookkeeping(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in BOOKKEEPING}


def _each_without_bookkeeping(objects: object) -> object:
    if not isinstance(objects, list):
        return objects
    return [_without_bookkeeping(one) if isinstance(one, dict) else one for one in objects]
