"""Where in the rings actors stand inside their operations: what they copy, reserve and read.

Noted when a step is made, by its id, so that it is known again wherever one goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz import relay
from relayviz.engines.inside.building import STOP_NAMES
from relayviz.model.channel.operation import Kind
from relayviz.model.inside.program import Own
from relayviz.model.inside.scene import Doing, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from relayviz.engines.inside.engine import InsideEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.program import Deed
    from relayviz.model.inside.scene import Copy

UNFILLED = 1 << 29  # of an age: reserved, not filled
NOT_YET = -1
_COPIES = ("COPY_PART", "WRITE_COPIED")


class Held(NamedTuple):
    """A place that an actor holds.

    Attributes:
        doing: What for.
        row: The buffer.
        first: Its first byte in the ring; NOT_YET: where the sub-buffer will be that is current.
        length: Its bytes.
        offset: Where it begins in a sub-buffer.
        event: The event that is stored there; 0: none is known.
    """

    doing: Doing
    row: int
    first: int
    length: int
    offset: int = 0
    event: int = 0


Places = dict[int, tuple[Held, ...]]
"""What each actor holds, by its number."""


class Reaches:
    """What is noted of each step, by id. One thread at a time.

    Args:
        inner: The engine whose steps they are, at its beginning.
    """

    def __init__(self, inner: InsideEngine) -> None:
        self._inner = inner
        self._held: list[Places] = [{}]

    def note(
        self, actor: int, parent: int, before: Snapshot, after: Snapshot, *, ended: bool
    ) -> None:
        """Note a step that was just made, from the states before and after it."""
        held = self._held[parent]
        mine = held.get(actor, ())
        now = tuple(self._now(actor, mine, before, after, ended=ended))
        if now == mine:
            self._held.append(held)
            return
        others = {number: one for number, one in held.items() if number != actor}
        self._held.append(others | {actor: now} if now else others)

    def _now(
        self,
        actor: int,
        mine: Iterable[Held],
        before: Snapshot,
        after: Snapshot,
        *,
        ended: bool,
    ) -> Iterator[Held]:
        """Give what an actor holds after its step."""
        look = self._inner.machine.look(actor)
        deed = self._inner.session.actors[actor].queue[look.at - 1]
        stop = STOP_NAMES[look.stop] if look.stop >= 0 and not ended else ""
        begun = self._begun(deed, stop, after)
        for one in mine:
            if one.doing is Doing.RESERVED:
                yield one  # until somebody fills it
            elif ended and one.doing is Doing.RESERVES:
                yield from self._reserved(one)
            elif not ended and begun is None:
                yield self._copied(one, stop, before)
        if begun is not None:
            yield begun

    def _begun(self, deed: Deed, stop: str, after: Snapshot) -> Held | None:
        """Return the place that a deed has just chosen; None: none."""
        operation = deed.operation
        row = after.row_of(0 if after.is_global else operation.cpu)
        if row is None or stop not in ("WRITE_FITS", "RESERVE_FITS", "MAP_LOOKED"):
            return None
        info, size = after.buffers[row], after.subbuf_size
        offset, length = int(info["offset"]), len(operation.data or b"") or operation.length
        if deed.own is Own.MAP_READ:
            index = int(info["consumed"]) % after.n_subbufs
            padding = int(after.subbufs[row, index]["padding"])
            return Held(Doing.READS, row, index * size, size - padding)
        if operation.kind is Kind.RESERVE:
            first = int(info["current"]) * size + offset
            return Held(Doing.RESERVES, row, first, length)
        return Held(Doing.WRITES, row, NOT_YET, length, offset)

    def _copied(self, one: Held, stop: str, before: Snapshot) -> Held:
        """Return a place to which the first bytes may have come with a step."""
        if one.doing is not Doing.WRITES or one.first != NOT_YET or stop not in _COPIES:
            return one
        first = int(before.buffers[one.row]["current"]) * before.subbuf_size + one.offset
        ages = self._ages(one.row, first, 1)
        event = int(ages[0]) & relay.AGE_EVENT if len(ages) else 0
        return one._replace(first=first, event=event)

    def _reserved(self, one: Held) -> Iterator[Held]:
        """Give what is left of a reserve that has ended: a slot, unless it was refused."""
        ages = self._ages(one.row, one.first, one.length)
        if len(ages) and (ages & UNFILLED).all():
            yield one._replace(doing=Doing.RESERVED, event=int(ages[0]) & relay.AGE_EVENT)

    def _ages(self, row: int, first: int, length: int) -> NDArray[np.uint32]:
        return self._inner.machine.ages(row)[first : first + length]

    # -- at a step -----------------------------------------------------------------------------

    def at(
        self, step_id: int, shown: Snapshot, names: tuple[str, ...], copies: Iterable[Copy]
    ) -> tuple[Reach, ...]:
        """Return where actors stand at a step, which the machine stands at.

        Args:
            step_id: The step.
            shown: The channel there.
            names: Of the actors.
            copies: What readers have got there.
        """
        got = {copy.actor: copy for copy in copies}
        found: list[Reach] = []
        for actor, places in sorted(self._held[step_id].items()):
            found += [
                reach
                for one in places
                if (reach := self._reach(actor, names[actor], one, shown, got)) is not None
            ]
        known = {one.name for one in found if one.doing is Doing.READS}
        for number, name in enumerate(names):
            if name in got and name not in known and self._inner.machine.look(number).stop >= 0:
                found += _pieces(number, got[name])
        return tuple(found)

    def _reach(
        self, actor: int, name: str, one: Held, shown: Snapshot, got: dict[str, Copy]
    ) -> Reach | None:
        first = one.first
        if first == NOT_YET:
            first = int(shown.buffers[one.row]["current"]) * shown.subbuf_size + one.offset
        ring = shown.subbuf_size * shown.n_subbufs
        end = min(first + one.length, ring)
        ages = self._ages(one.row, first, one.length)
        is_mine = (ages & relay.AGE_EVENT) == one.event
        is_filled = (ages & UNFILLED) == 0
        there: list[tuple[int, int]] = []
        if one.doing is Doing.READS:
            there = _stretches(got[name]) if name in got else []
        elif one.event:
            if one.doing is Doing.RESERVED and not (is_mine & ~is_filled).any():
                return None  # it was filled, or is gone
            there = _runs(first + np.flatnonzero(is_mine & is_filled))
        return Reach(actor, name, one.row, first, end, one.doing, tuple(there))


def _pieces(number: int, copy: Copy) -> Iterator[Reach]:
    """Give the stretches of the ring that a reader has got bytes from."""
    for span in _stretches(copy):
        yield Reach(number, copy.actor, copy.row, *span, Doing.GOT, (span,))


def _stretches(copy: Copy) -> list[tuple[int, int]]:
    return _runs(np.unique(copy.place[copy.place >= 0]))


def _runs(bytes_there: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return numbers in order as stretches: first, and behind the last."""
    breaks = np.flatnonzero(np.diff(bytes_there) != 1) + 1
    runs = (run for run in np.split(bytes_there, breaks) if len(run))
    return [(int(run[0]), int(run[-1]) + 1) for run in runs]
