"""The lanes as one image: a column of pixels stands for one or more steps, and hides no loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.lanes.canvas import canvas
from relayviz.gui.look.roles import Role
from relayviz.model.channel.marks import LOSS, Mark

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from relayviz.gui.look.theme import Theme

# What is drawn over what: marks, colour, and which part of the lane's height (from, to) they take.
# Kinds differ in place and height as well as in colour; a loss takes the whole lane.
LOOKS: tuple[tuple[Mark, Role, float, float], ...] = (
    (Mark.STORED | Mark.FILLED, Role.UNREAD, 0.28, 0.72),
    (Mark.RESERVED, Role.RESERVED, 0.40, 0.60),
    (Mark.SWITCHED, Role.PADDING, 0.12, 0.72),
    (Mark.FLUSHED | Mark.RESET, Role.HEADER, 0.12, 0.40),
    (Mark.READ | Mark.CONSUMED, Role.CONSUMER_POSITION, 0.60, 0.95),
    (Mark.FILE | Mark.CHANNEL, Role.TEXT_DIM, 0.0, 0.2),
    (Mark.ERROR, Role.WARNING, 0.0, 0.35),
    (LOSS, Role.LOST, 0.0, 1.0),
)
# The same where a column stands for thousands of events: what comes all the time leaves the rest
# its own part of the lane.
LIVE_LOOKS: tuple[tuple[Mark, Role, float, float], ...] = (
    (Mark.STORED, Role.UNREAD, 0.2, 0.68),
    (Mark.SWITCHED, Role.PADDING, 0.0, 0.2),
    (Mark.FLUSHED, Role.HEADER, 0.0, 0.32),
    (Mark.READ | Mark.CONSUMED, Role.CONSUMER_POSITION, 0.76, 1.0),
    (LOSS, Role.LOST, 0.0, 1.0),
)
WORDS = {
    "stored": Role.UNREAD,
    "switch": Role.PADDING,
    "read, consumed": Role.CONSUMER_POSITION,
    "lost": Role.LOST,
}


def draw_lanes(
    grid: NDArray[np.uint32],
    height: int,
    gap: int,
    theme: Theme,
    looks: tuple[tuple[Mark, Role, float, float], ...] = LOOKS,
) -> QImage:
    """Draw lanes of marks.

    Args:
        grid: The union of marks for each lane and column.
        height: Pixels of a lane.
        gap: Of these: below it, empty.
        theme: Colours.
        looks: What is drawn over what, and where.
    """
    lanes, width = grid.shape
    image, pixels = canvas(lanes, width, height, theme)
    bar = max(1, height - gap)
    middle = bar // 2
    pixels[:, middle : middle + 1] = theme.rgb(Role.LANE)
    for marks, role, start, end in looks:
        has = (grid & np.uint32(int(marks))) != 0
        if not has.any():
            continue
        first = min(int(bar * start), bar - 1)
        last = max(first + 1, round(bar * end))
        pixels[:, first:last][np.broadcast_to(has[:, None], (lanes, last - first, width))] = (
            theme.rgb(role)
        )
    return image
