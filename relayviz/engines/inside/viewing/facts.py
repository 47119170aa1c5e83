"""What a micro-step leaves behind for searches: the figures that changed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import ALL
from relayviz.model.channel.result import Outcome
from relayviz.model.history.facts import BUFFER_FIGURES, StepFacts
from relayviz.model.inside.condition import FIELDS, JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.state import State

_NONE = dict.fromkeys(BUFFER_FIGURES, 0)


def facts_of(
    operation: Operation,
    states: tuple[State | None, State],
    judged: tuple[Sequence[int], Sequence[int]],
) -> StepFacts:
    """Return what a step leaves behind.

    Args:
        operation: What its actor is in.
        states: The channel before and after it; None: it was opened by it.
        judged: What was counted beside the channel before and after it.
    """
    before, after = states
    rows = [int(cpu) for cpu in after.buffers["cpu"]]
    known = {} if before is None else {int(row["cpu"]): row for row in before.buffers}
    figures = [
        (cpu, name, value)
        for cpu, row in zip(rows, after.buffers, strict=True)
        for name, value in _changed(known.get(cpu), row)
    ]
    figures += [
        (ALL, name, now) for name, then, now in zip(JUDGED, *judged, strict=True) if then != now
    ]
    return StepFacts(
        kind=operation.kind,
        cpu=operation.cpu,
        amount=operation.length,
        outcome=Outcome.OK,
        value=-1,
        figures=figures,
        made=[cpu for cpu in rows if cpu not in known],
    )


def _changed(before: np.void | None, now: np.void) -> Iterator[tuple[str, int]]:
    if before is not None and before.tobytes() == now.tobytes():
        return
    then = _NONE if before is None else _figures(before)
    for name, value in _figures(now).items():
        if value != then[name]:
            yield name, value


def _figures(row: np.void) -> dict[str, int]:
    return {name: _field(row, FIELDS[name][0]) for name in BUFFER_FIGURES}


def _field(row: np.void, path: str) -> int:
    """Return a field, or "account.NAME" (its events), or "account.NAME.bytes"."""
    name, *inner = path.split(".")
    value = row[name]
    if inner:
        value = value[inner[0]][inner[1] if inner[1:] else "events"]
    return int(value)
