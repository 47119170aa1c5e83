"""Why a figure of a buffer is what it is: its formula, and the step that changed it last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.channel.trail import STORED, Fate
from relayviz.model.ledger.words import FATE_WORDS
from relayviz.model.why import rules
from relayviz.model.why.why import Formula, Term, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.context import Context
    from relayviz.model.why.rules import Rule

    Rows = NDArray[np.void]
    Answer = tuple[tuple[Formula, ...], int | None, Rule]

MOST_TERMS = 5
BEFORE = "from before this history"
NO_LAP = 2**63  # a snapshot's lap from that on: nothing was put there
_ATTEMPT_LOSSES = ("refused_full", "too_big", "busy", "written_late")
_FATE_RULES = {
    Fate.UNREAD: rules.UNREAD,
    Fate.CONSUMED: rules.EATEN,
    Fate.RELEASED_UNREAD: rules.RELEASED,
    Fate.OVERWRITTEN: rules.OVERWRITTEN,
    Fate.DISCARDED_RESET: rules.RESET,
    Fate.DISCARDED_CLOSE: rules.CLOSE,
    Fate.REFUSED_FULL: rules.NO_PLACE,
    Fate.TOO_BIG: rules.TOO_BIG,
    Fate.BUSY: rules.BUSY,
    Fate.WRITTEN_LATE: rules.LATE,
}


def why_figure(context: Context, row: int, name: str) -> Why:
    """Explain a figure of a buffer; KeyError: there is none of that name."""
    entry = name.removeprefix("account.")
    formulas, step, rule = FIGURES[name](context, row)
    words = FATE_WORDS.get(entry, entry)
    title = f"{words} on cpu {context.buffer(row)}: {value_of(context.snapshot, row, name)}"
    return Why(title, formulas, context.causes(step), rule)


def value_of(snapshot: Snapshot, row: int, name: str) -> int:
    """Return a figure as the snapshot has it."""
    if name == "ready":
        return snapshot.ready(row)
    if name == "lost":
        return snapshot.total_lost(row).events
    if name.startswith("account."):
        return snapshot.count(row, name.removeprefix("account.")).events
    return int(snapshot.buffers[name][row])


# -- figures of the kernel -------------------------------------------------------------------------


def used_terms(context: Context, row: int, index: int) -> tuple[Term, ...]:
    """Return what the bytes in use of a sub-buffer consist of: header and events."""
    info = context.snapshot.subbufs[row, index]
    header, lap = int(info["header"]), int(info["lap"])
    lane = context.sources.fates.lane(context.buffer(row))
    count = lane.rows_at(context.step)
    rows = lane.rows[:count]
    serial = lane.serial_at(lap, context.step) if lap < NO_LAP else -2
    mine = np.flatnonzero(rows["serial"] == serial)
    terms = [Term(header, "header")] if header else []
    if len(mine) <= MOST_TERMS:
        terms += [
            Term(int(rows["length"][at]), f"event {int(rows['event'][at])}") for at in mine.tolist()
        ]
    else:
        terms.append(Term(int(rows["length"][mine].sum()), f"of {len(mine)} events"))
    return _completed(terms, int(info["used"]), "bytes so far")


def _completed(terms: list[Term], value: int, nothing: str) -> tuple[Term, ...]:
    """Return terms that make a value: a history may begin with a channel that was in use."""
    rest = value - sum(term.signed for term in terms)
    found = [*terms, Term(rest, BEFORE)] if rest else terms
    return tuple(found) or (Term(0, nothing),)


def _offset(context: Context, row: int) -> Answer:
    snapshot, step = context.snapshot, context.last(row, Mark.OFFSET)
    offset, size = int(snapshot.buffers["offset"][row]), snapshot.subbuf_size
    if snapshot.is_blocked(row):
        blocked = (Term(size, "subbuf_size"), Term(1, "for blocked"))
        return (Formula("offset", blocked, offset),), step, rules.BLOCKED
    terms = used_terms(context, row, int(snapshot.buffers["current"][row]))
    return (Formula("offset", terms, offset),), step, rules.OFFSET


def _produced(context: Context, row: int) -> Answer:
    produced = int(context.snapshot.buffers["produced"][row])
    begin = context.sources.last_reset(context.step)
    since = "the opening" if begin == 0 else f"the reset at step {begin}"
    counted, _ = context.counted(row, context.step)
    term = Term(counted, f"{'switch' if counted == 1 else 'switches'} since {since}")
    step = context.last_change(row, Mark.SWITCHED, lambda p, _c: p)
    terms = _completed([term], produced, "")
    return (Formula("produced", terms, produced),), step, rules.PRODUCED


def _consumed(context: Context, row: int) -> Answer:
    consumed = int(context.snapshot.buffers["consumed"][row])
    begin = context.sources.last_reset(context.step)
    found = context.sources.releases(context.buffer(row), begin, context.step)
    parts = {
        "released by reads": int(found["read"].sum()),
        "skipped by a lapped reader": int(found["skipped"].sum()),
        "reported": int(found["reported"].sum()),
    }
    terms = [Term(value, words) for words, value in parts.items() if value]
    step = context.last_change(row, Mark.CONSUMED, lambda _p, c: c)
    formula = Formula("consumed", _completed(terms, consumed, "released so far"), consumed)
    return (formula,), step, rules.CONSUMED


def _ready(context: Context, row: int) -> Answer:
    snapshot = context.snapshot
    produced, consumed = (int(snapshot.buffers[one][row]) for one in ("produced", "consumed"))
    ready, n = produced - consumed, snapshot.n_subbufs
    sign = "≥" if ready >= n else "<"
    than = (sign, n, "sub-buffers: full" if ready >= n else "sub-buffers: not full")
    terms = (Term(produced, "produced"), Term(consumed, "consumed", minus=True))
    step = context.last_change(row, Mark.SWITCHED | Mark.CONSUMED, lambda p, c: p - c)
    return (Formula("ready", terms, ready, than),), step, rules.READY


def _prev_padding(context: Context, row: int) -> Answer:
    snapshot = context.snapshot
    padding = int(snapshot.buffers["prev_padding"][row])
    step = context.last(row, Mark.PADDING)
    produced, n = int(snapshot.buffers["produced"][row]), snapshot.n_subbufs
    finished = (produced - 1) % n
    if produced == 0 or (n == 1 and not snapshot.is_blocked(row)):
        return (), step, rules.PREV_PADDING  # what was finished is not there any more
    used = used_terms(context, row, finished)
    terms = (
        Term(snapshot.subbuf_size, "subbuf_size"),
        *(Term(t.value, t.words, minus=True) for t in used),
    )
    return (Formula("prev_padding", terms, padding),), step, rules.PREV_PADDING


def _bytes_consumed(context: Context, row: int) -> Answer:
    snapshot = context.snapshot
    consumed, at = (int(snapshot.buffers[one][row]) for one in ("consumed", "bytes_consumed"))
    info = snapshot.subbufs[row, consumed % snapshot.n_subbufs]
    step = context.last(row, Mark.POSITION)
    if int(info["lap"]) != consumed:
        return (), step, rules.POSITION
    used = int(info["used"])
    terms = (Term(used, f"in use in sub-buffer {consumed}"), Term(at, "already read", minus=True))
    return (Formula("still to read there", terms, used - at),), step, rules.POSITION


def _file_size(context: Context, row: int) -> Answer:
    snapshot = context.snapshot
    step = context.last(row, Mark.SWITCHED)
    if step is None:
        return (), None, rules.FILE_SIZE
    padding = int(snapshot.buffers["prev_padding"][row])
    terms = (Term(snapshot.subbuf_size, "subbuf_size"), Term(padding, "prev_padding", minus=True))
    formula = Formula("it last grew by", terms, snapshot.subbuf_size - padding)
    return (formula,), step, rules.FILE_SIZE


# -- the account -----------------------------------------------------------------------------------


def _sum(context: Context, row: int, name: str, entries: Iterable[str]) -> Formula:
    counts = {one: context.snapshot.count(row, one).events for one in entries}
    terms = tuple(Term(value, FATE_WORDS[one]) for one, value in counts.items() if value)
    total = sum(counts.values())
    return Formula(name, terms or (Term(0, "so far"),), total)


def _attempted(context: Context, row: int) -> Answer:
    accepted = context.snapshot.count(row, "accepted").events
    rest = _sum(context, row, "attempted", _ATTEMPT_LOSSES)
    lost = rest.terms if rest.value else ()
    formula = Formula("attempted", (Term(accepted, "stored"), *lost), accepted + rest.value)
    rows = _rows(context, row)
    return (formula,), _newest(rows["step"]), rules.ATTEMPTED


def _accepted(context: Context, row: int) -> Answer:
    rows = _rows(context, row)
    step = _newest(rows["step"][rows["serial"] >= 0])
    formula = _sum(context, row, "stored", [fate.entry for fate in STORED])
    return (formula,), step, rules.ACCEPTED


def _lost(context: Context, row: int) -> Answer:
    rows = _rows(context, row)
    lane = context.sources.fates.lane(context.buffer(row))
    kept = np.isin(lane.fates(context.step), (Fate.UNREAD, Fate.CONSUMED))
    return (_sum(context, row, "lost", LOSSES),), _newest(rows["decided"][~kept]), rules.LOST


def _account(entry: str) -> Callable[[Context, int], Answer]:
    """Return what explains how many events of a fate there are: the steps that decided it."""
    fate = Fate[entry.upper()]

    def answer(context: Context, row: int) -> Answer:
        rows = _rows(context, row)
        mask = context.sources.fates.lane(context.buffer(row)).fates(context.step) == fate
        by = "step" if fate is Fate.UNREAD else "decided"
        steps, counts = np.unique(rows[by][mask], return_counts=True)
        verb = "stored at" if fate is Fate.UNREAD else "at"
        terms = [
            Term(int(count), f"{verb} step {int(step)}")
            for step, count in zip(steps[-MOST_TERMS:], counts[-MOST_TERMS:], strict=True)
        ]
        if len(steps) > MOST_TERMS:
            early = int(counts[:-MOST_TERMS].sum())
            terms.insert(0, Term(early, f"in {len(steps) - MOST_TERMS} steps before"))
        total = context.snapshot.count(row, entry).events
        formula = Formula(FATE_WORDS[entry], _completed(terms, total, "so far"), total)
        last = _newest(rows["decided"][mask])
        if fate is Fate.UNREAD:
            last = _last_of_unread(rows, context.step)
        return (formula,), last, _FATE_RULES[fate]

    return answer


def _last_of_unread(rows: Rows, step: int) -> int | None:
    """Return the last step after which there were more or fewer unread events or bytes.

    An event that comes in while one of the same length goes changes neither.
    """
    stored = rows[rows["serial"] >= 0]
    gone = stored[stored["decided"] <= step]
    steps, places = np.unique(
        np.concatenate([stored["step"], gone["decided"]]), return_inverse=True
    )
    signs = np.repeat([1, -1], [len(stored), len(gone)])
    sizes = np.concatenate([stored["length"], gone["length"]])
    changed = np.zeros(len(steps), np.bool_)
    for weights in (signs, signs * sizes):
        changed |= np.bincount(places, weights, len(steps)) != 0
    return _newest(steps[changed])


def _rows(context: Context, row: int) -> Rows:
    """Return the events of a buffer that had been tried."""
    lane = context.sources.fates.lane(context.buffer(row))
    return lane.rows[: lane.rows_at(context.step)]


def _newest(steps: np.ndarray[tuple[int], np.dtype[np.int32]]) -> int | None:
    return int(steps.max()) if len(steps) else None


FIGURES: dict[str, Callable[[Context, int], Answer]] = {
    "offset": _offset,
    "produced": _produced,
    "consumed": _consumed,
    "ready": _ready,
    "prev_padding": _prev_padding,
    "bytes_consumed": _bytes_consumed,
    "file_size": _file_size,
    "account.attempted": _attempted,
    "account.accepted": _accepted,
    "lost": _lost,
    **{f"account.{fate.entry}": _account(fate.entry) for fate in Fate},
}
"""What explains each figure, by its name."""
