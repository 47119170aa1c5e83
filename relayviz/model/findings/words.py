"""Parts of sentences that several findings have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.numbers import about, grouped, plural, size

if TYPE_CHECKING:
    from relayviz.model.findings.measured import Counts, Measured


def refused(measured: Measured) -> Counts:
    """Return the events that were lost for want of room."""
    return measured.crowded_out


def lost(measured: Measured, row: int) -> str:
    """Say how many events were lost for want of room: 12 events refused."""
    count = plural(int(measured.crowded_out[row]), "event")
    return f"{count} {'overwritten' if measured.overwrites else 'refused'}."


def waited(measured: Measured, row: int) -> str:
    """Say what had to wait at worst, and what the buffer holds."""
    waiting, room = float(measured.consumers.backlog[row]), float(measured.holds[row])
    count = measured.config.n_subbufs
    hold = f"{plural(count, 'sub-buffer')} {'holds' if count == 1 else 'hold'}"
    if waiting <= room:  # the mean of all times is not what there was room for at that time
        return f"its {hold} {about(room)}"
    words = about(waiting), about(room)
    if words[0] == words[1]:
        words = size(round(waiting)), size(round(room))
    return f"up to {words[0]} had to wait at a time, {hold} {words[1]}"


def all_full(measured: Measured) -> str:
    """Say that the buffer is full."""
    count = measured.config.n_subbufs
    return (
        "its only sub-buffer is full"
        if count == 1
        else f"all {grouped(count)} sub-buffers are full"
    )
