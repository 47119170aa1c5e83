"""Dumps with deliberate damage: a word here and there, or anything anywhere."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kernel.kdumps import flattened, kdump_of, segments_of

if TYPE_CHECKING:
    import random

    from relayviz.engines.kernel.kernel import Kernel
    from relayviz.engines.kernel.memory.paging import Paged
    from relayviz.model.kernel.look import Look

WORD = 8
HEADERS = 40_000  # of each kind of dump there is about so much before the pages
STRUCTS = ("rchan", "rchan_buf")


@dataclass(frozen=True)
class Mutated:
    """A dump with a fault.

    Attributes:
        core: Its bytes.
        channel: The channel whose structure has it, by its place in the list; None: anything has.
        buffer: The buffer of that channel whose structure has it; None: the channel itself.
        told: What was done.
    """

    core: bytes
    channel: int | None
    buffer: int | None
    told: str


class Mutations:
    """Makes faults in one dump.

    Args:
        core: The dump.
        kernel: The kernel in it, as it is without faults.
        chance: Decides.
    """

    def __init__(self, core: bytes, kernel: Kernel, chance: random.Random) -> None:
        self._core, self._kernel, self._chance = core, kernel, chance
        kdump = kdump_of(core)
        self._kinds = (core, kdump, flattened(kdump))
        self.look: Look = kernel.look()
        self._addresses = [
            address
            for channel in self.look.channels
            for address in (channel.addr, channel.cb, *(b.addr for b in channel.buffers))
        ]

    def of_a_struct(self) -> Mutated:
        """Damage a word of a channel or buffer."""
        number = self._chance.randrange(len(self.look.channels))
        channel = self.look.channels[number]
        which = self._chance.choice([None, *range(len(channel.buffers))])
        address = channel.addr if which is None else channel.buffers[which].addr
        size = self._kernel.layout.structs[STRUCTS[which is not None]].size
        word = self._chance.randrange(size // WORD)
        place = place_of(self._core, self._kernel, address + WORD * word)
        value = self._word()
        core = self._core[:place] + value + self._core[place + WORD :]
        return Mutated(core, number, which, f"word {word} of {address:#x} is {value.hex()}")

    def of_anything(self) -> Mutated:
        """Damage bytes anywhere, above all in the headers, or cut the file off."""
        core = bytearray(self._chance.choice(self._kinds))
        if self._chance.random() < 0.1:
            size = self._chance.choice(
                [self._chance.randrange(200), self._chance.randrange(len(core))]
            )
            return Mutated(bytes(core[:size]), None, None, f"cut off at {size}")
        for _ in range(self._chance.choice([1, 3, 30])):
            most = self._chance.choice([512, HEADERS, len(core)])
            at = self._chance.randrange(most)
            core[at : at + WORD] = self._word()[: len(core) - at]
        return Mutated(bytes(core), None, None, "anywhere")

    def _word(self) -> bytes:
        chance = self._chance
        numbers = [0, 2**64 - 1, chance.randrange(2**64), chance.randrange(1 << 20)]
        return struct.pack("<Q", chance.choice([*numbers, chance.choice(self._addresses)]))


def place_of(core: bytes, kernel: Kernel, address: int) -> int:
    """Where a byte of the kernel's memory is in its ELF core."""
    memory: Paged = kernel.memory  # type: ignore[assignment]  # of a dump it is
    physical = memory._frame(address) * 4096 + address % 4096
    for kind, _, offset, _, start, size, *_ in segments_of(core):
        if kind == 1 and start <= physical < start + size:
            return offset + physical - start
    raise AssertionError(hex(address))
