"""The index of one file: where each record is, in stretches, so that a file may be of any size.

The file is read and not mapped: one that somebody shortens meanwhile must not end the program.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.relay import RECORD_DTYPE, RecordKind, find_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

STRETCH = 8 << 20
"""Bytes that are read at a time; more than two of the largest records."""

_LEAST_RECORD = 16  # bytes on average: how many rows there is room for at a time


class CaptureError(Exception):
    """A file that cannot be opened as a capture; the message names cause and remedy."""


class CanceledError(Exception):
    """Whoever waits for the index does not want it any more."""


class Rows:
    """Rows of all files of a capture, in one piece that grows: no row is there twice."""

    def __init__(self) -> None:
        self._room = np.zeros(1, RECORD_DTYPE)
        self.count = 0

    def add(self, rows: NDArray[np.void]) -> None:
        """Put rows behind the others."""
        needed = self.count + len(rows)
        if needed > len(self._room):
            self._room.resize(max(needed, len(self._room) * 5 // 4), refcheck=False)
        self._room[self.count : needed] = rows
        self.count = needed

    def so_far(self) -> NDArray[np.void]:
        """Return a copy of the rows that are there; more can be added."""
        return self._room[: self.count].copy()

    def finished(self) -> NDArray[np.void]:
        """Return all rows; nothing can be added any more."""
        self._room.resize(self.count, refcheck=False)
        return self._room


@dataclass(frozen=True, slots=True)
class Index:
    """Where the records of a file are.

    Attributes:
        rows: Of RECORD_DTYPE: records and damage, without a hole from the first byte to the last; a
            part of those of the whole capture.
        size: Bytes of the file when it was read.
    """

    rows: NDArray[np.void]
    size: int

    @property
    def is_record(self) -> NDArray[np.bool_]:
        """Which rows are records."""
        return np.asarray(self.rows["kind"] < RecordKind.DAMAGE)

    def damage(self) -> list[tuple[int, int, bool]]:
        """Return stretches that are no record: first byte, behind the last, cut by the end."""
        found: list[tuple[int, int, bool]] = []
        for row in self.rows[~self.is_record]:
            begin, end = int(row["at"]), int(row["at"]) + int(row["length"])
            is_cut = int(row["kind"]) == RecordKind.CUT
            if found and found[-1][1] == begin and not found[-1][2]:
                begin = found.pop()[0]
            found.append((begin, end, is_cut))
        return found


def open_file(path: Path) -> int:
    """Open a file to read; returns its descriptor.

    Raises:
        CaptureError: It is not there, may not be read, or is no file.
    """
    try:
        # a pipe without a writer must not be waited for
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CaptureError(f"It cannot be opened: {reason}.") from error
    mode = os.fstat(opened).st_mode
    if stat.S_ISREG(mode):
        return opened
    os.close(opened)
    if stat.S_ISDIR(mode):
        raise CaptureError("It is a folder. Name the files in it.")
    raise CaptureError("It is no file. Save what it delivers first.")


def beginning_of(path: Path, size: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, at most so many, and whether they are all it has.

    Raises:
        CaptureError: It cannot be read, or is empty.
    """
    descriptor = open_file(path)
    try:
        data = os.pread(descriptor, size, 0)
        is_all = os.fstat(descriptor).st_size <= len(data)
    except OSError as error:
        raise CaptureError(f"It cannot be read: {error.strerror}.") from error
    finally:
        os.close(descriptor)
    if not data:
        raise CaptureError("It is empty.")
    return data, is_all


def index_file(
    path: Path,
    layout: bytes,
    rows: Rows,
    told: Callable[[float], bool] | None = None,
    most: int | None = None,
) -> int:
    """Find all records of a file.

    Args:
        path: Where it is.
        layout: How records look, as `packed` makes it.
        rows: Where they are put.
        told: Is told how much is done, 0 to 1, after each stretch; False ends it.
        most: Bytes at its beginning that are looked at; None: all.

    Returns:
        Bytes of the file.

    Raises:
        CaptureError: It cannot be read.
        CanceledError: `told` did not want more.
    """
    descriptor = open_file(path)
    try:
        size = os.fstat(descriptor).st_size
        end = size if most is None else min(size, most)
        for piece, behind in pieces(descriptor, 0, end, layout, is_over=end == size):
            rows.add(piece)
            if told is not None and not told(behind / end):
                raise CanceledError
    except OSError as error:
        raise CaptureError(f"It cannot be read: {error.strerror}.") from error
    finally:
        os.close(descriptor)
    return size


def pieces(
    descriptor: int, at: int, size: int, layout: bytes, *, is_over: bool = True
) -> Iterator[tuple[NDArray[np.void], int]]:
    """Give the rows of a stretch of a file, some at a time, each with the place behind them.

    Args:
        descriptor: Of the file.
        at: Where the first record begins, in bytes.
        size: Behind the last byte that is read.
        layout: How records look.
        is_over: The file ends there; else the last record waits for what follows it.
    """
    room = np.zeros(STRETCH // _LEAST_RECORD, RECORD_DTYPE)
    while at < size:
        data = os.pread(descriptor, min(STRETCH, size - at), at)
        if not data:
            return  # it was shortened meanwhile
        is_last = is_over and at + len(data) == size
        used = 0
        while True:
            part = memoryview(data)[used:]
            n, more = find_records(layout, part, at + used, is_last=is_last, rows=room)
            used += more
            yield room[:n], at + used
            if n < len(room) or used == len(data):
                break
        if not used:
            return
        at += used
