"""A capture's files become one: all whole records in one order, their bytes as they are.

Records are gathered some megabytes at a time, so memory does not grow with what is read; nothing is
done per record in Python.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import CaptureError, open_file
from relayviz.engines.capture.order import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture
    from relayviz.engines.capture.order import InOrder

AT_ONCE = 1 << 16  # records
MOST = 8 << 20  # bytes of them
_SPAN = 4 * MOST  # bytes of one file that are read to have them


def merge(capture: Capture, write: Callable[[bytes], object]) -> InOrder:
    """Write the records of all files in one order.

    Args:
        capture: What was opened; its files have to be as they were then.
        write: Takes bytes; whatever it raises is raised here.

    Returns:
        The order, with what is to be told of it.

    Raises:
        CaptureError: A file cannot be read any more, or is shorter now.
    """
    order = in_order(capture)
    begins = np.array([part.begin for part in capture.parts], np.intp)
    with ExitStack() as kept:
        files = []
        for part in capture.parts:
            files.append(open_file(part.path))
            kept.callback(os.close, files[-1])
        for rows in _stretches(order.rows, capture.rows["length"]):
            owners = np.searchsorted(begins, rows, side="right") - 1
            write(_gathered(capture, rows, owners, files).tobytes())
    return order


def _stretches(rows: NDArray[np.intp], lengths: NDArray[np.uint32]) -> Iterator[NDArray[np.intp]]:
    """Give rows, so many together that their bytes fit."""
    at = 0
    while at < len(rows):
        some = rows[at : at + AT_ONCE]
        ends = np.cumsum(lengths[some], dtype=np.int64)
        count = max(1, int(np.searchsorted(ends, MOST, side="right")))
        yield some[:count]
        at += len(some[:count])


def _gathered(
    capture: Capture, rows: NDArray[np.intp], owners: NDArray[np.intp], files: list[int]
) -> NDArray[np.uint8]:
    """Return the bytes of some records one after the other."""
    lengths = capture.rows["length"][rows].astype(np.int64)
    begins = np.cumsum(lengths) - lengths
    result = np.empty(int(lengths.sum()), np.uint8)
    for number in np.unique(owners):
        mine = np.flatnonzero(owners == number)
        for some in _near(capture.rows["at"][rows[mine]], lengths[mine]):
            chosen = mine[some]
            at = capture.rows["at"][rows[chosen]].astype(np.int64)
            first, last = int(at.min()), int((at + lengths[chosen]).max())
            data = _read(capture, int(number), files, first, last)
            inside = _each(lengths[chosen])
            source = np.repeat(at - first, lengths[chosen]) + inside
            result[np.repeat(begins[chosen], lengths[chosen]) + inside] = data[source]
    return result


def _near(at: NDArray[np.uint64], lengths: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """Give the records of a file in groups that do not lie far from each other."""
    order = np.argsort(at, kind="stable")
    ends = at[order].astype(np.int64) + lengths[order]
    begin = 0
    while begin < len(order):
        limit = int(at[order[begin]]) + _SPAN
        end = max(begin + 1, int(np.searchsorted(ends, limit, side="right")))
        yield order[begin:end]
        begin = end


def _each(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, … for each length, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]), dtype=np.int64) - np.repeat(ends - lengths, lengths)


def _read(
    capture: Capture, number: int, files: list[int], first: int, last: int
) -> NDArray[np.uint8]:
    name = capture.parts[number].path.name
    try:
        data = os.pread(files[number], last - first, first)
    except OSError as error:
        raise CaptureError(f"{name} cannot be read: {error.strerror}.") from error
    if len(data) < last - first:
        raise CaptureError(f"{name} is shorter than it was: open it again.")
    return np.frombuffer(data, np.uint8)
