"""Who changed each shared field last, and where each byte of a reader's copy came from.

Noted when a step is made, by its id, so that it is known again wherever one goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz import relay
from relayviz.model.inside.scene import NOBODY, Copy, Value
from relayviz.relay import ActorKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.inside.engine import InsideEngine
    from relayviz.model.engine.snapshot import Snapshot

FIELDS = (
    *("produced", "consumed", "offset", "current", "bytes_consumed", "prev_padding"),
    *("file_size", "stat_full", "stat_big", "waiters", "finalized"),
)
"""The fields of a buffer that actors share, in the order in which they are shown."""

Writers = dict[tuple[int, str], tuple[int, int]]
"""By row and field: the actor who changed it last, and the number of the step."""


class Piece(NamedTuple):
    """A part of a copy.

    Attributes:
        place: Where in the buffer it came from; -1: not known.
        length: Its bytes.
        before: What had written that place when the reader began to copy.
    """

    place: int
    length: int
    before: NDArray[np.uint32]


class Begun(NamedTuple):
    """A copy so far: the buffer's row, who had written each byte at its beginning, its parts."""

    row: int
    ages: NDArray[np.uint32]
    pieces: tuple[Piece, ...]


class Traces:
    """What is noted of each step, by id. One thread at a time.

    Args:
        inner: The engine whose steps they are, at its beginning.
    """

    def __init__(self, inner: InsideEngine) -> None:
        self._inner = inner
        self._writers: list[Writers] = [{}]
        self._copies: list[dict[int, Begun]] = [{}]

    def note(self, actor: int, parent: int, before: Snapshot, after: Snapshot) -> None:
        """Note a step that was just made, from the states before and after it."""
        writers = self._writers[parent]
        changed = {
            (row, name): (actor, after.step)
            for name in FIELDS
            for row in range(after.rows)
            if after.changed.has(row, name)
        }
        self._writers.append(writers | changed if changed else writers)
        self._copies.append(self._copied(actor, self._copies[parent], before))

    def _copied(self, actor: int, copies: dict[int, Begun], before: Snapshot) -> dict[int, Begun]:
        look = self._inner.machine.look(actor)
        if look.kind != ActorKind.READER:
            return copies
        begun = copies.get(actor)
        known = sum(piece.length for piece in begun.pieces) if begun else 0
        if look.copied < known:  # its next operation has begun
            begun, known = None, 0
        if look.copied > known:
            begun = self._grown(begun or self._began(look.cpu, before), actor, known)
        if begun is copies.get(actor):
            return copies
        others = {number: one for number, one in copies.items() if number != actor}
        return others if begun is None else others | {actor: begun}

    def _began(self, cpu: int, before: Snapshot) -> Begun:
        row = before.row_of(0 if before.is_global else cpu)
        row = 0 if row is None else row
        # the reader's own step changes nothing of who wrote the bytes
        return Begun(row, _events(self._inner.machine.ages(row)), ())

    def _grown(self, begun: Begun, actor: int, known: int) -> Begun:
        """Add what came now. It is what stands at its place: nobody else has moved."""
        machine = self._inner.machine
        data, ages = machine.copy_of(actor)
        piece, memory = data[known:], machine.memory_of(begun.row)
        fresh, all_ages = _events(ages[known:]), _events(machine.ages(begun.row))
        end = begun.pieces[-1].place + begun.pieces[-1].length if begun.pieces else 0
        place = _find(piece, fresh, memory, all_ages, first=end)
        length = len(piece)
        then = begun.ages[place : place + length] if place >= 0 else np.zeros(length, np.uint32)
        return begun._replace(pieces=(*begun.pieces, Piece(place, length, then)))

    # -- at a step -----------------------------------------------------------------------------

    def values(self, step_id: int, shown: Snapshot, names: tuple[str, ...]) -> tuple[Value, ...]:
        """Return the shared fields at a step."""
        writers = self._writers[step_id]
        found = []
        for row in range(shown.rows):
            for name in FIELDS:
                actor, step = writers.get((row, name), (-1, 0))
                value = int(shown.buffers[name][row])
                found.append(Value(row, name, value, names[actor] if actor >= 0 else "", step))
        return tuple(found)

    def copies(self, step_id: int, names: tuple[str, ...]) -> tuple[Copy, ...]:
        """Return what readers have got at a step, which the machine stands at."""
        return tuple(
            self._copy(actor, names[actor], begun) for actor, begun in self._copies[step_id].items()
        )

    def _copy(self, actor: int, name: str, begun: Begun) -> Copy:
        machine = self._inner.machine
        data, ages = machine.copy_of(actor)
        memory = np.frombuffer(machine.memory_of(begun.row), np.uint8)
        all_ages = _events(machine.ages(begun.row))
        places = [_places(piece) for piece in begun.pieces]
        place = np.concatenate(places)[: len(data)] if places else np.zeros(0, np.int64)
        before = np.concatenate([piece.before for piece in begun.pieces])[: len(data)]
        is_known = (place >= 0) & (place < len(memory))
        at = np.where(is_known, place, 0)
        now = np.where(is_known, all_ages[at], NOBODY).astype(np.uint32)
        there = np.where(is_known, memory[at], 0).astype(np.uint8).tobytes()
        return Copy(name, begun.row, data, _events(ages), before, place, there, now)


def _places(piece: Piece) -> NDArray[np.int64]:
    if piece.place < 0:
        return np.full(piece.length, -1, np.int64)
    return np.arange(piece.place, piece.place + piece.length, dtype=np.int64)


def _events(ages: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.bitwise_and(ages, relay.AGE_EVENT, dtype=np.uint32)


def _find(
    piece: bytes,
    ages: NDArray[np.uint32],
    memory: bytes,
    all_ages: NDArray[np.uint32],
    first: int,
) -> int:
    """Return where in a buffer some bytes of some events stand, looking from `first` on; -1."""
    for begin in (first, 0):
        at = memory.find(piece, begin)
        while at >= 0:
            if np.array_equal(all_ages[at : at + len(piece)], ages):
                return at
            at = memory.find(piece, at + 1)
    return -1
