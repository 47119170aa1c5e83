"""What Fate, Why and the Bytes dock say of events and sub-buffers, against plain books.

The books are the reference's counters after each step, the rules of the account applied to states
(the oracle of test_fate), and the bytes that reads returned: each event has bytes of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.gui.fate.sentences import event_words
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome, Refusal
from relayviz.model.channel.trail import Fate
from relayviz.model.compare.compare import Half, sentence, survival
from relayviz.model.ledger.words import FATE_WORDS, fate_words, got_words
from relayviz.model.numbers import THIN
from relayviz.model.why import rules
from relayviz.model.why.why import Byte, Event, Figure, Piece
from tests.engines.test_why import COMPARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.ledger.fate import EventFate
    from relayviz.model.why.why import Why
    from tests.sentences.mirror import Moment
    from tests.sentences.playing import Session

UNIQUE = 6  # bytes of an event that occur nowhere else
RELEASES = {
    Fate.UNREAD: "its sub-buffer is not released yet",
    Fate.OVERWRITTEN: "its sub-buffer was never released",
    Fate.DISCARDED_RESET: "its sub-buffer was never released",
    Fate.DISCARDED_CLOSE: "its sub-buffer was never released",
    Fate.RELEASED_UNREAD: "its sub-buffer was released before all of it was read",
}
REFUSAL_RULES = {
    Refusal.DECLINED: rules.REFUSED,
    Refusal.RAISED: rules.RAISED,
    Refusal.NOTHING: rules.NOTHING,
}


def wrong(session: Session) -> Iterator[str]:
    """Give the sentences of events and sub-buffers that are false now."""
    session.ledger.follow(session.history, 0)
    seen = session.snapshot()
    for moment in session.mirror.moments:
        step = moment.step
        is_attempt = step.operation.kind in ATTEMPTS and step.result.outcome is not Outcome.ERROR
        if is_attempt and step.event is not None:
            yield from _of_event(session, seen, moment)
    for row in range(seen.rows):
        yield from _of_buffer(session, seen, row)
    yield from _of_compare(session, seen)


def true_fate(session: Session, moment: Moment) -> tuple[Fate, int | None]:
    """Return what became of an event by the rules, and at which step."""
    found = session.oracle.fates.get(moment.step.event or 0)
    return (Fate.UNREAD, None) if found is None else found


def _of_event(session: Session, seen: Snapshot, moment: Moment) -> Iterator[str]:
    number = moment.step.event or 0
    event = session.ledger.fates.find(number, seen.step)
    why = session.why(Event(number), seen)
    if event is None or why is None:
        yield f"event {number} is unknown"
        return
    fate, decided = true_fate(session, moment)
    got = session.ledger.fates.got(event, seen.step)
    read = got_words(event, got)
    said = fate_words(event)
    if not said.startswith(_name(session, moment, fate)):
        yield f"event {number}: {said}, is {fate.name}"
    if event.fate is not fate or event.decided != decided:
        yield f"event {number}: {event.fate} at {event.decided}, is {fate.name} at {decided}"
    yield from _read(session, moment, event, read)
    yield from _gone_over(session, event, said)
    title = f"event {number}, {event.length} B: {said}" + (f"; {read}" if read else "")
    if why.title != title + _piece(session, moment, why):
        yield f"Fate and Why differ: {why.title}"
    yield from _why_event(session, moment, fate, why)
    yield from _place(session, number, event_words(event, got))


def _gone_over(session: Session, event: EventFate, said: str) -> Iterator[str]:
    """Check whether bytes of an event are others in the ring, as long as nothing was decided."""
    since = session.mirror.spoiled.get(event.event)
    if since is not None and (event.decided is None or since < event.decided):
        if f"gone over by {_who(session, since)}" not in said:
            yield f"event {event.event} is gone over since {since}: {said}"
    elif "gone over" in said and event.length >= UNIQUE:  # few bytes may be the same by chance
        yield f"event {event.event} is not gone over: {said}"


def _who(session: Session, step: int) -> str:
    operation = session.history.steps[step].operation
    return f"event {operation.event}" if operation.kind is Kind.FILL else "subbuf_start"


def _piece(session: Session, moment: Moment, why: Why) -> str:
    """Return which piece of a record an event is; empty: of none. What is false is put there."""
    name = moment.step.operation.record
    if not name:
        return ""
    pieces = [
        one
        for one in session.mirror.moments
        if one.step.operation.record == name and one.step.result.outcome is not Outcome.ERROR
    ]
    fates = [true_fate(session, one) for one in pieces]
    lost = [fate not in (Fate.UNREAD, Fate.CONSUMED) for fate, _ in fates]
    steps = {f"Piece {number} lost by": decided for number, (_, decided) in enumerate(fates, 1)}
    causes = {one.lead: one.step for one in why.causes if one.lead.startswith("Piece")}
    if not causes.items() <= steps.items() or (bool(causes) and all(lost)):
        return ""
    is_torn = any(lost) and not all(lost)
    place = pieces.index(moment) + 1
    return f", piece {place} of record {name}" + (", which is torn" if is_torn else "")


def _name(session: Session, moment: Moment, fate: Fate) -> str:
    """Return the right name of a fate; of a refusal its cause, from what was before and after."""
    return FATE_WORDS[fate.entry] if fate is not Fate.REFUSED_FULL else _cause(session, moment)


def _cause(session: Session, moment: Moment) -> Refusal:
    then, now = moment.then, moment.now
    if any(one.error is not None for one in moment.step.decisions):
        return Refusal.RAISED
    if then.is_blocked and not now.is_blocked:
        return Refusal.NOTHING
    is_full = now.there == session.config.n_subbufs
    return Refusal.FULL if is_full else Refusal.DECLINED


# -- who read it -----------------------------------------------------------------------------------


def _read(session: Session, moment: Moment, event: EventFate, said: str) -> Iterator[str]:
    """Check who is said to have read an event, by the bytes that reads returned."""
    reads = [
        one
        for one in session.mirror.moments
        if one.data and one.buffer == moment.buffer and one.step.depth > moment.step.depth
    ]
    data = session.data.get(event.event, b"")
    is_known = len(data) >= UNIQUE and event.event not in session.mirror.late
    decided = true_fate(session, moment)[1]  # its bytes may be found later: left over
    in_time = [one for one in reads if decided is None or one.step.depth <= decided]
    whole = [one for one in in_time if is_known and data in one.data]
    if whole and "read by fd" not in said:
        yield f"event {event.event} was read at {whole[0].step.depth}, not told: {said}"
    if not said:
        return
    if event.place is None or not reads:
        yield f"event {event.event} was never read: {said}"
    release = RELEASES.get(event.fate)
    if (release is None) == ("; " in said) or (release or "") not in said:
        yield f"event {event.event}: {said} of {event.fate.name}"
    for part, fd, step, over in re.findall(r"(?:^|, )((?:\d+ B of \d+ B )?)read by fd (\d+) at step"
                                           rf" ([\d{THIN}]+)([^,;]*gone over)?", said):  # fmt: skip
        at = next((one for one in reads if one.step.depth == int(step.replace(THIN, ""))), None)
        if at is None or at.step.operation.fd != int(fd):
            yield f"event {event.event}: fd {fd} read nothing at {step}: {said}"
        elif over and is_known and data in at.data:
            yield f"event {event.event} was read whole: {said}"
        elif not part and not over and is_known and event.filled is None:
            all_of_it = b"".join(one.data for one in reads if one.step.operation.fd == int(fd))
            if data[-1:] not in at.data or data not in all_of_it:
                yield f"event {event.event} was not read whole: {said}"


# -- why -------------------------------------------------------------------------------------------


def _numbers(why: Why) -> Iterator[str]:
    for formula in why.formulas:
        holds = sum(term.signed for term in formula.terms) == formula.value
        if formula.than is not None:
            holds = holds and COMPARE[formula.than[0]](formula.value, formula.than[1])
        if not holds:
            yield f"formula: {formula.text()}"


def _why_event(session: Session, moment: Moment, fate: Fate, why: Why) -> Iterator[str]:
    yield from _numbers(why)
    if fate is not Fate.REFUSED_FULL:
        return
    cause, now = _cause(session, moment), moment.now
    formula = why.formulas[0]
    if [term.value for term in formula.terms] != [now.produced, now.consumed]:
        yield f"{formula.text()}: is {now}"
    has_finished = now.produced > moment.then.produced
    rule = REFUSAL_RULES.get(cause, rules.FULL if has_finished else rules.BLOCKED_ALREADY)
    if why.rule is not rule:
        yield f"event {moment.step.event}: {why.rule.words} for {cause}"


def _place(session: Session, number: int, words: str) -> Iterator[str]:
    put = session.mirror.puts.get(number)
    if put is None:
        if "never stored" not in words:
            yield words
        return
    head = f"sub-buffer {put.index}, lap {put.lap}, "
    length = next(
        one.step.operation.length for one in session.mirror.moments if one.step.event == number
    )
    rest = f"bytes {put.start}…{put.start + length - 1}" if length else "no bytes"
    if head + rest not in words:
        yield f"{words}: is {head}{rest}"


# -- sub-buffers and bytes -------------------------------------------------------------------------


def _of_buffer(session: Session, seen: Snapshot, row: int) -> Iterator[str]:
    cpu = int(seen.buffers["cpu"][row])
    now = session.mirror.moments[-1].after[cpu]
    ready = session.why(Figure(row, "ready"), seen)
    if ready is None or [term.value for term in ready.formulas[0].terms] != [
        now.produced,
        now.consumed,
    ]:
        yield f"ready: {ready}"
    slots = session.mirror.channel.slots.get(cpu, {})
    for index in range(seen.n_subbufs):
        why = session.why(Piece(row, index), seen)
        if why is None:
            yield f"nothing of sub-buffer {index}"
            continue
        yield from _numbers(why)
        if index in slots:
            lap = slots[index]
            word = "released" if lap < now.consumed else "finished, not consumed"
            if not why.title.endswith(f": {word}, lap {lap}"):
                yield f"{why.title}: is {word}, lap {lap}"
            yield from _padding(session, seen, (row, index, lap))


def _padding(session: Session, seen: Snapshot, place: tuple[int, int, int]) -> Iterator[str]:
    """Check what is said of the gap of a finished sub-buffer: who finished it, and for what."""
    row, index, lap = place
    cpu = int(seen.buffers["cpu"][row])
    since = max((one.step.depth for one in session.mirror.moments if _begins(one)), default=0)
    by = next(
        one
        for one in session.mirror.moments[since:]
        if cpu in one.before and one.before[cpu].produced == lap < one.after[cpu].produced
    )
    used = by.before[cpu].offset
    if used >= seen.subbuf_size:
        return
    why = session.why(Byte(row, index, seen.subbuf_size - 1), seen)
    if why is None:
        yield f"nothing of the gap in {index}"
        return
    yield from _numbers(why)
    wanted = [f"padding = {seen.subbuf_size} subbuf_size"]
    operation = by.step.operation
    if used:
        wanted[0] += f" − {used} in use"
    else:
        wanted[0] += " − 0 in use"
    wanted[0] += f" = {seen.subbuf_size - used}"
    if operation.kind in ATTEMPTS:
        need = used + operation.length
        wanted.append(
            f"needed = {used} in use + {operation.length} the next event = {need} >"
            f" {seen.subbuf_size} subbuf_size"
        )
    if [one.text() for one in why.formulas] != wanted:
        yield f"gap: {[one.text() for one in why.formulas]}, is {wanted}"
    if [(one.lead, one.step) for one in why.causes] != [("Finished by", by.step.depth)]:
        yield f"gap: {why.causes}, is step {by.step.depth}"


def _of_records(session: Session, cpu: int) -> dict[str, set[bool]]:
    """Return for each record with a piece in a buffer whether pieces of it are lost and kept."""
    found: dict[str, set[bool]] = {}
    here = set()
    for one in session.mirror.moments:
        name = one.step.operation.record
        if name and one.step.result.outcome is not Outcome.ERROR:
            fate = true_fate(session, one)[0]
            found.setdefault(name, set()).add(fate not in (Fate.UNREAD, Fate.CONSUMED))
            here |= {name} if one.buffer == cpu else set()
    return {name: lost for name, lost in found.items() if name in here}


def _told(session: Session, moment: Moment) -> str:
    """Return what Fate says of an event, which is checked beside this."""
    event = session.ledger.fates.find(moment.step.event or 0, session.at.depth)
    return "" if event is None else fate_words(event)


def _begins(moment: Moment) -> bool:
    is_reset = moment.step.operation.kind is Kind.RESET
    return is_reset and moment.step.result.outcome is Outcome.OK


# -- compare ---------------------------------------------------------------------------------------


def _of_compare(session: Session, seen: Snapshot) -> Iterator[str]:
    """Check how many events a channel is said to keep and lose, for each reason."""
    half = Half("A", seen, session.ledger.fates)
    for row in range(seen.rows):
        cpu = int(seen.buffers["cpu"][row])
        found = survival(half, half, cpu)
        text = sentence(half, found, 0, cpu)
        kept = {
            one.step.event: true_fate(session, one)[0] in (Fate.UNREAD, Fate.CONSUMED)
            and "gone over" not in _told(session, one)
            for one in session.mirror.moments
            if one.buffer == cpu
            and one.step.operation.kind in ATTEMPTS
            and one.step.result.outcome is not Outcome.ERROR
        }
        torn = {name for name, lost in _of_records(session, cpu).items() if len(lost) == 2}
        if torn != set(re.findall(r"(\w+)(?:,| is torn| are torn)", text.partition("Record")[2])):
            yield f"{text}: torn are {torn}"
        told = dict(zip(found.events.tolist(), found.kept[0].tolist(), strict=True))
        if told != kept:
            yield f"compare: {told}, is {kept}"
        lost = sum(not one for one in kept.values())
        several = re.findall(r"(?:loses the (?:newest|oldest)|and loses) (\d+)", text)
        if several and int(several[0]) != lost:
            yield f"{text}: {lost} are lost"
        parts = re.findall(r"(?:: |; )(\d+): ", text)
        if parts and sum(map(int, parts)) != lost:
            yield f"{text}: {lost} are lost"
