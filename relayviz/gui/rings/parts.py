"""What the bytes of a sub-buffer are, from a snapshot alone: as the raster draws them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from relayviz.gui.rings.raster import Paint

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot


class State(IntEnum):
    """Snapshot.subbufs["state"]."""

    FREE = 0
    CURRENT = 1
    UNREAD = 2
    DONE = 3


STATE_WORDS = {
    State.FREE: "not used since open or reset",
    State.CURRENT: "being written",
    State.UNREAD: "finished, not consumed",
    State.DONE: "consumed, its bytes still there",
}
FINISHED = "finished"  # whether it was consumed is not known


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a sub-buffer, from its start: the first, and the one behind the last."""

    paint: Paint
    start: int
    end: int


def parts(snapshot: Snapshot, row: int, index: int) -> list[Part]:
    """Return the parts of a sub-buffer in order; those reserved and not yet filled lie on top."""
    info, size = snapshot.subbufs[row, index], snapshot.subbuf_size
    state = int(info["state"])
    used = min(int(info["used"]), size) if state != State.FREE else 0
    header = min(int(info["header"]), used)
    read = used if state == State.DONE else min(int(info["read"]), used)
    padded = used
    if state not in (State.CURRENT, State.FREE):
        padded += min(int(info["padding"]), size - used)
    rest = Paint.LOST if state == State.CURRENT and int(info["lost"]) else Paint.FREE
    edges = (0, header, max(read, header), used, padded, size)
    paints = (Paint.HEADER, Paint.CONSUMED, Paint.UNREAD, Paint.PADDING, rest)
    return [
        Part(paint, start, end)
        for paint, start, end in zip(paints, edges, edges[1:], strict=False)
        if start < end
    ]


def part_at(snapshot: Snapshot, row: int, index: int, offset: int) -> Part:
    """Return the part that a byte belongs to."""
    offset = min(max(offset, 0), snapshot.subbuf_size - 1)
    begin = index * snapshot.subbuf_size
    for slot in snapshot.reserved:
        if (
            slot.is_current
            and slot.start <= begin + offset < slot.end
            and snapshot.row_of(slot.buffer) == row
        ):
            return Part(Paint.RESERVED, slot.start - begin, slot.end - begin)
    return next(part for part in parts(snapshot, row, index) if part.start <= offset < part.end)
