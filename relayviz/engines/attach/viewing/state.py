"""A look at a channel of another process as a state of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.attach.looking import HALF_DONE
from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.channel.state import State
from relayviz.model.engine.protocol import OpenError
from relayviz.model.kernel.position import Position
from relayviz.model.kernel.texts import printable
from relayviz.relay import BUFFER_DTYPE, SUBBUF_DTYPE, Alive, SubbufState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from relayviz.relay import AttachedLook

MOST_CELLS = 1 << 22  # sub-buffers of all buffers together, that a window can bear
NO_LAP = 2**64 - 1


@dataclass(frozen=True, slots=True)
class BufferLook:
    """A buffer at one look: its data file, and what its control block says."""

    path: Path
    told: AttachedLook

    @property
    def cpu(self) -> int:
        """Its CPU."""
        return self.told.cpu

    @property
    def is_damaged(self) -> bool:
        """Whether its figures cannot be."""
        return self.told.buffer is None

    @property
    def doing(self) -> str:
        """What was found half done; empty: nothing."""
        if self.told.doing in HALF_DONE:
            return HALF_DONE[self.told.doing]
        return "writing an event" if self.told.is_torn or self.told.writing else ""


@dataclass(frozen=True, slots=True)
class ChannelLook:
    """A channel at one look.

    Attributes:
        buffers: By CPU.
        heir: The process that has made another channel of this name since; 0: none has.
    """

    buffers: tuple[BufferLook, ...]
    heir: int = 0

    @property
    def first(self) -> AttachedLook:
        """What the first buffer says: what is fixed is the same in all."""
        return self.buffers[0].told

    @property
    def name(self) -> str:
        """The channel's base filename."""
        return name_of(self.buffers[0].path, self.buffers[0].cpu)

    @property
    def alive(self) -> bool | None:
        """Whether its process is there; None: it is in another PID namespace."""
        return alive_of(one.told for one in self.buffers)

    @property
    def is_closed(self) -> bool:
        """Whether its process closed it."""
        rows = [one.told.buffer for one in self.buffers if one.told.buffer is not None]
        return bool(rows) and all(row["finalized"] for row in rows)


def name_of(path: Path, cpu: int) -> str:
    """Return the base filename of the channel that a CPU's data file is of."""
    return path.name.removesuffix(str(cpu))


def alive_of(looks: Iterable[AttachedLook]) -> bool | None:
    """Return whether the process that made buffers is there; None: it cannot be told."""
    told = {look.alive for look in looks}
    if Alive.NO in told:
        return False
    return True if Alive.YES in told else None


def position_of(buffer: BufferLook) -> Position | None:
    """Return where writer and consumer are; None: the control block is damaged."""
    row, told = buffer.told.buffer, buffer.told
    if row is None:
        return None
    return Position(
        subbuf_size=told.subbuf_size,
        n_subbufs=told.n_subbufs,
        produced=int(row["produced"]),
        consumed=int(row["consumed"]),
        offset=int(row["offset"]),
        bytes_consumed=int(row["bytes_consumed"]),
        current=int(row["current"]),
        padding=tuple(told.subbufs["padding"].tolist()),
    )


def config_of(look: ChannelLook) -> ChannelConfig:
    """Return what a channel was opened with, as far as control blocks say.

    Raises:
        OpenError: It cannot be shown; says why.
    """
    told, cpus = look.first, max(look.first.cpus, look.buffers[-1].cpu + 1)
    name, problem = printable(look.name), ""
    if all(one.is_damaged for one in look.buffers):
        problem = "the control block of each of its buffers is damaged"
    elif told.n_subbufs * len(look.buffers) > MOST_CELLS:
        problem = f"{told.n_subbufs} sub-buffers in each of {len(look.buffers)} are too many"
    elif cpus > MAX_CPUS:
        problem = f"CPU {cpus - 1} cannot be"
    if problem:
        raise OpenError(None, f"{name} cannot be shown: {problem}.")
    return ChannelConfig(
        base_filename=name,
        subbuf_size=told.subbuf_size,
        n_subbufs=told.n_subbufs,
        cpus=cpus,
        online=tuple(one.cpu for one in look.buffers),
        mode=Mode.DEFAULT,
        is_global=told.is_global,
    )


def state_of(look: ChannelLook, config: ChannelConfig, mode: Mode) -> State:
    """Return a channel as it was looked at; of a damaged buffer there are zeros.

    Args:
        look: The look.
        config: As config_of gave it when the channel was opened.
        mode: What its subbuf_start does, as far as that is known.
    """
    buffers = np.zeros(len(look.buffers), BUFFER_DTYPE)
    subbufs = np.zeros((len(look.buffers), config.n_subbufs), SUBBUF_DTYPE)
    subbufs["lap"], subbufs["state"] = NO_LAP, SubbufState.FREE
    for row, one in enumerate(look.buffers):
        if one.told.buffer is not None:
            buffers[row], subbufs[row] = one.told.buffer, one.told.subbufs
        buffers["cpu"][row] = one.cpu
    for array in (buffers, subbufs):
        array.setflags(write=False)
    return State(
        config=config,
        buffers=buffers,
        subbufs=subbufs,
        base_filename=config.base_filename,
        alloc_size=look.first.alloc_size,
        online=tuple(one.cpu for one in look.buffers),
        is_global=config.is_global,
        last_toobig=0,
        closed=look.is_closed,
        mode=mode,
        source="",
        reserved=(),
        files=(),
        mappings=(),
    )
