"""The smallest sizes that lose nothing at a load, found by simulating it: exact, on any machine.

A buffer that loses nothing goes the same way however many sub-buffers it has, up to the moment at
which all of a smaller one's are taken: so the most that were ever ready, and one more, are the
smallest number; it and the next smaller one are tried. That is not sure where a flush finishes
sub-buffers, which a full buffer refuses without losing anything, or where a consumer reports what
it has not read. There every number from 1 on is tried until one loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from relayviz.engines.live.channel import LOST_FOR_ROOM, LiveChannel
from relayviz.model.findings.advice import Advice, sizes
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.load.clock import Simulated
    from relayviz.model.load.load import Load

MOST_ROOM = 1 << 30  # bytes of all buffers together; more is not tried
_MOST_SIZE = 1 << 24  # bytes of a sub-buffer, where its size is looked for, too
_MOST_STEPS, _FEWEST = 400, 16  # sizes between powers of 2 that are tried, ...
_STEPS_EVENTS = 40_000_000  # ... and the events of all these runs, had none a loss
_ALIGNED = 8  # bytes: sizes for events of several lengths are multiples apart
_EVENTS = 500_000  # simulated between two looks whether to stop
_GROWS = 1.5  # times as many ready in twice the time: the consumer falls behind


class Stopped(Exception):  # noqa: N818  no error: somebody wanted it
    """A search was ended by another thread."""


class _NoSize(Exception):  # noqa: N818  an answer
    """No size helps; says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a simulated run came to.

    Attributes:
        lost: Events lost for want of room.
        most: Most ready sub-buffers of any buffer at each of the times that were asked for.
    """

    lost: int
    most: tuple[int, ...]


class Search:
    """Looks for sizes at one load.

    Threads: one, which another may stop.

    Args:
        load: What channels are put under; it can be simulated.
        simulated: The clock.
        seconds: How long each run is.
        stop: Set to end it.
        watch: Is called with the channel of each run before it begins.
    """

    def __init__(
        self,
        load: Load,
        simulated: Simulated,
        seconds: float,
        stop: threading.Event,
        watch: Callable[[ChannelConfig], object] = str,
    ) -> None:
        self._load, self._simulated, self._seconds = load, simulated, seconds
        self._stop, self._watch = stop, watch
        self._runs = 0

    def smallest_number(self, config: ChannelConfig) -> Advice:
        """Return the smallest number of sub-buffers of this size that loses nothing.

        Raises:
            Stopped: Another thread ended it.
            OpenError: A channel of such sizes cannot be opened.
        """
        try:
            found = self._smallest(*self._enough(config))
        except _NoSize as error:
            return self._advice(Advice(config, reason=str(error)))
        if found.n_subbufs == 1:
            return self._advice(Advice(found, lossless=True))
        smaller = replace(found, n_subbufs=found.n_subbufs - 1)
        lost = self.run(smaller, self._seconds).lost
        return self._advice(Advice(found, smaller, lossless=True, smaller_lost=lost))

    def least_room(self, config: ChannelConfig) -> Advice:
        """Return the size and number of sub-buffers that take least room together.

        Powers of 2 are tried first. Then sizes in steps: of each the largest number that would take
        less room than what was found, which loses if no smaller one can do.

        Raises:
            Stopped, OpenError: As smallest_number.
        """
        tried: list[Advice] = []
        first = size = 1 << (self._longest + config.used_header - 1).bit_length()
        while size <= min([_MOST_SIZE, *(_room(one.config) for one in tried if one.lossless)]):
            tried.append(self.smallest_number(replace(config, subbuf_size=size)))
            config = tried[-1].config
            size *= 2
        found = min((one for one in tried if one.lossless), key=_by_room, default=tried[0])
        stepped = None
        if found.lossless:
            found, stepped = self._between(found)
        return self._advice(replace(found, searched=(first, size // 2), stepped=stepped))

    def _between(self, best: Advice) -> tuple[Advice, tuple[int, int, int]]:
        """Return what takes less room with a size that is no power of 2; and what was tried."""
        least = self._longest + best.config.used_header
        step = self._step(best.config)
        size = last = least
        while size <= min(_MOST_SIZE, _room(best.config)):
            better = self._with_less_room(best, size)
            best, last = better or best, size
            size += step
        return best, (least, last, step)

    def _with_less_room(self, best: Advice, size: int) -> Advice | None:
        """Return the smallest number of a size, if it takes less room; None: it does not."""
        number = _room(best.config) // size
        if (number * size, number) >= _by_room(best):
            number -= 1
        most = replace(best.config, subbuf_size=size, n_subbufs=number)
        if not number or most.problems():
            return None
        if self._goes_one_way:
            if self._loses(most):
                return None
        elif all(self._loses(replace(most, n_subbufs=one + 1)) for one in range(number)):
            return None
        found = self.smallest_number(most)
        return found if found.lossless and _by_room(found) < _by_room(best) else None

    def _step(self, config: ChannelConfig) -> int:
        """Return how far sizes that are tried are apart: as near as the time allows."""
        sizes = [one.sizes for one in self._load.every_writing]
        alike = {one.smallest for one in sizes} | {one.longest for one in sizes}
        unit = self._longest if len(alike) == 1 else _ALIGNED
        each = max(config.cpus * self._rate * self._seconds, 1.0)
        most = min(max(int(_STEPS_EVENTS / each), _FEWEST), _MOST_STEPS)
        return unit * max(-(-_room(config) // (unit * most)), 1)

    def run(self, config: ChannelConfig, *times: float, until_a_loss: bool = False) -> Trial:
        """Simulate a channel up to the last of some times; until_a_loss: at most to the first one.

        Raises:
            Stopped, OpenError: As smallest_number.
        """
        self._watch(config)
        self._runs += 1
        channel = LiveChannel(config, self._load, self._simulated)
        try:
            if until_a_loss:
                channel.pool.break_on(LOST_FOR_ROOM)
            most = [self._most_ready_by(channel, time) for time in times]
            return Trial(channel.lost_for_room, tuple(most))
        finally:
            channel.close()

    def _most_ready_by(self, channel: LiveChannel, time: float) -> int:
        step = _EVENTS / max(channel.config.cpus * self._rate, 1.0)
        while channel.simulate(time, step):
            if self._stop.is_set():
                raise Stopped
        return int(channel.pool.totals()["most_ready"].max())

    @property
    def _rate(self) -> float:
        return self._simulated.rate(self._load)

    @property
    def _longest(self) -> int:
        return max(one.sizes.longest for one in self._load.every_writing)

    def _enough(self, config: ChannelConfig) -> tuple[ChannelConfig, int]:
        """Return a channel that loses nothing, and its most ready: twice as large until it is."""
        half = self._seconds / 2
        while (trial := self.run(config, half, self._seconds, until_a_loss=True)).lost:
            larger = replace(config, n_subbufs=2 * config.n_subbufs)
            if larger.problems() or larger.cpus * _room(larger) > MOST_ROOM:
                raise _NoSize(f"{sizes(config)} lose events, too. Larger ones were not tried.")
            config = larger
        early, late = trial.most
        if late > _GROWS * early + 1:
            self._check_growth(config, late)
        return config, late

    def _check_growth(self, config: ChannelConfig, most: int) -> None:
        """Refuse to name a size where ever more waits: it would only be full later."""
        larger = replace(config, n_subbufs=4 * most + 8)
        if larger.problems() or larger.cpus * _room(larger) > MOST_ROOM:
            return
        first, second, last = self.run(larger, *(k * self._seconds for k in (1, 2, 4))).most
        if last >= _GROWS * second and second >= _GROWS * first:
            raise _NoSize(
                f"The consumer takes less than comes: {grouped(first)} sub-buffers wait after"
                f" {self._seconds:g} s, {grouped(last)} after {4 * self._seconds:g} s."
                " No number is enough for long."
            )

    def _smallest(self, enough: ChannelConfig, most: int) -> ChannelConfig:
        fits = replace(enough, n_subbufs=most + 1)
        is_next = self._goes_one_way and not self._loses(fits)
        if is_next and (most == 0 or self._loses(replace(enough, n_subbufs=most))):
            return fits
        every = (replace(enough, n_subbufs=number) for number in count(1))
        return next(one for one in every if not self._loses(one))

    @property
    def _goes_one_way(self) -> bool:
        """Whether a buffer that loses nothing does the same with any number of sub-buffers."""
        lies = any(reading.report_extra for reading in self._load.every_reading)
        flushes = any(writing.flush_after for writing in self._load.every_writing)
        return not self._load.flush_every and not flushes and not lies

    def _loses(self, config: ChannelConfig) -> bool:
        return self.run(config, self._seconds, until_a_loss=True).lost > 0

    def _advice(self, found: Advice) -> Advice:
        return replace(
            found, runs=self._runs, seconds=self._seconds, simulated=True, seed=self._simulated.seed
        )


def _room(config: ChannelConfig) -> int:
    return config.subbuf_size * config.n_subbufs


def _by_room(advice: Advice) -> tuple[int, int]:
    """Order by room; of equal ones the one with fewer, larger sub-buffers is first."""
    return _room(advice.config), advice.config.n_subbufs
