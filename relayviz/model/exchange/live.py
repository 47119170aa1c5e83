"""A run handed on: rates and losses as a table, as a timeline, as JSON, in columns of equal length.

For whatever gives rates of its whole run, live or played back. What one look counted is shared out
to the columns that it covers, so there can be parts of events; sums are exact.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.exchange.table import ExchangeError, Table, rows_of
from relayviz.model.exchange.trace import Event, Samples, Trace, Track
from relayviz.model.live.totals import totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.protocol import Source
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Rates

VERSION = 1  # of the JSON
MOST = 8192  # columns
WIDTH = 0.1  # seconds of one, of a short run
NOT_MEASURED = "Nothing was measured over time here: there is no timeline to export."
_SUMS = ("written", "bytes", "consumed")


def rates_of(source: Source, shown: Snapshot) -> Rates:
    """Return the rates of the whole run; ExchangeError: nothing was measured over time."""
    seconds = shown.live.seconds if shown.live is not None else 0.0
    columns = max(1, min(MOST, round(seconds / WIDTH)))
    rates = source.rates(max(seconds, WIDTH), columns) if shown.live is not None else None
    if rates is None:
        raise ExchangeError(NOT_MEASURED)
    return rates


def rate_table(rates: Rates) -> Table:
    """Return a row for each column of time."""
    columns = {"second": np.arange(len(rates.written)) * rates.seconds}
    columns |= {name: getattr(rates, name) for name in _SUMS}
    columns |= {"fill": rates.fill, **dict(zip(LOSSES, rates.lost, strict=True))}
    return Table([columns], {"seconds": str(rates.seconds)})


def run_trace(rates: Rates) -> Trace:
    """Return counters of what was written, consumed and lost, and each stretch of losses."""
    tracks = [Track("channel")]
    tracks += [Track(f"events {name}", 0, is_counter=True) for name in ("written", "consumed")]
    tracks += [Track("fill, 1 is full", 0, is_counter=True), Track("events lost", 0, True)]
    tracks += [Track("losses", 0)]
    times = np.rint(np.arange(len(rates.written)) * rates.seconds * 1e9).astype(np.int64)
    columns = (rates.written, rates.consumed, rates.fill, rates.lost.sum(axis=0))
    samples = [Samples(place, times, column) for place, column in enumerate(columns, 1)]
    return Trace(tuple(tracks), samples, _losses(rates, times, len(tracks) - 1))


def _losses(rates: Rates, times: np.ndarray, track: int) -> Iterator[Event]:
    width = round(rates.seconds * 1e9)
    for name, lost in zip(LOSSES, rates.lost, strict=True):
        for place in np.flatnonzero(lost > 0).tolist():
            begin = int(times[place])
            count = float(lost[place])
            facts = {"events": f"{count:.3f}".rstrip("0").rstrip(".")}
            yield Event(track, begin, begin + width, f"lost: {LOSS_WORDS[name]}", facts)


def run_json(shown: Snapshot, rates: Rates) -> str:
    """Return totals, findings and rates."""
    live = shown.live
    plain = {
        "relayviz_export": VERSION,
        "channel": asdict(shown.config),
        "totals": {} if live is None else totals(shown, live),
        "findings": [] if live is None else [one.text for one in live.findings],
        "rates": [row for part in rate_table(rates).parts for row in rows_of(part)],
    }
    return json.dumps(plain, indent=1) + "\n"
