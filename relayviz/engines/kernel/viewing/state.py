"""A channel of a look as a state of the model: what its counters say, in the core's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.channel.state import State
from relayviz.model.engine.protocol import OpenError
from relayviz.model.kernel.evidence import mode_of
from relayviz.model.kernel.look import size_damage
from relayviz.model.kernel.position import Writer, position_of
from relayviz.model.kernel.texts import printable
from relayviz.relay import BUFFER_DTYPE, SUBBUF_DTYPE, SubbufState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.kernel.look import Buffer, Channel
    from relayviz.model.kernel.position import Position

NO_LAP = 2**64 - 1
_MOST_CELLS = 1 << 22  # sub-buffers of all buffers together, that a window can bear


def rows_of(channel: Channel) -> tuple[Buffer, ...]:
    """Return a channel's buffers in the order of a state's rows."""
    return tuple(sorted(channel.buffers, key=lambda buffer: buffer.percpu_slot))


def position_in(channel: Channel, buffer: Buffer) -> Position | None:
    """Return where writer and consumer are; None: the counters contradict each other."""
    position = position_of(channel, buffer)
    damaged = position is None or position.writer is Writer.DAMAGED
    return None if damaged else position


def config_of(channel: Channel) -> ChannelConfig:
    """Return what a channel was opened with, as far as memory says.

    Raises:
        OpenError: Its sizes cannot be, so nothing of it can be drawn.
    """
    damage = size_damage(channel)
    if damage is None and not channel.buffers:
        damage = "it has no buffer that can be read"
    if damage is None and channel.n_subbufs * len(channel.buffers) > _MOST_CELLS:
        damage = f"{channel.n_subbufs} sub-buffers in each of {len(channel.buffers)} are too many"
    highest = max((buffer.percpu_slot for buffer in channel.buffers), default=0)
    if damage is None and not 0 <= highest < MAX_CPUS:
        damage = f"CPU {highest} cannot be"
    if damage is not None:
        raise OpenError(None, f"{printable(channel.name)} cannot be shown: {damage}.")
    return ChannelConfig(
        base_filename=printable(channel.base_filename) or None,
        subbuf_size=channel.subbuf_size,
        n_subbufs=channel.n_subbufs,
        cpus=highest + 1,
        online=tuple(sorted({buffer.percpu_slot for buffer in channel.buffers})),
        mode=_mode(channel),
        is_global=bool(channel.is_global),
    )


def state_of(channel: Channel, config: ChannelConfig) -> State:
    """Return a channel as it was looked at.

    What is not known is 0 in the arrays: see told.unknown_of.

    Args:
        channel: Of a look.
        config: As config_of gave it when the channel was opened.
    """
    rows = rows_of(channel)
    buffers = np.zeros(len(rows), BUFFER_DTYPE)
    subbufs = np.zeros((len(rows), config.n_subbufs), SUBBUF_DTYPE)
    subbufs["lap"] = NO_LAP
    for row, buffer in enumerate(rows):
        buffers["cpu"][row] = buffer.percpu_slot
        position = position_in(channel, buffer)
        if position is not None:
            _fill_buffer(buffers[row], buffer, position)
            _fill_subbufs(subbufs[row], position)
    for array in (buffers, subbufs):
        array.setflags(write=False)
    return State(
        config=config,
        buffers=buffers,
        subbufs=subbufs,
        base_filename=config.base_filename,
        alloc_size=channel.alloc_size,
        online=config.online_cpus,
        is_global=config.is_global,
        last_toobig=channel.last_toobig or 0,
        closed=bool(rows) and all(buffer.finalized for buffer in rows),
        mode=_mode(channel),
        source="",
        reserved=(),
        files=(),
        mappings=(),
    )


def _mode(channel: Channel) -> Mode:
    """Return the mode that was inferred; one that is not known is named in `unknown`."""
    if channel.callbacks is not None and channel.callbacks.subbuf_start is None:
        return Mode.DEFAULT
    name = mode_of(channel).name
    return Mode.DEFAULT if name is None else Mode(name)


def _fill_buffer(row: np.void, buffer: Buffer, position: Position) -> None:
    row["produced"], row["consumed"] = position.produced, position.consumed
    row["offset"], row["bytes_consumed"] = position.offset, position.bytes_consumed
    row["current"] = position.current or 0
    row["prev_padding"] = buffer.prev_padding or 0
    row["file_size"] = max(buffer.i_size or 0, 0)
    row["stat_full"], row["stat_big"] = buffer.full_count or 0, buffer.big_count or 0
    row["waiters"], row["online"] = buffer.waiters, 1
    row["finalized"], row["has_file"] = bool(buffer.finalized), buffer.file is not None


def _fill_subbufs(row: NDArray[np.void], position: Position) -> None:
    """Say of each sub-buffer which lap it holds and what became of that."""
    size, number, produced = position.subbuf_size, position.n_subbufs, position.produced
    is_writing = position.writer is Writer.WRITING
    newest = produced if is_writing else produced - 1
    index = np.arange(number, dtype=np.int64)
    lap = newest - (newest - index) % number
    there = lap >= 0
    padding = np.array(position.padding, np.int64)
    used = size - padding
    state = np.where(
        lap >= max(position.consumed, position.oldest), SubbufState.UNREAD, SubbufState.DONE
    )
    if is_writing:
        current = produced % number
        padding[current] = 0  # what stands there is the old one, until it is finished
        used[current] = position.offset
        state[current] = SubbufState.CURRENT
    read = np.where(lap < position.consumed, used, 0)
    read[lap == position.consumed] = min(position.bytes_consumed, size)
    row["lap"] = np.where(there, lap.astype(np.uint64), np.uint64(NO_LAP))
    row["state"] = np.where(there, state, SubbufState.FREE)
    for name, figures in (("padding", padding), ("used", used), ("read", read)):
        row[name] = np.where(there, figures, 0)
