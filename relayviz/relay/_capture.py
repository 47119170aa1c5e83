"""Captures: records that a consumer of relay wrote to disk, found again."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from relayviz import _relay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz._relay import BytesLike


class RecordKind(IntEnum):
    """What a row of an index is: enum relay_record_kind."""

    WHOLE = 0
    UNNUMBERED = 1
    DAMAGE = 2
    CUT = 3


#: A row of an index (struct relay_record).
RECORD_DTYPE = np.dtype(
    [
        *((name, np.uint64) for name in ("at", "time", "sequence")),
        ("length", np.uint32),
        ("cpu", np.uint16),
        *((name, np.uint8) for name in ("kind", "unused")),
    ]
)
#: A number within a record (struct relay_field).
FIELD_DTYPE = np.dtype(
    [("offset", np.uint32), ("size", np.uint8), ("is_big", np.uint8), ("unused", np.uint16)]
)
LENGTHS = 8
"""How many lengths a layout can name."""

#: How records of one kind look (struct relay_layout).
LAYOUT_DTYPE = np.dtype(
    [
        ("mark", FIELD_DTYPE),
        *((name, np.uint64) for name in ("mark_low", "mark_high")),
        ("length", FIELD_DTYPE),
        ("length_bias", np.uint64),
        *((name, np.uint32) for name in ("header", "largest")),
        ("lengths", np.uint32, LENGTHS),
        *((name, FIELD_DTYPE) for name in ("sequence", "time", "cpu", "flags")),
        ("unnumbered", np.uint64),
    ]
)


def is_valid_layout(layout: bytes) -> bool:
    """Tell whether records of a layout, an item of LAYOUT_DTYPE, can be searched for."""
    return _relay.capture.is_valid(layout)


def find_records(
    layout: bytes, data: BytesLike, at: int, *, is_last: bool, rows: NDArray[np.void]
) -> tuple[int, int]:
    """Find the records of a stretch of a capture, without the GIL.

    Args:
        layout: How records look, an item of LAYOUT_DTYPE.
        data: The stretch.
        at: Where it begins in the capture, in bytes.
        is_last: The capture ends where it ends.
        rows: Room for what is found, of RECORD_DTYPE.

    Returns:
        How many rows were found, and how many bytes of the stretch they tell of.

    Raises:
        ValueError: The layout cannot be searched for.
    """
    return _relay.capture.index(layout, data, at, is_last, rows.view(np.uint8))
