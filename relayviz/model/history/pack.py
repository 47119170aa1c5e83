"""Steps as few bytes: a block of them becomes columns, and these are compressed.

A step as an object takes a kilobyte; packed about thirty bytes, for one is much like the next.
Packed are those columns that a replay does not look at. Blocks stay in this process: their form is
nobody else's.
"""

from __future__ import annotations

import marshal
import zlib
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.result import CallbackError, Outcome, Result
from relayviz.model.channel.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.channel.trail import Plain
    from relayviz.model.history.step import Step

    Place = tuple[tuple[int, int, int, int, int, int, int, int], float | None, str]

_FAST = 1  # of zlib: the rest of the levels takes off little
_CODES = "HiIiIqq"  # of the arrays of Lanes

NOWHERE = -1
"""As the buffer of an event: it was not stored."""


class Packed(NamedTuple):
    """A block of steps.

    Attributes:
        lanes: What the time line and the index of events need of all steps.
        rest: What is looked at step by step.
    """

    lanes: bytes
    rest: bytes


class Lanes(NamedTuple):
    """What the time line and the index of events need of a block.

    Attributes:
        counts: How many marks each step has.
        cpus: The CPU numbers of all marks, one step's behind the other's.
        marks: The marks themselves.
        buffers: For each step the CPU number of the buffer that its event went to, or NOWHERE.
        subbufs: The sub-buffer.
        starts: The first byte in it.
        ends: Behind the last.
    """

    counts: array[int]
    cpus: array[int]
    marks: array[int]
    buffers: array[int]
    subbufs: array[int]
    starts: array[int]
    ends: array[int]

    def marks_of(self, row: int) -> tuple[tuple[int, Mark], ...]:
        """Return the marks of one step."""
        first = sum(self.counts[:row])
        chosen = slice(first, first + self.counts[row])
        return tuple(zip(self.cpus[chosen], map(_mark, self.marks[chosen]), strict=True))


class Rest(NamedTuple):
    """The other columns of a block, by the names of Step; what is rare is kept by row."""

    parents: array[int]
    branches: array[int]
    depths: array[int]
    times: array[float]
    outcomes: list[str]
    words: list[str]
    values: dict[int, int]
    data: dict[int, bytes]
    errors: dict[int, tuple[int | None, str, str]]
    places: dict[int, Place]
    trails: dict[int, Plain]

    def result(self, row: int) -> Result:
        """Return what became of the operation."""
        error = self.errors.get(row)
        return Result(
            Outcome(self.outcomes[row]),
            self.words[row],
            self.data.get(row),
            self.values.get(row),
            None if error is None else CallbackError(*error),
        )

    def trail(self, row: int) -> Trail | None:
        """Return what the step did to events stored before it."""
        plain = self.trails.get(row)
        return None if plain is None else Trail.of(plain)

    def place(self, row: int) -> EventPlace | None:
        """Return where the event was put."""
        if (place := self.places.get(row)) is None:
            return None
        numbers, time, kind = place
        return EventPlace(*numbers, self.times[row] if time is None else time, Kind(kind))


def pack(steps: Sequence[Step]) -> Packed:
    """Pack steps that follow each other."""
    lanes = tuple(column.tobytes() for column in lanes_of(steps))
    return Packed(_squeeze(lanes), _squeeze(_rest_of(steps)))


def unpack_lanes(packed: Packed) -> Lanes:
    """Return the lanes of a block."""
    return Lanes(*map(_column, _CODES, _expand(packed.lanes)))


def unpack_rest(packed: Packed) -> Rest:
    """Return the other columns of a block."""
    parents, branches, depths, times, *others = _expand(packed.rest)
    return Rest(
        _column("q", parents),
        _column("i", branches),
        _column("q", depths),
        _column("d", times),
        *others,
    )


def lanes_of(steps: Sequence[Step]) -> Lanes:
    """Return the lanes of steps."""
    marks = [mark for step in steps for mark in step.marks]
    places = [step.place for step in steps]
    columns: tuple[list[int], ...] = (
        [len(step.marks) for step in steps],
        [cpu for cpu, _ in marks],
        [mark for _, mark in marks],
        [NOWHERE if place is None else place.buffer for place in places],
        [0 if place is None else place.index for place in places],
        [0 if place is None else place.start for place in places],
        [0 if place is None else place.end for place in places],
    )
    return Lanes(*(array(code, column) for code, column in zip(_CODES, columns, strict=True)))


def _rest_of(steps: Sequence[Step]) -> tuple[Any, ...]:
    results = [step.result for step in steps]
    return (
        array("q", [step.parent for step in steps]).tobytes(),
        array("i", [step.branch for step in steps]).tobytes(),
        array("q", [step.depth for step in steps]).tobytes(),
        array("d", [step.time for step in steps]).tobytes(),
        [result.outcome.value for result in results],
        [result.words for result in results],
        {row: one.value for row, one in enumerate(results) if one.value is not None},
        {row: one.data for row, one in enumerate(results) if one.data is not None},
        {
            row: (one.error.line, one.error.message, one.error.traceback)
            for row, one in enumerate(results)
            if one.error is not None
        },
        {
            row: _place_of(step.place, step.time)
            for row, step in enumerate(steps)
            if step.place is not None
        },
        {row: step.trail.plain() for row, step in enumerate(steps) if step.trail is not None},
    )


def _place_of(place: EventPlace, time: float) -> Place:
    where = place.buffer, place.index, place.lap, place.start, place.length, place.step
    moment = None if place.time == time else place.time
    return (place.event, place.cpu, *where), moment, place.kind.value


def _squeeze(columns: tuple[Any, ...]) -> bytes:
    return zlib.compress(marshal.dumps(columns), _FAST)


def _expand(packed: bytes) -> tuple[Any, ...]:
    columns: tuple[Any, ...] = marshal.loads(zlib.decompress(packed))  # noqa: S302  our own
    return columns


def _column(code: str, data: bytes) -> array[Any]:
    column: array[Any] = array(code)
    column.frombytes(data)
    return column


_marks: dict[int, Mark] = {}


def _mark(value: int) -> Mark:
    """Return a mark; making one anew takes long, and there are few."""
    if (mark := _marks.get(value)) is None:
        mark = _marks[value] = Mark(value)
    return mark
