"""How much of what a step discarded had been read from its beginning on, as each read told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.trail import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relayviz.model.channel.trail import Run
    from relayviz.model.history.history import History
    from relayviz.model.history.step import Step
    from tests.sentences.mirror import Look

DISCARDED = (Fate.DISCARDED_RESET, Fate.DISCARDED_CLOSE)


def read(history: History, step: Step, before: Mapping[int, Look]) -> int:
    """Return the bytes that were read of the sub-buffers that a step discarded."""
    runs = _runs(one for one in history.path(0) if one.depth < step.depth)
    return sum(
        _from_start(run for buffer, run in runs if (buffer, run.lap) == (verdict.buffer, lap))
        for verdict in (step.trail.verdicts if step.trail else ())
        if verdict.fate in DISCARDED
        for lap in range(max(verdict.first, before[verdict.buffer].consumed), verdict.last + 1)
    )


def _runs(steps: Iterable[Step]) -> list[tuple[int, Run]]:
    """Return what was delivered since the last reset, which numbers sub-buffers anew."""
    found: list[tuple[int, Run]] = []
    for step in steps:
        if step.operation.kind is Kind.RESET:
            found.clear()
        elif step.trail is not None and step.trail.reading is not None:
            found += [(step.trail.reading.buffer, run) for run in step.trail.reading.runs]
    return found


def _from_start(runs: Iterable[Run]) -> int:
    """Return how far was read without a hole, in the order in which it was."""
    reached = 0
    for run in runs:
        if run.start <= reached:
            reached = max(reached, run.start + run.length)
    return reached
