"""The fate of every event of a branch, at any of its steps, and what each reader was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome, Refusal
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.history.attempts import NO_ATTEMPT, REFUSALS, Attempts
from relayviz.model.history.pieces import Pieces
from relayviz.model.ledger.counts import Counts
from relayviz.model.ledger.delivery import PART, SKIP, Readers
from relayviz.model.ledger.following import Following
from relayviz.model.ledger.lane import NEVER, ROW, Clobber, Lane, Tally
from relayviz.model.ledger.table import groups, rows_of, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.history.history import History, Step
    from relayviz.model.ledger.delivery import Got

    Column = NDArray[np.int64]

_WRITTEN = -1  # in place of the step that filled an event in


@dataclass(frozen=True, slots=True)
class EventFate:
    """An event, and what became of it up to a step.

    Attributes:
        event: Its number.
        cpu: Who wrote it.
        buffer: The CPU number of the buffer.
        row: Its place among the events that were tried there.
        length: Bytes.
        step: The step that tried to store it.
        fate: What became of it.
        decided: The step that decided that; None: nothing has yet.
        place: (lap, sub-buffer, first byte from its start); None: it was not stored.
        is_reserved: It was reserved, not written.
        filled: The step that filled it in; None: none has, or it was written.
        clobbered: What went over its bytes first; None: nothing did.
        refusal: Why it was refused; None: it was not.
    """

    event: int
    cpu: int
    buffer: int
    row: int
    length: int
    step: int
    fate: Fate
    decided: int | None
    place: tuple[int, int, int] | None
    is_reserved: bool
    filled: int | None
    clobbered: Clobber | None
    refusal: Refusal | None = None

    @property
    def is_unfilled(self) -> bool:
        """Whether it was reserved and nobody has stored its bytes yet."""
        return self.is_reserved and self.filled is None and self.length > 0

    @property
    def is_lost(self) -> bool:
        """Whether it is lost."""
        return self.fate in LOST_FATES


class FateIndex(Following):
    """The fates of a branch's events, kept up to date as the branch grows.

    Threads: one, any; the history may grow meanwhile.

    Args:
        config: Of the channel.

    Attributes:
        config: The same.
        readers: What each reader was given.
        counts: What moved the counters.
        pieces: Which events are pieces of which record.
    """

    def __init__(self, config: ChannelConfig) -> None:
        super().__init__()
        self.config = config
        self._lanes: dict[int, Lane] = {}
        self._reserved: dict[int, tuple[int, int]] = {}  # event: buffer and row
        self._refusals: dict[int, tuple[int, Refusal]] = {}  # of steps: not those of a full buffer
        self.readers, self.counts = Readers(config.subbuf_size), Counts()
        self.pieces = Pieces()

    # -- growing -------------------------------------------------------------------------------

    def take(self, history: History, branch: int, first: int, last: int, looks: int | None) -> int:
        """Take in the steps from `first` to `last` of a branch, or so many as may be looked at."""
        reached = self._take_steps(history, branch, first, last, looks)
        self.pieces.take(history, branch, first, reached)
        return reached

    def _take_steps(
        self, history: History, branch: int, first: int, last: int, looks: int | None
    ) -> int:
        events, parts = [], []  # what comes behind each other is taken in at once
        for at, tried, begin, end, attempts in history.attempts(branch, first, last):
            if attempts is not None:
                events.append(tried)
                parts.append(attempts.part(begin, end))
                continue
            self._take_many(at, events, parts)
            events, parts = [], []
            stop = at + end - begin - 1
            if looks is not None:
                stop, looks = min(stop, at + looks - 1), looks - (end - begin)
            for step in history.path(branch, at, stop):
                self._take(step)
            if looks is not None and looks <= 0:
                return stop
        self._take_many(last + 1, events, parts)
        return last

    def _take_many(self, end: int, events: list[Column], parts: list[Attempts]) -> None:
        """Take in the attempts of blocks before step `end`, and what else they tell."""
        if not parts:
            return
        told, numbers = Attempts.joined(parts), np.concatenate(events)
        first = end - len(numbers)
        self._try_many(np.arange(first, end), numbers, told)
        self._decide_many(first, told.verdicts)
        self._read_many(first, told.reads, told.runs)
        self.counts.add_many(first, told.reads, told.reports)

    def _try_many(self, steps: Column, events: Column, told: Attempts) -> None:
        """Take in what steps tried to store, which nothing else was to be told of."""
        decided = np.where(told.laps >= 0, NEVER, steps)
        columns = (decided, _WRITTEN, told.lengths, told.laps, told.starts, told.cpus, told.fates)
        found = rows_of(ROW, steps, events, *columns)
        for buffer, rows in groups(told.buffers):
            if buffer != NO_ATTEMPT:
                self._lane(buffer).add_many(found[rows])

    def _decide_many(self, first: int, verdicts: Column) -> None:
        """Take in fates that were decided by steps from `first` on."""
        for buffer, rows in groups(verdicts[:, 1]):
            steps, _, begin, end, fates = verdicts[rows].T
            self._lane(buffer).decide_many(first + steps, begin, end, fates)

    def _read_many(self, first: int, reads: Column, runs: Column) -> None:
        """Take in reads of steps from `first` on."""
        for fd, rows in groups(reads[:, 1]):
            steps, _, buffers, begin, end, _, begins, counts = reads[rows].T
            laps, _, starts, lengths = runs[spread(begins, counts)].T
            steps += first
            parts = rows_of(PART, steps.repeat(counts), laps, starts, lengths)
            skips = rows_of(SKIP, steps, begin, end)[begin < end]
            self.readers.add_many(fd, parts, skips, self._lane(int(buffers[0])))

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._reserved = {}
        self._refusals = {event: one for event, one in self._refusals.items() if one[0] <= step}
        for buffer, lane in self._lanes.items():
            lane.truncate(step)
            self._reserved |= {event: (buffer, row) for event, row in lane.unfilled()}
        self.readers.truncate(step)
        self.counts.truncate(step)
        self.pieces.truncate(step)

    def _take(self, step: Step) -> None:
        self.counts.add(step)
        kind = step.operation.kind
        if kind in ATTEMPTS:
            self._attempt(step)
        elif kind is Kind.FILL:
            self._fill(step)
        elif kind in (Kind.OPEN_FILE, Kind.CLOSE_FILE):
            self.readers.note(step)
        if step.trail is not None:
            for verdict in step.trail.verdicts:
                lane = self._lane(verdict.buffer)
                lane.decide(verdict.first, verdict.last, verdict.fate, step.depth)
            if step.trail.reading is not None:
                lane = self._lane(step.trail.reading.buffer)
                self.readers.add(step.depth, step.operation.fd or 0, step.trail.reading, lane)
            for buffer, index, start, end in step.trail.over:
                self._lane(buffer).clobber(index, Clobber(step.depth, None, start, end))
        if kind is Kind.RESET and step.result.outcome is Outcome.OK:
            for lane in self._lanes.values():
                lane.reset(step.depth)

    def _attempt(self, step: Step) -> None:
        place, operation, event = step.place, step.operation, step.event
        fate = REFUSALS.get(step.result.outcome)
        if event is None or (place is None and (fate is None or not step.marks)):
            return  # the call itself failed: there was no attempt
        head = (step.depth, event)
        refusal = step.result.refusal
        if refusal is not None and refusal is not Refusal.FULL:
            self._refusals[event] = step.depth, refusal
        if place is None:
            buffer = step.marks[0][0]
            tail = (operation.cpu, int(fate or 0))
            self._lane(buffer).add((*head, step.depth, -1, operation.length, -1, -1, *tail))
            return
        waits = operation.kind is Kind.RESERVE and place.length > 0
        filled = NEVER if waits else _WRITTEN
        where = (place.length, place.lap, place.start, operation.cpu)
        row = self._lane(place.buffer).add((*head, NEVER, filled, *where, Fate.UNREAD))
        if waits:
            self._reserved[event] = (place.buffer, row)

    def _fill(self, step: Step) -> None:
        event = step.operation.event
        if step.result.outcome is not Outcome.OK or event is None:
            return
        found = self._reserved.pop(event, None)
        if found is not None:
            self._lanes[found[0]].fill(found[1], step.depth)
        if (place := step.place) is not None:  # its sub-buffer had been used again
            lane = self._lane(place.buffer)
            lane.clobber(place.index, Clobber(step.depth, event, place.start, place.end))

    def _lane(self, buffer: int) -> Lane:
        lane = self._lanes.get(buffer)
        if lane is None:
            lane = self._lanes[buffer] = Lane(self.config.n_subbufs)
        return lane

    # -- asking --------------------------------------------------------------------------------

    @property
    def buffers(self) -> tuple[int, ...]:
        """The CPU numbers of the buffers for which an event was tried, in order."""
        return tuple(sorted(buffer for buffer, lane in self._lanes.items() if len(lane.rows)))

    def frozen(self) -> FateIndex:
        """Return a copy of the events that stays as it is now; it has no readers."""
        result = FateIndex(self.config)
        result._lanes = {buffer: lane.frozen() for buffer, lane in self._lanes.items()}
        result._refusals = {**self._refusals}
        result.pieces = self.pieces.frozen()
        return result

    def lane(self, buffer: int) -> Lane:
        """Return the events of a buffer; one without any is empty."""
        return self._lanes.get(buffer) or Lane(self.config.n_subbufs)

    def tallies(self, step: int) -> dict[Fate, Tally]:
        """Return how many events of each fate the whole channel has at a step."""
        each = [lane.tallies(step) for lane in self._lanes.values()]
        return {fate: Tally.total(one[fate] for one in each) for fate in Fate}

    def find(self, event: int, step: int) -> EventFate | None:
        """Return an event by its number, as it was at a step; None: it had not been tried."""
        for buffer, lane in self._lanes.items():
            row = lane.row_of(event)
            if row is not None and lane.rows["step"][row] <= step:
                return self.at(buffer, row, step)
        return None

    def lost_by(self, step: int) -> list[int]:
        """Return the numbers of the events that a step lost, in order; its own is one of them."""
        each = (lane.lost_by(step) for lane in self._lanes.values())
        return sorted(number for numbers in each for number in numbers)

    def has(self, buffer: int, row: int) -> bool:
        """Whether a row of a buffer is an event; one of a branch that went on for longer is not."""
        return buffer in self._lanes and 0 <= row < len(self._lanes[buffer].rows)

    def at(self, buffer: int, row: int, step: int) -> EventFate:
        """Return the event in a row of a buffer, as it was at a step; only if it has one."""
        lane = self._lanes[buffer]
        data = lane.rows[row]
        decided, filled = int(data["decided"]), int(data["filled"])
        is_decided, lap = decided <= step, lane.lap(row)
        clobbers = lane.clobbers_at(row, step)
        event, fate = int(data["event"]), Fate(int(data["fate"])) if is_decided else Fate.UNREAD
        refusal = self.refusal(event) if fate is Fate.REFUSED_FULL else None
        return EventFate(
            event=event,
            cpu=int(data["cpu"]),
            buffer=buffer,
            row=row,
            length=int(data["length"]),
            step=int(data["step"]),
            fate=fate,
            decided=decided if is_decided else None,
            place=None if lap is None else (*lap, int(data["start"])),
            is_reserved=filled >= 0,
            filled=filled if 0 <= filled <= step else None,
            clobbered=clobbers[0] if clobbers else None,
            refusal=refusal,
        )

    def refusal(self, event: int) -> Refusal:
        """Return why an event was refused that was."""
        return self._refusals.get(event, (0, Refusal.FULL))[1]

    def got(self, event: EventFate, step: int) -> tuple[Got, ...]:
        """Return what each reader got of an event up to a step."""
        lane = self._lanes[event.buffer]
        serial = int(lane.rows["serial"][event.row])
        if event.place is None:
            return ()
        stretch = serial, event.place[2], event.place[2] + event.length
        return self.readers.got(event.buffer, stretch, step, lane.clobbers_at(event.row, step))
