"""What the operations of a batch did, in columns: outcomes, facts, marks, places and fates.

The rules are those of recording/ and words/, for all operations at once; tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.step.channel.state import FIGURE_MARKS, LOSS_MARKS
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import ALL, ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import NO_LAP, STORED, Fate
from relayviz.model.history.attempts import NO_ATTEMPT, REFUSALS, Attempts
from relayviz.model.history.facts import (
    ACCOUNT_FIGURES,
    BUFFER_FIGURES,
    KINDS,
    OUTCOMES,
    Happened,
    ManyFacts,
)
from relayviz.model.history.lanes import NOWHERE, Lanes
from relayviz.relay import LAPPED, ODD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.engines.step.batch.figures import Figures
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.relay import BatchDone

    Column = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_CODE = {outcome: code for code, outcome in enumerate(OUTCOMES)}
_KIND = {kind: code for code, kind in enumerate(KINDS)}
_SWITCHING = [_KIND[kind] for kind in (*ATTEMPTS, Kind.SWITCH, Kind.FLUSH)]
_ATTEMPTS = [_KIND[kind] for kind in ATTEMPTS]
_STORED = 0  # as the value of a write
NO_LAP_THERE = 2**64 - 1
"""NO_LAP as the core writes it."""
_DECIDED = STORED[1:]
_KIND_MARKS = {Kind.FLUSH: Mark.FLUSHED, Kind.READ: Mark.READ, Kind.POLL: Mark.FILE}


class Batched(NamedTuple):
    """Operations that were carried out together, and what they did.

    Attributes:
        config: What the channel was opened with.
        plans: The operations, PLAN.
        done: What the core wrote down.
        figures: The buffers before and after each.
        asks: The channel has a subbuf_start.
    """

    config: ChannelConfig
    plans: NDArray[np.void]
    done: BatchDone
    figures: Figures
    asks: bool


# -- outcomes and values ---------------------------------------------------------------------------


def outcomes_of(batch: Batched) -> tuple[NDArray[np.uint8], Column]:
    """Return how each operation ended (codes of OUTCOMES), and the number that came back or -1."""
    plans, figures, done = batch.plans, batch.figures, batch.done.done
    first = done["first_row"]
    kinds, value = plans["kind"], done["value"]
    size, count = batch.config.subbuf_size, batch.config.n_subbufs
    ok, full, too_big, nothing = (
        _CODE[one] for one in (Outcome.OK, Outcome.FULL, Outcome.TOO_BIG, Outcome.NOTHING)
    )
    grown = {name: figures.grown(name)[first] for name in ("too_big", "busy", "consumed")}
    is_blocked = figures.now("offset")[first] > size
    lost = np.where(grown["busy"] > 0, _CODE[Outcome.BUSY], full)
    written = np.where(grown["too_big"] > 0, too_big, lost)
    written = np.where(value == _STORED, _CODE[Outcome.STORED], written)
    is_cut = (value == 0) & (plans["length"] > 0)
    switched = np.where(is_blocked, full, np.where(is_cut, too_big, ok))
    switched = np.where(plans["length"] > size, too_big, switched)
    counted = np.where(plans["subbufs"] > count, 0, grown["consumed"])
    is_kind = {kind: kinds == _KIND[kind] for kind in (Kind.SWITCH, Kind.FLUSH, Kind.CONSUME)}
    moved = np.where(is_kind[Kind.CONSUME], counted, value)
    codes = np.where(moved > 0, ok, nothing)  # of reports, reads and polls
    codes = np.where(np.isin(kinds, _ATTEMPTS), written, codes)
    codes = np.where(is_kind[Kind.SWITCH], switched, codes)
    codes = np.where(is_kind[Kind.FLUSH], _flushed(batch, ok, full), codes)
    values = np.where(np.isin(kinds, _SWITCHING), -1, moved)
    values = np.where(is_kind[Kind.CONSUME] & (plans["subbufs"] > count), -1, values)
    return codes.astype(np.uint8), values


def _flushed(batch: Batched, ok: int, full: int) -> Column:
    """Return the outcome of each operation, as if it were a flush."""
    figures, steps = batch.figures, batch.figures.steps
    has_done = _any(batch, figures.grown("produced") > 0, steps)
    has_blocked = _any(batch, figures.now("offset") > batch.config.subbuf_size, steps)
    return np.where(has_done | ~has_blocked, ok, full)


def _any(batch: Batched, rows: Flags, steps: Column) -> Flags:
    found = np.zeros(len(batch.plans), np.bool_)
    found[steps[rows]] = True
    return found


# -- facts -----------------------------------------------------------------------------------------


def facts_of(batch: Batched, last_toobig: int) -> ManyFacts:
    """Return what the operations leave behind for searches.

    Args:
        batch: The batch.
        last_toobig: That of the channel before it.
    """
    outcomes, values = outcomes_of(batch)
    figures, plans = batch.figures, batch.plans
    names, rows = np.nonzero(figures.old != figures.new)
    toobig = batch.done.done["last_toobig"].astype(np.int64)
    changed = np.flatnonzero(np.diff(toobig, prepend=last_toobig))
    happened = _happened(batch)
    there = np.flatnonzero(happened)
    return ManyFacts(
        kinds=plans["kind"].astype(np.uint8),
        cpus=plans["cpu"],
        outcomes=outcomes,
        amounts=np.where(plans["kind"] == _KIND[Kind.CONSUME], plans["subbufs"], plans["length"]),
        values=values,
        names=BUFFER_FIGURES,
        figures=(figures.steps[rows], figures.buffers[rows], names, figures.new[names, rows]),
        whole={"last_toobig": (changed, toobig[changed])},
        happened=(figures.steps[there], figures.buffers[there], happened[there]),
    )


def _happened(batch: Batched) -> Column:
    """Return what happened to each row's buffer, as flags."""
    figures, steps, size = batch.figures, batch.figures.steps, batch.config.subbuf_size
    plans = batch.plans[steps]
    kinds = plans["kind"]
    was_blocked, is_blocked = figures.then("offset") > size, figures.now("offset") > size
    asked = (figures.grown("produced") > 0) | was_blocked
    # too big is found out before
    asked &= (kinds == _KIND[Kind.FLUSH]) | (plans["length"] <= size)
    answer = np.where(is_blocked, int(Happened.DECLINED), int(Happened.AGREED))
    found = np.where(asked & np.isin(kinds, _SWITCHING), answer, 0)
    ready = figures.then("produced") - figures.then("consumed")
    is_cut = (plans["subbufs"] > batch.config.n_subbufs) | (plans["subbufs"] > ready)
    found = np.where((kinds == _KIND[Kind.CONSUME]) & is_cut, int(Happened.CLAMPED), found)
    flags = batch.done.done["flags"][steps].astype(np.int64)
    read = np.where(flags & LAPPED, int(Happened.LAPPED), 0)
    read |= np.where(flags & ODD, int(Happened.ANOMALY), 0)
    return np.where(kinds == _KIND[Kind.READ], read, found)


