"""From a point to a byte of a buffer, and back; the same sums as the raster's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.gui.rings.layout import Layout
    from relayviz.model.engine.snapshot import Snapshot

GAP_FROM = 6.0  # samples: a shorter sub-buffer has no gap behind it
GAP = 1.0  # samples
NEAR = 14.0  # outside of a ring, where marks and numbers are


@dataclass(frozen=True, slots=True)
class Spot:
    """What is at a point.

    Attributes:
        row: The buffer's row in the snapshot.
        index: The sub-buffer; -1: beside the ring or bar.
        offset: The byte, from the start of the sub-buffer; -1 likewise.
    """

    row: int
    index: int = -1
    offset: int = -1


def turn_of(index: int, offset: int, n: int, size: int, samples: int) -> float:
    """Return where along the rim a byte is, as a part of the whole: 0 to 1."""
    length = samples / n
    gap = GAP if length >= GAP_FROM else 0.0
    return (index * length + offset / size * (length - gap)) / samples


def turn_of_byte(shape: tuple[int, int], samples: int, byte: int) -> float:
    """Return where a byte of the whole buffer is; what ends with a sub-buffer ends before the gap.

    Args:
        shape: Sub-buffers, and bytes of each.
        samples: As for turn_of.
        byte: The byte, or behind the last one.
    """
    n, size = shape
    index = min(max(byte - 1, 0) // size, n - 1) if byte % size == 0 else byte // size
    return turn_of(index, byte - index * size, n, size, samples)


def byte_of(turn: float, n: int, size: int, samples: int) -> tuple[int, int]:
    """Return the sub-buffer and the byte of it at a part of the whole; a gap ends the last."""
    length = samples / n
    gap = GAP if length >= GAP_FROM else 0.0
    index = min(int(turn * n), n - 1)
    within = (turn * n - index) * length / (length - gap)
    return index, min(int(within * size), size - 1)


def point_of(centre: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    """Return a point of a circle: 0 is at twelve o'clock, and it goes clockwise."""
    angle = turn * 2 * math.pi
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def hit(layout: Layout, snapshot: Snapshot, x: float, y: float, samples: int) -> Spot | None:
    """Return what is at a point of the sheet; None: nothing.

    Args:
        layout: Where the rings or bars are.
        snapshot: What they show.
        x: The point.
        y: The point.
        samples: Of a ring.
    """
    row = layout.row_at(x, y)
    if row is None or row >= snapshot.rows:
        return None
    if layout.bars:
        bar = layout.bar(row)
        turn = (x - bar.x) / bar.width
        samples = max(1, round(bar.width))
    else:
        centre_x, centre_y = layout.centre(row)
        dx, dy = x - centre_x, y - centre_y
        if not layout.inner <= math.hypot(dx, dy) <= layout.outer + NEAR:
            return Spot(row)
        turn = math.atan2(dx, -dy) / (2 * math.pi) % 1.0
    if not 0.0 <= turn < 1.0:
        return Spot(row)
    return Spot(row, *byte_of(turn, snapshot.n_subbufs, snapshot.subbuf_size, samples))
