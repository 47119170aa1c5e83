"""Why an event, a byte or a gap, or a sub-buffer is what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import ATTEMPTS
from relayviz.model.channel.result import Refusal
from relayviz.model.channel.trail import Fate
from relayviz.model.ledger.events import Role, regions
from relayviz.model.ledger.words import fate_words, got_words
from relayviz.model.records.records import record_of
from relayviz.model.why import rules
from relayviz.model.why.figures import NO_LAP, used_terms
from relayviz.model.why.why import Formula, Term, Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.ledger.events import Region
    from relayviz.model.ledger.fate import EventFate
    from relayviz.model.records.records import WrittenRecord
    from relayviz.model.why.context import Context
    from relayviz.model.why.rules import Rule
    from relayviz.model.why.why import Cause

    Verdict = tuple[tuple[Formula, ...], Rule, str]

BEGUN = "Begun by"
FREE_SINCE = "Free since"
MOST_PIECES = 3  # of a record, that are named as causes

# -- events ----------------------------------------------------------------------------------------


def why_event(context: Context, number: int) -> Why:
    """Explain the fate of an event; KeyError: it had not been tried at the step shown."""
    event = context.sources.fates.find(number, context.step)
    if event is None:
        raise KeyError(number)
    formulas, rule, helps = _FATES[event.fate](context, event)
    title = f"event {number}, {event.length} B: {fate_words(event)}"
    got = context.sources.fates.got(event, context.step)
    if read := got_words(event, got):
        title += f"; {read}"
    steps: dict[str, int | None] = {}
    if event.decided not in (None, event.step):
        steps["Decided by"] = event.decided
    if event.clobbered is not None:
        steps["Gone over by"] = event.clobbered.step
    steps |= {f"Read by fd {one.fd}": one.step for one in got}
    steps["Reserved by" if event.is_reserved else "Tried by"] = event.step
    record = record_of(context.sources.fates, number, context.step)
    if record is not None:
        title += f", piece {record.number_of(number)} of record {record.name}"
        title += ", which is torn" if record.is_torn else ""
        formulas = (*formulas, _pieces(record))
        steps |= _losses(record, number)
    causes = (cause for lead, step in steps.items() for cause in context.causes(step, lead))
    crowded_out = number if event.fate in (Fate.REFUSED_FULL, Fate.OVERWRITTEN) else None
    return Why(title, formulas, tuple(causes), rule, helps, crowded_out)


def _pieces(record: WrittenRecord) -> Formula:
    """Return how many pieces of a record are kept, and how many are lost."""
    lost = len(record.lost)
    terms = (Term(len(record.pieces) - lost, "kept"), Term(lost, "lost"))
    return Formula(f"pieces of record {record.name}", terms, len(record.pieces))


def _losses(record: WrittenRecord, number: int) -> dict[str, int | None]:
    """Return where the first other pieces of a torn record were lost."""
    others = [one for one in record.lost if one.event != number] if record.is_torn else []
    return {
        f"Piece {record.number_of(one.event)} lost by": one.decided for one in others[:MOST_PIECES]
    }


def _place(context: Context, event: EventFate) -> tuple[Formula, ...]:
    """Return where an event lies."""
    if event.place is None:
        return ()
    lap, index, start = event.place
    n = context.snapshot.n_subbufs
    terms = [Term(lap, "lap")]
    if lap - index:
        terms.append(Term(lap - index, f"whole rounds of {n}", minus=True))
    end = (Term(start, "first byte"), Term(event.length, "its length"))
    room = ("≤", context.snapshot.subbuf_size, "subbuf_size")
    return (
        Formula("sub-buffer", tuple(terms), index),
        Formula("its end", end, start + event.length, room),
    )


def _unread(context: Context, event: EventFate) -> Verdict:
    rule = rules.RESERVED if event.is_unfilled else rules.UNREAD
    return _place(context, event), rule, ""


def _consumed(context: Context, event: EventFate) -> Verdict:
    return _place(context, event), rules.EATEN, ""


def _released(context: Context, event: EventFate) -> Verdict:
    helps = (
        "Report a sub-buffer only after its last byte was read, and only those: the argument of"
        " relay_subbufs_consumed is how many more, not how many in all."
    )
    return _place(context, event), rules.RELEASED, helps


def _overwritten(context: Context, event: EventFate) -> Verdict:
    lap = 0 if event.place is None else event.place[0]
    n = context.snapshot.n_subbufs
    formula = Formula(
        "what took its place", (Term(lap, "lap"), Term(n, "one round of the ring")), lap + n
    )
    helps = (
        f"A consumer that had released sub-buffer {lap} before step {event.decided}, more or larger"
        " sub-buffers, or no-overwrite: then newer events are refused instead."
    )
    return (formula, *_place(context, event)), rules.OVERWRITTEN, helps


def _reset(context: Context, event: EventFate) -> Verdict:
    helps = f"Read the buffer to its end before the reset at step {event.decided}."
    return _place(context, event), rules.RESET, helps


def _closed(context: Context, event: EventFate) -> Verdict:
    helps = "Keep a file open or mapped until everything is read; what is unread then is kept."
    return _place(context, event), rules.CLOSE, helps


def _refused(context: Context, event: EventFate) -> Verdict:
    n = context.snapshot.n_subbufs
    produced, consumed = context.stood_at(event.buffer, event.step)
    ready = produced - consumed
    sign = "≥" if ready >= n else "<"
    terms = (Term(produced, "produced"), Term(consumed, "consumed", minus=True))
    formula = Formula(f"ready at step {event.step}", terms, ready, (sign, n, "sub-buffers"))
    if event.refusal in _REFUSALS:
        rule, helps = _REFUSALS[event.refusal]
        return (formula,), rule, helps
    helps = (
        f"A consumer that had released a sub-buffer before step {event.step}, more or larger"
        " sub-buffers, or overwrite: then the oldest events are lost instead."
    )
    has_finished = context.sources.has_switched(event.buffer, event.step)
    return (formula,), rules.FULL if has_finished else rules.BLOCKED_ALREADY, helps


_REFUSALS = {
    Refusal.DECLINED: (
        rules.REFUSED,
        "A subbuf_start that returns 1 while the buffer is not full.",
    ),
    Refusal.RAISED: (rules.RAISED, "A subbuf_start that does not raise."),
    Refusal.NOTHING: (
        rules.NOTHING,
        "A second try at once: the next relay_reserve of 0 bytes gets its place.",
    ),
}


def _too_big(context: Context, event: EventFate) -> Verdict:
    size = context.snapshot.subbuf_size
    if event.length > size:
        formula = Formula(
            "length", (Term(event.length, "B"),), event.length, (">", size, "subbuf_size")
        )
        helps = f"Sub-buffers of {event.length} B or more, or shorter events."
        return (formula,), rules.TOO_BIG, helps
    least = size - event.length + 1
    terms = (Term(size, "subbuf_size"), Term(event.length, "its length", minus=True))
    formula = Formula(
        "room for a header", terms, size - event.length, ("<", least, "that it takes at least")
    )
    helps = f"A header of at most {size - event.length} B, larger sub-buffers, or shorter events."
    return (formula,), rules.NO_ROOM, helps


def _busy(context: Context, event: EventFate) -> Verdict:
    del context, event
    return (), rules.BUSY, "Write it after the write that was under way."


def _late(context: Context, event: EventFate) -> Verdict:
    del context, event
    return (), rules.LATE, "Stop writing before the channel is closed."


_FATES: dict[Fate, Callable[[Context, EventFate], Verdict]] = {
    Fate.UNREAD: _unread,
    Fate.CONSUMED: _consumed,
    Fate.RELEASED_UNREAD: _released,
    Fate.OVERWRITTEN: _overwritten,
    Fate.DISCARDED_RESET: _reset,
    Fate.DISCARDED_CLOSE: _closed,
    Fate.REFUSED_FULL: _refused,
    Fate.TOO_BIG: _too_big,
    Fate.BUSY: _busy,
    Fate.WRITTEN_LATE: _late,
}


# -- sub-buffers and bytes -------------------------------------------------------------------------


def why_piece(context: Context, row: int, index: int) -> Why:
    """Explain a sub-buffer: which lap it holds, what is in use, what is left."""
    snapshot = context.snapshot
    info = snapshot.subbufs[row, index]
    buffer, size, lap = context.buffer(row), snapshot.subbuf_size, int(info["lap"])
    if lap >= NO_LAP:
        title = f"sub-buffer {index} on cpu {buffer}: free"
        reset = context.sources.last_reset(context.step)
        return Why(title, (), context.causes(reset, FREE_SINCE), rules.FREE)
    used, padding = int(info["used"]), int(info["padding"])
    terms = [Term(lap, "lap")]
    if lap - index:
        terms.append(Term(lap - index, f"whole rounds of {snapshot.n_subbufs}", minus=True))
    formulas = [
        Formula("sub-buffer", tuple(terms), index),
        Formula("in use", used_terms(context, row, index), used),
    ]
    state = _state(context, row, lap)
    if state != "being written":
        left = (Term(size, "subbuf_size"), Term(used, "in use", minus=True))
        formulas.append(Formula("padding", left, padding))
    title = f"sub-buffer {index} on cpu {buffer}: {state}, lap {lap}"
    return Why(title, tuple(formulas), _finished_by(context, row, lap), rules.PLACE)


def _state(context: Context, row: int, lap: int) -> str:
    buffers = context.snapshot.buffers
    if lap >= int(buffers["produced"][row]):
        return "being written"
    return "released" if lap < int(buffers["consumed"][row]) else "finished, not consumed"


def _finished_by(context: Context, row: int, lap: int) -> tuple[Cause, ...]:
    """Return the step that finished a lap, or the last that put something into it."""
    sources, buffer = context.sources, context.buffer(row)
    begin = sources.last_reset(context.step)
    switches = sources.timeline.steps(begin, context.step, buffer, Mark.SWITCHED)
    produced = int(context.snapshot.buffers["produced"][row])
    if lap >= produced:
        return context.causes(context.last(row, Mark.OFFSET))
    at = lap - (produced - len(switches))  # a history may begin with a channel that was in use
    return context.causes(int(switches[at]), "Finished by") if at >= 0 else ()


def why_byte(context: Context, row: int, index: int, offset: int) -> Why:
    """Explain a byte of a sub-buffer: whose it is, or why it is nobody's."""
    snapshot = context.snapshot
    places = context.sources.events.places(snapshot, snapshot.step, row, index)
    found = regions(snapshot, row, index, places)
    region = next(one for one in found if one.start <= offset < one.end)
    where = f"byte {offset} of sub-buffer {index} on cpu {context.buffer(row)}"
    if region.role in (Role.EVENT, Role.RESERVED) and region.event is not None:
        return _of_event(context, region, where, offset)
    lap = int(snapshot.subbufs["lap"][row, index])
    if region.role is Role.PADDING:
        return _padding(context, row, index, where)
    if region.role is Role.HEADER:
        terms = (Term(0, "first byte"), Term(region.end, "reserved"))
        formulas = (Formula("the header's end", terms, region.end),)
        steps = _begun_by(context, row, lap)
        return Why(f"{where}: header", formulas, steps, rules.HEADER)
    if region.role is Role.STALE and region.event is not None:
        event = region.event
        title = f"{where}: left over from event {event.event}, lap {event.lap}"
        return Why(title, (), context.causes(event.step, "Stored by"), rules.STALE)
    return Why(f"{where}: free, no event known", (), (), rules.FREE)


