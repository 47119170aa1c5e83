"""What the time line and the index of events need of many steps, in columns."""

from __future__ import annotations

import marshal
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from relayviz.model.channel.marks import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.model.history.step import Step

_FAST = 1  # of zlib: the rest of the levels takes off little

NOWHERE = -1
"""As the buffer of an event: it was not stored."""


class Lanes(NamedTuple):
    """What the time line and the index of events need of a block of steps.

    Attributes:
        counts: How many marks each step has.
        cpus: The CPU numbers of all marks, one step's behind the other's.
        marks: The marks themselves.
        buffers: For each step the CPU number of the buffer that its event went to, or NOWHERE.
        subbufs: The sub-buffer.
        starts: The first byte in it.
        ends: Behind the last.
    """

    counts: NDArray[np.uint16]
    cpus: NDArray[np.int32]
    marks: NDArray[np.uint32]
    buffers: NDArray[np.int32]
    subbufs: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]

    def marks_of(self, row: int) -> tuple[tuple[int, Mark], ...]:
        """Return the marks of one step."""
        first = int(self.counts[:row].sum())
        chosen = slice(first, first + int(self.counts[row]))
        marks = map(_mark, self.marks[chosen].tolist())
        return tuple(zip(self.cpus[chosen].tolist(), marks, strict=True))

    def packed(self) -> bytes:
        """Return the columns as few bytes."""
        return squeeze(tuple(column.tobytes() for column in self))

    @classmethod
    def unpacked(cls, data: bytes) -> Lanes:
        """Return what `packed` gave as columns again."""
        return cls(*map(np.frombuffer, expand(data), _TYPES))

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Lanes:
        """Return the lanes of steps."""
        marks = [mark for step in steps for mark in step.marks]
        places = [step.place for step in steps]
        columns: tuple[list[int], ...] = (
            [len(step.marks) for step in steps],
            [cpu for cpu, _ in marks],
            [int(mark) for _, mark in marks],
            [NOWHERE if place is None else place.buffer for place in places],
            [0 if place is None else place.index for place in places],
            [0 if place is None else place.start for place in places],
            [0 if place is None else place.end for place in places],
        )
        return cls(*map(np.array, columns, _TYPES))


_TYPES = (np.uint16, np.int32, np.uint32, np.int32, np.uint32, np.uint32, np.uint32)


def squeeze(columns: tuple[Any, ...]) -> bytes:
    """Return plain values as few bytes, for this process alone."""
    return zlib.compress(marshal.dumps(columns), _FAST)


def expand(packed: bytes) -> tuple[Any, ...]:
    """Return what `squeeze` was given."""
    columns: tuple[Any, ...] = marshal.loads(zlib.decompress(packed))  # noqa: S302  our own
    return columns


_marks: dict[int, Mark] = {}


def _mark(value: int) -> Mark:
    """Return a mark; making one anew takes long, and there are few."""
    if (mark := _marks.get(value)) is None:
        mark = _marks[value] = Mark(value)
    return mark
