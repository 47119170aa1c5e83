"""Bytes of one sub-buffer are split into records, where a layout says how these look.

Relay puts no event across two sub-buffers: the first byte begins a record, and each ends where the
next begins. What cannot be a record ends it; what is behind that is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.capture.layout import Field, Layout


@dataclass(frozen=True, slots=True)
class Split:
    """Records of a sub-buffer.

    Attributes:
        layout: How they look.
        order: Their byte order: "little" or "big".
        records: First byte and length of each.
    """

    layout: Layout
    order: str
    records: tuple[tuple[int, int], ...]

    @property
    def end(self) -> int:
        """Behind the last of them."""
        begin, length = self.records[-1] if self.records else (0, 0)
        return begin + length


def split(data: bytes, layouts: Iterable[Layout]) -> Split | None:
    """Split bytes by the layout that tells of the most of them; None: none tells of any.

    Args:
        data: What is written of a sub-buffer, from its first byte.
        layouts: Those that it may be of.
    """
    found = [
        Split(layout, order, tuple(_records(data, layout, order)))
        for layout in layouts
        for order in layout.orders
    ]
    best = max(found, key=lambda one: one.end, default=None)
    return best if best is not None and best.records else None


def _records(data: bytes, layout: Layout, order: str) -> Iterable[tuple[int, int]]:
    at = 0
    while at + layout.header <= len(data):
        length = _length(data, at, layout, order)
        if length is None or at + length > len(data):
            return
        yield at, length
        at += length


def _length(data: bytes, at: int, layout: Layout, order: str) -> int | None:
    """Return how long the record is that begins somewhere; None: none can begin there."""
    low, high = layout.marks
    if layout.mark is not None and not low <= number(data, at, layout.mark, order) <= high:
        return None
    length = layout.header
    if layout.length is not None:
        length = number(data, at, layout.length, order) + layout.bias
    is_sound = length > 0 and layout.header <= length <= layout.largest
    return length if is_sound and (not layout.lengths or length in layout.lengths) else None


def number(data: bytes, at: int, field: Field, order: str) -> int:
    """Return a number of the record that begins at a byte."""
    place = data[at + field.at : at + field.at + field.size]
    return int.from_bytes(place, "big" if order == "big" else "little")
