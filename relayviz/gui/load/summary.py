"""A load in a line: for the toolbar, tooltips and screen readers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from relayviz.gui.load.text import time_text
from relayviz.model.load.load import ReaderKind, SizeKind
from relayviz.model.numbers import grouped, plural, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.load.load import Load, Reading, Sizes, Writing

NAMED = 3  # CPUs that are listed one by one


def writers(load: Load) -> str:
    """Say what is written."""
    return _with_others(writing(load.writing), [cpu for cpu, _ in load.writers])


def readers(load: Load) -> str:
    """Say how it is consumed."""
    return _with_others(reading(load.reading), [cpu for cpu, _ in load.readers])


def flush(load: Load) -> str:
    """Say how often relay_flush is called."""
    return f"every {time_text(load.flush_every)}" if load.flush_every else "never"


def writing(one: Writing) -> str:
    """Say what is written to a CPU."""
    if not one.rate:
        return "nobody writes"
    fast = math.isinf(one.rate)
    rate = "as fast as it goes" if fast else f"{short(one.rate)} events/s per CPU"
    words = f"{rate}, {sizes(one.sizes)}"
    if one.burst_on and one.burst_off:
        words += f", bursts {time_text(one.burst_on)} : {time_text(one.burst_off)}"
    if one.flush_after:
        words += f", flush after {plural(one.flush_after, 'event')}"
    if one.pieces > 1:
        words += f", {grouped(one.pieces)} a record"
    return words


def sizes(one: Sizes) -> str:
    """Say how long events are."""
    if one.kind is SizeKind.FIXED:
        return f"{grouped(one.smallest)} B"
    if one.kind is SizeKind.LIST:
        return f"{grouped(len(one.recorded))} recorded sizes"
    span = f"{grouped(one.smallest)}–{grouped(one.largest)} B"
    return f"{span}, mean {grouped(one.mean)}" if one.kind is SizeKind.EXPONENTIAL else span


def reading(one: Reading) -> str:
    """Say how a CPU is consumed."""
    if one.kind is ReaderKind.NONE:
        return "nobody reads"
    pace = f"every {time_text(one.pace)}" if one.pace else "without pause"
    words = f"{one.kind} {pace}"
    if one.batch:
        unit = "sub-buffer" if one.kind is ReaderKind.MMAP else "byte"
        words += f", {plural(one.batch, unit)} at most"
    if one.stall and one.stall_every:
        words += f", stall {time_text(one.stall)} every {time_text(one.stall_every)}"
    if one.forget_every == 1:
        words += ", never reports"
    elif one.forget_every:
        words += f", forgets each {_ordinal(one.forget_every)} report"
    if one.report_extra:
        words += f", reports {grouped(one.report_extra)} too many"
    return words


def _with_others(words: str, cpus: Sequence[int]) -> str:
    if not cpus:
        return words
    if len(cpus) > NAMED:
        return f"{words} · {grouped(len(cpus))} CPUs differ"
    return f"{words} · cpu {', '.join(map(str, cpus))} {'differs' if len(cpus) == 1 else 'differ'}"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
