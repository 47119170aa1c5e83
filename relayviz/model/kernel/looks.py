"""What several looks at a channel tell that one does not: since when something is so, and rates."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.kernel.position import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.kernel.changes import Change
    from relayviz.model.kernel.position import Position

NOW = 1.0  # seconds that rates of now are taken over, at least
MOSTLY_EMPTY = 0.5  # of a sub-buffer is padding


@dataclass(frozen=True, slots=True)
class Sums:
    """What came so far, by the looks: of a buffer, or a difference of two such."""

    finished: int = 0
    consumed: int = 0
    stored: int = 0
    overwritten: int = 0
    refused: int = 0

    def plus(self, one: Change) -> Sums:
        """Return it with what one more look found."""
        return Sums(
            self.finished + one.finished,
            self.consumed + one.consumed,
            self.stored + one.stored,
            self.overwritten + one.overwritten,
            self.refused + one.refused,
        )


@dataclass(frozen=True, slots=True)
class Course:
    """How a buffer went on since it was looked at first. Times are seconds since then.

    Attributes:
        sums: What came so far.
        last: What the last look found to be new; None: that cannot be told.
        is_most: Some of the bytes that were stored may not have been.
        blocked: Since which look it is blocked without a break; None: it is not.
        free: The look before that; None: it was so at the first.
        read: The last look at which a consumer had done something; None: there was none.
        ready: Since which look there is always something ready; None: there is not.
        resets: How often the counters were other ones, so that nothing can be said in between.
        rates: What came in a second, over the last second or the last two looks: sub-buffers
            finished, consumed, bytes.
    """

    sums: Sums = Sums()
    last: Change | None = None
    is_most: bool = False
    blocked: float | None = None
    free: float | None = None
    read: float | None = None
    ready: float | None = None
    resets: int = 0
    rates: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks at a channel so far.

    Attributes:
        count: How many there were.
        seconds: When the last was taken, after the first.
        hz: How many there shall be in a second, at most.
        running: There will be more.
        began: When the first was taken, in seconds since the epoch.
        cpus: Those that had a buffer at the first look.
        courses: Of each of these buffers.
        flushes: Looks that found every buffer to have finished a sub-buffer, each mostly empty.
        finishes: Looks that found some buffer to have finished one.
        dropped: What the client counted as dropped since the first look; None: it is not known.
    """

    count: int
    seconds: float
    hz: float
    running: bool
    began: float
    cpus: tuple[int, ...]
    courses: tuple[Course, ...]
    flushes: int = 0
    finishes: int = 0
    dropped: int | None = None

    def clock(self, moment: float) -> float:
        """Return a moment, seconds after the first look, in seconds since the epoch."""
        return self.began + moment

    @property
    def rates(self) -> tuple[float, float, float]:
        """What came in a second on all buffers: sub-buffers finished, consumed, bytes."""
        finished, consumed, stored = (
            sum(course.rates[figure] for course in self.courses) for figure in range(3)
        )
        return finished, consumed, stored


class Following:
    """Takes one look after the other in and knows their course.

    Args:
        cpus: Those that have a buffer.
    """

    def __init__(self, cpus: tuple[int, ...]) -> None:
        self.courses = (Course(),) * len(cpus)
        self.count = self.flushes = self.finishes = 0
        self._time: float | None = None  # of the last look
        self._recent: list[deque[tuple[float, Sums]]] = [deque() for _ in cpus]

    def take(
        self, time: float, positions: Sequence[Position | None], changes: Sequence[Change | None]
    ) -> None:
        """Take a look in.

        Args:
            time: Seconds since the first.
            positions: Where writer and consumer are, by row.
            changes: What is new since the look before.
        """
        self.courses = tuple(
            self._course(row, time, *pair)
            for row, pair in enumerate(zip(positions, changes, strict=True))
        )
        known = [one for one in changes if one is not None]
        self.count += 1
        self._time = time
        self.finishes += any(one.finished for one in known)
        self.flushes += len(known) == len(changes) > 1 and all(
            _is_flushed(*pair) for pair in zip(positions, known, strict=True)
        )

    def _course(
        self, row: int, time: float, position: Position | None, new: Change | None
    ) -> Course:
        before = self.courses[row]
        if position is None or (new is None and self.count):
            self._recent[row].clear()
            return Course(sums=before.sums, is_most=before.is_most, resets=before.resets + 1)
        sums = before.sums if new is None else before.sums.plus(new)
        goes_on = new is not None and self.count > 0
        is_blocked = position.writer is Writer.BLOCKED
        stays = goes_on and is_blocked and new is not None and not new.refused
        is_ready = position.produced > position.consumed
        return Course(
            sums,
            new,
            is_most=before.is_most or (new is not None and new.is_most),
            blocked=None if not is_blocked else before.blocked if stays else time,
            free=before.free if stays else self._time,
            read=time if goes_on and new is not None and new.read else before.read,
            ready=None if not is_ready else time if before.ready is None else before.ready,
            resets=before.resets,
            rates=self._rates(row, time, sums),
        )

    def _rates(self, row: int, time: float, sums: Sums) -> tuple[float, float, float]:
        recent = self._recent[row]
        recent.append((time, sums))
        while len(recent) > 2 and recent[1][0] <= time - NOW:  # noqa: PLR2004  two make a rate
            recent.popleft()
        then, old = recent[0]
        span = time - then
        if span <= 0:
            return (0.0, 0.0, 0.0)
        return (
            (sums.finished - old.finished) / span,
            (sums.consumed - old.consumed) / span,
            (sums.stored - old.stored) / span,
        )


def _is_flushed(position: Position | None, new: Change) -> bool:
    """Tell whether all sub-buffers that were finished are mostly empty."""
    if position is None or not 0 < new.finished <= position.n_subbufs - 1:
        return False
    laps = range(position.produced - new.finished, position.produced)
    return all(
        position.padding[lap % position.n_subbufs] > MOSTLY_EMPTY * position.subbuf_size
        for lap in laps
    )
