"""A session handed on: its events as a table, its counters and losses as a timeline, all as JSON.

Steps have no time of their own: on a timeline each takes a millisecond.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.condition.columns import Columns
from relayviz.model.exchange.table import Table, rows_of
from relayviz.model.exchange.trace import Event, Samples, Trace, Track
from relayviz.model.ledger.fate import FateIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.engine.snapshot import Snapshot

VERSION = 1  # of the JSON
STEP = 1_000_000  # nanoseconds
COUNTERS = ("ready", "unread", "events_consumed", "lost")


def fates_at(engine: SoughtEngine) -> tuple[FateIndex, Snapshot]:
    """Return the events of the branch shown, and the step shown: what the others here need."""
    shown = engine.snapshot
    fates = FateIndex(engine.config)  # the engine's own ledger is for another thread
    fates.follow(engine.history, shown.branch)
    return fates, shown


def event_table(fates: FateIndex, step: int) -> Table:
    """Return every event up to a step and what became of it, a part for each buffer."""
    return Table([_events(fates, buffer, step) for buffer in fates.buffers])


def _events(fates: FateIndex, buffer: int, step: int) -> dict[str, np.ndarray]:
    rows = fates.lane(buffer).rows
    rows = rows[rows["step"] <= step]
    is_decided = rows["decided"] <= step
    fate = np.where(is_decided, rows["fate"], Fate.UNREAD)
    words = np.array([one.name.casefold() for one in Fate])
    return {
        "buffer": np.full(len(rows), buffer, np.int32),
        "cpu": rows["cpu"].astype(np.int32),
        "event": rows["event"].astype(np.int64),
        "bytes": rows["length"].astype(np.int64),
        "tried_at": rows["step"].astype(np.int64),
        "fate": words[fate],
        "decided_at": np.ma.masked_array(rows["decided"].astype(np.int64), ~is_decided),
    }


def session_trace(engine: SoughtEngine) -> Trace:
    """Return the branch shown up to the step shown: a track for each buffer, losses on it."""
    fates, shown = fates_at(engine)
    columns = Columns(engine, shown.branch, 0, shown.step)
    tracks: list[Track] = []
    places: dict[tuple[int, str], int] = {}
    for buffer in columns.buffers:
        parent = places[buffer, ""] = len(tracks)
        tracks.append(Track("all CPUs" if shown.is_global else f"CPU {buffer}"))
        for name in COUNTERS:
            places[buffer, name] = len(tracks)
            tracks.append(Track(name, parent, is_counter=True))
    samples = (
        _samples(columns, buffer, name, places[buffer, name])
        for buffer in columns.buffers
        for name in COUNTERS
    )
    return Trace(tuple(tracks), samples, _losses(fates, shown.step, places))


def _samples(columns: Columns, buffer: int, name: str, track: int) -> Samples:
    steps, values = columns.series(name, buffer)
    kept = steps <= columns.last
    return Samples(track, steps[kept] * STEP, values[kept])


def _losses(fates: FateIndex, step: int, places: dict[tuple[int, str], int]) -> Iterator[Event]:
    lost = np.array(LOST_FATES)
    for buffer in fates.buffers:
        rows = fates.lane(buffer).rows
        is_lost = (rows["decided"] <= step) & np.isin(rows["fate"], lost)
        for row in rows[is_lost & (rows["step"] <= step)]:
            at = int(row["decided"]) * STEP
            name = f"lost: {Fate(int(row['fate'])).name.casefold()}"
            facts = {"event": int(row["event"]), "bytes": int(row["length"])}
            yield Event(places[buffer, ""], at, at, name, facts)


def session_json(engine: SoughtEngine) -> str:
    """Return the branch shown up to the step shown: steps, buffers with their account, events."""
    fates, shown = fates_at(engine)
    plain = {
        "relayviz_export": VERSION,
        "channel": asdict(shown.config),
        "step": shown.step,
        "steps": list(_steps(engine, shown)),
        "buffers": [_buffer(shown, row) for row in range(shown.rows)],
        "events": [row for part in event_table(fates, shown.step).parts for row in rows_of(part)],
    }
    return json.dumps(plain, indent=1) + "\n"


def _steps(engine: SoughtEngine, shown: Snapshot) -> Iterator[dict[str, object]]:
    for number, step in zip(
        count(), engine.history.path(shown.branch, 0, shown.step), strict=False
    ):
        yield {
            "step": number,
            "operation": str(step.operation.kind),
            "cpu": step.operation.cpu,
            "event": step.event,
            "outcome": str(step.result.outcome),
            "value": step.result.value,
            "text": step.result.words,
        }


def _buffer(shown: Snapshot, row: int) -> dict[str, object]:
    buffer = shown.buffers[row]
    names = ("cpu", "produced", "consumed", "offset", "prev_padding", "file_size")
    plain: dict[str, object] = {name: int(buffer[name]) for name in names}
    plain["account"] = {
        name: {"events": entry.events, "bytes": entry.bytes}
        for name, entry in shown.account(row).items()
    }
    return plain
