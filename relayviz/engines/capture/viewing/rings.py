"""The sub-buffers of a capture given back, and what they hold once some records are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.model.capture.subbufs import laid_out
from relayviz.model.capture.tape import NO_CPU
from relayviz.relay import BUFFER_DTYPE, SUBBUF_DTYPE, SubbufState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.capture.sizes import Sizes
    from relayviz.model.capture.tape import Tape

    Lengths = NDArray[np.int64]

NO_LAP = 2**64 - 1


class Held(NamedTuple):
    """The records of a sub-buffer: the first of its buffer's, and behind the last."""

    first: int
    last: int


def buffers_of(tape: Tape) -> list[tuple[Lengths, NDArray[np.bool_]]]:
    """Return for each buffer the bytes of its records, and whether some are missing before each.

    With a counter of all CPUs it is not known on which CPU a record is missing: on that of the
    next one, as if it were known. Borders behind that are no more than a guess. Where the client
    flushes behind each record, each begins a sub-buffer.
    """
    found = []
    for buffer, places in enumerate(tape.places):
        lengths = tape.rows["length"][tape.order[places]].astype(np.int64)
        behind = [one.after for one in tape.lost if one.buffer in (buffer, NO_CPU)]
        ends = np.ones(len(places), bool) if tape.layout.is_flushed else None
        is_behind = np.isin(places, np.array(behind, np.uint32)) if ends is None else ends
        found.append((lengths, is_behind))
    return found


class Rings:
    """A tape laid into sub-buffers of some sizes.

    Args:
        tape: The records.
        sizes: Of the channel.

    Raises:
        ValueError: A record is larger than a sub-buffer.
    """

    def __init__(self, tape: Tape, sizes: Sizes) -> None:
        self.tape, self.sizes = tape, sizes
        found = [laid_out(*buffer, sizes.subbuf_size) for buffer in buffers_of(tape)]
        self._first = [one.first for one in found]
        self._padding = [one.padding for one in found]

    def first_of(self, buffer: int) -> NDArray[np.int64]:
        """Return the record that each sub-buffer of a buffer begins with, of the buffer's own."""
        return self._first[buffer]

    def padding_of(self, buffer: int) -> NDArray[np.int64]:
        """Return the unused bytes of each sub-buffer."""
        return self._padding[buffer]

    def current(self, buffer: int, written: int) -> int:
        """Return the lap that is being written once so many records of a buffer are written."""
        return max(0, int(np.searchsorted(self._first[buffer], written)) - 1)

    def held(self, buffer: int, lap: int, written: int) -> Held:
        """Return the records that a lap holds then."""
        first = self._first[buffer]
        if lap >= len(first):
            return Held(0, 0)
        end = int(first[lap + 1]) if lap + 1 < len(first) else written
        return Held(int(first[lap]), min(end, written))

    def used(self, buffer: int, held: Held) -> int:
        """Return how many bytes some records of a buffer have."""
        rows = self.tape.order[self.tape.places[buffer][held.first : held.last]]
        return int(self.tape.rows["length"][rows].sum(dtype=np.int64))

    def state(self, place: int) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return buffers and sub-buffers when the first `place` records are written."""
        tape, number = self.tape, self.sizes.n_subbufs
        buffers = np.zeros(len(tape.places), BUFFER_DTYPE)
        subbufs = np.zeros((len(buffers), number), SUBBUF_DTYPE)
        subbufs["lap"] = NO_LAP
        for buffer in range(len(buffers)):
            self._fill(buffer, place, buffers[buffer], subbufs[buffer])
        for array in (buffers, subbufs):
            array.setflags(write=False)
        return buffers, subbufs

    def _fill(self, buffer: int, place: int, row: np.void, subbufs: NDArray[np.void]) -> None:
        tape, (size, number) = self.tape, (self.sizes.subbuf_size, self.sizes.n_subbufs)
        row["cpu"], row["online"] = max(0, tape.cpus[buffer]), 1
        row["has_file"] = 1
        row["account"]["refused_full"]["events"] = tape.lost_before(buffer, place)
        written = tape.written(buffer, place)
        row["account"]["accepted"]["events"] = written
        if not written:
            return
        lap = self.current(buffer, written)
        # how much was consumed is not known: no figure is made of it
        row["produced"] = row["consumed"] = lap
        row["offset"] = self.used(buffer, self.held(buffer, lap, written))
        row["current"] = lap % number
        row["file_size"] = lap * size
        row["prev_padding"] = self._padding[buffer][lap - 1] if lap else 0
        laps = np.arange(max(0, lap - number + 1), lap + 1)
        index = laps % number
        padding = self._padding[buffer][laps]
        first = np.append(self._first[buffer][laps], written)
        subbufs["lap"][index] = laps
        subbufs["padding"][index] = padding
        subbufs["used"][index] = size - padding
        subbufs["events"][index] = np.diff(first)
        subbufs["state"][index] = SubbufState.UNREAD
        current = lap % number
        subbufs["padding"][current] = 0
        subbufs["used"][current] = row["offset"]
        subbufs["state"][current] = SubbufState.CURRENT
