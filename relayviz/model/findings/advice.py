"""Which sizes would lose nothing: estimated from what was measured, told as a finding.

What is needed is room for all that had to wait at worst, had nothing been lost. The estimate is
tried by running it (engines.live_advice), which alone can say that a size is enough and the next
smaller one is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.config import MAX_BUFFER
from relayviz.model.findings.finding import Fault, Finding, Severity, Show
from relayviz.model.numbers import grouped, plural, short, size

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.findings.measured import Measured

SPARE = 2  # sub-buffers beside what is needed: the one being written, and a part at each end
MANY = 1024  # sub-buffers: from here on larger ones are better than more

NO_SIZE_HELPS = frozenset(
    {
        *(Fault.NO_READER, Fault.NOT_REPORTING, Fault.REPORT_IGNORED, Fault.TOO_BIG),
        *(Fault.HEADER_BURNS, Fault.MISREAD, Fault.EMPTY_FLUSHED, Fault.REPORTS_TOO_MUCH),
    }
)
"""Faults that are to be mended first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Sizes, and whether they were tried.

    Attributes:
        config: The channel with these sizes.
        smaller: The next smaller one; None: there is none.
        lossless: A run with these sizes lost nothing.
        smaller_lost: Events that a run with the next smaller one lost.
        runs: How many runs were made.
        seconds: How long each was.
        reason: Why there is no size that helps; empty: there is one.
        simulated: The runs were simulated: the sizes are exact for this load and time.
        seed: Of a simulated load.
        real_lost: Events that a real run with these sizes lost for want of room; None: none was
            made.
    """

    config: ChannelConfig
    smaller: ChannelConfig | None = None
    lossless: bool = False
    smaller_lost: int = 0
    runs: int = 0
    seconds: float = 0.0
    reason: str = ""
    simulated: bool = False
    seed: int = 0
    real_lost: int | None = None


def usual_from(needed: int) -> int:
    """Return the smallest usual number of sub-buffers that is enough: 2, 3, 4, 6, 8, 12, ..."""
    for power in count(1):
        for number in (1 << power, 3 << (power - 1)):
            if number >= needed:
                return number
    raise AssertionError  # the loop has no end


def next_smaller(number: int) -> int:
    """Return the next smaller usual number; 1 below 2, and 0 below that."""
    if number <= 2:  # noqa: PLR2004
        return max(number - 1, 0)
    power = (number - 1).bit_length() - 1
    half = 3 << (power - 1)
    return half if half < number else 1 << power


def needed_subbufs(measured: Measured) -> int | None:
    """Return how many sub-buffers would have been enough; None: nobody reported anything."""
    reports = measured.consumers.reports > 0
    if not reports.any():
        return None
    waiting = np.where(reports, measured.consumers.backlog, 0)
    return int(np.ceil(waiting / measured.usable).max()) + SPARE


def suggested(measured: Measured) -> ChannelConfig | None:
    """Return the channel with sizes that should lose nothing; None: there are none to be told.

    The sub-buffer size stays; only where very many would be needed it grows.
    """
    needed = needed_subbufs(measured)
    if needed is None:
        return None
    config = measured.config
    while needed > MANY:
        config = replace(config, subbuf_size=config.subbuf_size * 2)
        needed = (needed + 1) // 2 + 1
    config = replace(config, n_subbufs=usual_from(needed))
    return config if config.subbuf_size * config.n_subbufs <= MAX_BUFFER else None


def with_less(config: ChannelConfig) -> ChannelConfig | None:
    """Return the channel with the next smaller number of sub-buffers; None: it is the smallest."""
    number = next_smaller(config.n_subbufs)
    return replace(config, n_subbufs=number) if number else None


def with_more(config: ChannelConfig) -> ChannelConfig:
    """Return the channel with the next larger number of sub-buffers."""
    return replace(config, n_subbufs=usual_from(config.n_subbufs + 1))


def sizes(config: ChannelConfig) -> str:
    """Name the sizes of a channel: 24 sub-buffers of 4 KiB."""
    return f"{plural(config.n_subbufs, 'sub-buffer')} of {_bytes(config.subbuf_size)}"


def _bytes(number: int) -> str:
    whole = number % 1024 == 0 and number >= 1024  # noqa: PLR2004
    return f"{short(number // 1024)} KiB" if whole else size(number)


def bridging(measured: Measured, row: int, seconds: float) -> str:
    """Name the sizes that hold what is written in so many seconds to a row's buffer."""
    needed = seconds * float(measured.rate[row]) / float(measured.usable[row])
    number = math.ceil(needed) + SPARE
    number = max(number, measured.config.n_subbufs + 1)
    return sizes(replace(measured.config, n_subbufs=usual_from(number)))


