"""Loads with a known fault each: structural ones, that do not hang on how fast the machine is.

Buffers of healthy sides hold a second and more, so that a busy machine loses nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)

NONE, READ, MMAP = ReaderKind.NONE, ReaderKind.READ, ReaderKind.MMAP


@dataclass(frozen=True)
class Case:
    """A channel and a load, all faults that are to be found there, and those that may be.

    Most run on the simulated clock, where nothing is late; others need real threads.
    """

    config: ChannelConfig
    load: Load
    faults: frozenset[Fault]
    beside: frozenset[Fault]

    @property
    def needs_threads(self) -> bool:
        """Whether it is about what only real threads do."""
        return self.beside >= LATE


def _case(
    fault: Fault, config: ChannelConfig, load: Load, beside: frozenset[Fault] = frozenset()
) -> Case:
    return Case(config, replace(load, title=str(fault)), frozenset({fault}), beside)


def fixed(size: int, rate: float) -> Writing:
    return Writing(rate, Sizes(smallest=size, largest=size, mean=size))


SMALL = ChannelConfig(subbuf_size=512, n_subbufs=8, cpus=2)
LARGE = ChannelConfig(subbuf_size=4096, n_subbufs=32, cpus=2)
RECORDER = ChannelConfig(subbuf_size=4096, n_subbufs=2, cpus=2, mode=Mode.OVERWRITE)
FAST = fixed(64, 20_000)
OFTEN = Reading(MMAP, pace=0.002)

LATE = frozenset({Fault.LAPPED, Fault.STALLED, Fault.TOO_SLOW})  # as fast as it goes, threads are

CASES = (
    _case(Fault.NO_READER, SMALL, Load(FAST, Reading(NONE))),
    _case(Fault.NOT_REPORTING, SMALL, Load(FAST, replace(OFTEN, forget_every=1))),
    _case(
        Fault.REPORTS_TOO_MUCH,
        replace(SMALL, n_subbufs=256),
        Load(fixed(64, 6000), replace(OFTEN, batch=1, report_extra=1)),
    ),
    _case(Fault.REPORT_IGNORED, SMALL, Load(FAST, replace(OFTEN, report_extra=8))),
    _case(
        Fault.STALLED,
        replace(LARGE, n_subbufs=8),
        Load(fixed(64, 10_000), replace(OFTEN, stall_every=0.2, stall=0.4)),
    ),
    _case(Fault.TOO_SLOW, SMALL, Load(FAST, Reading(READ, pace=0.02, batch=512))),
    _case(Fault.LAPPED, RECORDER, Load(fixed(64, 1000), Reading(READ, pace=0.4))),
    _case(Fault.PADDING, replace(SMALL, n_subbufs=64), Load(fixed(96, 200), OFTEN)),
    _case(Fault.HEADER_BURNS, replace(SMALL, header=64), Load(fixed(480, 200), OFTEN)),
    _case(
        Fault.TOO_BIG,
        LARGE,
        Load(Writing(200, Sizes(SizeKind.LIST, recorded=(64, 4160))), OFTEN),
    ),
    _case(Fault.ONE_SUBBUF, replace(SMALL, n_subbufs=1), Load(FAST, Reading(READ, pace=0.02))),
    _case(
        Fault.EMPTY_FLUSHED,
        LARGE,
        Load(fixed(64, 0), OFTEN, writers=((0, fixed(64, 30_000)),), flush_every=0.05),
    ),
    _case(
        Fault.MISREAD,
        replace(SMALL, n_subbufs=256),  # two empty sub-buffers in a row, and data behind them
        Load(fixed(64, 100), Reading(READ, pace=0.05), flush_every=0.002),
        beside=frozenset({Fault.FLUSHED}),  # what is not read stays in the way
    ),
    _case(
        Fault.FLUSHED,
        replace(LARGE, cpus=1),  # a flush is of all CPUs
        Load(replace(FAST, flush_after=1), Reading(READ, pace=0.02)),
    ),
    _case(
        Fault.TORN_RECORDS,
        SMALL,
        Load(replace(FAST, pieces=3), Reading(READ, pace=0.02, batch=512)),
        beside=frozenset({Fault.TOO_SLOW}),  # by which pieces are lost
    ),
    _case(
        Fault.FILLS_SLOWLY,
        replace(SMALL, subbuf_size=65_536),
        Load(fixed(64, 200), OFTEN),
    ),
    _case(
        Fault.NOT_MADE,
        LARGE,
        Load(fixed(64, 900e6), replace(OFTEN, pace=0.0)),
        beside=LATE,
    ),
    _case(
        Fault.TORN,
        replace(RECORDER, subbuf_size=60_000),  # large events take time to copy
        Load(fixed(60_000, AS_FAST_AS_IT_GOES), Reading(READ, pace=0)),
        beside=LATE,
    ),
)
