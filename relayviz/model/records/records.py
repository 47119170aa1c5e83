"""Records that a client writes in several pieces: which are torn, and what became of each piece.

All events whose operations name the same record are its pieces, along a branch. A record is torn
where some of its pieces are lost and others are not: whoever reads it gets a torso.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.ledger.fate import FateIndex
from relayviz.model.ledger.words import fate_words
from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.facts import Pair
    from relayviz.model.history.history import History
    from relayviz.model.ledger.fate import EventFate


_MOST_LISTED = 6  # lost pieces, in a sentence


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """A record as it was at a step.

    Attributes:
        name: Its name.
        pieces: Those that had been tried, in order.
    """

    name: str
    pieces: tuple[EventFate, ...]

    @property
    def lost(self) -> tuple[EventFate, ...]:
        """The pieces that are lost."""
        return tuple(one for one in self.pieces if one.is_lost)

    @property
    def is_torn(self) -> bool:
        """Whether some pieces are lost and others are not."""
        return 0 < len(self.lost) < len(self.pieces)

    def told(self) -> str:
        """Say that it is torn, with the pieces that are gone and why; or what is whole."""
        count, lost = len(self.pieces), self.lost
        if not lost:
            return f"record {self.name}: no piece of {grouped(count)} is lost"
        if not self.is_torn:
            return f"record {self.name}: lost as a whole, {plural(count, 'piece')}"
        kept = f"{grouped(count - len(lost))} of {plural(count, 'piece')} kept"
        gone = [
            f"event {grouped(one.event)} ({fate_words(one)}, step"
            f" {grouped(one.decided or one.step)})"
            for one in lost[:_MOST_LISTED]
        ]
        if len(lost) > _MOST_LISTED:
            gone.append(f"{grouped(len(lost) - _MOST_LISTED)} more")
        return f"record {self.name} is torn: {kept}, lost: {', '.join(gone)}"

    def number_of(self, event: int) -> int:
        """Return which piece an event is, from 1."""
        return next(at for at, one in enumerate(self.pieces, 1) if one.event == event)


def records_at(fates: FateIndex, step: int) -> Iterator[WrittenRecord]:
    """Give the records of which a piece had been tried at a step, in the order they began."""
    for name in fates.pieces.names:
        record = _record(fates, name, step)
        if record.pieces:
            yield record


def record_of(fates: FateIndex, event: int, step: int) -> WrittenRecord | None:
    """Return the record that an event is a piece of, as it was at a step; None: of none."""
    name = fates.pieces.name_of(event)
    return None if name is None else _record(fates, name, step)


def _record(fates: FateIndex, name: str, step: int) -> WrittenRecord:
    tried = (fates.find(event, step) for event in fates.pieces.of(name, step))
    return WrittenRecord(name, tuple(one for one in tried if one is not None))


def _torn(fates: FateIndex) -> Pair:
    """Return the steps at which the number of torn records changed, and what it became."""
    changed: defaultdict[int, int] = defaultdict(int)
    for record in records_at(fates, fates.step):
        was_torn = False
        for step, is_torn in _course(record):
            changed[step] += is_torn - was_torn
            was_torn = is_torn
    steps = np.array(sorted(step for step, by in changed.items() if by), np.int64)
    return steps, np.cumsum([changed[step] for step in steps.tolist()], dtype=np.int64)


def _course(record: WrittenRecord) -> Iterator[tuple[int, bool]]:
    """Give the steps at which something became of a piece, and whether the record is torn then."""
    by_step: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)  # grown: kept, lost
    for one in record.pieces:
        if not one.is_lost or one.decided is None:
            by_step[one.step].append((1, 0))
        elif one.decided == one.step:
            by_step[one.step].append((0, 1))
        else:
            by_step[one.step].append((1, 0))
            by_step[one.decided].append((-1, 1))
    kept = lost = 0
    for step in sorted(by_step):
        kept += sum(grown for grown, _ in by_step[step])
        lost += sum(grown for _, grown in by_step[step])
        yield step, kept > 0 and lost > 0


class TornRecords:
    """How many records are torn at each step, of any branch of one history.

    Threads: one, any; the history may grow meanwhile.

    Args:
        config: Of the channel.
    """

    def __init__(self, config: ChannelConfig) -> None:
        self._fates = FateIndex(config)

    def series(self, history: History, branch: int) -> Pair:
        """Return the steps at which that number changed along a branch, and what it became."""
        if history.has_records:
            self._fates.follow(history, branch)
        return _torn(self._fates)