def _of_event(context: Context, region: Region, where: str, offset: int) -> Why:
    event = region.event
    if event is None:
        raise ValueError("this region is no event's")
    answer = why_event(context, event.event)
    terms = (Term(offset, "this byte"), Term(event.start, "the event's first", minus=True))
    formula = Formula(
        f"its place in the {event.length} B of event {event.event}", terms, offset - event.start
    )
    is_reserved = region.role is Role.RESERVED
    rule = rules.RESERVED if is_reserved else rules.STORED
    kind = "reserved for" if is_reserved else "of"
    title = f"{where}: {kind} {answer.title}"
    return Why(title, (formula,), answer.causes, rule, answer.helps, answer.crowded_out)


def _padding(context: Context, row: int, index: int, where: str) -> Why:
    """Say why the rest of a sub-buffer stayed unused: what the next event would have needed."""
    snapshot = context.snapshot
    info = snapshot.subbufs[row, index]
    used, size, lap = int(info["used"]), snapshot.subbuf_size, int(info["lap"])
    left = (Term(size, "subbuf_size"), Term(used, "in use", minus=True))
    formulas = [Formula("padding", left, size - used)]
    causes = _finished_by(context, row, lap)
    if causes and context.sources.has_switched(context.buffer(row), causes[0].step):
        step = context.sources.step(causes[0].step)
        length = step.operation.length
        if step.operation.kind in ATTEMPTS:
            terms = (Term(used, "in use"), Term(length, "the next event"))
            formulas.append(Formula("needed", terms, used + length, (">", size, "subbuf_size")))
    return Why(f"{where}: padding", tuple(formulas), causes, rules.PADDING)


def _begun_by(context: Context, row: int, lap: int) -> tuple[Cause, ...]:
    """Return the step after which a lap began: the switch before it, a reset, or the opening."""
    begin = context.sources.last_reset(context.step)
    if lap == 0:
        return context.causes(begin, BEGUN)
    return tuple(replace(cause, lead=BEGUN) for cause in _finished_by(context, row, lap - 1))
