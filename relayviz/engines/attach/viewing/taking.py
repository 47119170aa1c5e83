"""A channel of another process is taken along: stepped from where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.attach.viewing.state import position_of
from relayviz.engines.looked.watch import GoneError
from relayviz.engines.step.engine import StepEngine
from relayviz.model.kernel.trust import trusted
from relayviz.relay import Found, FoundBuffer, RelayError

if TYPE_CHECKING:
    from relayviz.engines.attach.viewing.source import ChannelSource, Contents
    from relayviz.model.channel.config import ChannelConfig

COUNTED = "what it began with counts as one event a sub-buffer, losses before are left out"


def stepped_from(source: ChannelSource, config: ChannelConfig) -> StepEngine:
    """Return a stepped channel in the state that another process's is in.

    Args:
        source: The channel.
        config: As it is shown.

    Raises:
        GoneError: It is in no state to go on from.
    """
    look = source.look()
    try:
        buffers = tuple(_found(source.contents(one.cpu)) for one in look.buffers)
        first = look.first
        found = Found(
            first.subbuf_size,
            first.n_subbufs,
            config.cpus,
            config.is_global,
            0,
            config.base_filename,
            buffers,
        )
        data = found.save()
    except OSError as error:
        raise GoneError(f"Its bytes cannot be read: {error.strerror or error}.") from error
    except RelayError as error:
        raise GoneError(f"Its counters are in no state to go on from: {error}.") from error
    return StepEngine.from_state(config, data, counted=COUNTED)


def _found(contents: Contents) -> FoundBuffer:
    """Return a buffer as it was read.

    Raises:
        GoneError: Its control block is damaged.
    """
    told, row = contents.before.told, contents.before.told.buffer
    if row is None:
        raise GoneError(f"The control block of CPU {told.cpu} is damaged.")
    return FoundBuffer(
        cpu=told.cpu,
        finalized=False,
        has_file=True,
        offset=int(row["offset"]),
        produced=int(row["produced"]),
        consumed=int(row["consumed"]),
        bytes_consumed=int(row["bytes_consumed"]),
        prev_padding=int(row["prev_padding"]),
        file_size=int(row["file_size"]),
        stat_full=int(row["stat_full"]),
        stat_big=int(row["stat_big"]),
        padding=told.subbufs["padding"].tolist(),
        memory=_believed(contents),
    )


def _believed(contents: Contents) -> bytes:
    """Return the memory, with zeros where the writer may have come to while it was read."""
    first, second = position_of(contents.before), position_of(contents.after)
    if first is None or second is None:
        return contents.memory
    memory, held = bytearray(contents.memory), first.held()
    kept = {span.number for span in trusted(held, first, second).spans}
    for span in held:
        if span.number not in kept:
            memory[span.begin : span.end] = bytes(span.end - span.begin)
    return bytes(memory)
