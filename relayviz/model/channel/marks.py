"""What happened at a step, as flags: what time lines draw, and what asks when a figure changed."""

from __future__ import annotations

from enum import IntFlag


class Mark(IntFlag):
    """What happened; several may come together."""

    STORED = 1 << 0
    RESERVED = 1 << 1
    FILLED = 1 << 2
    SWITCHED = 1 << 3
    READ = 1 << 4
    CONSUMED = 1 << 5
    FLUSHED = 1 << 6
    RESET = 1 << 7
    FILE = 1 << 8
    CHANNEL = 1 << 9
    ERROR = 1 << 10
    # figures that are others now: not drawn, but asked for (Timeline.last)
    OFFSET = 1 << 11
    PADDING = 1 << 12
    POSITION = 1 << 13
    LOST_FULL = 1 << 16
    LOST_TOO_BIG = 1 << 17
    LOST_BUSY = 1 << 18
    OVERWRITTEN = 1 << 19
    DISCARDED = 1 << 20
    RELEASED = 1 << 21


FIGURES = Mark.OFFSET | Mark.PADDING | Mark.POSITION
"""The marks of figures that changed: offset, prev_padding, bytes_consumed."""

LOSS = (
    Mark.LOST_FULL
    | Mark.LOST_TOO_BIG
    | Mark.LOST_BUSY
    | Mark.OVERWRITTEN
    | Mark.DISCARDED
    | Mark.RELEASED
)
"""The marks of lost events."""
