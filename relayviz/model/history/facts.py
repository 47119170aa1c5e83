"""Figures of every step in columns: what conditions, breakpoints and watches are searched in.

A figure is kept where it changes, and every step has a short row of what was done. So a million
steps take some tens of megabytes, and a search needs no state to be made again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from relayviz.model.channel.operation import ALL, Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.state import LOSSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from relayviz.model.history.history import History

    Column = NDArray[np.integer[Any]]

KINDS = tuple(Kind)
OUTCOMES = tuple(Outcome)
_KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
_OUTCOME_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
# what is larger, in an operation that was refused for it, is kept as this
_MOST, _MOST_CPU, _MOST_AMOUNT, _MOST_VALUE = 2**63 - 1, 2**15 - 1, 2**32 - 1, 2**31 - 1


class Happened(IntFlag):
    """What a step did to a buffer, beyond what its figures tell."""

    LAPPED = 1 << 0  # a read found that the writer had lapped it
    CLAMPED = 1 << 1  # subbufs_consumed counted less than it was told, or nothing
    ANOMALY = 1 << 2  # a read delivered something else than the next unread bytes
    DECLINED = 1 << 3  # subbuf_start answered 0
    AGREED = 1 << 4  # subbuf_start answered something else
    RAISED = 1 << 5  # subbuf_start raised, which counts as 0


CHANNEL_FIGURES = ("last_toobig", "closed", "online", "files", "mappings", "reserved")
"""Those of the whole channel; they are kept as of the CPU number ALL."""

ACCOUNT_FIGURES = {
    "accepted": "stored",
    "unread": "unread",
    "refused_full": "refused_full",
    "too_big": "too_big",
    "busy": "busy",
    "written_late": "written_late",
    "overwritten": "overwritten",
    "discarded_reset": "discarded_reset",
    "discarded_close": "discarded_close",
    "consumed": "events_consumed",
    "released_unread": "released_unread",
}
"""The entries of a buffer's account, and what they are called here; attempts are their sum."""

BUFFER_FIGURES = (
    *("produced", "consumed", "offset", "current", "bytes_consumed", "prev_padding", "file_size"),
    *ACCOUNT_FIGURES.values(),
    *(f"{ACCOUNT_FIGURES[name]}_bytes" for name in LOSSES),
)
"""Those of each buffer."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What one step adds.

    Attributes:
        kind: What was done.
        cpu: On which CPU, as the operation has it.
        amount: Its length; of CONSUME and CPU_ONLINE its count.
        outcome: How it ended.
        value: The number that came back; -1: none.
        figures: (CPU number of the buffer or ALL, name, value) of each that changed.
        happened: (CPU number of the buffer, what).
        made: The CPU numbers of new buffers; of a new one figures that are 0 have not changed.
    """

    kind: Kind
    cpu: int
    amount: int
    outcome: Outcome
    value: int
    figures: Iterable[tuple[int, str, int]] = ()
    happened: Iterable[tuple[int, Happened]] = ()
    made: Iterable[int] = ()


class ManyFacts(NamedTuple):
    """What steps that follow each other add; the first of them is number 0.

    Attributes:
        kinds: Codes of KINDS.
        cpus, amounts, values: As of StepFacts.
        outcomes: Codes of OUTCOMES.
        names: Those of figures of buffers.
        figures: Of each that changed, in the order of time: step, CPU number of the buffer, place
            in `names`, value.
        whole: The figures of the whole channel that changed: steps and values.
        happened: In the order of time: step, CPU number of the buffer, flags.
    """

    kinds: Column
    cpus: Column
    outcomes: Column
    amounts: Column
    values: Column
    names: Sequence[str]
    figures: tuple[Column, Column, Column, Column]
    whole: Mapping[str, tuple[Column, Column]]
    happened: tuple[Column, Column, Column]


class Series:
    """A figure of a branch: from which step on it has which value."""

    __slots__ = ("steps", "values")

    def __init__(self) -> None:
        self.steps, self.values = array("I"), array("q")

    def add(self, step: int, value: int) -> None:
        """From this step on, a later one than before, it is this."""
        self.values.append(min(value, _MOST))
        self.steps.append(step)

    def extend(self, steps: Column, values: Column) -> None:
        """Add several at once, in the order of time."""
        self.values.frombytes(values.astype(np.int64).tobytes())
        self.steps.frombytes(steps.astype(np.uint32).tobytes())


@dataclass(slots=True)
class Rows:
    """What a branch adds behind its fork, step by step.

    Dictionaries grow while others read them: these go through a list of the keys, which Python
    makes at once.

    Attributes:
        kinds, cpus, outcomes, amounts, values: As of StepFacts, in codes.
        series: The figures that changed, by CPU number of the buffer (or ALL) and name.
        happened: What happened, by CPU number of the buffer.
    """

    kinds: array[int] = field(default_factory=lambda: array("B"))
    cpus: array[int] = field(default_factory=lambda: array("h"))
    outcomes: array[int] = field(default_factory=lambda: array("B"))
    amounts: array[int] = field(default_factory=lambda: array("I"))
    values: array[int] = field(default_factory=lambda: array("i"))
    series: dict[int, dict[str, Series]] = field(default_factory=dict)
    happened: dict[int, Series] = field(default_factory=dict)


