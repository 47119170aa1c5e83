"""What is told of a capture beside its rings: what is not known, facts, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.words import gap_words, unknown
from relayviz.model.capture.tape import NO_CPU
from relayviz.model.findings.finding import Finding, Severity, Show
from relayviz.model.numbers import grouped, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.capture.capture import Capture, Part
    from relayviz.engines.capture.viewing.rings import Rings
    from relayviz.model.capture.gaps import Gap
    from relayviz.model.capture.tape import Tape

    Line = tuple[str, str, str]

UNKNOWN = frozenset(
    {
        *("consumed", "bytes_consumed", "read", "account", "mode", "online", "last_toobig"),
        *("stat_full", "stat_big", "waiters", "header", "reserved", "files", "mappings", "lost"),
        *("rest", "state"),  # what lies behind the records; whether it is open
    }
)
"""Names of what a capture does not hold: what its consumer did, and how the channel was opened."""

AT_LEAST = frozenset({"account.refused_full"})
STORED = frozenset({"account.accepted"})
COMMON_BORDERS = (
    "Borders of sub-buffers behind the first gap are a guess: on which CPU the records are missing "
    "is not known."
)
_NAMED = 40  # letters of a list of files


def at_least(tape: Tape) -> frozenset[str]:
    """Return the figures of which more than is told may be true."""
    no_losses = tape.layout.sequence is None or tape.layout.is_common
    return frozenset() if no_losses else AT_LEAST


def facts_of(capture: Capture, rings: Rings) -> tuple[Line, ...]:
    """Return what is told of a capture, line by line: name, value, what it means."""
    return tuple(_facts(capture, rings))


def _facts(capture: Capture, rings: Rings) -> Iterator[Line]:
    tape = rings.tape
    status = f", {tape.layout.status}" if tape.layout.status else ""
    yield "kind", f"{tape.layout.name}{status}", "How its records look; found in their content."
    yield "records", grouped(tape.count), "That are in the files, and are laid out here."
    names = ", ".join(source.path.name for source in tape.sources)
    files = names if len(names) <= _NAMED else plural(len(tape.sources), "file")
    yield "capture", files, "\n".join(str(source.path) for source in tape.sources)
    yield "sizes", rings.sizes.words, f"Of the channel: {rings.sizes.why}."
    if tape.layout.is_common and tape.lost:
        yield "borders", "certain up to the first gap", COMMON_BORDERS
    missing = grouped(capture.missing) if tape.layout.sequence is not None else "not known"
    yield "missing", missing, "Records whose numbers are missing between two others."
    yield (
        "flushes",
        "not known",
        "Borders and padding are given back as they were if nobody flushed.",
    )


def findings_of(capture: Capture, tape: Tape) -> tuple[Finding, ...]:
    """Return what is wrong with a capture, and what it cannot tell; losses first."""
    found = [_losses(tape, buffer) for buffer in (*range(len(tape.cpus)), NO_CPU)]
    told = [one for one in found if one is not None]
    told += _damage(capture, tape)
    told += [_warning(words) for words in unknown(capture)]
    told += [_warning(f"{one.path.name}: {one.reason}") for one in capture.refused]
    return tuple(told)


def _losses(tape: Tape, buffer: int) -> Finding | None:
    """Tell what is missing on a CPU, or of all; None: nothing is."""
    lost = [one for one in tape.lost if one.buffer == buffer]
    if not lost:
        return None
    cpu = tape.cpus[buffer] if buffer != NO_CPU else NO_CPU
    missing = sum(one.gap.missing for one in lost)
    worst = max(lost, key=lambda one: one.gap.missing)
    where = "" if buffer == NO_CPU else f" of CPU {cpu}"
    text = (
        f"{plural(missing, 'record')}{where} missing, in {plural(len(lost), 'gap')}. "
        f"{_largest(worst.gap)}"
    )
    helps = "Read faster, or give the channel more room: sub-buffers or bytes in them."
    show = Show(cpu, dock="timeline", written=worst.after)
    return Finding(None, Severity.LOSS, () if cpu == NO_CPU else (cpu,), text, helps, show)


def _largest(gap: Gap) -> str:
    return f"The most at once: {gap_words(gap).partition(': ')[2] or gap_words(gap)}."


def _behind(tape: Tape, part: Part, byte: int) -> Show | None:
    """Return the moment before the first record of a file behind a byte; None: it has no record."""
    end = part.begin + len(part.index.rows)
    places = np.flatnonzero((tape.order >= part.begin) & (tape.order < end))
    if not len(places):
        return None
    behind = places[tape.rows["at"][tape.order[places]] >= byte]
    written = int(behind[0]) if len(behind) else int(places[-1]) + 1
    return Show(tape.cpus[tape.buffer_of(int(places[0]))], dock="records", written=written)


def _damage(capture: Capture, tape: Tape) -> Iterator[Finding]:
    for part in capture.parts:
        damage = part.index.damage()
        torn = sum(end - begin for begin, end, is_cut in damage if not is_cut)
        if torn:
            first = next(begin for begin, _, is_cut in damage if not is_cut)
            yield _warning(
                f"{part.path.name}: {size(torn)} are no record and are left out, the first at byte "
                f"{grouped(first)}.",
                _behind(tape, part, first),
            )
        if damage and damage[-1][2] and tape.is_whole:
            yield _warning(
                f"{part.path.name} ends within a record, at byte {grouped(damage[-1][0])}.",
                _behind(tape, part, damage[-1][0]),
            )
        if not part.kind.layout.cpu and part.kind.layout.is_named_by_cpu and part.named_cpu < 0:
            yield _warning(
                f"{part.path.name}: its name does not end with a CPU's number, and its records say "
                "none: they are not shown. Give it back the name that its recorder gave it."
            )
    if tape.backwards:
        yield _warning(
            f"{plural(tape.backwards, 'record')} with an earlier time than one before on the same "
            "CPU: the order is that of the numbers."
        )


def _warning(words: str, show: Show | None = None) -> Finding:
    return Finding(None, Severity.WARNING, (), words, show=show)
