"""What is wrong with a kernel's channel, as far as one look or several are evidence for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from relayviz.engines.kernel.viewing.state import position_in, rows_of
from relayviz.engines.kernel.viewing.told import contradictory
from relayviz.model.findings.finding import Fault, Finding, Severity, Show
from relayviz.model.kernel.evidence import losses_of
from relayviz.model.kernel.position import Writer
from relayviz.model.numbers import grouped, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.model.kernel.look import Buffer, Channel
    from relayviz.model.kernel.looks import Course, Looks

STALL = 2.0  # seconds
LEAST_FLUSHES, MOST_FINISHES = 3, 0.8  # looks, and which part of them
LEAST_FINISHED, MUCH_PADDING = 4, 0.25  # sub-buffers in memory, and which part of them is padding


def findings_of(channel: Channel, looks: Looks | None = None) -> tuple[Finding, ...]:
    """Return what is wrong, as far as the evidence goes; the worst first.

    Args:
        channel: As it was looked at last.
        looks: What several looks tell; None: there is but one.
    """
    return (*_of_one_look(channel, looks), *_of_looks(channel, looks), *_padding(channel))


def _of_one_look(channel: Channel, looks: Looks | None) -> tuple[Finding, ...]:
    blocked, lapped, full = [], [], []
    for buffer in rows_of(channel):
        position = position_in(channel, buffer)
        if position is None:
            continue
        if position.writer is Writer.BLOCKED:
            blocked.append(buffer)
        elif (losses_of(channel, buffer).overwritten or 0) > 0:
            lapped.append(buffer)
        elif position.produced - position.consumed >= position.n_subbufs:
            full.append(buffer)
    wrong = [rows_of(channel)[row] for row in sorted(contradictory(channel))]
    damage = "The counters contradict each other: nothing of it is known but where it is."
    damaged = (_finding(None, Severity.WARNING, wrong, damage, ""),) if wrong else ()
    return damaged + tuple(
        finding
        for found, make in ((blocked, _blocked), (lapped, _lapped), (full, _full))
        for is_read in (False, True)
        if (some := [one for one in found if _is_read(one) is is_read])
        for finding in (make(channel, looks, some, is_read),)
    )


def _is_read(buffer: Buffer) -> bool:
    return buffer.subbufs_consumed > 0 or buffer.bytes_consumed > 0


def _never(is_read: bool) -> str:
    return "" if is_read else " Nothing was reported as consumed since it was opened or reset."


def _blocked(
    channel: Channel, looks: Looks | None, buffers: list[Buffer], is_read: bool
) -> Finding:
    ready = [one.subbufs_produced - one.subbufs_consumed for one in buffers]
    if min(ready) >= channel.n_subbufs:
        state = f"all {plural(channel.n_subbufs, 'sub-buffer')} ready"
    else:
        state = f"{grouped(min(ready))} of {grouped(channel.n_subbufs)} still ready"
    waits = " Somebody waits in poll." if any(one.waiters for one in buffers) else ""
    text = (
        f"Blocked: the last switch was refused, {state}.{_since(looks, buffers)}"
        f" {_refused(channel, looks)}{_never(is_read)}{waits}"
    )
    helps = "Find out what the consumer is doing, or give it more sub-buffers."
    if not is_read:
        helps = "Start a consumer."
    return _finding(None if is_read else Fault.NO_READER, Severity.LOSS, buffers, text, helps)


def _since(looks: Looks | None, buffers: list[Buffer]) -> str:
    """Say since when buffers are blocked; of several, the first that was."""
    known = [one for one in _courses(looks, buffers) if one.blocked is not None]
    if looks is None or not known:
        return ""
    first = min(known, key=lambda one: one.blocked or 0.0)
    begin = "So since" if len(buffers) == 1 else "The first of them so since"
    if first.free is None:
        return f" {begin} before {_clock(looks, 0.0)}, when it was looked at first."
    return f" {begin} {_clock(looks, first.blocked or 0.0)}."


def _courses(looks: Looks | None, buffers: Sequence[Buffer]) -> list[Course]:
    """Return the courses of buffers that there are some of."""
    if looks is None:
        return []
    by_cpu = dict(zip(looks.cpus, looks.courses, strict=True))
    return [by_cpu[one.percpu_slot] for one in buffers if one.percpu_slot in by_cpu]


def _clock(looks: Looks, moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(looks.clock(moment)))


def _refused(channel: Channel, looks: Looks | None) -> str:
    """Say what is known of the events that were refused."""
    if (client := channel.client) is not None:
        count = plural(client.dropped, "event")
        newer = ""
        if looks is not None and looks.dropped:
            newer = f", {grouped(looks.dropped)} of them since {_clock(looks, 0.0)}"
        return f"{client.kind} counted {count} dropped, on all CPUs together{newer}."
    return "How many events were refused is not known."


def _lapped(channel: Channel, looks: Looks | None, buffers: list[Buffer], is_read: bool) -> Finding:
    newer = sum(one.sums.overwritten for one in _courses(looks, buffers))
    since = ""
    if looks is not None and newer:
        since = f" {plural(newer, 'sub-buffer')} of that kind since {_clock(looks, 0.0)}."
    gone = sum(losses_of(channel, one).overwritten or 0 for one in buffers)
    text = (
        f"{plural(gone, 'sub-buffer')} overwritten that nobody had reported as consumed."
        f"{since}{_never(is_read)}"
    )
    helps = "As it should be for a flight recorder; else consume faster, or use more sub-buffers."
    return _finding(Fault.LAPPED, Severity.LOSS, buffers, text, helps)


def _full(channel: Channel, looks: Looks | None, buffers: list[Buffer], is_read: bool) -> Finding:
    del looks
    text = (
        f"Full: all {plural(channel.n_subbufs, 'sub-buffer')} ready, the next switch may be"
        f" refused.{_never(is_read)}"
    )
    fault = None if is_read else Fault.NO_READER
    return _finding(fault, Severity.WARNING, buffers, text, "" if is_read else "Start a consumer.")


def _of_looks(channel: Channel, looks: Looks | None) -> Iterator[Finding]:
    """Say what only several looks show."""
    if looks is None:
        return
    stalled = [
        (buffer, course.read)
        for buffer in rows_of(channel)
        for course in _courses(looks, [buffer])
        if course.read is not None
        and course.ready is not None
        and looks.seconds - max(course.read, course.ready) >= STALL
    ]
    if stalled:
        buffers = [buffer for buffer, _read in stalled]
        when = _clock(looks, max(read for _buffer, read in stalled))
        text = (
            f"The consumer stalls: it was seen to read until {when}, and not since, with"
            " sub-buffers ready all the time."
        )
        helps = "Find out what it waits for, or what else it does."
        yield _finding(Fault.STALLED, Severity.WARNING, buffers, text, helps)
    if looks.flushes >= max(LEAST_FLUSHES, MOST_FINISHES * looks.finishes):
        text = (
            f"{grouped(looks.flushes)} of {plural(looks.finishes, 'look')} that found sub-buffers"
            " finished found one finished on every CPU, each more than half empty: relay_flush"
            " does that."
        )
        buffers = list(rows_of(channel))
        yield _finding(Fault.FLUSHED, Severity.WARNING, buffers, text, "Flush less often.")


def _padding(channel: Channel) -> Iterator[Finding]:
    """Say how much of the finished sub-buffers is padding, if it is much."""
    buffers, padding, count = [], 0, 0
    for buffer in rows_of(channel):
        position = position_in(channel, buffer)
        if position is None or position.writer is Writer.SWITCHING:
            continue
        laps = range(position.oldest, position.produced)
        padding += sum(position.padding[lap % position.n_subbufs] for lap in laps)
        count += len(laps)
        if laps:
            buffers.append(buffer)
    room = count * channel.subbuf_size
    if count < LEAST_FINISHED or padding < MUCH_PADDING * room:
        return
    text = (
        f"Padding takes {percent(padding / room)} of the {grouped(count)} finished sub-buffers that"
        " memory holds. It is what a flush leaves, or what the next event did not fit into."
    )
    helps = "Flush less often, if flushes leave it; else take larger sub-buffers."
    yield _finding(Fault.PADDING, Severity.WARNING, buffers, text, helps)


def _finding(
    fault: Fault | None, severity: Severity, buffers: list[Buffer], text: str, helps: str
) -> Finding:
    cpus = tuple(one.percpu_slot for one in buffers)
    return Finding(fault, severity, cpus, text, helps, Show(cpus[0]))
