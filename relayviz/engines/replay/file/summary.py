"""The figures of frames that are there without unpacking them: for rates, lanes and seeking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.model.channel.state import LOSSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.engine.snapshot import Snapshot

SUMS = 3 + len(LOSSES)  # events stored, their bytes, events consumed, each loss
_FIGURES = 4 + SUMS


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Frames one after the other.

    Attributes:
        times: When each was taken, in seconds of the recording.
        walls: The same by the wall clock, in seconds since the epoch.
        seconds: How long the load had run.
        fill: The highest share of sub-buffers that was ready since the frame before.
        sums: What was counted until then, shape (frames, SUMS); exact below 2**53.
        marks: What happened on each CPU since the frame before, shape (frames, cpus).
    """

    times: NDArray[np.float64]
    walls: NDArray[np.float64]
    seconds: NDArray[np.float64]
    fill: NDArray[np.float64]
    sums: NDArray[np.float64]
    marks: NDArray[np.uint32]


def sums_of(shown: Snapshot) -> list[float]:
    """Return what a channel has counted so far; zeros where that is not known.

    Of one that is looked at and has no account: sub-buffers in place of events, and no losses.
    """
    looks = shown.foreign.looks if shown.foreign is not None else None
    if looks is not None and not shown.knows("account"):
        each = [course.sums for course in looks.courses]
        sums = (("finished", "stored", "consumed"), [0.0] * len(LOSSES))
        return [float(sum(getattr(one, name) for one in each)) for name in sums[0]] + sums[1]
    if not shown.knows("account"):
        return [0.0] * SUMS
    account = shown.buffers["account"]
    accepted = account["accepted"]
    figures = [accepted["events"], accepted["bytes"], account["consumed"]["events"]]
    figures += [account[name]["events"] for name in LOSSES]
    return [float(one.sum(dtype=np.uint64)) for one in figures]


def seconds_of(shown: Snapshot) -> float | None:
    """Return how long a channel has run, or been looked at; None: it does neither."""
    if shown.live is not None:
        return shown.live.seconds
    looks = shown.foreign.looks if shown.foreign is not None else None
    return None if looks is None else looks.seconds


def packed(rows: Sequence[Sequence[float]], marks: Sequence[NDArray[np.uint32]]) -> bytes:
    """Return the summary of a chunk.

    Args:
        rows: For each frame its time, wall clock, seconds, fill and sums.
        marks: For each frame what happened on each CPU.
    """
    return np.array(rows, np.float64).tobytes() + np.concatenate(marks).tobytes()


def unpacked(parts: Sequence[tuple[bytes, int]], cpus: int) -> Summary:
    """Return the summaries of chunks as one.

    Args:
        parts: Each chunk's summary and number of frames.
        cpus: How many CPUs there are marks of.

    Raises:
        RecordingError: One of them is none.
    """
    figures, marks = [np.zeros((0, _FIGURES))], [np.zeros((0, cpus), np.uint32)]
    for data, count in parts:
        size = count * _FIGURES * 8
        if len(data) != size + count * cpus * 4:
            raise RecordingError("A chunk's summary has another length.")
        figures.append(np.frombuffer(data[:size], np.float64).reshape(count, _FIGURES))
        marks.append(np.frombuffer(data[size:], np.uint32).reshape(count, cpus))
    table = np.concatenate(figures)
    if not np.all(np.isfinite(table)) or np.any(np.diff(table[:, 0]) < 0):
        raise RecordingError("Its times run backwards.")
    times, walls, seconds, fill = table[:, :4].T
    return Summary(times, walls, seconds, fill, table[:, 4:], np.concatenate(marks))
