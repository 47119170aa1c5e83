"""What is missing between the records of a capture, as far as their numbers prove it.

A record whose number lies outside of those of its two neighbours, which are in order themselves,
has a damaged number: it proves nothing and is counted as out of place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]

_LEAP = 1 << 16  # numbers that one record alone may leap over and be believed


@dataclass(frozen=True, slots=True)
class Gap:
    """Records that were refused between two whole ones.

    Attributes:
        cpu: Where; None: records of all CPUs share one counter.
        before: Number of the last record before.
        after: Number of the first one behind.
        time_before: When that was written, in nanoseconds; None: records do not say.
        time_after: The same of the other.
        rows: The places of the two among all rows of the capture.
    """

    cpu: int | None
    before: int
    after: int
    time_before: int | None
    time_after: int | None
    rows: tuple[int, int]

    @property
    def missing(self) -> int:
        """How many records."""
        return self.after - self.before - 1


@dataclass(frozen=True, slots=True)
class Order:
    """Numbered records of one counter in the order of their numbers.

    Attributes:
        rows: Their places among all records.
        misplaced: Places of records whose number cannot be right.
        was_sorted: They stood in another order.
    """

    rows: NDArray[np.intp]
    misplaced: NDArray[np.intp]
    was_sorted: bool


def ordered(sequence: Numbers, rows: NDArray[np.intp]) -> Order:
    """Put the numbered records of one counter in order.

    Args:
        sequence: Numbers of all records.
        rows: Those of this counter, as they stand in the capture.
    """
    numbers = sequence[rows]
    wrong = np.zeros(len(rows), bool)
    if len(rows) > 2:  # noqa: PLR2004 - a neighbour on each side
        left, mid, right = numbers[:-2], numbers[1:-1], numbers[2:]
        wrong[1:-1] = (left < right) & ((mid <= left) | (mid >= right))
        # of two such in a row it is not clear which one is wrong; the second has a wrong neighbour
        wrong[2:] &= ~wrong[1:-1]
    kept = rows[~wrong]
    found = sequence[kept]
    if not np.any(found[1:] < found[:-1]):
        return Order(kept, rows[wrong], was_sorted=False)
    return Order(kept[np.argsort(found, kind="stable")], rows[wrong], was_sorted=True)


def merged(orders: Sequence[Order], sequence: Numbers) -> Order:
    """Return records that share one counter and stand in several files, in order."""
    rows = np.concatenate([order.rows for order in orders])
    misplaced = np.concatenate([order.misplaced for order in orders])
    is_sorted = not any(order.was_sorted for order in orders)
    return Order(rows[np.argsort(sequence[rows], kind="stable")], misplaced, not is_sorted)


def far_ends(order: Order, sequence: Numbers) -> set[tuple[int, int]]:
    """Return the gaps, by their rows, that hang on one record at an end and leap over very much.

    The first and the last record have a neighbour on one side only: one whose number is damaged
    looks like the other side of a loss. What leaps farther than all other numbers reach is doubted.
    """
    rows = order.rows
    if len(rows) <= 2:  # noqa: PLR2004 - no others
        return set()
    low, high = int(sequence[rows[1]]), int(sequence[rows[-2]])
    most = max(high - low, _LEAP)
    found = set()
    if low - int(sequence[rows[0]]) > most:
        found.add((int(rows[0]), int(rows[1])))
    if int(sequence[rows[-1]]) - high > most:
        found.add((int(rows[-2]), int(rows[-1])))
    return found


def gaps_of(
    order: Order, sequence: Numbers, time: Numbers | None, cpu: int | None
) -> tuple[Gap, ...]:
    """Return where numbers are missing between records in order.

    Args:
        order: Of one counter.
        sequence: Numbers of all records.
        time: When each was written, in nanoseconds; None: records do not say.
        cpu: Whose records they are; None: of all.
    """
    numbers = sequence[order.rows]
    found = np.flatnonzero(numbers[1:] > numbers[:-1] + np.uint64(1))
    first, second = order.rows[found].tolist(), order.rows[found + 1].tolist()
    return tuple(
        Gap(
            cpu,
            int(sequence[left]),
            int(sequence[right]),
            None if time is None else int(time[left]),
            None if time is None else int(time[right]),
            (left, right),
        )
        for left, right in zip(first, second, strict=True)
    )
