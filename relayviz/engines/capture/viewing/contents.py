"""The bytes of sub-buffers of a capture, read out of its files again when somebody looks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.engines.capture.viewing.rings import Held, Rings


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
