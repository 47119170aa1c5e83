"""A channel that was not ours, such as a kernel's, becomes the bytes that Channel.load takes."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz import _relay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz._relay import BytesLike


@dataclass(frozen=True, slots=True)
class FoundBuffer:
    """What the struct rchan_buf of a kernel says, with the kernel's names, and its memory.

    Attributes:
        cpu: Its CPU.
        finalized: The channel was closed.
        has_file: It has a file.
        offset: Bytes used in the sub-buffer being written; subbuf_size + 1: blocked.
        produced: Sub-buffers finished.
        consumed: Sub-buffers reported as consumed.
        bytes_consumed: Bytes read of the one being read.
        prev_padding: The padding last computed.
        file_size: Bytes of all finished sub-buffers.
        stat_full: How often a sub-buffer was asked for while all were ready.
        stat_big: Events that were larger than a sub-buffer.
        padding: Of each sub-buffer, bytes.
        memory: All of it, in whole pages.
    """

    cpu: int
    finalized: bool
    has_file: bool
    offset: int
    produced: int
    consumed: int
    bytes_consumed: int
    prev_padding: int
    file_size: int
    stat_full: int
    stat_big: int
    padding: Sequence[int]
    memory: BytesLike


@dataclass(frozen=True, slots=True)
class Found:
    """A channel that was not ours.

    Attributes:
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: Sub-buffers of each buffer.
        cpus: Possible CPUs; those that have a buffer will be on line.
        is_global: One buffer serves all CPUs.
        last_toobig: Size of the last event that was larger than a sub-buffer.
        base_filename: None: it has no files.
        buffers: By CPU number.
    """

    subbuf_size: int
    n_subbufs: int
    cpus: int
    is_global: bool
    last_toobig: int
    base_filename: str | None
    buffers: tuple[FoundBuffer, ...]

    def save(self) -> bytes:
        """Return what Channel.load takes, to go on where that channel stood.

        Where events begin and what was lost nobody wrote down: the account begins with what the
        memory holds, and each sub-buffer with data counts as one event, consumed if the counters
        say so. What was overwritten before is in no row.

        Raises:
            RelayError: Counters contradict each other or the sizes, as they do in the middle of a
                switch.
            ValueError: A memory or its padding has another size.

        Source: relay_save_found; the kernel has none.
        """
        head = (self.subbuf_size, self.n_subbufs, self.cpus, self.is_global, self.last_toobig)
        buffers = [
            (*astuple(one)[:-2], np.array(one.padding, np.uint64).tobytes(), one.memory)
            for one in self.buffers
        ]
        return _relay.save_found(head, self.base_filename, buffers)