class Facts:
    """The figures of a history.

    Threads: one writer, who adds a step's facts before the step; any thread may read up to the
    steps that the history has.
    """

    def __init__(self) -> None:
        self._branches: list[Rows] = []

    def add(self, branch: int, step: int, facts: StepFacts) -> None:
        """Add a step at the end of a branch."""
        while len(self._branches) <= branch:
            self._branches.append(Rows())
        rows = self._branches[branch]
        for cpu in facts.made:
            rows.series.setdefault(cpu, {})
        for cpu, name, value in facts.figures:
            of_buffer = rows.series.setdefault(cpu, {})
            series = of_buffer.get(name)
            if series is None:
                series = of_buffer[name] = Series()
            series.add(step, value)
        for cpu, what in facts.happened:
            rows.happened.setdefault(cpu, Series()).add(step, int(what))
        rows.kinds.append(_KIND_CODES[facts.kind])
        rows.cpus.append(min(max(facts.cpu, ALL), _MOST_CPU))
        rows.outcomes.append(_OUTCOME_CODES[facts.outcome])
        rows.amounts.append(min(max(facts.amount, 0), _MOST_AMOUNT))
        rows.values.append(min(facts.value, _MOST_VALUE))

    def extend(self, branch: int, step: int, facts: ManyFacts) -> None:
        """Add steps at the end of a branch; `step` is the number of the first."""
        while len(self._branches) <= branch:
            self._branches.append(Rows())
        rows = self._branches[branch]
        steps, cpus, names, values = facts.figures
        for chosen in _groups(cpus * len(facts.names) + names):
            cpu, name = int(cpus[chosen[0]]), facts.names[int(names[chosen[0]])]
            series = rows.series.setdefault(cpu, {}).setdefault(name, Series())
            series.extend(step + steps[chosen], values[chosen])
        for name, (when, became) in facts.whole.items():
            if len(when):
                series = rows.series.setdefault(ALL, {}).setdefault(name, Series())
                series.extend(step + when, became)
        steps, cpus, flags = facts.happened
        for chosen in _groups(cpus):
            series = rows.happened.setdefault(int(cpus[chosen[0]]), Series())
            series.extend(step + steps[chosen], flags[chosen])
        rows.kinds.frombytes(facts.kinds.astype(np.uint8).tobytes())
        rows.cpus.frombytes(facts.cpus.clip(ALL, _MOST_CPU).astype(np.int16).tobytes())
        rows.outcomes.frombytes(facts.outcomes.astype(np.uint8).tobytes())
        rows.amounts.frombytes(facts.amounts.clip(0, _MOST_AMOUNT).astype(np.uint32).tobytes())
        rows.values.frombytes(facts.values.clip(None, _MOST_VALUE).astype(np.int32).tobytes())

    def cut(self, branch: int, last: int, behind: int) -> None:
        """Forget the steps behind `last` up to `behind`, which the history does not have yet."""
        rows = self._branches[branch]
        figures = (one for of_buffer in rows.series.values() for one in of_buffer.values())
        for series in (*figures, *rows.happened.values()):
            end = bisect_right(series.steps, last)
            del series.steps[end:], series.values[end:]
        count = len(rows.kinds) - (behind - last)
        for column in (rows.kinds, rows.cpus, rows.outcomes, rows.amounts, rows.values):
            del column[count:]

    def pieces(self, history: History, branch: int, ahead: int = 0) -> list[tuple[Rows, int, int]]:
        """Return what a branch consists of: (rows, first step, last step), in order.

        Args:
            history: The history.
            branch: The branch.
            ahead: Steps that were added here and that the history does not have yet.
        """
        found: list[tuple[Rows, int, int]] = []
        last = history.length(branch) + ahead
        line = history.branches[branch]
        while True:
            if last > line.fork:
                found.append((self._branches[line.number], line.fork + 1, last))
            last = min(last, line.fork)
            if line.parent is None:
                break
            line = history.branches[line.parent]
        return found[::-1]


def _groups(keys: Column) -> Iterator[Column]:
    """Give the places of all that have the same key, in order."""
    if len(keys):
        order = np.argsort(keys, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def changes_of(
    pieces: Iterable[tuple[Rows, int, int]], cpu: int, name: str, first: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the steps at which a figure changed along some pieces, and what it became.

    What lies before the last change up to `first` is left out.
    """
    return _joined(
        _cut(rows.series.get(cpu, {}).get(name), last, first) for rows, _, last in pieces
    )


def happened_to(
    pieces: Iterable[tuple[Rows, int, int]], cpu: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the steps at which something happened to a buffer, and the flags."""
    return _joined(_cut(rows.happened.get(cpu), last) for rows, _, last in pieces)


Pair = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _joined(pairs: Iterator[Pair]) -> Pair:
    listed = list(pairs)
    if len(listed) == 1:
        return listed[0]
    none = [np.zeros(0, np.int64)]
    steps = np.concatenate([pair[0] for pair in listed] or none)
    return steps, np.concatenate([pair[1] for pair in listed] or none)


def _cut(series: Series | None, last: int, first: int = 0) -> Pair:
    """Return a copy of a series up to a step: an array that is lent could not grow."""
    if series is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # values first grow, then steps: so there is a value for each step that is seen
    begin = max(bisect_right(series.steps, first) - 1, 0) if first else 0
    steps = np.frombuffer(series.steps[begin:], np.uint32).astype(np.int64)
    end = int(np.searchsorted(steps, last, side="right"))
    return steps[:end], np.frombuffer(series.values[begin : begin + end], np.int64)


def buffers_of(pieces: Iterable[tuple[Rows, int, int]]) -> tuple[int, ...]:
    """Return the CPU numbers of the buffers that there are figures of."""
    return tuple(sorted({cpu for rows, _, _ in pieces for cpu in list(rows.series)} - {ALL}))
