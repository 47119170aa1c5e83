"""Frames as bytes: what is told in words as JSON, arrays as what differs from the frame before.

The frames of a chunk go by themselves: the first differs from nothing.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.replay.file.chunks import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_SIZES = struct.Struct("<5I")
ARRAYS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A channel at one moment, as the file has it.

    Attributes:
        told: Values for JSON.
        arrays: Buffers, sub-buffers, what readers verified, contradictory rows: bytes of each.
    """

    told: dict[str, Any]
    arrays: tuple[bytes, ...]


def packed(frames: Sequence[Frame]) -> bytes:
    """Return frames as the body of a chunk."""
    parts: list[bytes] = []
    before: tuple[bytes, ...] = (b"",) * ARRAYS
    for frame in frames:
        told = json.dumps(frame.told, separators=(",", ":")).encode()
        parts.append(_SIZES.pack(len(told), *map(len, frame.arrays)))
        parts.append(told)
        parts += [_differing(*pair) for pair in zip(frame.arrays, before, strict=True)]
        before = frame.arrays
    return b"".join(parts)


def unpacked(body: bytes) -> Iterator[Frame]:
    """Give the frames of a chunk's body.

    Raises:
        RecordingError: It is none.
    """
    at, before = 0, (b"",) * ARRAYS
    while at < len(body):
        if len(body) - at < _SIZES.size:
            raise RecordingError("A frame is cut.")
        sizes = _SIZES.unpack_from(body, at)
        at += _SIZES.size
        if sum(sizes) > len(body) - at:
            raise RecordingError("A frame is longer than its chunk.")
        pieces = []
        for size in sizes:
            pieces.append(body[at : at + size])
            at += size
        try:
            told = json.loads(pieces[0])
        except (ValueError, RecursionError) as error:
            raise RecordingError(f"A frame says nothing that can be read: {error}.") from error
        if not isinstance(told, dict):
            raise RecordingError("A frame tells no table.")
        before = tuple(_differing(*pair) for pair in zip(pieces[1:], before, strict=True))
        yield Frame(told, before)


def _differing(one: bytes, other: bytes) -> bytes:
    """Return bits that differ, which also makes one of two of the other; another size: all."""
    if len(one) != len(other) or not one:
        return one
    return np.bitwise_xor(_bytes(one), _bytes(other)).tobytes()


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)
