"""Two channels after the same operations: what each keeps and loses, and what differs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.config import Mode
from relayviz.model.channel.result import Refusal
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.ledger.lane import CLOBBERED, LOSS_BITS
from relayviz.model.numbers import ready_words
from relayviz.model.records.records import records_at
from relayviz.model.sentence import as_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.ledger.fate import FateIndex

MOST_RANGES = 4
_GONE = LOSS_BITS | CLOBBERED


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """One of the two channels at a step.

    Attributes:
        name: "A" or "B".
        snapshot: Its state.
        fates: Its events.
        line: The branch it stands on, where the two are on different ones; else empty.
    """

    name: str
    snapshot: Snapshot
    fates: FateIndex
    line: str = ""

    @property
    def title(self) -> str:
        """What distinguishes it: its channel as it is now, and its branch."""
        words = title(replace(self.snapshot.config, mode=self.snapshot.mode))
        if not self.line:
            return words
        return f"{self.line}, step {self.snapshot.step} · {words}"


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """The events that were tried on a CPU's buffer, in both channels side by side.

    Attributes:
        events: Their numbers, in order, shape (events,).
        bits: What became of each in A and B, 1 << fate; 0: not tried there, shape (2, events).
    """

    events: NDArray[np.int64]
    bits: NDArray[np.uint16]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which events each of the two keeps, shape (2, events)."""
        return _are_kept(self.bits)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure in both channels, as it is shown.

    Attributes:
        name: The figure.
        a: In A.
        b: In B.
    """

    name: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        """Whether it is another in B."""
        return self.a != self.b


def survival(a: Half, b: Half, cpu: int) -> Survival:
    """Return what became of the events that were tried on a CPU's buffer."""
    tried = [_tried(half, cpu) for half in (a, b)]
    events = np.union1d(tried[0][0], tried[1][0])
    bits = np.zeros((2, len(events)), np.uint16)
    for place, (numbers, of_each) in enumerate(tried):
        bits[place, np.searchsorted(events, numbers)] = of_each
    return Survival(events, bits)


def _tried(half: Half, cpu: int) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Return the events that were tried on a CPU's buffer, and what became of each, as bits."""
    row = half.snapshot.row_of(cpu)
    buffer = cpu if row is None else int(half.snapshot.buffers["cpu"][row])
    lane, step = half.fates.lane(buffer), half.snapshot.step
    count = lane.rows_at(step)
    return lane.rows["event"][:count].astype(np.int64), lane.bits(step, 0, count)


