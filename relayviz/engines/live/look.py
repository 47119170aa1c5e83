"""Looking at a live channel: its state, its figures and, twice a second, what can be said of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.live import figures, happened
from relayviz.engines.state import only_step
from relayviz.model.channel.operation import FIRST_EVENT
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.findings.findings import findings
from relayviz.model.live.live import Live

if TYPE_CHECKING:
    from relayviz.engines.live.channel import LiveChannel
    from relayviz.engines.live.figures import Counted
    from relayviz.model.findings.finding import Finding
    from relayviz.model.findings.measured import Measured
    from relayviz.model.live.live import Hit
    from relayviz.model.load.load import BreakOn

_JUDGED = 0.5  # seconds between two sets of findings
_SETTLING = 0.1  # seconds in which threads take up a change, on a busy machine too
_RATE = 1.0  # seconds that a rate is told for ...
_SLICES = 20  # ... in so many slices, and the one that has begun


class Looker:
    """Makes the snapshots of a live channel.

    Threads: one, but for `measured`, which any may read.

    Attributes:
        measured: What was measured last, since the beginning or the last change.
        notice: What could not be done last, for the next snapshot.
    """

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel
        self._generation = 0
        self._slept = _slept()  # when it began
        self._since: Counted | None = None
        now = self._read()
        self._opened = only_step(happened.opening(now.state), FIRST_EVENT)
        self.measured: Measured = figures.measured(now, None)
        self.notice = ""
        self._findings: tuple[Finding, ...] = ()
        self._judged = 0.0
        self._settled: float | None = None  # running time from when on it is measured anew

    def look(self, *, running: bool, break_on: BreakOn, advice: Finding | None = None) -> Snapshot:
        """Return the channel as it is now.

        Args:
            running: Its threads are at work; else what is seen is exact.
            break_on: What stops it.
            advice: Advice that was tried; it takes the place of an estimate.
        """
        self._channel.pool.sample()
        now = self._read()
        if not running or time.monotonic() >= self._judged + _JUDGED:
            self._judge(now)
        live = self._live(now, running=running, break_on=break_on)
        if advice is not None:
            told = tuple(one for one in self._findings if one.fault is not None)
            live = replace(live, findings=(*told, advice))
        self._generation += 1
        return Snapshot.of(
            now.state,
            None,
            generation=self._generation,
            branch=0,
            last_step=0,
            made_by=self._opened,
            notice=self.notice,
            live=live,
        )

    def begin_anew(self) -> None:
        """Measure anew, from when the threads have taken up what has changed."""
        self._settled = self._channel.pool.time + _SETTLING
        self._findings = ()

    def _judge(self, now: Counted) -> None:
        """Find out what can be said, if enough time has gone by since something changed."""
        if self._settled is not None:
            if now.seconds < self._settled:
                return
            self._since, self._settled = self._begin(), None
            self._channel.pool.measure_anew()
            now = self._read()
        self.measured = figures.measured(now, self._since)
        self._findings = findings(self.measured)
        self._judged = time.monotonic()

    def ended(self, shown: Snapshot, error: Exception) -> Snapshot:
        """Return the last snapshot with what ended it."""
        self._generation += 1
        text = f"The run ended: {type(error).__name__}: {error}. Open the channel again."
        live = None if shown.live is None else replace(shown.live, running=False, error=text)
        return replace(shown, generation=self._generation, live=live)

    def _read(self) -> Counted:
        """Read all counters: the account first, so that nothing is consumed before it was read."""
        pool = self._channel.pool
        state = self._channel.look()
        slept = 0.0 if self._channel.is_simulated else _slept() - self._slept
        return figures.Counted(state, pool.totals(), pool.time, slept)

    def _begin(self) -> Counted:
        """Return the counters where a measurement begins; see Counted."""
        totals = self._channel.pool.totals()
        return replace(self._read(), totals=totals)

    def _live(self, now: Counted, *, running: bool, break_on: BreakOn) -> Live:
        newest = self._channel.pool.bins(_SLICES + 1, _RATE * (_SLICES + 1) / _SLICES)
        events, size, consumed, lost_share = figures.per_second(newest, _RATE / _SLICES)
        asked = int(now.totals["asked"].sum())
        return Live(
            running=running,
            seconds=now.seconds,
            load=self._channel.load,
            break_on=break_on,
            hit=None if running else self._hit(),
            events_per_second=events,
            bytes_per_second=size,
            consumed_per_second=consumed,
            asked=asked,
            made_share=int(now.totals["attempted"].sum()) / asked if asked else 1.0,
            lost_share=lost_share,
            verified=figures.verified(now.totals),
            findings=self._findings,
            is_simulated=self._channel.is_simulated,
        )

    def _hit(self) -> Hit | None:
        found = self._channel.pool.hit
        return None if found is None else happened.hit_of(found)


def _slept() -> float:
    """Return seconds that the machine has slept since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
