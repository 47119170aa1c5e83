"""The index of a capture once more, plainly: what the native one is held to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.relay import RecordKind

if TYPE_CHECKING:
    from relayviz.model.capture.layout import Field, Layout

Row = tuple[int, int, RecordKind]  # first byte, bytes, what it is


@dataclass(frozen=True)
class Plain:
    """A capture and how its records look."""

    layout: Layout
    order: str
    data: bytes

    def number(self, field: Field | None, at: int) -> int:
        if field is None:
            return 0
        raw = self.data[at + field.at : at + field.at + field.size]
        return int.from_bytes(raw if self.order == "big" else raw[::-1], "big")

    def length(self, at: int) -> int | None:
        """Bytes of a record that begins there, as far as its header says."""
        layout = self.layout
        if len(self.data) - at < layout.header:
            return None
        low, high = layout.marks
        if layout.mark is not None and not low <= self.number(layout.mark, at) <= high:
            return None
        length = self.number(layout.length, at) + layout.bias
        if not layout.header <= length <= layout.largest:
            return None
        return length if not layout.lengths or length in layout.lengths else None

    def fits(self, at: int) -> bool:
        """Whether a record, the beginning of one or the end is there."""
        left = len(self.data) - at
        if left >= self.layout.header:
            return self.length(at) is not None
        mark, (low, high) = self.layout.mark, self.layout.marks
        if mark is None or left < mark.at + mark.size:
            return True
        return low <= self.number(mark, at) <= high

    def confirmed(self, at: int) -> bool:
        length = self.length(at)
        return length is not None and at + length <= len(self.data) and self.fits(at + length)

    def rows(self) -> list[Row]:
        found: list[Row] = []
        at = 0
        while at < len(self.data):
            row = self.row(at)
            at += row[1]
            # stretches of damage that touch are one
            if found and found[-1][2] == row[2] == RecordKind.DAMAGE:
                begin, size, _ = found.pop()
                row = (begin, size + row[1], row[2])
            found.append(row)
        return found

    def row(self, at: int) -> Row:
        end = len(self.data)
        length = self.length(at)
        if self.confirmed(at):
            assert length is not None
            inside = self.inside(at, at + length)
            if inside is not None:
                return at, inside - at, RecordKind.DAMAGE
            return at, length, self.kind(at)
        following = (place for place in range(at + 1, end) if self.confirmed(place))
        then = next(following, end)
        if length is not None and at + length <= end and then >= at + length:
            return at, length, self.kind(at)
        is_cut = length is None or at + length > end
        if then == end and is_cut and self.fits(at):
            return at, end - at, RecordKind.CUT
        return at, then - at, RecordKind.DAMAGE

    def inside(self, at: int, end: int) -> int | None:
        """Where the first record lies that a record holds wholly, which no right one does."""
        if self.layout.mark is None or self.layout.mark.size < 4:
            return None
        for place in range(at + 1, end):
            length = self.length(place)
            if length is not None and place + length <= end and self.confirmed(place):
                return place
        return None

    def kind(self, at: int) -> RecordKind:
        if (
            self.layout.sequence is None
            or self.number(self.layout.flags, at) & self.layout.unnumbered
        ):
            return RecordKind.UNNUMBERED
        return RecordKind.WHOLE