# -- marks and places ------------------------------------------------------------------------------


def lanes_of(batch: Batched) -> Lanes:
    """Return the marks of the operations, and where their events were put."""
    figures, done = batch.figures, batch.done.done
    counts, cpus, marks = _marks(batch)
    first = done["first_row"]
    is_stored = np.isin(batch.plans["kind"], _ATTEMPTS) & (done["value"] == _STORED)
    ends = figures.now("offset")[first]
    return Lanes(
        counts.astype(np.uint16),
        cpus.astype(np.int32),
        marks.astype(np.uint32),
        np.where(is_stored, figures.buffers[first], NOWHERE).astype(np.int32),
        np.where(is_stored, figures.now("current")[first], 0).astype(np.uint32),
        np.where(is_stored, ends - batch.plans["length"], 0).astype(np.uint32),
        np.where(is_stored, ends, 0).astype(np.uint32),
    )


def _marks(batch: Batched) -> tuple[Column, Column, Column]:
    """Return how many marks each operation has, and of each the CPU number and the mark."""
    figures, steps = batch.figures, batch.figures.steps
    marks, rows = _row_marks(batch), batch.done.done["rows"].astype(np.int64)
    keep = marks != 0
    cpus = figures.buffers
    if np.any(rows > 1):  # where all buffers have the same it is told once
        starts = batch.done.done["first_row"].astype(np.intp)
        alike = np.maximum.reduceat(marks, starts) == np.minimum.reduceat(marks, starts)
        is_once = (alike & (rows > 1))[steps]
        is_first = np.zeros(len(steps), np.bool_)
        is_first[starts] = True
        keep &= ~is_once | is_first
        cpus = np.where(is_once, ALL, cpus)
    counts = np.bincount(steps[keep], minlength=len(batch.plans))
    return counts, cpus[keep], marks[keep]


