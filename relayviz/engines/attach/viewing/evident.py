"""What is wrong with a channel of another process, by its account and by what looks found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.attach.viewing.state import position_of
from relayviz.engines.attach.viewing.told import undone
from relayviz.model.findings.finding import Fault, Finding, Severity, Show
from relayviz.model.kernel.position import Writer
from relayviz.model.numbers import grouped, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from relayviz.engines.attach.viewing.state import BufferLook, ChannelLook
    from relayviz.model.kernel.looks import Course, Looks

STALL = 2.0  # seconds
LEAST_FINISHED, MUCH_PADDING = 4, 0.25  # sub-buffers in memory, and which part of them is padding


class _Row(NamedTuple):
    """A buffer that is whole: its look, its figures, and how it went on; None: that came later."""

    look: BufferLook
    row: np.void
    course: Course | None

    def events(self, entry: str) -> int:
        return int(self.row["account"][entry]["events"])

    @property
    def ready(self) -> int:
        return int(self.row["produced"]) - int(self.row["consumed"])

    @property
    def is_blocked(self) -> bool:
        return int(self.row["offset"]) > self.look.told.subbuf_size

    @property
    def is_read(self) -> bool:
        return int(self.row["consumed"]) > 0 or int(self.row["bytes_consumed"]) > 0


def findings_of(look: ChannelLook, looks: Looks) -> tuple[Finding, ...]:
    """Return what is wrong; what is lost for good first.

    Args:
        look: The channel as it was looked at last.
        looks: What all looks tell.
    """
    courses = dict(zip(looks.cpus, looks.courses, strict=True))
    rows = [
        _Row(one, one.told.buffer, courses.get(one.cpu))
        for one in look.buffers
        if one.told.buffer is not None
    ]
    return (
        *_damaged(look),
        *_died(look, rows),
        *_refused(look, rows, looks),
        *_overwritten(rows),
        *_others(rows),
        *_full(look, rows),
        *_stalled(rows, looks),
        *_padding(rows),
    )


def _damaged(look: ChannelLook) -> Iterator[Finding]:
    cpus = [one.cpu for one in look.buffers if one.is_damaged]
    if cpus:
        text = "The control block is damaged: its figures cannot be, so none of them is shown."
        helps = "Find out who else writes to that file; a new start of the process makes it anew."
        yield _finding(None, Severity.WARNING, cpus, text, helps)


def _died(look: ChannelLook, rows: Sequence[_Row]) -> Iterator[Finding]:
    """Say what a process left that is gone and had not closed its channel."""
    if look.alive is not False or look.is_closed:
        return
    unread = sum(row.events("unread") for row in rows)
    left = [one for one in look.buffers if one.doing]
    text = f"Process {look.first.pid} is gone and had not closed the channel:"
    text += f" {plural(unread, 'event')} unread."
    for one in left:
        what = "it was writing an event, which is not whole"
        told = what if one.told.is_torn else f"found half done: {undone(one)}"
        text += f" CPU {one.cpu}: {told}."
    helps = (
        "File → Save the bytes as a capture… keeps what it had written; F11 steps from there."
        " Before the next start, relay.Directory.at(FOLDER).clean(NAME) takes its files away."
    )
    cpus = [one.cpu for one in left] or [row.look.cpu for row in rows]
    yield _finding(None, Severity.WARNING, cpus, text, helps)


def _refused(look: ChannelLook, rows: Sequence[_Row], looks: Looks) -> Iterator[Finding]:
    for is_read in (False, True):
        some = [row for row in rows if row.is_read is is_read]
        lost = [row for row in some if row.events("refused_full") or row.is_blocked]
        if not lost:
            continue
        count = sum(row.events("refused_full") for row in lost)
        blocked = sum(row.is_blocked for row in lost)
        text = f"{plural(count, 'event')} refused: no sub-buffer was free."
        if blocked:
            text += f" {plural(blocked, 'buffer is', 'buffers are')} blocked{_since(lost, looks)}."
        if not is_read:
            text += " Nothing was ever consumed."
        helps = "Consume faster, or use more sub-buffers." if is_read else "Start a consumer."
        fault = Fault.TOO_SLOW if is_read else Fault.NO_READER
        yield _finding(fault, Severity.LOSS, _cpus(lost), text, helps)
    del look


def _since(rows: Sequence[_Row], looks: Looks) -> str:
    """Say since when the first of some buffers is blocked."""
    known = [
        row.course
        for row in rows
        if row.is_blocked and row.course is not None and row.course.blocked is not None
    ]
    if not known:
        return ""
    first = min(known, key=lambda one: one.blocked or 0.0)
    if first.free is None:
        return f" since before {_clock(looks, 0.0)}, when it was looked at first"
    return f" since {_clock(looks, first.blocked or 0.0)}"


def _clock(looks: Looks, moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(looks.clock(moment)))


def _overwritten(rows: Sequence[_Row]) -> Iterator[Finding]:
    lost = [row for row in rows if row.events("overwritten")]
    if lost:
        count = sum(row.events("overwritten") for row in lost)
        text = f"{plural(count, 'event')} overwritten before anybody had consumed them."
        helps = "As it should be for a flight recorder; else consume faster, or use more room."
        yield _finding(Fault.LAPPED, Severity.LOSS, _cpus(lost), text, helps)


OTHERS = {
    "too_big": (
        "larger than a sub-buffer holds",
        "Use larger sub-buffers, or write the event in pieces.",
    ),
    "busy": (
        "written by a signal handler or a callback inside a write to the same buffer",
        "Write from one place at a time in each thread.",
    ),
    "written_late": (
        "written while the channel was being closed",
        "Stop writing before the channel is closed.",
    ),
    "released_unread": (
        "in sub-buffers that a consumer reported before it had read them",
        "Report a sub-buffer as consumed after it was read.",
    ),
    "discarded_reset": ("unread when the channel was reset", "Consume what is there, then reset."),
    "discarded_close": (
        "unread when the channel was closed and nobody could read them any more",
        "Consume what is there before the channel is closed.",
    ),
}
"""What becomes of events otherwise, and what helps, by the account's names."""


