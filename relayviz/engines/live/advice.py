"""Advice on sizes: found by simulating the load, and tried by running it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.live.channel import LiveChannel
from relayviz.engines.live.exact import Search, Stopped
from relayviz.model.engine.protocol import OpenError
from relayviz.model.findings.advice import (
    NO_SIZE_HELPS,
    Advice,
    suggested,
    told,
    with_less,
    with_more,
)
from relayviz.model.findings.findings import findings
from relayviz.model.load.clock import Simulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.findings.finding import Finding
    from relayviz.model.findings.measured import Measured
    from relayviz.model.load.load import Load

_TRIALS = 16  # runs after which no size was found
_NEVER = threading.Event()


def advise(
    config: ChannelConfig,
    load: Load,
    measured: Measured,
    seconds: float,
    *,
    stop: threading.Event = _NEVER,
    watch: Callable[[ChannelConfig], object] = str,
    by_room: bool = False,
    simulated: Simulated | None = None,
) -> Advice:
    """Return the smallest sizes that lose nothing.

    A load that can be simulated has an exact answer, which is then confirmed by a real run. For one
    that cannot, usual numbers of sub-buffers are tried by running them.

    Args:
        config: The channel.
        load: What it is put under.
        measured: What was measured on it.
        seconds: How long each run is.
        stop: Set by another thread to end the search.
        watch: Is called with the channel of each run before it begins.
        by_room: The size of a sub-buffer is looked for, too: the least room of both.
        simulated: Nothing is run for real; None: the answer is confirmed.
    """
    faults = NO_SIZE_HELPS & {one.fault for one in findings(measured)}
    if faults:
        first = min(str(fault) for fault in faults)
        return Advice(config, reason=f"No size helps before this is mended: {first}.")
    clock = simulated or Simulated()
    if clock.problem(load):
        return _by_running(suggested(measured) or config, load, seconds, stop=stop, watch=watch)
    try:
        search = Search(load, clock, seconds, stop, watch)
        found = search.least_room(config) if by_room else search.smallest_number(config)
        if simulated is None and found.lossless:
            watch(found.config)
            found = replace(found, real_lost=lost_for_room(found.config, load, seconds, stop))
    except Stopped:
        return Advice(config, reason="The search was ended.")
    except OpenError as error:
        return Advice(config, reason=f"{error.message} Larger sizes could not be tried.")
    return found


def _by_running(
    config: ChannelConfig,
    load: Load,
    seconds: float,
    *,
    stop: threading.Event,
    watch: Callable[[ChannelConfig], object],
) -> Advice:
    """Begin with an estimate, go up until a run loses nothing and down until one does."""
    trial: ChannelConfig | None = config
    fits: ChannelConfig | None = None
    fails: ChannelConfig | None = None
    lost_by_less = runs = 0
    while trial is not None and runs < _TRIALS and not stop.is_set():
        watch(trial)
        try:
            lost = lost_for_room(trial, load, seconds, stop)
        except OpenError as error:
            return Advice(trial, reason=f"{error.message} Larger sizes could not be tried.")
        runs += 1
        if lost:
            fails, lost_by_less = trial, lost
            trial = with_more(trial) if fits is None else None
        else:
            fits = trial
            trial = with_less(trial) if fails is None else None
    if fits is None:
        return Advice(fails or config, runs=runs, seconds=seconds)
    return Advice(fits, fails, True, lost_by_less, runs, seconds)


def lost_for_room(
    config: ChannelConfig, load: Load, seconds: float, stop: threading.Event = _NEVER
) -> int:
    """Return the events that were lost for want of room in a run.

    Args:
        config: The channel; opened and closed again.
        load: What it is put under.
        seconds: How long.
        stop: Set by another thread to end the run.

    Raises:
        OpenError: It cannot be opened.
    """
    channel = LiveChannel(config, load)
    try:
        channel.pool.run()
        stop.wait(seconds)
        channel.pool.pause()
        return channel.lost_for_room
    finally:
        channel.close()


class Adviser:
    """Looks for advice in a thread of its own, one search at a time.

    Threads: any may call anything.

    Attributes:
        finding: What was found; None: nothing yet, or it was forgotten.
    """

    def __init__(self) -> None:
        self.finding: Finding | None = None
        self._news = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.RLock()
        self._is_closed = False

    def begin(
        self,
        config: ChannelConfig,
        load: Load,
        measured: Measured,
        seconds: float,
        simulated: Simulated | None = None,
    ) -> None:
        """Begin a search, unless it is closed; one that is under way ends. See advise."""
        with self._lock:
            self.forget()
            if self._is_closed:
                return
            self._stop = stop = threading.Event()
            self._thread = threading.Thread(
                target=lambda: self._tell(
                    advise(config, load, measured, seconds, stop=stop, simulated=simulated), stop
                ),
                name="live-adviser",
                daemon=True,
            )
            self._thread.start()

    def forget(self) -> None:
        """End a search and drop what was found: the load has changed."""
        with self._lock:
            self._stop.set()
            if self._thread is not None:
                self._thread.join()
                self._thread = None
            self.finding, self._news = None, True

    def close(self) -> None:
        """End a search; none begins any more."""
        with self._lock:
            self._is_closed = True
            self.forget()

    def take_news(self) -> bool:
        """Return whether the finding has changed since the last call."""
        news, self._news = self._news, False
        return news

    def _tell(self, advice: Advice, stop: threading.Event) -> None:
        if not stop.is_set():
            self.finding, self._news = told(advice), True
