"""The records of all CPUs of a capture in one order.

Within a CPU it is that of their numbers, between CPUs that of time; where one counter numbers all,
it is the counter's. A record without time or without a number keeps its place behind the one before
it. Where neither is in the records, files follow one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture

_FAR = 1_000_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class InOrder:
    """Records of all CPUs, one after the other.

    Attributes:
        rows: Their places among all rows of the capture.
        times: What each was ordered by, in nanoseconds; None: records have no time.
        backwards: How many have a time before that of the record before them on their CPU.
        untimed: How many have no time, where others have one.
    """

    rows: NDArray[np.intp]
    times: NDArray[np.uint64] | None
    backwards: int
    untimed: int


def in_order(capture: Capture) -> InOrder:
    """Return the records of a capture in one order; equal ones as the files have them."""
    layout, rows = capture.layout, capture.rows
    if layout is None:
        return InOrder(np.zeros(0, np.intp), None, 0, 0)
    if layout.cpu is None:
        places = np.flatnonzero(rows["kind"] < RecordKind.DAMAGE)
        streams = [
            places[(places >= part.begin) & (places < part.begin + len(part.index.rows))]
            for part in capture.parts
        ]
    else:
        streams = [capture.rows_of(cpu) for cpu in capture.cpus]
    wrong = capture.misplaced_rows
    if layout.sequence is not None:
        streams = [_numbered(capture, stream, wrong) for stream in streams]
    found = np.concatenate([np.zeros(0, np.intp), *streams])
    if layout.is_common:
        keys = np.concatenate(
            [np.zeros(0, np.uint64), *(_numbers(capture, one, wrong) for one in streams)]
        )
        return InOrder(found[np.argsort(keys, kind="stable")], None, 0, 0)
    if layout.time is None:
        return InOrder(found, None, 0, 0)
    times = [rows["time"][stream] for stream in streams]
    sound = [np.maximum.accumulate(_sound(one)) for one in times if len(one)]
    keys = np.concatenate([np.zeros(0, np.uint64), *sound])
    backwards = sum(int(np.count_nonzero((one[1:] < one[:-1]) & (one[1:] != 0))) for one in times)
    untimed = sum(int(np.count_nonzero(one == 0)) for one in times)
    order = np.argsort(keys, kind="stable")
    return InOrder(found[order], keys[order], backwards, untimed)


def _sound(times: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return times of a stream without those far beyond both of their neighbours: damaged ones."""
    found = times.copy()
    if len(times) > 2:  # noqa: PLR2004 - a neighbour on each side
        left, mid, right = times[:-2], times[1:-1], times[2:]
        wrong = (left <= right) & (mid > right) & (mid - right > _FAR)
        found[1:-1][wrong] = left[wrong]
    return found


def _numbered(
    capture: Capture, stream: NDArray[np.intp], wrong: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the records of one stream by their numbers."""
    return stream[np.argsort(_numbers(capture, stream, wrong), kind="stable")]


def _numbers(
    capture: Capture, stream: NDArray[np.intp], wrong: NDArray[np.intp]
) -> NDArray[np.uint64]:
    """Return the number of each record; without a right one it is that of the one before."""
    rows = capture.rows
    has = (rows["kind"][stream] == RecordKind.WHOLE) & ~np.isin(stream, wrong)
    last = np.maximum.accumulate(np.where(has, np.arange(len(stream)), -1))
    numbers: NDArray[np.uint64] = rows["sequence"][stream]
    return np.where(last < 0, np.uint64(0), numbers[np.maximum(last, 0)])