def _others(rows: Sequence[_Row]) -> Iterator[Finding]:
    for entry, (what, helps) in OTHERS.items():
        lost = [row for row in rows if row.events(entry)]
        if lost:
            count = sum(row.events(entry) for row in lost)
            fault = Fault.TOO_BIG if entry == "too_big" else None
            text = f"{plural(count, 'event')} lost, {what}."
            yield _finding(fault, Severity.LOSS, _cpus(lost), text, helps)


def _full(look: ChannelLook, rows: Sequence[_Row]) -> Iterator[Finding]:
    """Say which buffers are full and have lost nothing yet."""
    if look.alive is False or look.is_closed:
        return
    full = [
        row
        for row in rows
        if row.ready >= row.look.told.n_subbufs
        and not (row.is_blocked or row.events("refused_full") or row.events("overwritten"))
    ]
    if full:
        text = f"Full: all {plural(look.first.n_subbufs, 'sub-buffer')} ready; the next switch may"
        text += " be refused, or go over the oldest."
        yield _finding(None, Severity.WARNING, _cpus(full), text, "Start a consumer, or wake it.")


def _stalled(rows: Sequence[_Row], looks: Looks) -> Iterator[Finding]:
    stalled = [
        (row, row.course.read)
        for row in rows
        if row.course is not None
        and row.course.read is not None
        and row.course.ready is not None
        and looks.seconds - max(row.course.read, row.course.ready) >= STALL
    ]
    if stalled:
        when = _clock(looks, max(read for _row, read in stalled))
        text = f"The consumer stalls: it was seen to read until {when}, and not since, with"
        text += " sub-buffers ready all the time."
        helps = "Find out what it waits for, or what else it does."
        yield _finding(
            Fault.STALLED, Severity.WARNING, _cpus([row for row, _read in stalled]), text, helps
        )


def _padding(rows: Sequence[_Row]) -> Iterator[Finding]:
    """Say how much of the finished sub-buffers is padding, if it is much."""
    with_some, padding, count = [], 0, 0
    for row in rows:
        position = position_of(row.look)
        if position is None or position.writer is Writer.DAMAGED:
            continue
        laps = range(position.oldest, position.produced)
        padding += sum(position.padding[lap % position.n_subbufs] for lap in laps)
        count += len(laps)
        if laps:
            with_some.append(row)
    room = count * rows[0].look.told.subbuf_size if rows else 0
    if count >= LEAST_FINISHED and padding >= MUCH_PADDING * room:
        text = f"Padding takes {percent(padding / room)} of the {grouped(count)} finished"
        text += " sub-buffers that memory holds. It is what a flush leaves, or what the next event"
        text += " did not fit into."
        helps = "Flush less often, if flushes leave it; else take larger sub-buffers."
        yield _finding(Fault.PADDING, Severity.WARNING, _cpus(with_some), text, helps)


def _cpus(rows: Sequence[_Row]) -> list[int]:
    return [row.look.cpu for row in rows]


def _finding(
    fault: Fault | None, severity: Severity, cpus: Sequence[int], text: str, helps: str
) -> Finding:
    return Finding(fault, severity, tuple(cpus), text, helps, Show(cpus[0]))
