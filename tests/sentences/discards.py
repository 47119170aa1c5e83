"""How much of what a step discarded had been read from its beginning on, as each read told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.trail import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relayviz.model.history.history import History
    from relayviz.model.history.step import Step
    from tests.sentences.mirror import Look

DISCARDED = (Fate.DISCARDED_RESET, Fate.DISCARDED_CLOSE)


def read(history: History, step: Step, before: Mapping[int, Look]) -> int:
    """Return the bytes of events that were read of the sub-buffers that a step discarded."""
    steps = [one for one in history.path(0) if one.depth < step.depth]
    resets = [at for at, one in enumerate(steps) if one.operation.kind is Kind.RESET]
    steps = steps[resets[-1] if resets else 0 :]  # a reset numbers sub-buffers anew
    return sum(
        _read_of(steps, verdict.buffer, lap)
        for verdict in (step.trail.verdicts if step.trail else ())
        if verdict.fate in DISCARDED
        for lap in range(max(verdict.first, before[verdict.buffer].consumed), verdict.last + 1)
    )


def _read_of(steps: Iterable[Step], buffer: int, lap: int) -> int:
    """Return how far a sub-buffer was read without a hole, behind its header."""
    reached, header = 0, None
    for step in steps:
        place, reading = step.place, step.trail.reading if step.trail else None
        if place is not None and header is None and (place.buffer, place.lap) == (buffer, lap):
            header = place.start
        for run in reading.runs if reading is not None and reading.buffer == buffer else ():
            if run.lap == lap and run.start <= reached:
                reached = max(reached, run.start + run.length)
    return 0 if header is None else max(0, reached - header)
