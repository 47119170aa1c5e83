"""Strips of events as one image: a column of pixels stands for some events and shows all fates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.fate.looks import FUTURE, LOOKS, TILE, tile
from relayviz.gui.lanes.canvas import canvas
from relayviz.gui.look.roles import Role
from relayviz.model.ledger.lane import columns

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from relayviz.gui.look.theme import Theme
    from relayviz.model.ledger.lane import Lane

LEAST_CELL = 4.0  # pixels of an event from which on there is a gap between two


def lane_bits(lane: Lane, step: int, first: int, last: int) -> NDArray[np.uint16]:
    """Return what is to be seen of the events from row `first` to `last`, both included.

    Returns:
        Bits of fates for each, with FUTURE for those that come after `step`; 0 where there are no
        events any more. Shape (last - first + 1,).
    """
    found = np.zeros(last - first + 1, np.uint16)
    tried, there = lane.rows_at(step), len(lane.rows)
    if first < tried:
        past = lane.bits(step, first, min(tried, last + 1))
        found[: len(past)] = past
    found[max(tried - first, 0) : max(there - first, 0)] = FUTURE
    return found


def gathered(lanes: list[Lane], step: int, first: int, last: int, width: int) -> NDArray[np.uint16]:
    """Return the columns of several lanes, shape (lanes, width)."""
    if not lanes:
        return np.zeros((0, width), np.uint16)
    return np.stack([columns(lane_bits(lane, step, first, last), width) for lane in lanes])


def draw_strips(
    grid: NDArray[np.uint16] | NDArray[np.uint32], events: int, height: int, gap: int, theme: Theme
) -> QImage:
    """Draw strips.

    Args:
        grid: Bits of fates for each lane and column.
        events: How many events a lane stands for; where they are wide enough they stand apart.
        height: Pixels of a lane.
        gap: Of these: below it, empty.
        theme: Colours.
    """
    lanes, width = grid.shape
    image, pixels = canvas(lanes, width, height, theme)
    bar = max(1, height - gap)
    x = np.arange(width) % TILE
    for bits in np.unique(grid).tolist():
        parts = [bit for bit in LOOKS if bits & bit]
        at_lane, at_column = np.nonzero(grid == bits)
        for y in range(bar if parts else 0):
            # each fate gets its share; where there are fewer pixels than fates, losses come first
            part = parts[y * len(parts) // bar if bar >= len(parts) else y]
            pixels[at_lane, y, at_column] = tile(part, theme.name)[y % TILE][x[at_column]]
    if width and width >= events * LEAST_CELL:
        pixels[:, :, _edges(width, events)] = theme.rgb(Role.PANEL)
    return image


def _edges(width: int, events: int) -> NDArray[np.int64]:
    """Return the first column of each event but the first, with the sums of `columns`."""
    return np.flatnonzero(np.diff(np.arange(width) * events // width)) + 1
