"""What the Log shows of a step: the operation, the callbacks that ran in it, or both."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from relayviz.model.channel.call import Call
    from relayviz.model.history.step import Step

FEW = 2  # callbacks of a step that need no sum above them
MOST_LINES = 8  # for the callbacks of a step


class Shown(StrEnum):
    """Which lines there are."""

    ALL = "All"
    OPERATIONS = "Operations"
    CALLBACKS = "Callbacks"


def result_of(step: Step, shown: Shown) -> str:
    """Return what stands beside an operation: what became of it, and the callbacks, a line each."""
    if shown is Shown.OPERATIONS or not step.calls:
        return step.result.words
    lines = _lines(step.calls)
    if shown is Shown.ALL:
        lines.insert(0, step.result.words)
    return "\n".join(lines)


def _lines(calls: tuple[Call, ...]) -> list[str]:
    if len(calls) <= FEW:
        return [call.told() for call in calls]
    counted = Counter(call.name for call in calls)
    each = ", ".join(
        f"{name} {plural(count, 'time', 'times')}" for name, count in sorted(counted.items())
    )
    lines = [call.told() for call in calls]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = ["…"]
    return [f"{grouped(len(calls))} callbacks: {each}", *lines]


def has_lines(step: Step, shown: Shown) -> bool:
    """Return whether a step is among those that are shown."""
    return shown is not Shown.CALLBACKS or bool(step.calls)
