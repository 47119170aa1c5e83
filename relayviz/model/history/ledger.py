"""What steps that were recorded together did to events, in columns: for indexes of a long history.

Such steps try to store events, read, and report sub-buffers as consumed; all else is in no ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.history.lanes import expand, squeeze

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: An event that was tried: by which step, its length, whose it was, the buffer, its fate (UNREAD:
#: it was stored), the lap of the sub-buffer and the first byte in it (-1: it was not stored).
TRY = np.dtype(
    [
        *((name, np.int32) for name in ("step", "event", "length", "buffer", "lap", "start")),
        ("cpu", np.int16),
        ("fate", np.uint8),
    ]
)

#: Sub-buffers that got their fate: which step decided it, the buffer, the first and the last lap.
VERDICT = np.dtype([(name, np.int64) for name in ("step", "buffer", "first", "last", "fate")])

#: A read that did something, as model.channel.trail.Reading; `run`: the first of its runs.
READ = np.dtype(
    [
        *((name, np.int32) for name in ("step", "fd", "buffer", "run", "runs")),
        *((name, np.int64) for name in ("skipped", "end", "released")),
    ]
)

#: Bytes that a read delivered in one piece, as model.channel.trail.Run.
RUN = np.dtype([("lap", np.int64), *((name, np.int32) for name in ("subbuf", "start", "length"))])

#: Sub-buffers that were reported as consumed, if any.
REPORT = np.dtype([(name, np.int32) for name in ("step", "buffer", "count")])


class Ledger(NamedTuple):
    """What the steps of a block did to events. Steps are numbered from the block's first."""

    tries: NDArray[np.void]
    verdicts: NDArray[np.void]
    reads: NDArray[np.void]
    runs: NDArray[np.void]
    reports: NDArray[np.void]

    def packed(self) -> bytes:
        """Return the columns as few bytes."""
        return squeeze(tuple(_columns(table) for table in self))

    @classmethod
    def unpacked(cls, data: bytes) -> Ledger:
        """Return what `packed` gave as columns again."""
        return cls(*map(_table, _TYPES, expand(data)))

    def between(self, begin: int, end: int, first: int) -> Ledger:
        """Return what the steps `begin` to `end - 1` did, with step 0 numbered as `first`."""
        cut = []
        for table in (self.tries, self.verdicts, self.reads, self.reports):
            low, high = np.searchsorted(table["step"], [begin, end])
            chosen = table[low:high].copy()
            chosen["step"] += first
            cut.append(chosen)
        tries, verdicts, reads, reports = cut
        return Ledger(tries, verdicts, reads, self.runs, reports)


_TYPES = (TRY, VERDICT, READ, RUN, REPORT)


def _columns(table: NDArray[np.void]) -> tuple[bytes, ...]:
    return tuple(table[name].tobytes() for name in table.dtype.names or ())


def _table(dtype: np.dtype[np.void], columns: tuple[bytes, ...]) -> NDArray[np.void]:
    names = dtype.names or ()
    table = np.empty(len(columns[0]) // dtype[names[0]].itemsize, dtype)
    for name, column in zip(names, columns, strict=True):
        table[name] = np.frombuffer(column, dtype[name])
    return table
