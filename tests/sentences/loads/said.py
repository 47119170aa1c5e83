"""What is said of sizes that were tried, of what stopped a run, and of a channel that was opened.

Where advice is confirmed by running, the run is played: by the simulated clock, or as one whose
threads were late. What it says is then the same on any machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from relayviz.engines.live import advice
from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.advice import told, with_remedy
from relayviz.model.findings.findings import findings
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import BreakOn, Counter, Load, Reading, Writing
from tests.engines.faults import fixed
from tests.sentences.loads.named import LOADS, MMAP, OVER, QUICK, READ, SLOW, SMALL
from tests.sentences.loads.runs import Ran, ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.model.findings.advice import Advice

SHORT = Load(QUICK, Reading(MMAP, 0.05))
STALLS = Load(fixed(64, 2000), Reading(MMAP, 0.01, stall_every=0.5, stall=0.3))
FAST = Load(Writing(math.inf, QUICK.sizes), Reading(MMAP, 0.02))
NEVER_READ = Load(Writing(math.inf, QUICK.sizes), Reading(MMAP, 5.0))
EACH_TAKES = 1e-4  # seconds of an event that is written as fast as it goes
LATE = 3  # events that a run loses whose threads are late


@dataclass(frozen=True)
class Tried:
    """Advice, and how often the sizes in it lose something on the simulated clock."""

    advice: Advice
    loses: Callable[[ChannelConfig], int]

    def texts(self) -> Iterator[str]:
        finding = told(self.advice)
        yield from (finding.text, finding.helps)


def on_the_clock(load: Load, seconds: float) -> Callable[[ChannelConfig], int]:
    """Return a function that says how many events a channel loses."""
    clock = Simulated(event_seconds=EACH_TAKES if math.isinf(load.writing.rate) else 0.0)

    def loses(config: ChannelConfig) -> int:
        simulation = Simulation(config, load, clock)
        try:
            simulation.run(seconds)
            account = simulation.snapshot.account(0)
        finally:
            simulation.close()
        return account["refused_full"].events + account["overwritten"].events

    return loses


def _search(
    load: Load, *, by_room: bool = False, real: Callable[[ChannelConfig], int] | None = None
) -> Tried:
    seconds = 2.0
    loses = on_the_clock(load, seconds)
    played = real or loses
    simulation = Simulation(SMALL, replace(load, writing=QUICK), Simulated())
    try:
        simulation.run(1.0)
        measured = simulation.measured()
    finally:
        simulation.close()
    with patch.object(advice, "lost_for_room", lambda config, *_: played(config)):
        found = advice.advise(
            SMALL,
            load,
            measured,
            seconds,
            by_room=by_room,
            simulated=None if real or math.isinf(load.writing.rate) else Simulated(),
        )
    return Tried(found, loses)


ADVICE: dict[str, Callable[[], Tried]] = {
    "advice on a stall": lambda: _search(STALLS),
    "advice on the least room": lambda: _search(STALLS, by_room=True),
    "advice, then a run that loses nothing": lambda: _search(STALLS, real=lambda _: 0),
    "advice, then a run with late threads": lambda: _search(STALLS, real=lambda _: LATE),
    "advice by running": lambda: _search(FAST),
    "advice by running, where nothing is enough": lambda: _search(NEVER_READ),
}


def remedies() -> Iterator[tuple[str, str, Tried]]:
    """Give what helps, with the exact sizes, against a stall and against a seldom visit."""
    for name, load in (("a stall", STALLS), ("seldom visits", SHORT)):
        tried = _search(load)
        for one in ran(SMALL, load, 2.0).findings:
            yield f"{name}, after advice", with_remedy(one, tried.advice).helps, tried


def half_made() -> Iterator[str]:
    """Give what is found where twice as much was asked for as was tried."""
    simulation = Simulation(SMALL, SHORT, Simulated())
    try:
        simulation.run(2.0)
        measured = simulation.measured()
    finally:
        simulation.close()
    for one in findings(replace(measured, asked=2 * measured.events("attempted"))):
        yield from (one.text, one.helps)


LAPS = Load(QUICK, Reading(READ, 0.1))
FULL = Load(QUICK, Reading(MMAP, 0.05))
BEHIND_EMPTY = LOADS["read behind empty sub-buffers"]
HITS: dict[str, tuple[ChannelConfig, Load, BreakOn]] = {
    "stopped at a full buffer": (SMALL, FULL, BreakOn(full=True)),
    "stopped at a lap": (OVER, LAPS, BreakOn(lapped=True)),
    "stopped at an event that comes again": (
        BEHIND_EMPTY.config,
        BEHIND_EMPTY.load,
        BreakOn(twice=True),
    ),
    "stopped at the first loss": (SMALL, FULL, BreakOn(losses=frozenset({"refused_full"}))),
    **{
        f"stopped at {counter}": (SMALL, FULL, BreakOn(counter=counter, value=3))
        for counter in Counter
    },
}


def stopped(name: str) -> Ran:
    """Run until it stops."""
    config, load, break_on = HITS[name]
    return ran(config, load, 5.0, break_on=break_on)


OPENED = {
    "opened with one buffer": SMALL,
    "opened with three": ChannelConfig(subbuf_size=4096, n_subbufs=1, cpus=3, mode=Mode.OVERWRITE),
}


def opened(config: ChannelConfig) -> str:
    """Open a channel; return what is said."""
    return ran(config, Load(SLOW, Reading(MMAP)), 0.1).snapshot.made_by.result.words
