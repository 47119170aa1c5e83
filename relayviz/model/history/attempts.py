"""What fates are told from, of steps that were recorded together: in columns, with no step made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.history.lanes import expand, squeeze

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TYPES = (np.bool_, np.int32, np.int32, np.int32, np.int32, np.uint16, np.uint8, np.int64)
NO_ATTEMPT = -1
"""As the buffer of a step: it tried to store nothing."""


class Attempts(NamedTuple):
    """The attempts of a block, and what it decided of events before.

    In such a block an event never goes into a sub-buffer of which it decided before.

    Attributes:
        is_more: For each step whether it did more than is told here: it has to be looked at.
        buffers: The CPU number of the buffer that it tried to write to, or NO_ATTEMPT.
        laps: The lap that its event went to; -1: it was not stored.
        starts: The first byte in the sub-buffer; -1: the same.
        lengths: Bytes.
        cpus: Who wrote it.
        fates: Its fate at once: UNREAD if it was stored.
        verdicts: The fates of events before: (step of the block, buffer, first lap, last lap, fate)
            each, in order.
    """

    is_more: NDArray[np.bool_]
    buffers: NDArray[np.int32]
    laps: NDArray[np.int32]
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    cpus: NDArray[np.uint16]
    fates: NDArray[np.uint8]
    verdicts: NDArray[np.int64]

    def packed(self) -> bytes:
        """Return the columns as few bytes."""
        columns = zip(self, _TYPES, strict=True)
        return squeeze(tuple(column.astype(kind).tobytes() for column, kind in columns))

    @classmethod
    def unpacked(cls, data: bytes) -> Attempts:
        """Return what `packed` gave as columns again."""
        *columns, verdicts = map(np.frombuffer, expand(data), _TYPES)
        return cls(*columns, verdicts.reshape(-1, 5))
