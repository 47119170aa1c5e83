"""Rules about sizes, headers and flushes: what the writer's side makes of its room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.findings.rule import Rule
from relayviz.model.numbers import grouped, percent, plural, size

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Counts, Measured, Rows, Times

    Words = tuple[str, str]

MUCH_PADDING = 0.01  # of a sub-buffer
FINISHED = 4  # sub-buffers from which on padding is judged
FEW_FLUSHES = 100  # finished sub-buffers for each flushed one: padding is not the flushes' then
MOST_GROWTH = 64  # times the present size: larger is no advice


# -- too big ---------------------------------------------------------------------------------------


def _too_big_events(measured: Measured) -> Counts:
    return measured.events("too_big")


def _burns(measured: Measured) -> Rows:
    """Events that fit a sub-buffer, but not beside its header."""
    return measured.burned > 0


def _say_burns(measured: Measured, row: int) -> Words:
    whole, header, last = measured.config.subbuf_size, measured.header, measured.last_toobig
    lost, burned = int(_too_big_events(measured)[row]), int(measured.burned[row])
    text = f"Events of {size(last)} do not fit beside the header ({size(header)} of {size(whole)}):"
    text += f" {plural(lost, 'event')} lost, and {plural(burned, 'sub-buffer')} used up for them."
    return text, f"Take sub-buffers of at least {size(last + header)}, or no header."


def _too_big(measured: Measured) -> Rows:
    is_longer = measured.last_toobig > measured.config.subbuf_size
    return (_too_big_events(measured) > measured.burned) & is_longer


def _say_too_big(measured: Measured, row: int) -> Words:
    whole, last = measured.config.subbuf_size, measured.last_toobig
    lost = plural(int(_too_big_events(measured)[row]), "event")
    text = f"{lost} longer than a sub-buffer of {size(whole)}; the last has {size(last)}."
    return text, f"Take sub-buffers of at least {size(last + measured.header)}."


# -- one sub-buffer --------------------------------------------------------------------------------


def _one_subbuf(measured: Measured) -> Rows:
    return (measured.crowded_out > 0) & (measured.config.n_subbufs == 1)


def _say_one_subbuf(measured: Measured, row: int) -> Words:
    lost = plural(int(measured.crowded_out[row]), "event")
    if measured.overwrites:
        text = f"One sub-buffer only: each switch wipes what was just written. {lost} overwritten."
    else:
        text = f"One sub-buffer only: nothing fits while it waits to be consumed. {lost} refused."
    return text, "Take two sub-buffers at least: one to write, one to read."


# -- flush -----------------------------------------------------------------------------------------


def _flushed_empty(measured: Measured) -> Rows:
    return measured.flushed_empty > 0


def _say_flushed(measured: Measured, row: int) -> Words:
    empty, count = int(measured.flushed_empty[row]), measured.config.n_subbufs
    text = f"relay_flush finished {plural(empty, 'sub-buffer')} without an event;"
    text += f" each takes one of {grouped(count)}."
    return text, "Flush at the end, not by the clock: an idle CPU has nothing to flush."


def _wrong(measured: Measured) -> Counts:
    return measured.verified.unwritten + measured.verified.twice


def _misread(measured: Measured) -> Rows:
    return _flushed_empty(measured) & (_wrong(measured) > 0) & (measured.consumers.reads > 0)


def _say_misread(measured: Measured, row: int) -> Words:
    stale, twice = (int(one[row]) for one in (measured.verified.unwritten, measured.verified.twice))
    parts = [f"{size(stale)} that nobody wrote"] if stale else []
    parts += [f"{plural(twice, 'event')} a second time"] if twice else []
    empty = plural(int(measured.flushed_empty[row]), "sub-buffer")
    text = f"read() gave {' and '.join(parts)}: it goes wrong behind an empty sub-buffer, and"
    text += f" relay_flush finished {empty} without an event (the kernel's defects D1, D2)."
    return text, "Do not flush idle CPUs, or consume by mmap and relay_subbufs_consumed."


# -- padding ---------------------------------------------------------------------------------------


def _padding_share(measured: Measured) -> Times:
    return measured.padding / measured.config.subbuf_size


def _padding(measured: Measured) -> Rows:
    """Padding that comes from the sizes of events, and that another size would halve."""
    by_size = measured.flushed * FEW_FLUSHES < measured.produced
    much = (_padding_share(measured) >= MUCH_PADDING) & (measured.produced >= FINISHED)
    rows = by_size & much
    for row in np.flatnonzero(rows):
        rows[row] = better_size(measured, int(row)) is not None
    return rows


def _say_padding(measured: Measured, row: int) -> Words:
    event = one_size(measured, row)
    which = f"{event}-byte events" if event else f"Events of {measured.event[row]:.0f} B (the mean)"
    text = f"{which} leave {size(round(float(measured.padding[row])))}"
    text += f" ({percent(float(_padding_share(measured)[row]))}) of each sub-buffer as padding."
    better = better_size(measured, row)
    if better is None:
        return text, ""
    other, waste = better
    return (
        text,
        f"Sub-buffers of {size(other)} would waste {percent(waste) if waste else 'nothing'}.",
    )


def one_size(measured: Measured, row: int) -> int:
    """Return the size that all events of a row have; 0: they differ.

    Events of one size leave the same padding in each sub-buffer, exactly what does not divide.
    """
    event = round(float(measured.event[row]))
    if not event or measured.padding[row] != measured.room % event:
        return 0
    events, total = measured.account["attempted"][row].item()
    return event if total == event * events else 0


def better_size(measured: Measured, row: int) -> tuple[int, float] | None:
    """Return a sub-buffer size that wastes at most half as much, and the share it would waste.

    For events of one size the nearest that they fill exactly; for mixed ones the next power of two
    that is large enough: what is left at the end does not grow with the sub-buffer.
    """
    whole = measured.config.subbuf_size
    if event := one_size(measured, row):
        fitting = max(round(measured.room / event), 1) * event + measured.header
        return (fitting, 0.0) if fitting != whole else None
    padding, share = float(measured.padding[row]), float(_padding_share(measured)[row])
    other = 1 << (whole - 1).bit_length()
    while padding / other > max(share / 4, MUCH_PADDING) and other < MOST_GROWTH * whole:
        other *= 2
    return (other, padding / other) if padding / other <= share / 2 else None


_ROOTS = (Fault.HEADER_BURNS, Fault.NO_READER, Fault.NOT_REPORTING, Fault.REPORT_IGNORED)

WRITER_RULES = (
    Rule(Fault.HEADER_BURNS, Severity.LOSS, _burns, _too_big_events, _say_burns, dock="bytes"),
    Rule(Fault.TOO_BIG, Severity.LOSS, _too_big, _too_big_events, _say_too_big, dock="counters"),
    Rule(
        Fault.ONE_SUBBUF,
        Severity.LOSS,
        _one_subbuf,
        lambda measured: measured.crowded_out,
        _say_one_subbuf,
        _ROOTS,
    ),
    Rule(
        Fault.MISREAD,
        Severity.LOSS,
        _misread,
        _wrong,
        _say_misread,
        (Fault.HEADER_BURNS,),
    ),
    Rule(
        Fault.EMPTY_FLUSHED,
        Severity.WARNING,
        _flushed_empty,
        lambda measured: measured.flushed_empty,
        _say_flushed,
        (Fault.HEADER_BURNS, Fault.MISREAD, Fault.NO_READER),
    ),
    Rule(
        Fault.PADDING,
        Severity.WARNING,
        _padding,
        _padding_share,
        _say_padding,
        (Fault.HEADER_BURNS, Fault.EMPTY_FLUSHED, Fault.MISREAD),
        dock="bytes",
    ),
)
