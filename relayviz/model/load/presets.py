"""Loads that everybody knows from practice, by name; each shows one thing clearly."""

from __future__ import annotations

from types import MappingProxyType

from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)

_MMAP = ReaderKind.MMAP
_MIXED = Sizes(SizeKind.UNIFORM, smallest=16, largest=96)

_PRESETS = (
    Load(title="steady"),
    Load(
        title="bursts",
        writing=Writing(rate=100_000, sizes=_MIXED, burst_on=0.02, burst_off=0.08),
    ),
    Load(
        title="slow consumer",
        writing=Writing(rate=100_000),
        reading=Reading(pace=0.05, batch=4096),
    ),
    Load(
        title="stalls",
        writing=Writing(rate=20_000, sizes=_MIXED),
        reading=Reading(pace=0.01, stall_every=5.0, stall=1.0),
    ),
    Load(
        title="flight recorder",
        writing=Writing(rate=50_000, sizes=_MIXED),
        reading=Reading(ReaderKind.NONE),
    ),
    Load(
        title="never reports",
        writing=Writing(rate=20_000),
        reading=Reading(_MMAP, forget_every=1),
    ),
    Load(
        title="reports too much",
        writing=Writing(rate=50_000),
        reading=Reading(_MMAP, pace=0.005, batch=1, report_extra=1),
    ),
    Load(
        title="mixed sizes",
        writing=Writing(rate=20_000, sizes=Sizes(SizeKind.EXPONENTIAL, 16, 400, 90)),
        reading=Reading(_MMAP),
    ),
    Load(
        title="flushed by the clock",
        writing=Writing(rate=0),
        writers=((0, Writing(rate=20_000)),),
        flush_every=0.1,
    ),
    Load(
        title="as fast as it goes",
        writing=Writing(rate=AS_FAST_AS_IT_GOES),
        reading=Reading(_MMAP, pace=0.0),
    ),
)

PRESETS = MappingProxyType({load.title: load for load in _PRESETS})
"""The ready-made loads by their names, "steady" first."""
