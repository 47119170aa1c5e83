"""Which part of a file holds which range: pieces that may overlap, made disjoint and looked up."""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Piece(NamedTuple):
    """A range of addresses and where it is in a file.

    Attributes:
        start: First address.
        end: Behind the last.
        source: Where its first byte is in the file; None: it is zeros, and nowhere.
        rank: Of two pieces that overlap the one of the higher rank is taken.
    """

    start: int
    end: int
    source: int | None
    rank: int = 0


class Places:
    """Where each address is."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = _disjoint(piece for piece in pieces if piece.start < piece.end)
        self._starts = [piece.start for piece in self._pieces]

    @property
    def total(self) -> int:
        """How many addresses there are."""
        return sum(piece.end - piece.start for piece in self._pieces)

    @property
    def end(self) -> int:
        """Behind the last address."""
        return self._pieces[-1].end if self._pieces else 0

    def gap(self, start: int) -> int:
        """Return how many addresses from this one on are in no piece; 0 behind the last piece."""
        at = bisect_right(self._starts, start)
        if (at and start < self._pieces[at - 1].end) or at == len(self._starts):
            return 0
        return self._starts[at] - start

    def parts(self, start: int, size: int) -> Iterator[tuple[int | None, int]]:
        """Yield where a range is: places in the file, None for zeros, and how many bytes there.

        It ends early at an address that is in no piece.
        """
        at = bisect_right(self._starts, start) - 1
        end = start + size
        while start < end and 0 <= at < len(self._pieces):
            piece = self._pieces[at]
            if not piece.start <= start < piece.end:
                return
            count = min(end, piece.end) - start
            yield None if piece.source is None else piece.source + start - piece.start, count
            start += count
            at += 1


def _disjoint(pieces: Iterable[Piece]) -> list[Piece]:
    """Cut pieces so that none overlaps another; takes time as sorting does."""
    waiting = sorted(pieces, key=lambda piece: piece.start)
    if all(one.end <= other.start for one, other in pairwise(waiting)):
        return waiting
    bounds = sorted({bound for piece in waiting for bound in (piece.start, piece.end)})
    active: list[tuple[int, int, int, int | None]] = []
    found: list[Piece] = []
    coming = 0
    for begin, end in pairwise(bounds):
        while coming < len(waiting) and waiting[coming].start <= begin:
            piece = waiting[coming]
            # the number of the piece keeps two of one rank from being compared further
            heappush(active, (-piece.rank, coming, piece.end, piece.source))
            coming += 1
        while active and active[0][2] <= begin:
            heappop(active)
        if active:
            rank, number, _, source = active[0]
            skipped = begin - waiting[number].start
            found.append(Piece(begin, end, None if source is None else source + skipped, -rank))
    return found
