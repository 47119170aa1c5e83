"""Where in a history something holds: conditions and breakpoints, forwards and backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from relayviz.model.channel.operation import ON_ONE_CPU, Kind
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.condition import GRAMMAR, Condition
from relayviz.model.history.facts import Happened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from relayviz.model.condition.columns import Record
    from relayviz.model.condition.language import Grammar

    Steps = NDArray[np.int64]

Which = Literal["first", "last", "next", "previous"]

_GROWS = {
    On.SWITCH: "produced",
    On.REFUSED: "refused_full",
    On.TOO_BIG: "too_big",
    On.OVERWRITTEN: "overwritten",
    On.FULL: "full",
}
_HAPPENS = {
    (On.LAPPED, ""): Happened.LAPPED,
    (On.CLAMP, ""): Happened.CLAMPED,
    (On.ANOMALY, ""): Happened.ANOMALY,
    (On.CALLBACK, "0"): Happened.DECLINED,
    (On.CALLBACK, "1"): Happened.AGREED,
    (On.CALLBACK, "raised"): Happened.RAISED,
}


def holding(record: Record, branch: int, condition: Condition) -> Steps:
    """Return the steps of a branch at which a condition holds, in order.

    Raises:
        ConditionError: It has no value.
    """
    return np.flatnonzero(condition.holds(Columns(record, branch)))


def find(steps: Steps, which: Which, at: int = 0) -> int | None:
    """Return one of some steps in order: by its place, or seen from step `at`; None: none."""
    if which in ("first", "last"):
        return int(steps[0 if which == "first" else -1]) if len(steps) else None
    place = int(np.searchsorted(steps, at, side="right" if which == "next" else "left"))
    place -= which == "previous"
    return int(steps[place]) if 0 <= place < len(steps) else None


def hits(columns: Columns, one: Breakpoint, grammar: Grammar = GRAMMAR) -> Steps:
    """Return the steps at which a breakpoint is hit, whether or not it is enabled; never step 0.

    Args:
        columns: The figures of a branch from its first step on.
        one: The breakpoint. Its count is not looked at: it stops at `hits[one.hits - 1 :]`.
        grammar: Of conditions over these columns.

    Raises:
        ConditionError: Its condition has no value.
    """
    if one.on is On.WHEN:
        found = _becoming_true(columns, one, grammar)
    elif one.on is On.OPERATION:
        found = _operations(columns, one)
    elif one.on in _GROWS:
        cpus = columns.buffers if one.cpu is None else (one.cpu,)
        found = _united(_growing(columns, _GROWS[one.on], cpu) for cpu in cpus)
    else:
        flag = int(_HAPPENS[one.on, one.what])
        found = _united(
            steps[(flags & flag) != 0]
            for cpu, steps, flags in columns.happened()
            if one.cpu in (None, cpu)
        )
    return found[found > 0]


def _becoming_true(columns: Columns, one: Breakpoint, grammar: Grammar) -> Steps:
    holds = Condition(one.what, grammar).holds(columns)
    edges = holds & ~np.concatenate(([False], holds[:-1]))
    if one.cpu is not None:
        edges = edges & (columns.of("cpu") == one.cpu)
    return np.flatnonzero(edges)


def _operations(columns: Columns, one: Breakpoint) -> Steps:
    done = columns.of("operation") == one.what
    if one.cpu is not None and Kind(one.what) in ON_ONE_CPU:
        done = done & (columns.of("cpu") == one.cpu)
    return np.flatnonzero(done)


def _growing(columns: Columns, name: str, cpu: int) -> Steps:
    steps, values = columns.series(name, cpu)
    return steps[np.diff(values, prepend=0) > 0]


def _united(parts: Iterable[Steps]) -> Steps:
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))


def stops(columns: Columns, breakpoints: Iterable[Breakpoint]) -> Steps:
    """Return the steps at which Run stops, in order.

    Raises:
        ConditionError: A condition has no value.
    """
    return _united(hits(columns, one)[one.hits - 1 :] for one in breakpoints if one.enabled)
