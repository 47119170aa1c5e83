"""Where an event was put: a sub-buffer, a stretch of bytes in it, and the step that did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.model.channel.operation import Kind

NOT_STEPPED = -1
"""The step of an event that threads of a live channel wrote."""


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where one event was put.

    Attributes:
        event: Its number.
        cpu: Who wrote it.
        buffer: The CPU number of the buffer.
        index: The sub-buffer.
        lap: The number of the sub-buffer, counted from open or reset.
        start: First byte, from the start of the sub-buffer.
        length: Bytes.
        step: The step, by its number on the path, or NOT_STEPPED.
        time: When, in seconds since the epoch.
        kind: WRITE, WRITE_NOLOCK or RESERVE; FILL for one that was filled in after its sub-buffer
            had been used again, and so went over other bytes.
    """

    event: int
    cpu: int
    buffer: int
    index: int
    lap: int
    start: int
    length: int
    step: int
    time: float
    kind: Kind

    @property
    def end(self) -> int:
        """Behind its last byte, from the start of the sub-buffer."""
        return self.start + self.length
