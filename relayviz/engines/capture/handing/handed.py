"""A capture handed on: its records as a table, and as a timeline with a track for each CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.order import in_order
from relayviz.model.exchange.table import Table
from relayviz.model.exchange.trace import Event, Samples, Trace, Track
from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture
    from relayviz.engines.capture.order import InOrder

AT_ONCE = 1 << 18  # rows of a part of a table
BY_NUMBER = " (no times: a microsecond for each record)"
_PLACE = 1000  # nanoseconds that stand for a record's place where there are no times


def record_table(capture: Capture) -> Table:
    """Return all records in one order; time, number and CPU only where records say them."""
    return Table(_parts(capture, in_order(capture)))


def _parts(capture: Capture, order: InOrder) -> Iterator[dict[str, np.ndarray]]:
    layout = capture.layout
    if layout is None:
        return
    cpus = _cpus(capture)
    for begin in range(0, max(len(order.rows), 1), AT_ONCE):
        places = order.rows[begin : begin + AT_ONCE]
        rows = capture.rows[places]
        files = np.searchsorted([part.begin for part in capture.parts], places, side="right") - 1
        part: dict[str, np.ndarray] = {
            "file": files.astype(np.int32),
            "at": rows["at"].astype(np.int64),
            "bytes": rows["length"].astype(np.int64),
        }
        part["cpu"] = np.ma.masked_less(cpus[places], 0)
        if layout.time is not None:
            part["time"] = rows["time"]
        if layout.sequence is not None:
            is_numbered = rows["kind"] == RecordKind.WHOLE
            part["sequence"] = np.ma.masked_array(rows["sequence"], ~is_numbered)
        yield part


def _cpus(capture: Capture) -> NDArray[np.int32]:
    """Return the CPU of every row; -1: not known."""
    found = np.full(len(capture.rows), -1, np.int32)
    for cpu in capture.cpus:
        found[capture.rows_of(cpu)] = cpu
    return found


def capture_trace(capture: Capture) -> Trace:
    """Return counters of records and bytes for each CPU, and what is missing as events.

    A counter has a value for each record.
    """
    order = in_order(capture)
    times = order.times
    if times is None:
        times = np.arange(len(order.rows), dtype=np.uint64) * np.uint64(_PLACE)
    note = "" if order.times is not None else BY_NUMBER
    cpus = _cpus(capture)[order.rows]
    tracks, samples = [Track(f"all CPUs{note}")], []
    places: dict[int | None, int] = {None: 0}
    for cpu in np.unique(cpus).tolist():
        mine = np.flatnonzero(cpus == cpu)
        places[cpu] = len(tracks)
        tracks.append(Track(f"CPU {cpu}{note}" if cpu >= 0 else f"CPU not known{note}"))
        sizes = capture.rows["length"][order.rows[mine]]
        for name, values in (
            ("records", np.arange(1, len(mine) + 1)),
            ("bytes", np.cumsum(sizes, dtype=np.int64)),
        ):
            samples.append(Samples(len(tracks), times[mine], values))
            tracks.append(Track(name, places[cpu], is_counter=True))
    return Trace(tuple(tracks), samples, _losses(capture, order, times, places))


def _losses(
    capture: Capture, order: InOrder, times: NDArray[np.uint64], tracks: dict[int | None, int]
) -> Iterator[Event]:
    """Give each gap as an event from the record before to that behind."""
    if not capture.gaps and not capture.doubtful:
        return
    at = np.zeros(len(capture.rows), np.int64)
    at[order.rows] = times
    for gaps, name in ((capture.gaps, "missing"), (capture.doubtful, "missing or damaged")):
        for gap in gaps:
            begin, end = (int(at[row]) for row in gap.rows)
            facts = {"records": gap.missing, "number before": gap.before, "behind": gap.after}
            yield Event(tracks.get(gap.cpu, 0), begin, max(begin, end), name, facts)
