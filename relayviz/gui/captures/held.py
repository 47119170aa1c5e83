"""What of a buffer a consumer's file would hold: all that was written and is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot

FREE = 0  # Snapshot.subbufs["state"]


class Held(NamedTuple):
    """Bytes of a sub-buffer, from the start of the buffer: the first, and behind the last."""

    subbuf: int
    first: int
    end: int


def held(snapshot: Snapshot, row: int) -> list[Held]:
    """Return what was written to a buffer and is still there, the oldest first.

    Headers and padding are no part of it, nor are sub-buffers whose bytes may not be shown.

    Args:
        snapshot: The state.
        row: The buffer's row in it.
    """
    foreign = snapshot.foreign
    if snapshot.is_gone(row) or (foreign is not None and row in foreign.contradictory):
        return []
    found = []
    for index, info in enumerate(snapshot.subbufs[row]):
        begin, end = int(info["header"]), int(info["used"])
        if info["state"] == FREE or end <= begin:
            continue
        if foreign is not None and foreign.why_withheld(row, index):
            continue
        base = index * snapshot.subbuf_size
        found.append((int(info["lap"]), Held(index, base + begin, base + end)))
    return [one for _, one in sorted(found)]