def _are_kept(bits: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which events are unread or consumed, and their bytes still their own."""
    kept: NDArray[np.bool_] = (bits != 0) & (bits & np.uint16(_GONE) == 0)
    return kept


def differing(a: Half, b: Half) -> Iterator[int]:
    """Give the CPUs on whose buffers the two do not keep the same events."""
    for cpu in map(int, a.snapshot.buffers["cpu"]):
        kept = survival(a, b, cpu).kept
        if (kept[0] != kept[1]).any():
            yield cpu


# -- differences -----------------------------------------------------------------------------------


def differences(a: Half, b: Half, cpu: int) -> list[Difference]:
    """Return the figures of a CPU's buffer in both channels."""
    return [
        Difference(name, first, second)
        for (name, first), (_, second) in zip(_figures(a, cpu), _figures(b, cpu), strict=True)
    ]


def _figures(half: Half, cpu: int) -> list[tuple[str, str]]:
    seen, row = half.snapshot, half.snapshot.row_of(cpu)
    names = ("offset", "subbufs_produced", "subbufs_consumed", "ready", "relay_buf_full()")
    if row is None:
        return [(name, "–") for name in (*names, "last subbuf_start", "events kept", "events lost")]
    buf = seen.buffers[row]
    blocked = seen.is_blocked(row)
    _, bits = _tried(half, cpu)
    kept = int(np.count_nonzero(_are_kept(bits)))
    consults = seen.mode is not Mode.OVERWRITE
    full = f"{int(seen.is_full(row))}{'' if consults else ' (not consulted)'}"
    asked = int(buf["produced"]) > 0 or blocked
    values = (
        f"{int(buf['offset'])}{' (blocked)' if blocked else ''}",
        str(int(buf["produced"])),
        str(int(buf["consumed"])),
        ready_words(seen.ready(row), seen.overwritten(row), seen.n_subbufs).replace(" ready", ""),
        full,
        ("0" if blocked else "1") if asked else "no switch",
        str(kept),
        str(len(bits) - kept),
    )
    return list(
        zip((*names, "last subbuf_start", "events kept", "events lost"), values, strict=True)
    )


# -- sentences -------------------------------------------------------------------------------------


def title(config: ChannelConfig) -> str:
    """Name a channel by what distinguishes it: mode, sub-buffers, header."""
    words = f"{config.mode}, {config.n_subbufs} × {config.subbuf_size} B"
    return f"{words}, header {config.used_header} B" if config.used_header else words


def sentence(half: Half, found: Survival, place: int, cpu: int) -> str:
    """Say in a sentence what a channel keeps and loses, and why.

    Args:
        half: The channel.
        found: What became of the events.
        place: 0: it is A, 1: B.
        cpu: Whose buffer it is about.
    """
    tried = found.bits[place] != 0
    kept = found.kept[place][tried]
    total, stays = len(kept), int(np.count_nonzero(kept))
    if not total:
        return f"{half.name} has no event yet."
    if stays == total:
        return f"{half.name} keeps {_all(total)}.{_torn(half, cpu)}"
    reasons = _reasons(half, found.events[tried][~kept], found.bits[place][tried][~kept], cpu)
    return f"{half.name} {_what_stays(kept, stays, total)}: {reasons}.{_torn(half, cpu)}"


def _torn(half: Half, cpu: int) -> str:
    """Name the records of a CPU's buffer of which some pieces are lost and others are not."""
    row = half.snapshot.row_of(cpu)
    buffer = cpu if row is None else int(half.snapshot.buffers["cpu"][row])
    torn = [
        one.name
        for one in records_at(half.fates, half.snapshot.step)
        if one.is_torn and any(piece.buffer == buffer for piece in one.pieces)
    ]
    if not torn:
        return ""
    more = " and others" if len(torn) > MOST_RANGES else ""
    if len(torn) == 1:
        return f" Record {torn[0]} is torn."
    return f" Records {', '.join(torn[:MOST_RANGES])}{more} are torn."


def _all(total: int) -> str:
    return "the only event" if total == 1 else f"all {total} events"


def _what_stays(kept: NDArray[np.bool_], stays: int, total: int) -> str:
    """Say which part of the events stays: the oldest, the newest, or so many of them."""
    lost = total - stays
    if not stays:
        return f"loses {_all(total)}"
    if kept[:stays].all():
        return f"keeps the oldest {_events(stays)} and loses the newest {lost}"
    if kept[-stays:].all():
        return f"keeps the newest {_events(stays)} and loses the oldest {lost}"
    return f"keeps {stays} of {total} events and loses {lost}"


def _reasons(half: Half, events: NDArray[np.int64], lost: NDArray[np.uint16], cpu: int) -> str:
    """Say why events are lost, the most frequent cause first."""
    counts: Counter[str] = Counter()
    is_refused = lost & np.uint16(1 << Fate.REFUSED_FULL) != 0
    counts.update(_refused(half, event) for event in events[is_refused].tolist())
    for fate in LOST_FATES:
        if fate is not Fate.REFUSED_FULL and (lost & np.uint16(1 << fate)).any():
            counts[_reason(half, fate, cpu)] = int(np.count_nonzero(lost & np.uint16(1 << fate)))
    is_over = lost & np.uint16(LOSS_BITS) == 0
    counts.update(_gone_over(half, event) for event in events[is_over].tolist())
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{count}: {words}" for words, count in counts.most_common())


def _refused(half: Half, event: int) -> str:
    """Say why an event was refused."""
    n = half.snapshot.n_subbufs
    return {
        Refusal.FULL: f"refused while {n} of {n} sub-buffers were finished and not consumed",
        Refusal.DECLINED: "refused by subbuf_start, though the buffer was not full",
        Refusal.RAISED: "refused because subbuf_start raised",
        Refusal.NOTHING: "a reservation of 0 B got nothing after a switch",
    }[half.fates.refusal(event)]


def _gone_over(half: Half, event: int) -> str:
    """Say what went over the bytes of an event first."""
    found = half.fates.find(event, half.snapshot.step)
    is_stored = found is not None and found.clobbered is not None and found.clobbered.event is None
    how = "subbuf_start stored something there" if is_stored else "a slot was filled too late"
    return f"bytes gone over when {how}"


def _reason(half: Half, fate: Fate, cpu: int) -> str:
    """Say why events got a fate."""
    row = half.snapshot.row_of(cpu)
    subbufs = 0
    if row is not None:
        lane = half.fates.lane(int(half.snapshot.buffers["cpu"][row]))
        subbufs = lane.tallies(half.snapshot.step)[fate].subbufs
    several = f"{subbufs} sub-buffers" if subbufs != 1 else "a sub-buffer"
    they = "they were" if subbufs != 1 else "it was"
    words = {
        Fate.OVERWRITTEN: f"the writer used {several} again before {they} read to the end",
        Fate.TOO_BIG: "longer than a sub-buffer, or than its header leaves",
        Fate.RELEASED_UNREAD: f"{several} released before every byte was read",
        Fate.DISCARDED_RESET: "not consumed when the channel was reset",
        Fate.DISCARDED_CLOSE: "not consumed when the last who could read had gone",
        Fate.BUSY: "written from inside another write",
        Fate.WRITTEN_LATE: "written while the channel was being closed",
    }
    return words[fate]


def _events(count: int) -> str:
    return "event" if count == 1 else f"{count} events"


def only(found: Survival) -> str:
    """Say which events only one of the two keeps; empty: they keep the same."""
    kept = found.kept
    both = (
        _only("A", found.events, kept[0] & ~kept[1]),
        _only("B", found.events, kept[1] & ~kept[0]),
    )
    return as_sentence("; ".join(one for one in both if one))


def _only(name: str, events: NDArray[np.int64], mask: NDArray[np.bool_]) -> str:
    places = np.flatnonzero(mask)
    if not len(places):
        return ""
    noun = "event" if len(places) == 1 else f"{len(places)} events"
    return f"only {name} keeps the {noun} {ranges(events, places)}"


def ranges(events: NDArray[np.int64], places: NDArray[np.intp]) -> str:
    """List events by their numbers, those that follow each other on their CPU as "1…38"."""
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    runs = [(int(events[run[0]]), int(events[run[-1]])) for run in np.split(places, breaks)]
    shown = [
        f"{first}" if first == last else f"{first}…{last}" for first, last in runs[:MOST_RANGES]
    ]
    return ", ".join(shown) + (" and others" if len(runs) > MOST_RANGES else "")