def _row_marks(batch: Batched) -> Column:
    figures, kinds = batch.figures, batch.plans["kind"][batch.figures.steps]
    marks = np.zeros(len(kinds), np.int64)

    def put(mark: Mark, where: Flags) -> None:
        marks[where] |= int(mark)

    for name, mark in FIGURE_MARKS.items():
        put(mark, figures.grown(name) != 0)
    for kind, mark in _KIND_MARKS.items():
        put(mark, kinds == _KIND[kind])
    put(Mark.STORED, np.isin(kinds, _ATTEMPTS) & (figures.grown("stored") > 0))
    put(Mark.SWITCHED, figures.grown("produced") > 0)
    put(Mark.CONSUMED, figures.grown("consumed") > 0)
    for entry, mark in LOSS_MARKS.items():
        put(mark, figures.grown(ACCOUNT_FIGURES[entry]) > 0)
    return marks


# -- attempts --------------------------------------------------------------------------------------


def attempts_of(batch: Batched, verdicts: Column) -> Attempts:
    """Return what the operations tried to store, and what became of that at once.

    Args:
        batch: The batch.
        verdicts: The fates that it decided of events before.
    """
    figures, done, plans = batch.figures, batch.done.done, batch.plans
    first = done["first_row"]
    is_attempt = np.isin(plans["kind"], _ATTEMPTS)
    is_stored = is_attempt & (done["value"] == _STORED)
    outcomes, _ = outcomes_of(batch)
    fates = np.full(len(batch.plans), int(Fate.UNREAD))
    for outcome, fate in REFUSALS.items():
        fates[is_attempt & (outcomes == _CODE[outcome])] = fate
    return Attempts(
        np.where(is_attempt, figures.buffers[first], NO_ATTEMPT),
        np.where(is_stored, figures.now("produced")[first], -1),
        np.where(is_stored, figures.now("offset")[first] - plans["length"], -1),
        plans["length"],
        np.where(is_attempt, plans["cpu"], 0),
        fates,
        verdicts,
        *_reads(batch),
        _reports(batch),
    )


def _reads(batch: Batched) -> tuple[Column, Column]:
    """Return what reads delivered, and the runs of it, as Attempts has them."""
    figures, done = batch.figures, batch.done.done
    first = done["first_row"]
    skipped = [done[name].astype(np.int64) for name in ("skipped_first", "skipped_end")]
    moved = figures.grown("consumed")[first]
    is_read = (batch.plans["kind"] == _KIND[Kind.READ]) & ((done["runs"] > 0) | (moved != 0))
    columns = (
        *(np.arange(len(batch.plans)), batch.plans["fd"], figures.buffers[first]),
        *(*skipped, moved - (skipped[1] - skipped[0]), done["first_run"], done["runs"]),
    )
    runs = batch.done.runs
    laps = np.where(runs["lap"] == NO_LAP_THERE, NO_LAP, runs["lap"].astype(np.int64))
    names = ("subbuf", "start", "length")
    pieces = np.stack([laps, *(runs[name].astype(np.int64) for name in names)], axis=1)
    return np.stack([column[is_read].astype(np.int64) for column in columns], axis=1), pieces


def _reports(batch: Batched) -> Column:
    """Return what reports released, as Attempts has it."""
    figures = batch.figures
    kinds = batch.plans["kind"][figures.steps]
    rows = (kinds == _KIND[Kind.CONSUME]) & (figures.grown("consumed") != 0)
    columns = (figures.steps, figures.buffers, figures.grown("consumed"))
    return np.stack([column[rows] for column in columns], axis=1)


# -- fates -----------------------------------------------------------------------------------------


def verdicts_of(batch: Batched) -> Column:
    """Return the fates that were decided: (operation, buffer, first lap, last lap, fate) each."""
    figures, steps = batch.figures, batch.figures.steps
    decided = np.flatnonzero(figures.grown("unread") != figures.grown("stored"))
    fates = np.stack([figures.grown(ACCOUNT_FIGURES[fate.entry])[decided] > 0 for fate in _DECIDED])
    number = np.array(_DECIDED)[np.argmax(fates, axis=0)]
    first, last = (laps[decided] for laps in _laps(batch))
    found = np.stack([steps[decided], figures.buffers[decided], first, last, number], axis=1)
    mixed = np.flatnonzero(fates.sum(axis=0) > 1)
    if not len(mixed):
        return found.astype(np.int64)
    parts = [_apart(batch, row, fates[:, at]) for at, row in zip(mixed, found[mixed], strict=True)]
    found = np.concatenate([np.delete(found, mixed, axis=0), *parts])
    return found[np.argsort(found[:, 0], kind="stable")].astype(np.int64)


def _laps(batch: Batched) -> tuple[Column, Column]:
    """Return the first and the last sub-buffer that each row may have decided."""
    figures, count = batch.figures, batch.config.n_subbufs
    kinds = batch.plans["kind"][figures.steps]
    is_switch = np.isin(kinds, _SWITCHING)
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
