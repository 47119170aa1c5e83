"""Sub-buffers given back: the records of a buffer laid into sub-buffers again, as relay did.

A record is never split: one that does not fit behind the others finishes the sub-buffer, and what
is left over of that is padding. A refused record finished the sub-buffer before it, too. This is
what was, if nobody flushed and every loss is known; a capture holds neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Subbufs:
    """Finished sub-buffers and the one behind them.

    Attributes:
        first: The record that each begins with, of the records of its buffer.
        padding: Unused bytes at the end of each; of the last one what is still free.
    """

    first: NDArray[np.int64]
    padding: NDArray[np.int64]


def laid_out(
    lengths: NDArray[np.int64], lost_before: NDArray[np.bool_], subbuf_size: int
) -> Subbufs:
    """Lay records into sub-buffers.

    Args:
        lengths: Bytes of each record of one buffer, in the order of writing.
        lost_before: Whether records are missing before each.
        subbuf_size: Bytes of a sub-buffer.

    Raises:
        ValueError: A record is larger than a sub-buffer: the size is not the right one.
    """
    if len(lengths) and int(lengths.max()) > subbuf_size:
        raise ValueError(f"A record of {int(lengths.max())} bytes fits into no sub-buffer.")
    ends = np.concatenate(([0], np.cumsum(lengths)))
    losses = np.flatnonzero(lost_before)
    first, padding = [], []
    at = 0
    while at < len(lengths):
        # as many as fit, but not beyond the next loss
        behind = int(np.searchsorted(ends, ends[at] + subbuf_size, "right")) - 1
        loss = int(np.searchsorted(losses, at, "right"))
        if loss < len(losses):
            behind = min(behind, int(losses[loss]))
        first.append(at)
        padding.append(subbuf_size - int(ends[behind] - ends[at]))
        at = behind
    return Subbufs(np.array(first, np.int64), np.array(padding, np.int64))
