"""The bytes of sub-buffers of a capture, read out of its files again when somebody looks."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import CaptureError, open_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.engines.capture.viewing.rings import Held, Rings
    from relayviz.model.capture.tape import Tape

    Key = tuple[int, int, Held]

KEPT = 32 << 20  # bytes of sub-buffers that are kept
MOST_HEADS = 1 << 14  # records whose headers are kept


def bytes_held(rings: Rings, buffer: int, held: Held) -> NDArray[np.uint8]:
    """Return a sub-buffer with the bytes of some records; 0 where none are.

    Raises:
        CaptureError, OSError: A file cannot be read any more.
    """
    data = np.zeros(rings.sizes.subbuf_size, np.uint8)
    used = 0
    for path, at, length in _pieces(rings, buffer, held):
        descriptor = open_file(path)
        try:
            piece = os.pread(descriptor, length, at)
        finally:
            os.close(descriptor)
        data[used : used + len(piece)] = np.frombuffer(piece, np.uint8)
        used += length
    return data


def _pieces(rings: Rings, buffer: int, held: Held) -> Iterator[tuple[Path, int, int]]:
    """Yield file, first byte and bytes of records that follow one another there."""
    tape = rings.tape
    order = tape.order[tape.places[buffer][held.first : held.last]]
    if not len(order):
        return
    rows = tape.rows[order]
    ends = rows["at"] + rows["length"]
    begins = np.array([source.begin for source in tape.sources])
    files = np.searchsorted(begins, order, "right") - 1
    breaks = np.flatnonzero((ends[:-1] != rows["at"][1:]) | (files[:-1] != files[1:])) + 1
    for first, last in zip([0, *breaks], [*breaks, len(rows)], strict=True):
        at = int(rows["at"][first])
        yield tape.sources[int(files[first])].path, at, int(ends[last - 1]) - at


class Reader:
    """What was asked for of the files, and what was read of it.

    Threads: any asks; one reads.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._subbufs: dict[Key, NDArray[np.uint8]] = {}
        self._unread: dict[Key, tuple[Rings, int, Held]] = {}
        self._of: Tape | None = None
        self._heads: dict[int, bytes] = {}
        self._headless: list[int] = []

    @property
    def is_wanted(self) -> bool:
        """Whether something was asked for that is not read."""
        return bool(self._unread or self._headless)

    def subbuf(self, rings: Rings, buffer: int, held: Held) -> NDArray[np.uint8] | None:
        """Return the bytes of a sub-buffer; None: they were not read, and are wanted now."""
        key = (id(rings), buffer, held)
        with self._guard:
            found = self._subbufs.get(key)
            if found is None:
                self._unread[key] = (rings, buffer, held)
        return found

    def heads(self, tape: Tape, places: Sequence[int]) -> dict[int, bytes]:
        """Return how some records begin, as far as that was read; the rest is wanted now."""
        with self._guard:
            if tape is not self._of:
                self._of, self._heads = tape, {}
            self._headless = [one for one in places if one not in self._heads]
            return {one: self._heads[one] for one in places if one in self._heads}

    def read(self) -> str:
        """Read what is wanted; return what was wrong, in a sentence, or nothing."""
        with self._guard:
            unread, self._unread = self._unread, {}
            tape, headless = self._of, self._headless
            self._headless = []
        wrong = ""
        for key, (rings, buffer, held) in unread.items():
            try:
                data = bytes_held(rings, buffer, held)
            except (CaptureError, OSError) as error:
                data = np.zeros(rings.sizes.subbuf_size, np.uint8)
                wrong = f"Bytes cannot be read any more: {error}"
            most = max(2, KEPT // rings.sizes.subbuf_size)
            with self._guard:
                kept = [pair for pair in self._subbufs.items() if pair[0][0] == key[0]]
                self._subbufs = dict([*kept[-(most - 1) :], (key, data)])
        if headless and tape is not None:
            self._read_heads(tape, headless)
        return wrong

    def _read_heads(self, tape: Tape, places: Sequence[int]) -> None:
        try:
            read = heads(tape, [one for one in places if one < tape.count])
        except (CaptureError, OSError):
            read = dict.fromkeys(places, b"")  # nothing is shown of them
        with self._guard:
            if tape is self._of:
                self._heads = read if len(self._heads) > MOST_HEADS else self._heads | read


def heads(tape: Tape, places: Iterable[int]) -> dict[int, bytes]:
    """Return the headers of some records; CaptureError, OSError: a file cannot be read."""
    found = {}
    for place in places:
        row = tape.row(place)
        source = tape.source_of(int(tape.order[place]))
        descriptor = open_file(source.path)
        try:
            length = min(int(row["length"]), tape.layout.header)
            found[place] = os.pread(descriptor, length, int(row["at"]))
        finally:
            os.close(descriptor)
    return found
