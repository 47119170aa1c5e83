"""The records of a capture put into the order in which they were written: its tape.

Within a CPU the numbers say the order, or the file does where records have none. Between CPUs the
times do; SystemTap's one counter numbers the records of all. Where neither is there, files follow
one another.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.capture import UNKNOWN_CPU
from relayviz.model.capture.tape import NO_CPU, Lost, Source, Tape
from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.gaps import Gap

    Found = NDArray[np.intp]


def tape_of(capture: Capture, *, is_whole: bool = True) -> Tape:
    """Return a capture's records in order.

    Args:
        capture: Of at least one file.
        is_whole: It holds all of the files.
    """
    layout, rows = capture.parts[0].kind.layout, capture.rows
    cpus = [cpu for cpu in capture.cpus if cpu != UNKNOWN_CPU]
    is_numbered = layout.sequence is not None
    if cpus:
        lines = [_in_order(rows, capture.rows_of(cpu), is_numbered) for cpu in cpus]
    else:
        whole = np.flatnonzero(rows["kind"] < RecordKind.DAMAGE)
        lines = [_in_order(rows, whole, is_numbered) if len(capture.parts) == 1 else whole]
    backwards = 0
    if layout.time is not None:
        backwards = sum(_backwards(rows["time"][line]) for line in lines)
    order, places = _merged(rows, lines, _key(capture))
    lost = _lost(capture.gaps, cpus, order, len(rows))
    return Tape(
        layout,
        tuple(Source(part.path, part.kind.order, part.begin) for part in capture.parts),
        rows,
        order,
        tuple(cpus) or (NO_CPU,),
        places,
        lost,
        tuple(_tally(lost, buffer) for buffer in (*range(len(lines)), NO_CPU)),
        backwards,
        is_whole,
    )


def _key(capture: Capture) -> str:
    """Return by which figure records of several CPUs are put in order; empty: by none."""
    layout = capture.parts[0].kind.layout
    if layout.is_common:
        return "sequence"
    return "time" if layout.time is not None else ""


def _in_order(rows: NDArray[np.void], line: Found, is_numbered: bool) -> Found:
    """Return a CPU's records by their numbers; one without stays behind its neighbour."""
    if not is_numbered or not len(line):
        return line
    number = rows["sequence"][line]
    has_number = rows["kind"][line] == RecordKind.WHOLE
    numbered = number[has_number]
    if not np.any(numbered[1:] < numbered[:-1]):
        return line
    last = np.maximum.accumulate(np.where(has_number, np.arange(len(line)), -1))
    key = np.where(last >= 0, number[np.maximum(last, 0)], 0)
    return line[np.argsort(key, kind="stable")]


def _backwards(times: NDArray[np.uint64]) -> int:
    return int(np.count_nonzero(times < np.maximum.accumulate(times))) if len(times) else 0


def _sound(figures: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return figures of a line without those that stand out of their neighbours: damaged ones."""
    if len(figures) <= 2:  # noqa: PLR2004 - a neighbour on each side
        return figures
    left, mid, right = figures[:-2], figures[1:-1], figures[2:]
    wrong = (left <= right) & (mid > right)
    figures[1:-1][wrong] = left[wrong]
    return figures


def _merged(
    rows: NDArray[np.void], lines: Sequence[Found], key: str
) -> tuple[NDArray[np.uint32], tuple[NDArray[np.uint32], ...]]:
    """Return all records in order, and for each line the places of its own."""
    joined = np.concatenate([line.astype(np.uint32) for line in lines])
    bounds = np.cumsum([0, *map(len, lines)])
    if len(lines) > 1 and key:
        # within a line the order stays, also where a time runs backwards
        keys = np.empty(len(joined), np.uint64)
        for begin, end in itertools.pairwise(bounds):
            keys[begin:end] = np.maximum.accumulate(_sound(rows[key][joined[begin:end]]))
        sorting = np.argsort(keys, kind="stable")
        del keys
        inverse = np.empty(len(joined), np.uint32)
        inverse[sorting] = np.arange(len(joined), dtype=np.uint32)
        joined = joined[sorting]
    else:
        inverse = np.arange(len(joined), dtype=np.uint32)
    for array in (joined, inverse):
        array.setflags(write=False)
    return joined, tuple(inverse[begin:end] for begin, end in itertools.pairwise(bounds))


def _lost(
    gaps: Sequence[Gap], cpus: Sequence[int], order: NDArray[np.uint32], n_rows: int
) -> tuple[Lost, ...]:
    """Return the gaps with their places, by where they are found out."""
    if not gaps:
        return ()
    place = np.zeros(n_rows, np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    buffers = {cpu: buffer for buffer, cpu in enumerate(cpus)}
    found = [
        Lost(
            gap,
            NO_CPU if gap.cpu is None else buffers.get(gap.cpu, NO_CPU),
            int(place[gap.rows[0]]),
            int(place[gap.rows[1]]),
        )
        for gap in gaps
    ]
    return tuple(sorted(found, key=lambda one: one.after))


def _tally(lost: Sequence[Lost], buffer: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    mine = [one for one in lost if one.buffer == buffer]
    after = np.array([one.after for one in mine], np.int64)
    return after, np.cumsum([one.gap.missing for one in mine], dtype=np.int64)
