"""What a buffer did between two looks at its counters: differences, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.kernel.position import Writer

if TYPE_CHECKING:
    from relayviz.model.kernel.position import Position


@dataclass(frozen=True, slots=True)
class Change:
    """What a buffer did between two looks.

    Attributes:
        finished: Sub-buffers that were finished.
        consumed: Sub-buffers that were reported as consumed.
        stored: Bytes that were stored, headers among them.
        is_most: `stored` is the most that it can have been: more sub-buffers were finished than
            there are, and what padding the first of them had is known no more.
        overwritten: Sub-buffers that were overwritten, and that the later counters do not count as
            consumed.
        refused: The last switch was refused, and it was not at the look before.
        read: Somebody read from the sub-buffer that is being read, or reported it.
    """

    finished: int
    consumed: int
    stored: int
    is_most: bool
    overwritten: int
    refused: bool
    read: bool

    @property
    def is_none(self) -> bool:
        """Whether nothing can have happened."""
        return not (self.finished or self.consumed or self.stored or self.refused or self.read)


def change(before: Position | None, after: Position | None) -> Change | None:
    """Return what happened between two looks; None: it cannot be told.

    It cannot when the counters of one contradict each other, or go back: the channel was reset.
    """
    if before is None or after is None:
        return None
    known = (Writer.WRITING, Writer.BLOCKED)
    if before.writer not in known or after.writer not in known:
        return None
    if after.produced < before.produced or after.consumed < before.consumed:
        return None
    is_same = after.produced == before.produced
    if is_same and _begun(after) < _begun(before) and before.writer is Writer.WRITING:
        return None
    stored, is_most = _stored(before, after)
    return Change(
        finished=after.produced - before.produced,
        consumed=after.consumed - before.consumed,
        stored=max(0, stored),
        is_most=is_most,
        overwritten=max(0, after.oldest - max(before.oldest, after.consumed)),
        refused=after.writer is Writer.BLOCKED
        and (before.writer is not Writer.BLOCKED or not is_same),
        read=(after.consumed, after.bytes_consumed) != (before.consumed, before.bytes_consumed),
    )


def _begun(position: Position) -> int:
    """Return the bytes of the sub-buffer being written; blocked: it has not been begun."""
    return 0 if position.writer is Writer.BLOCKED else position.offset


def _stored(before: Position, after: Position) -> tuple[int, bool]:
    """Return the bytes that came between, and whether they may have been fewer."""
    stored, is_most = _begun(after) - _begun(before), False
    known = max(before.produced, after.oldest)
    if known > before.produced:
        # the sub-buffer being written then is finished, and what padding it got is lost
        stored += (known - before.produced) * after.subbuf_size
        is_most = True
    last = range(known, after.produced)
    stored += sum(after.subbuf_size - after.padding[lap % after.n_subbufs] for lap in last)
    return stored, is_most
