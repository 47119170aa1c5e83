"""How much of the events that a step discarded had been read, added up from what each read told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from relayviz.model.history.history import History
    from relayviz.model.history.step import Step
    from tests.sentences.mirror import Look

DISCARDED = (Fate.DISCARDED_RESET, Fate.DISCARDED_CLOSE)


def read(history: History, step: Step, before: Mapping[int, Look]) -> int:
    """Return the bytes of events that were read of the sub-buffers that a step discarded."""
    steps = _since_reset(one for one in history.path(0) if one.depth < step.depth)
    places = {(run.buffer, run.lap, byte) for run in _runs(steps) for byte in run.bytes}
    events = {
        (one.place.buffer, one.place.lap, byte)
        for one in steps
        if one.place is not None and one.event is not None
        for byte in range(one.place.start, one.place.start + one.place.length)
    }
    laps = {
        (verdict.buffer, lap)
        for verdict in (step.trail.verdicts if step.trail else ())
        if verdict.fate in DISCARDED
        for lap in range(max(verdict.first, before[verdict.buffer].consumed), verdict.last + 1)
    }
    return sum(place[:2] in laps for place in places & events)


class _Got(NamedTuple):
    """Bytes that a read gave."""

    buffer: int
    lap: int
    bytes: range


def _since_reset(steps: Iterable[Step]) -> list[Step]:
    """Return the steps since the last reset, which numbers sub-buffers anew."""
    found: list[Step] = []
    for step in steps:
        if step.operation.kind is Kind.RESET and step.result.outcome is Outcome.OK:
            found.clear()
        found.append(step)
    return found


def _runs(steps: Iterable[Step]) -> Iterator[_Got]:
    for step in steps:
        if step.trail is not None and step.trail.reading is not None:
            for run in step.trail.reading.runs:
                where = step.trail.reading.buffer, run.lap
                yield _Got(*where, range(run.start, run.start + run.length))