def estimate(measured: Measured, faults: frozenset[Fault]) -> Finding | None:
    """Return what should be enough, as a finding; None: nothing is lost, or size is not the matter.

    Args:
        measured: What happened.
        faults: Those that were found.
    """
    if not measured.crowded_out.any() or faults & NO_SIZE_HELPS:
        return None
    if Fault.STALLED not in faults and measured.is_limited.any():
        return None  # it takes too little at a time: a larger buffer only fills later
    config = suggested(measured)
    if config is None or config.n_subbufs <= measured.config.n_subbufs:
        return None
    text = f"At this load {sizes(config)} should lose nothing."
    helps = "Not tried yet: Advise runs it and the next smaller one."
    return Finding(None, Severity.GOOD, (), text, helps, _place(measured))


def told(advice: Advice) -> Finding:
    """Return advice that was tried as a finding."""
    if advice.reason:
        return Finding(None, Severity.WARNING, (), advice.reason)
    if advice.simulated:
        return _told_exactly(advice)
    tried = f"{plural(advice.runs, 'run')} of {advice.seconds:g} s"
    if not advice.lossless:
        text = f"{tried} lost events, with up to {sizes(advice.config)}."
        return Finding(None, Severity.WARNING, (), text, "The consumer cannot keep up.")
    text = f"At this load {sizes(advice.config)} lose nothing ({tried})"
    if advice.smaller is not None and advice.smaller_lost:
        lost = plural(advice.smaller_lost, "event")
        text += f"; {grouped(advice.smaller.n_subbufs)} of them lost {lost}"
    return Finding(None, Severity.GOOD, (), f"{text}.")


_FOR_ROOM = frozenset({Fault.STALLED, Fault.TOO_SLOW, Fault.LAPPED})


def with_remedy(finding: Finding, advice: Advice) -> Finding:
    """Return a finding of a loss for want of room with the exact sizes that would have saved it."""
    is_sure = advice.simulated and advice.lossless and not advice.real_lost
    if not is_sure or finding.fault not in _FOR_ROOM:
        return finding
    exact = f"{sizes(advice.config)} would have lost nothing."
    estimated = finding.fault is Fault.STALLED
    return replace(finding, helps=exact if estimated else f"{finding.helps} {exact}".strip())


def _told_exactly(advice: Advice) -> Finding:
    text = f"At this load {sizes(advice.config)} lose nothing"
    if advice.smaller is not None:
        lost = plural(advice.smaller_lost, "event")
        text += f"; {grouped(advice.smaller.n_subbufs)} of them lose {lost}"
    text += f" (simulated for {advice.seconds:g} s)."
    if not advice.real_lost:
        confirmed = "" if advice.real_lost is None else " A real run lost nothing, too."
        return Finding(None, Severity.GOOD, (), f"{text}{confirmed}")
    late = f"A real run lost {plural(advice.real_lost, 'event')}: its threads were late."
    return Finding(None, Severity.WARNING, (), text, f"{late} Take some more sub-buffers.")


def _place(measured: Measured) -> Show:
    worst = int(np.argmax(measured.crowded_out))
    return Show(int(measured.cpu[worst]), dock="load")
