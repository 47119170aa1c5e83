"""What can be inferred of a kernel's channel, each with what it is inferred from.

The kernel has no mode and, before 6.17, no count of losses: a mode is what a client's subbuf_start
answers. What nothing speaks for is not known; that is None here, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.kernel.position import Writer, position_of
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.model.kernel.look import Buffer, Channel


@dataclass(frozen=True, slots=True)
class Mode:
    """How a channel treats a full buffer.

    Attributes:
        name: "no-overwrite", "overwrite"; None: not known.
        evidence: Sentences that say from what.
    """

    name: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """What a buffer lost, as far as memory tells.

    Attributes:
        overwritten: Sub-buffers that are overwritten and that nobody had reported as consumed, as
            the counters stand; a reader that catches up wipes the trace of earlier ones. None: not
            known.
        full_count: How often a sub-buffer was asked for while all were ready, flushes included;
            None: not known.
        big_count: Events that were larger than a sub-buffer; None: not known.
        evidence: Sentences that say from what.
    """

    overwritten: int | None
    full_count: int | None
    big_count: int | None
    evidence: tuple[str, ...]


def mode_of(channel: Channel) -> Mode:
    """Infer a channel's mode from its callback and its buffers."""
    if channel.callbacks is not None and channel.callbacks.subbuf_start is None:
        told = "it has no subbuf_start, and the kernel's own refuses while all are ready"
        return Mode("no-overwrite", (told,))
    refused, overwrote = [], []
    for buffer in channel.buffers:
        position = position_of(channel, buffer)
        if position is None or position.writer is Writer.DAMAGED:
            continue
        ready = position.produced - position.consumed
        if position.writer is Writer.BLOCKED:
            refused.append(f"CPU {buffer.cpu} is blocked: its last switch was refused")
        elif ready > position.n_subbufs:
            told = f"produced − consumed is {ready} of {position.n_subbufs}"
            overwrote.append(f"CPU {buffer.cpu} overwrites: {told}")
    if refused and overwrote:
        return Mode(None, (*refused[:1], *overwrote[:1], "its subbuf_start decides each time"))
    if refused or overwrote:
        return Mode("overwrite" if overwrote else "no-overwrite", tuple((refused or overwrote)[:1]))
    return Mode(None, ("no buffer has been full yet, or none is any more",))


def losses_of(channel: Channel, buffer: Buffer) -> Losses:
    """Say what a buffer lost, as far as memory tells."""
    told = []
    position = position_of(channel, buffer)
    overwritten = None
    if position is not None and position.writer in (Writer.WRITING, Writer.BLOCKED):
        overwritten = max(0, position.oldest - position.consumed)
        if overwritten:
            count = plural(overwritten, "sub-buffer")
            told.append(f"{count} overwritten that nobody had reported as consumed")
        if position.writer is Writer.BLOCKED:
            counted = buffer.full_count is not None
            known = "" if counted else "; how many events went with it the kernel does not count"
            told.append(f"blocked: its last switch was refused{known}")
    return Losses(overwritten, buffer.full_count, buffer.big_count, tuple(told))


def too_big_words(channel: Channel) -> str | None:
    """Say what a kernel before 6.17 keeps of events larger than a sub-buffer; None: nothing."""
    if channel.last_toobig is None:
        return None
    if channel.last_toobig == 0:
        return "no event was larger than a sub-buffer"
    length = plural(channel.last_toobig, "byte")
    return (
        f"the last event that was larger than a sub-buffer had {length}; how many there were "
        "the kernel does not count"
    )
