"""Many operations in one call, and what each of them did, in arrays: for who records."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.relay._observing import BUFFER_DTYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz._relay import BytesLike, RelayFile
    from relayviz.relay._channel import Channel


class BatchDeed(IntEnum):
    """What is done: enum relay_deed."""

    WRITE = 0
    WRITE_NOLOCK = 1
    SWITCH = 2
    CONSUME = 3
    FLUSH = 4
    READ = 5
    POLL = 6


LAPPED, ODD = 1, 2
"""Flags of BATCH_DONE_DTYPE: the writer had lapped the reader; not the next unread bytes."""

#: An operation (struct relay_batch_op).
BATCH_OP_DTYPE = np.dtype(
    [
        *((name, np.uint64) for name in ("amount", "data")),
        *((name, np.uint32) for name in ("deed", "cpu", "file", "unused")),
    ]
)
#: What an operation did (struct relay_batch_done).
BATCH_DONE_DTYPE = np.dtype(
    [
        *((name, np.int64) for name in ("time", "value")),
        *((name, np.uint64) for name in ("last_toobig", "skipped_first", "skipped_end", "kept_at")),
        *((name, np.uint32) for name in ("kept", "first_row", "rows", "first_run", "runs")),
        *((name, np.uint32) for name in ("first_lap", "laps", "flags")),
    ]
)
#: Bytes that a read delivered in one piece (struct relay_run).
BATCH_RUN_DTYPE = np.dtype(
    [("lap", np.uint64), *((name, np.uint32) for name in ("subbuf", "start", "length", "unused"))]
)
#: A sub-buffer that was released together with others (struct relay_batch_lap).
BATCH_LAP_DTYPE = np.dtype([("lap", np.uint64), ("is_whole", np.uint32), ("unused", np.uint32)])

OP_BYTES = BATCH_OP_DTYPE.itemsize


class BatchDone(NamedTuple):
    """What a batch did. The arrays are the batch's room: they hold until it is used again.

    Attributes:
        done: For each operation that was carried out what it did, BATCH_DONE_DTYPE.
        rows: The buffers after each operation, one operation's behind the other's, BUFFER_DTYPE.
        runs: What reads delivered, BATCH_RUN_DTYPE.
        laps: Sub-buffers that were released together with others, BATCH_LAP_DTYPE.
        kept: What was kept of the bytes that reads delivered.
    """

    done: NDArray[np.void]
    rows: NDArray[np.void]
    runs: NDArray[np.void]
    laps: NDArray[np.void]
    kept: NDArray[np.uint8]


class Batch:
    """Room for what a batch of operations does.

    Threads: one at a time.

    Args:
        channel: The channel.
        operations: How many one batch can have.
        keep: Bytes of each read that are kept.

    Source: none in the kernel; relay_batch.h.
    """

    def __init__(self, channel: Channel, operations: int, keep: int) -> None:
        self._channel, self._keep = channel, keep
        # plain bytes: lending a structured array, numpy describes all its fields each time
        self._done = np.empty(operations * BATCH_DONE_DTYPE.itemsize, np.uint8)
        self._rows = np.empty(4 * operations * BUFFER_DTYPE.itemsize, np.uint8)
        self._runs = np.empty(16 * operations * BATCH_RUN_DTYPE.itemsize, np.uint8)
        laps = 4 * operations + channel.n_subbufs
        self._laps = np.empty(laps * BATCH_LAP_DTYPE.itemsize, np.uint8)
        self._kept = np.empty(512 * operations, np.uint8)

    def carry_out(
        self, ops: NDArray[np.void], data: BytesLike, files: Sequence[RelayFile]
    ) -> BatchDone:
        """Carry out operations until one cannot be; that one has not been begun.

        It would fail for its arguments, or there might be no room for what it does.

        Args:
            ops: The operations, BATCH_OP_DTYPE.
            data: The bytes that are written.
            files: The descriptors that are read and polled.

        Raises:
            ClosedError: The channel is closed.
            BusyError: Called from inside a callback.
            Exception: What a Python subbuf_start raised; the operations behind are done as well.

        Threads: one at a time; the GIL is released.
        """
        count, rows, runs, laps, kept = self._channel._carry_out(  # noqa: SLF001  its other half
            ops.view(np.uint8), data, files, self._keep,
            self._done, self._rows, self._runs, self._laps, self._kept,
        )  # fmt: skip
        return BatchDone(
            self._done.view(BATCH_DONE_DTYPE)[:count],
            self._rows.view(BUFFER_DTYPE)[:rows],
            self._runs.view(BATCH_RUN_DTYPE)[:runs],
            self._laps.view(BATCH_LAP_DTYPE)[:laps],
            self._kept[:kept],
        )
