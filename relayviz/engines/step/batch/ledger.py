"""What the operations of a batch did to events, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.step.batch.columns import KIND_CODES, SWITCHING, TRYING, WAS_STORED
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.trail import STORED, Fate
from relayviz.model.history.facts import ACCOUNT_FIGURES
from relayviz.model.history.ledger import READ, REPORT, RUN, TRY, VERDICT, Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.step.batch.columns import Batched

    Column = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_DECIDED = STORED[1:]


def ledger_of(batch: Batched, events: Column) -> Ledger:
    """Return what the operations did to events; `events`: the numbers of those they tried."""
    return Ledger(
        _tries(batch, events), verdicts_of(batch), _reads(batch), _runs(batch), _reports(batch)
    )


def _tries(batch: Batched, events: Column) -> NDArray[np.void]:
    figures, done = batch.figures, batch.done.done
    steps = np.flatnonzero(np.isin(batch.plans["kind"], TRYING))
    plans, rows = batch.plans[steps], done["first_row"][steps]
    is_stored = done["value"][steps] == WAS_STORED
    busy, too_big = (figures.grown(name)[rows] > 0 for name in ("busy", "too_big"))
    lost = np.where(busy, int(Fate.BUSY), int(Fate.REFUSED_FULL))
    lost = np.where(too_big, int(Fate.TOO_BIG), lost)
    tries = np.empty(len(steps), TRY)
    tries["step"], tries["event"], tries["cpu"] = steps, events[steps], plans["cpu"]
    tries["length"], tries["buffer"] = plans["length"], figures.buffers[rows]
    tries["fate"] = np.where(is_stored, int(Fate.UNREAD), lost)
    tries["lap"] = np.where(is_stored, figures.now("produced")[rows], -1)
    tries["start"] = np.where(is_stored, figures.now("offset")[rows] - plans["length"], -1)
    return tries


def _reads(batch: Batched) -> NDArray[np.void]:
    """Return the reads that delivered something, or moved the reader."""
    figures, done = batch.figures, batch.done.done
    moved = figures.grown("consumed")[done["first_row"]]
    is_read = batch.plans["kind"] == KIND_CODES[Kind.READ]
    steps = np.flatnonzero(is_read & ((moved != 0) | (done["runs"] > 0)))
    did = done[steps]
    reads = np.empty(len(steps), READ)
    reads["step"], reads["fd"] = steps, batch.plans["fd"][steps]
    reads["buffer"] = figures.buffers[did["first_row"]]
    reads["run"], reads["runs"] = did["first_run"], did["runs"]
    reads["skipped"], reads["end"] = did["skipped_first"], did["skipped_end"]
    reads["released"] = moved[steps] - (reads["end"] - reads["skipped"])
    return reads


def _runs(batch: Batched) -> NDArray[np.void]:
    runs = np.empty(len(batch.done.runs), RUN)
    runs["lap"] = batch.done.runs["lap"].astype(np.int64)  # the core's NO_LAP becomes ours
    for name in ("subbuf", "start", "length"):
        runs[name] = batch.done.runs[name]
    return runs


def _reports(batch: Batched) -> NDArray[np.void]:
    figures, rows = batch.figures, batch.done.done["first_row"]
    counted = figures.grown("consumed")[rows]
    is_report = batch.plans["kind"] == KIND_CODES[Kind.CONSUME]
    steps = np.flatnonzero(is_report & (counted > 0))
    reports = np.empty(len(steps), REPORT)
    reports["step"], reports["count"] = steps, counted[steps]
    reports["buffer"] = figures.buffers[rows[steps]]
    return reports


def verdicts_of(batch: Batched) -> NDArray[np.void]:
    """Return the fates that were decided."""
    figures, steps = batch.figures, batch.figures.steps
    decided = np.flatnonzero(figures.grown("unread") != figures.grown("stored"))
    fates = np.stack([figures.grown(ACCOUNT_FIGURES[fate.entry])[decided] > 0 for fate in _DECIDED])
    number = np.array(_DECIDED)[np.argmax(fates, axis=0)]
    first, last = (laps[decided] for laps in _laps(batch))
    found = np.stack([steps[decided], figures.buffers[decided], first, last, number], axis=1)
    mixed = np.flatnonzero(fates.sum(axis=0) > 1)
    if not len(mixed):
        return _as_table(found)
    parts = [_apart(batch, row, fates[:, at]) for at, row in zip(mixed, found[mixed], strict=True)]
    found = np.concatenate([np.delete(found, mixed, axis=0), *parts])
    return _as_table(found[np.argsort(found[:, 0], kind="stable")])


def _as_table(found: Column) -> NDArray[np.void]:
    rows = np.ascontiguousarray(found, np.int64)
    table: NDArray[np.void] = rows.view(VERDICT).reshape(-1)
    return table


def _laps(batch: Batched) -> tuple[Column, Column]:
    """Return the first and the last sub-buffer that each row may have decided."""
    figures, count = batch.figures, batch.config.n_subbufs
    kinds = batch.plans["kind"][figures.steps]
    is_switch = np.isin(kinds, SWITCHING)
    produced = figures.now("produced")
    # the one that stood where the newest begins
    evicted = produced - (figures.now("offset") > batch.config.subbuf_size) - count
    oldest = np.maximum(figures.then("produced") - count, 0)  # older ones have no place in the ring
    first = np.maximum(figures.then("consumed"), oldest)
    last = figures.now("consumed") - 1
    return np.where(is_switch, evicted, first), np.where(is_switch, evicted, last)


def _apart(batch: Batched, row: Column, fates: Flags) -> Column:
    """Return the verdicts of sub-buffers that were released together: some had been read."""
    done = batch.done.done[row[0]]
    laps = batch.done.laps[done["first_lap"] : done["first_lap"] + done["laps"]]
    other = next(
        fate for fate, is_there in zip(_DECIDED, fates, strict=True)
        if is_there and fate is not Fate.CONSUMED
    )  # fmt: skip
    found = np.empty((len(laps), 5), np.int64)
    found[:] = row
    found[:, 2] = found[:, 3] = laps["lap"]
    found[:, 4] = np.where(laps["is_whole"], int(Fate.CONSUMED), int(other))
    return found
