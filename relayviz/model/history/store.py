"""All steps of a history in little memory: the newest as they are, the others packed."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, overload

import numpy as np

from relayviz.model.history.lanes import Lanes
from relayviz.model.history.pack import Frame, Told
from relayviz.model.history.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.attempts import Attempts
    from relayviz.model.history.pack import Block, Rows
    from relayviz.model.history.step import Decision

    Deed = tuple[Operation, int | None, tuple[Decision, ...]]

BLOCK = 256  # steps that are packed together
_KEPT = 16  # unpacked blocks at hand
_KEPT_COLUMNS = 32  # of those that several look at, one behind the other
_NONE = -1  # as an event: there is none
_LARGEST = 2**62  # an event of that number is none of ours


class _Unpacked:
    """An unpacked block, and the steps that were made of it."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.steps: dict[int, Step] = {}


class StepStore(Sequence[Step]):
    """Steps by id. A step that was packed is made again when it is asked for.

    So one is known by its id, not by being the same object.

    Threads: one writer; any thread may read at any time, for everything only ever grows.
    """

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._firsts: list[int] = []  # of each block the id of its first step
        # the id of the first that is not packed, and these; replaced, so that readers see either
        self._tail: tuple[int, list[Step]] = (0, [])
        # what a replay needs, by id: which operation, its event, the number of the next event
        self._codes, self._events, self._nexts = array("I"), array("q"), array("q")
        self._operations: list[Operation] = []
        self._code_of: dict[tuple[Operation, bool], int] = {}
        self.has_records = False  # whether an operation writes a piece of a record
        self._meaning: set[int] = set()  # codes of operations whose own `event` is in that column
        self._decisions: dict[int, tuple[Decision, ...]] = {}
        self._known_decisions: dict[tuple[Decision, ...], tuple[Decision, ...]] = {}
        blocks = self._blocks  # and not the store, which would keep itself alive
        self._rows = lru_cache(_KEPT)(lambda number: _Unpacked(blocks[number].rows()))
        self._lanes = lru_cache(_KEPT_COLUMNS)(lambda number: blocks[number].lanes())
        self._attempts = lru_cache(_KEPT)(lambda number: blocks[number].attempts())

    def append(self, step: Step) -> None:
        """Add a step whose id is the number of steps."""
        code, event = self._encode(step)
        self._events.append(event)
        self._nexts.append(step.next_event)
        if step.decisions:
            known = self._known_decisions.setdefault(step.decisions, step.decisions)
            self._decisions[step.id] = known
        self._codes.append(code)
        first, tail = self._tail
        tail.append(step)
        # one block stays as it is: what was done last is looked at most
        if len(tail) >= 2 * BLOCK:
            self._add(first, Told(tail[:BLOCK]))
            self._tail = (first + BLOCK, tail[BLOCK:])

    def extend(
        self,
        block: Block,
        codes: NDArray[np.uint32],
        events: NDArray[np.int64],
        nexts: NDArray[np.int64],
    ) -> None:
        """Add steps that were recorded together.

        Args:
            block: The steps.
            codes: Of each the code of its operation (code_of).
            events: The number of the event that it tried to store; -1: none.
            nexts: The number that the next such step gets.
        """
        first, tail = self._tail
        if tail:
            self._add(first, Told(tail))
        first += len(tail)
        self._events.frombytes(events.tobytes())
        self._nexts.frombytes(nexts.tobytes())
        self._codes.frombytes(codes.tobytes())
        self._add(first, block)
        self._tail = (first + len(block), [])

    def _add(self, first: int, block: Block) -> None:
        self._blocks.append(block)
        self._firsts.append(first)

    def code_of(self, operation: Operation) -> int:
        """Return the code of an operation that means no event of before."""
        return self._code(operation, means=False)

    def next_event(self, number: int) -> int:
        """Return the number that the next attempt behind a step gets."""
        return self._nexts[number]

    def _encode(self, step: Step) -> tuple[int, int]:
        """Return the code of the operation, and the number of its event or of that it means."""
        operation, event = step.operation, step.event
        meant = operation.event
        means = event is None and meant is not None and 0 <= meant < _LARGEST
        if means:
            event, operation = meant, replace(operation, event=None)
        return self._code(operation, means=means), _NONE if event is None else event

    def _code(self, operation: Operation, *, means: bool) -> int:
        code = self._code_of.get((operation, means)) if operation.data is None else None
        if code is None:
            code = len(self._operations)
            self._operations.append(operation)
            self.has_records |= bool(operation.record)
            if means:
                self._meaning.add(code)
            if operation.data is None:  # others hardly come twice
                self._code_of[operation, means] = code
        return code

    def __len__(self) -> int:
        first, tail = self._tail
        return first + len(tail)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        length = len(self)
        if isinstance(index, slice):
            return [self._get(number) for number in range(*index.indices(length))]
        number = index + length if index < 0 else index
        if not 0 <= number < length:
            raise IndexError(f"there is no step {index} among {length}")
        return self._get(number)

    def __iter__(self) -> Iterator[Step]:
        return map(self._get, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _get(self, number: int) -> Step:
        first, tail = self._tail
        if number >= first:
            return tail[number - first]
        at = self._block_of(number)
        block = self._rows(at)
        if (step := block.steps.get(number)) is None:
            row = number - self._firsts[at]
            frame = Frame(
                number,
                *self._deed(number)[:2],
                self._nexts[number],
                self._decisions.get(number, ()),
                self._lanes(at).marks_of(row),
            )
            step = block.steps[number] = block.rows.step(row, frame)
        return step

    def _block_of(self, number: int) -> int:
        return bisect_right(self._firsts, number) - 1

    def _deed(self, number: int) -> Deed:
        code, event = self._codes[number], self._events[number]
        operation = self._operations[code]
        if code in self._meaning:
            return replace(operation, event=event), None, self._decisions.get(number, ())
        return operation, None if event == _NONE else event, self._decisions.get(number, ())

    def deeds(self, ids: Iterable[int]) -> list[Deed]:
        """Return what a replay needs of steps: the operation, the event and the decisions."""
        operations, codes, events = self._operations, self._codes, self._events
        meaning, decisions, none = self._meaning, self._decisions, ()
        return [
            self._deed(number)
            if (code := codes[number]) in meaning or number in decisions
            else (operations[code], None if (event := events[number]) < 0 else event, none)
            for number in ids
        ]

    def operations(self, ids: Iterable[int]) -> list[Operation]:
        """Return what was done in steps."""
        return [self._deed(number)[0] for number in ids]

    def lanes(self, ids: Sequence[int]) -> Iterator[tuple[int, int, int, Lanes]]:
        """Give what the time line and the index of events need, in stretches.

        Args:
            ids: Ids, each larger than the one before.

        Returns:
            Where in `ids` the stretch begins, the rows of it in the lanes (first, behind the last),
            the lanes.
        """
        begin, (first, tail) = 0, self._tail
        while begin < len(ids):
            number = ids[begin]
            if number >= first:
                steps = [tail[one - first] for one in ids[begin:]]
                yield begin, 0, len(steps), Lanes.of(steps)
                return
            at = self._block_of(number)
            row = number - self._firsts[at]
            end = _end_of_run(ids, begin, begin + len(self._blocks[at]) - row)
            yield begin, row, row + end - begin, self._lanes(at)
            begin = end

    def attempts(self, ids: Sequence[int]) -> Iterator[tuple[int, int, int, Attempts | None]]:
        """Give what fates are told from in stretches, as `lanes`; None: look at each step."""
        begin, (first, _) = 0, self._tail
        while begin < len(ids):
            number = ids[begin]
            if number >= first:
                yield begin, 0, len(ids) - begin, None
                return
            at = self._block_of(number)
            row = number - self._firsts[at]
            end = _end_of_run(ids, begin, begin + len(self._blocks[at]) - row)
            yield begin, row, row + end - begin, self._attempts(at)
            begin = end

    def events(self, first: int, count: int) -> NDArray[np.int64]:
        """Return the events that steps tried to store; those of others mean nothing."""
        return np.frombuffer(self._events[first : first + count], np.int64)


def _end_of_run(ids: Sequence[int], begin: int, limit: int) -> int:
    """Return behind which place, `limit` at most, ids do not follow each other any more."""
    end = min(limit, len(ids))
    if ids[end - 1] - ids[begin] == end - 1 - begin:
        return end
    return next(at for at in range(begin + 1, end) if ids[at] != ids[at - 1] + 1)
