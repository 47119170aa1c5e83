"""Rules about sizes, headers and flushes: what the writer's side makes of its room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.findings.causes import by_burns, by_flushes, matters
from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.findings.measured import MADE
from relayviz.model.findings.rule import Rule
from relayviz.model.findings.words import lost, refused
from relayviz.model.numbers import about, grouped, percent, plural, seconds, short, size

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Counts, Measured, Rows, Times

    Words = tuple[str, str]

MUCH_PADDING = 0.01  # of a sub-buffer
FINISHED = 4  # sub-buffers from which on padding is judged
MOST_GROWTH = 128  # times the present size: larger is no advice
MUCH_FLUSHED = 0.25  # of the room of finished sub-buffers
SAFELY = 1.5  # times the padding of now: what a larger sub-buffer is to be good for
SLEPT = 0.5  # seconds of sleep that are told


# -- the load itself -------------------------------------------------------------------------------


def _not_made(measured: Measured) -> Rows:
    rows: Rows = measured.events("attempted") < MADE * measured.asked
    whole: Rows = rows | np.full(len(rows), measured.slept >= SLEPT)
    return whole


def _missing(measured: Measured) -> Counts:
    made = measured.events("attempted")
    found: Counts = measured.asked - np.minimum(made, measured.asked)
    return found


def _say_not_made(measured: Measured, row: int) -> Words:
    del row  # it is about the whole
    asked, made = int(measured.asked.sum()), int(measured.events("attempted").sum())
    parts = []
    if made < MADE * asked or measured.slept < SLEPT:
        parts.append(
            f"The load was not made: of {plural(asked, 'event')} asked for {grouped(made)} were"
            f" tried ({percent(made / asked)}), {short(made / measured.seconds)}/s: its threads"
            " could not keep up, or stood still."
        )
    if measured.slept >= SLEPT:
        parts.append(f"The machine slept for {seconds(measured.slept)} while it ran.")
    helps = (
        "What is told here holds for what was made: ask for less, take fewer CPUs or more writer"
    )
    return " ".join(parts), f"{helps} threads, or simulate it."


# -- too big ---------------------------------------------------------------------------------------


def _too_big_events(measured: Measured) -> Counts:
    return measured.events("too_big")


def _burns(measured: Measured) -> Rows:
    """Events that fit a sub-buffer, but not beside its header."""
    return measured.burned > 0


def _say_burns(measured: Measured, row: int) -> Words:
    whole, header, last = measured.config.subbuf_size, measured.header, measured.last_toobig
    gone, burned = int(_too_big_events(measured)[row]), int(measured.burned[row])
    text = f"Events of {size(last)} do not fit beside the header ({size(header)} of {size(whole)}):"
    text += f" {plural(gone, 'event')} lost, and {plural(burned, 'sub-buffer')} used up for them."
    return text, f"Take sub-buffers of at least {size(last + header)}, or no header."


def _too_big(measured: Measured) -> Rows:
    is_longer = measured.last_toobig > measured.config.subbuf_size
    return (_too_big_events(measured) > measured.burned) & is_longer


def _say_too_big(measured: Measured, row: int) -> Words:
    whole, last = measured.config.subbuf_size, measured.last_toobig
    gone = plural(int(_too_big_events(measured)[row]), "event")
    text = f"{gone} longer than a sub-buffer of {size(whole)}; the last has {size(last)}."
    return text, f"Take sub-buffers of at least {size(last + measured.header)}."


# -- one sub-buffer --------------------------------------------------------------------------------


def _one_subbuf(measured: Measured) -> Rows:
    return (measured.crowded_out > 0) & (measured.config.n_subbufs == 1)


def _say_one_subbuf(measured: Measured, row: int) -> Words:
    gone = lost(measured, row)
    if measured.overwrites:
        text = f"One sub-buffer only: each switch wipes what was just written. {gone}"
    else:
        text = f"One sub-buffer only: nothing fits while it waits to be consumed. {gone}"
    return text, "Take two sub-buffers at least: one to write, one to read."


# -- flush -----------------------------------------------------------------------------------------


def _flushed_empty(measured: Measured) -> Rows:
    return measured.flushed_empty > 0


def _say_flushed(measured: Measured, row: int) -> Words:
    empty, count = int(measured.flushed_empty[row]), measured.config.n_subbufs
    text = f"relay_flush finished {plural(empty, 'sub-buffer')} without an event;"
    if count == 1:
        text += " each takes the only one."
    else:
        text += f" each takes one of {grouped(count)}."
    return text, "Flush at the end, not by the clock: an idle CPU has nothing to flush."


def _flush_waste(measured: Measured) -> Times:
    """Return the share of finished sub-buffers with events that flushes alone leave unused."""
    empty = measured.flushed_empty.astype(np.float64)
    by_size = np.maximum(measured.flushed - empty, 0) * (measured.room - measured.usable)
    unused = measured.flush_padding - empty * measured.room - by_size
    room = (measured.produced - empty) * measured.config.subbuf_size
    return np.maximum(unused, 0) / np.maximum(room, 1)


def _flushed(measured: Measured) -> Rows:
    return matters(measured, by_flushes(measured))


def _flushed_for_nothing(measured: Measured) -> Rows:
    """Flushes that leave much room unused, and nothing is lost by it yet."""
    with_events = measured.produced - np.minimum(measured.flushed_empty, measured.produced)
    much = (_flush_waste(measured) >= MUCH_FLUSHED) & (with_events >= FINISHED)
    return much & ~_flushed(measured)


def _say_flushes(measured: Measured, row: int) -> Words:
    count, event = measured.config.n_subbufs, max(float(measured.event[row]), 1.0)
    share = percent(int(measured.flushed[row]) / max(int(measured.produced[row]), 1))
    filled, usable = float(measured.filled[row]), float(measured.usable[row])
    each = f"{filled / event:.1f} events ({about(filled)} of {size(measured.config.subbuf_size)})"
    text = f"relay_flush finishes {share} of the sub-buffers, they hold {each} on average: room for"
    now, full = round(count * filled / event), round(count * usable / event)
    text += f" {plural(now, 'event')}, not {grouped(full)}."
    if _flushed(measured)[row]:
        text += f" {lost(measured, row)}"
        explained, gone = round(float(by_flushes(measured)[row])), int(measured.crowded_out[row])
        if explained < gone:
            text += f" About {grouped(explained)} of them because of it."
    return (
        text,
        "Flush less often, or at the end: whatever it holds, each takes a whole sub-buffer.",
    )


def _wrong(measured: Measured) -> Counts:
    return measured.verified.unwritten + measured.verified.twice


def _misread(measured: Measured) -> Rows:
    return _flushed_empty(measured) & (_wrong(measured) > 0) & (measured.consumers.reads > 0)


def _say_misread(measured: Measured, row: int) -> Words:
    stale, twice = (int(one[row]) for one in (measured.verified.unwritten, measured.verified.twice))
    parts = [f"{size(stale)} without the beginning of an event"] if stale else []
    parts += [f"{plural(twice, 'event')} a second time"] if twice else []
    empty = plural(int(measured.flushed_empty[row]), "sub-buffer")
    text = f"read() gave {' and '.join(parts)}: it goes wrong behind an empty sub-buffer, and"
    text += f" relay_flush finished {empty} without an event (the kernel's defects D1, D2)."
    return text, "Do not flush idle CPUs, or consume by mmap and relay_subbufs_consumed."


# -- padding ---------------------------------------------------------------------------------------


def _padding_share(measured: Measured) -> Times:
    return measured.padding / measured.config.subbuf_size


def _padding(measured: Measured) -> Rows:
    """Padding that comes from the sizes of events, and that another size would end."""
    rows = (_padding_share(measured) >= MUCH_PADDING) & (measured.full_ones >= FINISHED)
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
    left = f"about {percent(waste)}" if waste else "nothing"
    return text, f"Sub-buffers of {size(other)} would waste {left}."


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
    """Return a sub-buffer size that wastes next to nothing, and the share it would waste.

    For events of one size the nearest that they fill exactly; for mixed ones the next power of two
    of which so little is left that it is not told any more: what is left at the end hardly grows
    with the sub-buffer.
    """
    whole = measured.config.subbuf_size
    if event := one_size(measured, row):
        fitting = max(round(measured.room / event), 1) * event + measured.header
        return (fitting, 0.0) if fitting != whole else None
    left = max(float(measured.padding[row]), float(measured.event[row]) / 2)
    other = 1 << whole.bit_length()
    while left * SAFELY >= MUCH_PADDING * other:
        other *= 2
    return (other, left / other) if other <= MOST_GROWTH * whole else None


_ROOTS = (Fault.NO_READER, Fault.NOT_REPORTING, Fault.REPORT_IGNORED)


def _by_header(measured: Measured) -> Times:
    return _too_big_events(measured) + by_burns(measured)


WRITER_RULES = (
    Rule(
        Fault.NOT_MADE,
        Severity.WARNING,
        _not_made,
        _missing,
        _say_not_made,
        dock="load",
        whole=True,
    ),
    Rule(
        Fault.HEADER_BURNS,
        Severity.LOSS,
        _burns,
        _too_big_events,
        _say_burns,
        dock="bytes",
        explains=_by_header,
    ),
    Rule(
        Fault.TOO_BIG,
        Severity.LOSS,
        _too_big,
        _too_big_events,
        _say_too_big,
        dock="counters",
        explains=_too_big_events,
    ),
    Rule(
        Fault.ONE_SUBBUF,
        Severity.LOSS,
        _one_subbuf,
        lambda measured: measured.crowded_out,
        _say_one_subbuf,
        _ROOTS,
        explains=refused,
    ),
    Rule(Fault.MISREAD, Severity.LOSS, _misread, _wrong, _say_misread),
    Rule(
        Fault.FLUSHED,
        Severity.LOSS,
        _flushed,
        by_flushes,
        _say_flushes,
        (*_ROOTS, Fault.ONE_SUBBUF),
        explains=by_flushes,
    ),
    Rule(
        Fault.FLUSHED,
        Severity.WARNING,
        _flushed_for_nothing,
        _flush_waste,
        _say_flushes,
        (*_ROOTS, Fault.ONE_SUBBUF, Fault.MISREAD),
        dock="load",
    ),
    Rule(
        Fault.EMPTY_FLUSHED,
        Severity.WARNING,
        _flushed_empty,
        lambda measured: measured.flushed_empty,
        _say_flushed,
        (Fault.MISREAD, Fault.NO_READER),
    ),
    Rule(
        Fault.PADDING,
        Severity.WARNING,
        _padding,
        _padding_share,
        _say_padding,
        (Fault.HEADER_BURNS,),
        dock="bytes",
    ),
)
