"""Which sizes would lose nothing: estimated from what was measured, told as a finding.

What is needed is room for all that had to wait at worst, had nothing been lost. The estimate is
tried by running it (engines.live_advice), which alone can say that a size is enough and the next
smaller one is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.config import MAX_BUFFER
from relayviz.model.findings.finding import Fault, Finding, Severity, Show
from relayviz.model.numbers import grouped, plural, size

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.findings.measured import Measured, Times

SPARE = 2  # sub-buffers beside what is needed: the one being written, and a part at each end
MIB = 1 << 20
MANY = 1024  # sub-buffers: from here on larger ones are better than more

NO_SIZE_HELPS = frozenset(
    {
        *(Fault.NO_READER, Fault.NOT_REPORTING, Fault.REPORT_IGNORED, Fault.TOO_BIG),
        *(Fault.HEADER_BURNS, Fault.MISREAD, Fault.REPORTS_TOO_MUCH, Fault.SHARED),
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
        searched: The first and the last size of a sub-buffer, powers of 2, that were tried for the
            least room; None: the size was given.
        stepped: First, last and distance of the sizes that were tried besides; None: none were.
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
    searched: tuple[int, int] | None = None
    stepped: tuple[int, int, int] | None = None


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


def _needed(measured: Measured) -> tuple[Times, Times] | None:
    """Return how many sub-buffers would have been enough for each buffer, beside SPARE.

    Those that events fill, of all that had to wait at worst, exactly counted; and those that a
    flush finishes meanwhile: by the clock in the longest time that the consumer stayed away, behind
    events as often as so many of them have it. None: nobody reported anything.
    """
    reports = measured.consumers.reports > 0
    if not reports.any():
        return None
    waiting = measured.consumers.backlog / np.maximum(measured.bytes("attempted"), 1)
    meanwhile = np.maximum(measured.consumers.away / measured.seconds, waiting)
    filled = np.ceil(measured.consumers.backlog / measured.usable)
    return np.where(reports, filled, 0), np.where(reports, np.ceil(measured.flushes * meanwhile), 0)


def suggested(measured: Measured) -> ChannelConfig | None:
    """Return the channel with sizes that should lose nothing; None: there are none to be told.

    The sub-buffer size stays; only where very many would be needed it grows, which helps no more
    where flushes finish them.
    """
    found = _needed(measured)
    if found is None:
        return None
    config, (filled, flushed) = measured.config, found
    while (number := int((filled + flushed).max()) + SPARE) > MANY:
        if flushed.max() > filled.max():
            return None
        config = replace(config, subbuf_size=config.subbuf_size * 2)
        filled = np.ceil(filled / 2)
    config = replace(config, n_subbufs=usual_from(number))
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
    return f"{grouped(number // 1024)} KiB" if whole and number < MIB else size(number)


def enough(measured: Measured) -> str | None:
    """Name the sizes that would have held all; None: none would, or it is not known which."""
    config = _enough(measured)
    return None if config is None else sizes(config)


def _enough(measured: Measured) -> ChannelConfig | None:
    if measured.is_limited.any() or measured.config.n_subbufs == 1:
        return None  # who takes too little at a time, which one does not show, fills any later
    config = suggested(measured)
    return None if config is None or _is_no_larger(config, measured.config) else config


def _is_no_larger(config: ChannelConfig, than: ChannelConfig) -> bool:
    return config.subbuf_size * config.n_subbufs <= than.subbuf_size * than.n_subbufs


def estimate(measured: Measured, faults: frozenset[Fault]) -> Finding | None:
    """Return what should be enough, as a finding; None: nothing is lost, or size is not the matter.

    Args:
        measured: What happened.
        faults: Those that were found.
    """
    if not measured.crowded_out.any() or faults & NO_SIZE_HELPS:
        return None
    config = _enough(measured)
    if config is None:
        return None
    named = sizes(config)
    text = f"At this load {named} should lose nothing."
    if Fault.NOT_MADE in faults:
        text = f"For what was made of this load {named} should do."
    helps = "If each visit takes all that is ready. Not tried yet: Advise looks for the smallest."
    return replace(_good(text, config), helps=helps, show=_place(measured))


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
    return _good(f"{text}.", advice.config)


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
    if advice.searched is not None:
        text += f" {_told_search(*advice.searched, advice.stepped)}"
    if not advice.real_lost:
        confirmed = "" if advice.real_lost is None else " A real run lost nothing, too."
        return _good(f"{text}{confirmed}", advice.config)
    late = f"A real run lost {plural(advice.real_lost, 'event')}: real threads can be late."
    return Finding(None, Severity.WARNING, (), text, f"{late} Take some more sub-buffers.")


def _good(text: str, config: ChannelConfig) -> Finding:
    return Finding(None, Severity.GOOD, (), text, sizes=(config.subbuf_size, config.n_subbufs))


def _told_search(first: int, last: int, stepped: tuple[int, int, int] | None) -> str:
    """Say which sizes were tried for the least room."""
    powers = f"the powers of 2 from {_bytes(first)} to {_bytes(last)}"
    if first == last:
        powers = _bytes(first)
    least, most, step = stepped or (first, first, 0)
    each = f" and of each {_bytes(step)} from {_bytes(least)} to {_bytes(most)}" if step else ""
    return f"No sub-buffers of {powers}{each} do with less room; sizes in between were not tried."


def _place(measured: Measured) -> Show:
    worst = int(np.argmax(measured.crowded_out))
    return Show(int(measured.cpu[worst]), dock="load")
