"""What is swept over: loads, sizes of sub-buffers, numbers of them, modes. Plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.clock import Simulated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.load.load import Load

MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A channel under a load.

    Attributes:
        name: What the load is called.
        config: The channel.
        load: The load.
        seconds: Simulated seconds.
        simulated: The clock.
    """

    name: str
    config: ChannelConfig
    load: Load
    seconds: float
    simulated: Simulated


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell came to; it is the same on every machine.

    Attributes:
        attempted, consumed, unread, lost: Events, of all CPUs.
        refused_full, overwritten: Of the lost ones: for want of room, by mode.
        most_ready: The most sub-buffers that were ever ready, of the CPU that had most.
        error: Why it could not be measured; empty: it was.
    """

    attempted: int = 0
    consumed: int = 0
    unread: int = 0
    lost: int = 0
    refused_full: int = 0
    overwritten: int = 0
    most_ready: int = 0
    error: str = ""

    @property
    def lost_share(self) -> float:
        """The share of the attempted events that was lost, 0 to 1."""
        return self.lost / self.attempted if self.attempted else 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is swept over.

    Attributes:
        loads: By name.
        modes, sizes, numbers: What subbuf_start does, bytes of a sub-buffer, sub-buffers.
        config: All else of the channels.
        seconds: Simulated seconds of each.
        simulated: The clock.
    """

    loads: Mapping[str, Load]
    modes: tuple[Mode, ...] = (Mode.NO_OVERWRITE,)
    sizes: tuple[int, ...] = (4096,)
    numbers: tuple[int, ...] = (8,)
    config: ChannelConfig = field(default_factory=ChannelConfig)
    seconds: float = 5.0
    simulated: Simulated = field(default_factory=Simulated)

    def cells(self) -> list[Cell]:
        """Return all cells: load by load, then mode, size and number."""
        return [
            Cell(
                name,
                replace(self.config, mode=mode, subbuf_size=size, n_subbufs=number),
                self.loads[name],
                self.seconds,
                self.simulated,
            )
            for name, mode, size, number in product(
                self.loads, self.modes, self.sizes, self.numbers
            )
        ]

    def problem(self) -> str:
        """Say why it cannot be done, with the remedy; empty: it can."""
        count = len(self.loads) * len(self.modes) * len(self.sizes) * len(self.numbers)
        if count > MOST_CELLS:
            return f"These are {count:,} channels; give {MOST_CELLS:,} at most."
        for name, load in self.loads.items():
            if problem := self.simulated.problem(load):
                return f"{name}: {problem}"
        return ""
