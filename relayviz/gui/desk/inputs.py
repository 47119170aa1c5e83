"""What the next operation will be done with: the fields of the toolbar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.channel.operation import ALL

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig

MAX_LENGTH = 1 << 20
A_FEW = 4  # events that a sub-buffer holds of a size that is proposed


@dataclass(frozen=True, slots=True)
class Inputs:
    """The operands that buttons and keys use.

    Attributes:
        cpu: The CPU that acts.
        all_cpus: Every CPU acts, not only `cpu`.
        length: Bytes of write, reserve, switch, read and splice.
        count: Sub-buffers that one "consume" reports.
    """

    cpu: int = 0
    all_cpus: bool = False
    length: int = 120
    count: int = 1

    @property
    def target(self) -> int:
        """The CPU of the next operation: one, or ALL."""
        return ALL if self.all_cpus else self.cpu


def room_for_an_event(config: ChannelConfig) -> int:
    """Return how many bytes the largest event has that a channel can store."""
    return config.subbuf_size - config.used_header


def fitting(length: int, config: ChannelConfig) -> int:
    """Return a size of events that a channel can store: the one that is usual, if it can."""
    room = room_for_an_event(config)
    return length if length <= room else max(1, room // A_FEW)
