"""Loads in plain arithmetic: sub-buffers are numbers in a list, nothing of relayviz is used.

What a load must lose, and what it would lose without one of its causes, is computed here before the
program is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Setup:
    """One CPU: a buffer, its writer, consumer, flushes. Times in seconds, sizes in bytes."""

    size: int = 4096
    count: int = 8
    overwrites: bool = False
    header: int = 0
    rate: int = 1000
    event: int = 64
    every_other: int = 0  # size of each second event, 0: all are alike
    burst: tuple[float, float] | None = None
    kind: str = "mmap"  # or "read", "none"
    pace: float = 0.01
    batch: int = 0  # sub-buffers of a visit
    stall: tuple[float, float] | None = None  # how long, how often
    silent: bool = False  # reads and never reports
    flush: float = 0.0
    flush_after: int = 0
    seconds: float = 5.0


@dataclass
class Came:
    """What came of it."""

    tried: int = 0
    refused: int = 0  # or overwritten
    too_big: int = 0
    finished: int = 0  # sub-buffers
    held: int = 0  # events in these

    @property
    def lost(self) -> int:
        return self.refused + self.too_big


class _Buffer:
    """Finished sub-buffers as (events, bytes); the open one, or None when blocked."""

    def __init__(self, setup: Setup, came: Came) -> None:
        self.setup, self.came = setup, came
        self.ready: list[int] = []
        self.events: int | None = 0
        self.used = setup.header

    def put(self, size: int) -> None:
        """Write an event; a size of 0 is a flush."""
        setup = self.setup
        if size > setup.size:
            self.came.too_big += 1
            return
        if size and self.events is not None and self.used + size <= setup.size:
            self.events, self.used = self.events + 1, self.used + size
            return
        if self.events is not None:
            self.ready.append(self.events)
            self.came.finished, self.came.held = (
                self.came.finished + 1,
                self.came.held + self.events,
            )
            self.events = None
        if len(self.ready) >= setup.count:
            if not setup.overwrites:
                self.came.refused += size > 0
                return
            self.came.refused += self.ready.pop(0)
        self.events, self.used = 0, setup.header
        if self.used + size > setup.size:
            self.came.too_big += 1
        elif size:
            self.events, self.used = 1, self.used + size

    def take(self) -> None:
        if not self.setup.silent:
            del self.ready[: self.setup.batch or len(self.ready)]


def _writes(setup: Setup) -> list[float]:
    times: list[float] = []
    on, off = setup.burst or (setup.seconds, 0.0)
    begin = Fraction(0)
    while begin < Fraction(setup.seconds):
        number = 0
        while Fraction(number, setup.rate) < Fraction(on):
            times.append(float(begin + Fraction(number, setup.rate)))
            number += 1
        begin += Fraction(on) + Fraction(off)
    return [time for time in times if time < setup.seconds]


def _visits(setup: Setup) -> list[float]:
    if setup.kind == "none":
        return []
    times, now = [], 0.0
    long, often = setup.stall or (0.0, float("inf"))
    away = often
    while now < setup.seconds:
        if now >= away - 1e-12:
            now += long
            away = now + often
            continue
        times.append(now)
        now += setup.pace
    return times


def _flushes(setup: Setup) -> list[float]:
    if not setup.flush:
        return []
    return [setup.flush * number for number in range(1, int(setup.seconds / setup.flush) + 1)]


def run(setup: Setup) -> Came:
    """Carry out a load; at equal times the writer is first, then a flush, then the reader."""
    came = Came()
    buffer = _Buffer(setup, came)
    times = [(time, 0) for time in _writes(setup)]
    times += [(time, 1) for time in _flushes(setup)] + [(time, 2) for time in _visits(setup)]
    for _, what in sorted(times):
        if what == 0:
            second = setup.every_other and came.tried % 2
            came.tried += 1
            buffer.put(setup.every_other if second else setup.event)
            if setup.flush_after and came.tried % setup.flush_after == 0:
                buffer.put(0)
        elif what == 1:
            buffer.put(0)
        else:
            buffer.take()
    return came


WITHOUT = {
    "flush": {"flush": 0.0, "flush_after": 0},
    "stall": {"stall": None},
    "visits": {"pace": 0.0005, "batch": 0},
    "header": {"header": 0},
    "silence": {"silent": False},
    "size": {"size": 1 << 16},
    "one": {"count": 64},
    "nobody": {"kind": "mmap"},
}
"""The causes that a load can be freed of."""


def lost_without(setup: Setup, cause: str) -> int:
    """Return what a load would lose without one of its causes."""
    return run(replace(setup, **WITHOUT[cause])).lost  # type: ignore[arg-type]
