"""Steps as few bytes: a block of them becomes columns, and these are compressed.

A step as an object takes a kilobyte; packed about thirty bytes, for one is much like the next.
Packed are those columns that a replay does not look at. Blocks stay in this process: their form is
nobody else's.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from relayviz.model.channel.call import Call
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.result import CallbackError, Outcome, Refusal, Result
from relayviz.model.channel.trail import Trail
from relayviz.model.history.attempts import Attempts
from relayviz.model.history.lanes import Lanes, expand, squeeze
from relayviz.model.history.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.channel.marks import Mark
    from relayviz.model.channel.operation import Operation
    from relayviz.model.channel.trail import Plain
    from relayviz.model.history.step import Decision

    Place = tuple[tuple[int, int, int, int, int, int, int, int], float | None, str]


class Frame(NamedTuple):
    """Of a step what is kept outside of its block, by the names of Step."""

    id: int
    operation: Operation
    event: int | None
    next_event: int
    decisions: tuple[Decision, ...]
    marks: tuple[tuple[int, Mark], ...]


class Rows(Protocol):
    """A block that was unpacked."""

    def step(self, row: int, frame: Frame) -> Step:
        """Make a step again."""


class Block(Protocol):
    """Steps that follow each other, packed. Who recorded them knows how they are made again."""

    def __len__(self) -> int:
        """Return the number of steps."""

    def lanes(self) -> Lanes:
        """Unpack what the time line and the index of events need."""

    def attempts(self) -> Attempts | None:
        """Unpack what fates are told from; None: each step has to be looked at."""

    def rows(self) -> Rows:
        """Unpack what is looked at step by step."""


class Rest(NamedTuple):
    """The other columns of such a block, by the names of Step; what is rare is kept by row."""

    parents: array[int]
    branches: array[int]
    depths: array[int]
    times: array[float]
    outcomes: list[str]
    words: list[str]
    values: dict[int, int]
    data: dict[int, bytes]
    errors: dict[int, tuple[int | None, str, str]]
    refusals: dict[int, str]
    places: dict[int, Place]
    trails: dict[int, Plain]
    calls: dict[int, list[tuple[str, str, str]]]

    def step(self, row: int, frame: Frame) -> Step:
        """Make a step again."""
        return Step(
            id=frame.id,
            parent=self.parents[row],
            branch=self.branches[row],
            depth=self.depths[row],
            time=self.times[row],
            operation=frame.operation,
            event=frame.event,
            next_event=frame.next_event,
            decisions=frame.decisions,
            result=self.result(row),
            place=self.place(row),
            marks=frame.marks,
            trail=self.trail(row),
            calls=tuple(Call(*call) for call in self.calls.get(row, ())),
        )

    def result(self, row: int) -> Result:
        """Return what became of the operation."""
        error, refusal = self.errors.get(row), self.refusals.get(row)
        return Result(
            Outcome(self.outcomes[row]),
            self.words[row],
            self.data.get(row),
            self.values.get(row),
            None if error is None else CallbackError(*error),
            None if refusal is None else Refusal(refusal),
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


class Told:
    """A block of steps that were recorded one by one, each with all that is told of it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._count = len(steps)
        self._lanes, self._rest = Lanes.of(steps).packed(), squeeze(_rest_of(steps))
        attempts = Attempts.of(steps)
        self._attempts = None if attempts is None else attempts.packed()

    def __len__(self) -> int:
        """Return the number of steps."""
        return self._count

    def lanes(self) -> Lanes:
        """Unpack what the time line and the index of events need."""
        return Lanes.unpacked(self._lanes)

    def attempts(self) -> Attempts | None:
        """Unpack what fates are told from; None: each step has to be looked at."""
        return None if self._attempts is None else Attempts.unpacked(self._attempts)

    def rows(self) -> Rest:
        """Unpack what is looked at step by step."""
        parents, branches, depths, times, *others = expand(self._rest)
        return Rest(
            _column("q", parents),
            _column("i", branches),
            _column("q", depths),
            _column("d", times),
            *others,
        )


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
        {row: one.refusal.value for row, one in enumerate(results) if one.refusal is not None},
        {
            row: _place_of(step.place, step.time)
            for row, step in enumerate(steps)
            if step.place is not None
        },
        {row: step.trail.plain() for row, step in enumerate(steps) if step.trail is not None},
        {
            row: [(call.name, call.arguments, call.answer) for call in step.calls]
            for row, step in enumerate(steps)
            if step.calls
        },
    )


def _place_of(place: EventPlace, time: float) -> Place:
    where = place.buffer, place.index, place.lap, place.start, place.length, place.step
    moment = None if place.time == time else place.time
    return (place.event, place.cpu, *where), moment, place.kind.value


def _column(code: str, data: bytes) -> array[Any]:
    column: array[Any] = array(code)
    column.frombytes(data)
    return column
