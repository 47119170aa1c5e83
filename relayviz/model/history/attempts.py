"""What fates are told from, of steps that were recorded together: in columns, with no step made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.history.lanes import expand, squeeze

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TYPES = (np.int32, np.int32, np.int32, np.int32, np.uint16, np.uint8)
_WIDTHS = (5, 8, 4, 3)  # of the tables
NO_ATTEMPT = -1
"""As the buffer of a step: it tried to store nothing."""


class Attempts(NamedTuple):
    """The attempts of a block, and what it did to events before.

    In such a block an event never goes into a sub-buffer of which it decided before.

    Attributes:
        buffers: For each step the CPU number of the buffer that it tried, or NO_ATTEMPT.
        laps: The lap that its event went to; -1: it was not stored.
        starts: The first byte in the sub-buffer; -1: the same.
        lengths: Bytes.
        cpus: Who wrote it.
        fates: Its fate at once: UNREAD if it was stored.
        verdicts: The fates of events before: (step of the block, buffer, first lap, last lap, fate)
            each, in order.
        reads: What reads delivered: (step, descriptor, buffer, first lap skipped, the one behind
            the last, sub-buffers released, first of its runs, how many) each, in order.
        runs: Their runs: (lap or NO_LAP, sub-buffer, first byte, bytes) each.
        reports: What subbufs_consumed released: (step, buffer, sub-buffers) each, in order.
    """

    buffers: NDArray[np.int32]
    laps: NDArray[np.int32]
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    cpus: NDArray[np.uint16]
    fates: NDArray[np.uint8]
    verdicts: NDArray[np.int64]
    reads: NDArray[np.int64]
    runs: NDArray[np.int64]
    reports: NDArray[np.int64]

    def packed(self) -> bytes:
        """Return the columns as few bytes."""
        kinds = (*_TYPES, *(np.int64 for _ in _WIDTHS))
        found = [np.asarray(column, kind) for column, kind in zip(self, kinds, strict=True)]
        return squeeze(tuple(one.tobytes() for one in found))

    @classmethod
    def unpacked(cls, data: bytes) -> Attempts:
        """Return what `packed` gave as columns again."""
        packed = expand(data)
        columns = map(np.frombuffer, packed[: len(_TYPES)], _TYPES)
        tables = (
            np.frombuffer(table, np.int64).reshape(-1, width)
            for table, width in zip(packed[len(_TYPES) :], _WIDTHS, strict=True)
        )
        return cls(*columns, *tables)


def within(table: NDArray[np.int64], begin: int, end: int) -> NDArray[np.int64]:
    """Return the rows of a table that are of the steps from `begin` to before `end`."""
    low, high = np.searchsorted(table[:, 0], [begin, end])
    return table[low:high]
