"""Writing down what a step did to events stored before it, from what the core's account shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.step.recording.reading import foresee
from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.channel.trail import STORED, Fate, Reading, Trail, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.channel.deed import Deed
    from relayviz.engines.step.channel.state import Change
    from relayviz.model.channel.operation import Operation

_DECIDED = STORED[1:]
_SWITCHING = ATTEMPTS | {Kind.SWITCH, Kind.FLUSH}
_DISCARDING = frozenset({Kind.RESET, Kind.CLOSE, Kind.CLOSE_FILE, Kind.UNMAP})


class Foresight(NamedTuple):
    """What has to be looked at before an operation.

    Attributes:
        reading: What it is about to deliver.
        read_whole: For what may discard everything: the (buffer, lap) that were read to their end.
        begun: For the same: bytes read of those that were not, by CPU number.
        is_left: For a poll: whether a read would find something.
    """

    reading: Reading | None = None
    read_whole: frozenset[tuple[int, int]] = frozenset()
    begun: tuple[tuple[int, int], ...] = ()
    is_left: bool = False


def look_ahead(channel: StepChannel, operation: Operation) -> Foresight:
    """Look at a channel before an operation is performed on it."""
    ahead = Foresight(foresee(channel, operation))
    if operation.kind in _DISCARDING:
        return ahead._replace(read_whole=_read_whole(channel, least=1), begun=_begun(channel))
    return ahead._replace(is_left=operation.kind is Kind.POLL and _is_left(channel, operation))


def _is_left(channel: StepChannel, poll: Operation) -> bool:
    reading = foresee(channel, replace(poll, kind=Kind.READ, length=1))
    return reading is not None and bool(reading.runs)


def trail_of(deed: Deed, ahead: Foresight) -> Trail | None:
    """Return what an operation did to events stored before it; None: nothing."""
    verdicts = tuple(
        verdict
        for change in deed.changes
        if _has_decided(change)
        for verdict in _verdicts(deed, change, ahead)
    )
    reading = ahead.reading
    if reading is not None and not _is_done(deed, reading):
        reading = None
    over = tuple(deed.channel.client.over)
    return Trail(verdicts, reading, over) if verdicts or reading is not None or over else None


def _is_done(deed: Deed, reading: Reading) -> bool:
    """Whether a reading took place, and did something."""
    moved = reading.skipped[1] - reading.skipped[0] + reading.released
    if isinstance(deed.returned, bytes):
        return bool(reading.runs or moved)
    # a splice that fails with EAGAIN may have released empty sub-buffers
    consumed = [one.after.consumed - one.before.consumed for one in deed.changes]
    return consumed == [moved] != [0] and not reading.runs


def _has_decided(change: Change) -> bool:
    """Whether events that were stored have left the buffer: more came in than are there more."""
    then, now = change.before.account, change.after.account
    came = now.accepted.events - then.accepted.events
    return now.unread.events - then.unread.events != came


def _verdicts(deed: Deed, change: Change, ahead: Foresight) -> Iterator[Verdict]:
    """Give the fates that were decided in one buffer."""
    fates = [fate for fate in _DECIDED if change.grown(fate.entry).events]
    first, last = _laps(deed, change)
    if len(fates) == 1:
        yield Verdict(change.after.cpu, first, last, fates[0])
        return
    # some had been read to their end, others not; the core goes by that as well
    whole = ahead.read_whole or _read_whole(deed.channel, least=0)
    other = next(fate for fate in fates if fate is not Fate.CONSUMED)
    for lap in range(first, last + 1):
        is_read = (change.after.cpu, lap) in whole
        yield Verdict(change.after.cpu, lap, lap, Fate.CONSUMED if is_read else other)


def _laps(deed: Deed, change: Change) -> tuple[int, int]:
    """Return the first and the last sub-buffer that an operation may have decided."""
    then, now = change.before, change.after
    if deed.operation.kind in _SWITCHING:
        # the one that stood where the newest begins
        evicted = now.produced - (now.offset > deed.size) - deed.n_subbufs
        return evicted, evicted
    oldest = max(then.produced - deed.n_subbufs, 0)  # older ones have no place in the ring
    if deed.operation.kind in _DISCARDING:
        return oldest, then.produced
    return max(then.consumed, oldest), now.consumed - 1


def _begun(channel: StepChannel) -> tuple[tuple[int, int], ...]:
    """Return how much was read of sub-buffers that are not released and not read to their end.

    Headers are no events. Behind empty sub-buffers a read can give more than the core counts.
    """
    seen = channel.channel.snapshot()
    read, used, lap = (seen.subbufs[name].astype(np.int64) for name in ("read", "used", "lap"))
    events = np.maximum(read - seen.subbufs["header"].astype(np.int64), 0)
    held = lap >= seen.buffers["consumed"].astype(np.int64)[:, None]
    sizes = np.where(held & (read < used), events, 0).sum(axis=1)
    return tuple(
        (int(cpu), int(size)) for cpu, size in zip(seen.buffers["cpu"], sizes, strict=True) if size
    )


def _read_whole(channel: StepChannel, least: int) -> frozenset[tuple[int, int]]:
    """Return the (buffer, lap) of what was read to its end and has `least` bytes."""
    seen = channel.channel.snapshot()
    read: NDArray[np.bool_] = seen.subbufs["read"] >= np.maximum(seen.subbufs["used"], least)
    return frozenset(
        (int(seen.buffers["cpu"][row]), int(seen.subbufs["lap"][row, index]))
        for row, index in np.argwhere(read)
    )
