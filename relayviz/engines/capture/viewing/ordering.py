"""The records of a capture as a tape: in order, and for each buffer where in that its own are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.capture import UNKNOWN_CPU
from relayviz.engines.capture.order import in_order
from relayviz.model.capture.tape import NO_CPU, Lost, Source, Tape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.gaps import Gap


def tape_of(capture: Capture, *, is_whole: bool = True) -> Tape:
    """Return a capture's records in order.

    Args:
        capture: Of at least one file.
        is_whole: It holds all of the files.
    """
    found = in_order(capture)
    order = found.rows.astype(np.uint32)
    cpus = [cpu for cpu in capture.cpus if cpu != UNKNOWN_CPU]
    if cpus:
        order, places = _shared_out(capture, cpus, order)
    else:
        places = [np.arange(len(order), dtype=np.uint32)]
    for array in (order, *places):
        array.setflags(write=False)
    lost = _lost(capture.gaps, cpus, order, len(capture.rows))
    return Tape(
        capture.parts[0].kind.layout,
        tuple(Source(part.path, part.kind.order, part.begin) for part in capture.parts),
        capture.rows,
        order,
        tuple(cpus) or (NO_CPU,),
        tuple(places),
        lost,
        tuple(_tally(lost, buffer) for buffer in (*range(len(places)), NO_CPU)),
        found.backwards,
        is_whole,
    )


def _shared_out(
    capture: Capture, cpus: Sequence[int], order: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], list[NDArray[np.uint32]]]:
    """Return the records whose CPU is known in order, and the places of each CPU's."""
    owner = np.full(len(capture.rows), -1, np.int16)
    for buffer, cpu in enumerate(cpus):
        owner[capture.rows_of(cpu)] = buffer
    owners = owner[order]
    if np.any(owners < 0):
        order, owners = order[owners >= 0], owners[owners >= 0]
    return order, [
        np.flatnonzero(owners == buffer).astype(np.uint32) for buffer in range(len(cpus))
    ]


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
