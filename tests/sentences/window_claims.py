"""What the window says of a state outside of Log, Why and Fate, against the reference.

Status bar, tooltips and descriptions of rings, the Channel dock, counters and the note below them,
the first loss on the timeline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.gui.channel.facts import facts_of
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.counters.panel import notes
from relayviz.gui.notice import Level
from relayviz.gui.rings import texts
from relayviz.gui.shell.status import figures_words, stepped_words
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.trail import Fate
from relayviz.model.numbers import THIN, grouped, plural
from tests.sentences.event_claims import true_fate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot
    from tests.reference import Buffer
    from tests.sentences.mirror import Look, Moment
    from tests.sentences.playing import Session

KEPT = (Fate.UNREAD, Fate.CONSUMED)


def wrong(session: Session) -> Iterator[str]:
    """Give the texts of the window that are false of the state now."""
    seen, moment = session.snapshot(), session.mirror.moments[-1]
    session.ledger.follow(session.history, 0)
    yield from _status(session, seen)
    yield from _channel(session, seen, moment)
    yield from _note(session, seen, moment)
    for row in range(seen.rows):
        yield from _counters(session, seen, row, moment.after)
        yield from _buffer(session, seen, row, moment.after)
        for index in range(seen.n_subbufs):
            yield from _subbuf(session, seen, row, index)
    first = session.ledger.timeline.losses.first
    lost = [step for fate, step in session.oracle.fates.values() if fate not in KEPT]
    if first != min(lost, default=None):
        yield f"first loss: step {first}, is {min(lost, default=None)}"


def _attempts(session: Session) -> list[Moment]:
    return [
        one
        for one in session.mirror.moments
        if one.step.operation.kind in ATTEMPTS and one.step.result.outcome is not Outcome.ERROR
    ]


def _status(session: Session, seen: Snapshot) -> Iterator[str]:
    """Check the figures at the right, and whether a loss has its sign."""
    tried = _attempts(session)
    fates = [true_fate(session, one) for one in tried]
    lost = [step for fate, step in fates if fate not in KEPT]
    words = f"{plural(len(tried), 'event')} tried · {grouped(len(lost))} lost"
    if figures_words(seen) != words:
        yield f"{figures_words(seen)}: is {words}"
    notice = stepped_words(seen)
    level = Level.LOSS if seen.step in lost else Level.INFO
    level = Level.ERROR if seen.result.outcome is Outcome.ERROR else level
    if notice.level is not level:
        yield f"{notice.level} of {notice.text}: is {level}"


def _channel(session: Session, seen: Snapshot, moment: Moment) -> Iterator[str]:
    """Check the lines of the Channel dock that tell more than a setting."""
    channel, looks = session.mirror.channel, moment.after.values()
    blocked = sum(one.is_blocked for one in looks)
    full = sum(one.ready >= seen.n_subbufs for one in looks)
    state = "closed" if channel.closed else "open"
    state += f", {blocked} blocked" if blocked else f", {full} full" if full else ""
    holders = len(session.mirror.files) + len(session.channel.consumer.mappings)
    files = channel.home.names()
    facts = {fact.name: fact for fact in facts_of(seen)}
    told = facts["files"].whole
    if told != (", ".join(files) or "–"):
        yield f"files: {told}, is {files}"
    value = facts["files"].value
    if (value.startswith("none") or value == "–") != (not files):
        yield f"files: {value}, is {files}"
    head = session.mirror.channel.base_filename or ""
    numbers = [int(one.removeprefix(head)) for one in files]
    if files and list(map(int, re.findall(r"\d+", value.removeprefix(head)))) != (
        [numbers[0], numbers[-1]] if "…" in value else numbers
    ):
        yield f"files: {value}, is {files}"
    if facts["state"].value != state:
        yield f"state: {facts['state'].value}, is {state}"
    if "open file keeps" in facts["state"].tip and not holders:
        yield f"{facts['state'].tip}: nobody holds it"
    for name, number in (
        ("unfilled slots", _unfilled(session)),
        ("last too big", channel.last_toobig),
    ):
        if int(re.sub(r"\D", "", facts[name].value) or 0) != number:
            yield f"{name}: {facts[name].value}, is {number}"
    online = facts["CPUs / on line"].value
    if not online.endswith(f"/ {len(channel.online)}"):
        yield f"on line: {online}, is {channel.online}"


def _unfilled(session: Session) -> int:
    """Return how many events were reserved, with a byte, and not filled."""
    steps = [one.step for one in session.mirror.moments]
    reserved = {
        step.event
        for step in steps
        if step.operation.kind is Kind.RESERVE
        and step.operation.length
        and step.result.outcome is Outcome.STORED
    }
    return len(reserved - {one.operation.event for one in steps if _fills(one)})


def _fills(step: object) -> bool:
    return step.operation.kind is Kind.FILL and step.result.outcome is Outcome.OK  # type: ignore[attr-defined]


def _note(session: Session, seen: Snapshot, moment: Moment) -> Iterator[str]:
    blocked = sum(one.is_blocked for one in moment.after.values())
    note = " ".join(notes(seen, blocked))
    if "next write tries the switch" in note and session.mirror.channel.closed:
        yield f"{note}: it is closed"
    if bool(blocked) != note.startswith(f"offset {seen.subbuf_size + 1} = size + 1: blocked"):
        yield f"{note}: {blocked} are blocked"


def _counters(session: Session, seen: Snapshot, row: int, looks: dict[int, Look]) -> Iterator[str]:
    """Check the counters of a buffer."""
    cpu = int(seen.buffers["cpu"][row])
    now = looks[cpu]
    buf = session.mirror.channel._by_cpu[cpu]
    fates = [true_fate(session, one)[0] for one in _attempts(session) if one.buffer == cpu]
    wanted = {
        "offset": now.offset,
        "prod": now.produced,
        "cons": now.consumed,
        "ready": now.ready,
        "lost": sum(fate not in KEPT for fate in fates),
        "pad": buf.prev_padding,
        "read": now.position,
        "file": buf.early_bytes if buf.file is None else buf.file.size,
        "tried": len(fates),
        "unread": fates.count(Fate.UNREAD),
        "taken": fates.count(Fate.CONSUMED),
    }
    for column in COLUMNS:
        told = int(column.figures(seen.buffers)[row])
        if column.heading in wanted and told != wanted[column.heading]:
            yield f"{column.heading} of cpu {cpu}: {told}, is {wanted[column.heading]}"


def _buffer(session: Session, seen: Snapshot, row: int, looks: dict[int, Look]) -> Iterator[str]:
    """Check the tooltip of a ring, which screen readers are told, too."""
    cpu, n = int(seen.buffers["cpu"][row]), seen.n_subbufs
    now, words = looks[cpu], texts.describe_buffer(seen, row).replace(THIN, "")
    gone = f", {now.ready - now.there} of them overwritten" if now.ready > now.there else ""
    state = ", blocked" if now.is_blocked else ", full" if now.ready >= n else ""
    title = "all CPUs" if session.mirror.channel.is_global else f"cpu {cpu}"
    state += ", the channel is closed" if session.mirror.channel.closed else ""
    of = f" of {n}" if now.ready <= n else ""
    head = f"{title}: {now.ready}{of} sub-buffers ready{gone}{state};"
    head += f" {now.produced} produced, {now.consumed} consumed"
    if words.splitlines()[0] != head:
        yield f"{words}: is {head}"
    fates = [true_fate(session, one)[0] for one in _attempts(session) if one.buffer == cpu]
    lost = sum(fate not in KEPT for fate in fates)
    if sum(map(int, re.findall(r"(\d+) [a-z]", words.partition("lost: ")[2]))) != lost:
        yield f"{words}: {lost} are lost"


def _subbuf(session: Session, seen: Snapshot, row: int, index: int) -> Iterator[str]:
    """Check the tooltip of a sub-buffer: which lap, in what state, and what is in it."""
    cpu = int(seen.buffers["cpu"][row])
    words = texts.describe_subbuf(seen, row, index).replace(THIN, "")
    mirror = session.mirror
    buf = mirror.channel._by_cpu[cpu]
    held = {one.buffer.cpu for one in mirror.files.values()}
    held |= {one.shown.cpu for one in session.channel.consumer.mappings.values()}
    is_gone = mirror.channel.closed and cpu not in held
    if is_gone or "gone" in words:
        if not (is_gone and "gone: the channel is closed" in words):
            yield f"{words}: {'is gone' if is_gone else 'it is held'}"
        return
    is_written = index == buf.current and not buf.blocked
    lap = buf.subbufs_produced if is_written else mirror.channel.slots.get(cpu, {}).get(index)
    if lap is None:
        if "not used since open or reset" not in words:
            yield f"{words}: is free"
        return
    wanted, padding = _held(session, buf, index, lap)
    if wanted not in words:
        yield f"{words}: is{wanted}"
    if padding != int(next(iter(re.findall(r"padding (\d+) B", words)), 0)):
        yield f"{words}: padding is {padding}"
    over = _overwritten(session, cpu, lap - seen.n_subbufs)
    told = re.findall(r"(\d+) events? overwritten when this lap began", words)
    if sum(map(int, told)) != over:
        yield f"{words}: {over} were overwritten"


def _held(session: Session, buf: Buffer, index: int, lap: int) -> tuple[str, int]:
    """Return what is to be said of what a sub-buffer holds, and its padding."""
    mirror, is_written = session.mirror, lap == buf.subbufs_produced
    closed = "was being written when the channel was closed"
    state = "finished, not consumed"
    if is_written:
        state = closed if mirror.channel.closed else "being written"
    elif lap < buf.subbufs_consumed:
        state = "consumed, its bytes still there"
    padding = 0 if is_written else buf.paddings[index]
    used = buf.offset if is_written else buf.subbuf_size - padding
    where = buf.cpu, mirror.resets, lap
    events = sum((one.buffer, one.resets, one.lap) == where for one in mirror.puts.values())
    noun = "event" if events == 1 else "events"
    return f" (lap {lap}): {state}; {events} {noun}, {used} B used", padding


def _overwritten(session: Session, cpu: int, lap: int) -> int:
    """Return how many events of a lap were overwritten."""
    mirror, where = session.mirror, (cpu, session.mirror.resets, lap)
    return sum(
        true_fate(session, one)[0] is Fate.OVERWRITTEN
        for one in _attempts(session)
        if (put := mirror.puts.get(one.step.event or 0)) is not None
        and (put.buffer, put.resets, put.lap) == where
    )
