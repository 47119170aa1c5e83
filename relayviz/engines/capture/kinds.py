"""Which kind of capture a file is, found in its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import CaptureError, beginning_of
from relayviz.engines.capture.native import packed
from relayviz.model.capture.layout import read_layout
from relayviz.model.capture.shipped import folder, shipped
from relayviz.relay import RECORD_DTYPE, RecordKind, find_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from relayviz.model.capture.layout import Field, Layout

LOOKED_AT = 1 << 18
"""Bytes at the beginning of a file by which it is recognised."""

_LEAST = 0.5  # of these bytes are records, if it is of that kind


@dataclass(frozen=True, slots=True)
class Kind:
    """A layout in one byte order."""

    layout: Layout
    order: str

    @property
    def packed(self) -> bytes:
        """As the native index takes it."""
        return packed(self.layout, self.order)


def layout_named(name: str) -> Layout | None:
    """Return a layout that comes with the program, by its name or that of its file."""
    wanted = name.casefold().replace(" ", "-")
    found = (one for one in shipped() if one.name.casefold().replace(" ", "-") == wanted)
    return next(found, None) or _in_file(wanted)


def _in_file(stem: str) -> Layout | None:
    path = folder() / f"{stem}.toml"
    return read_layout(path) if "/" not in stem and path.is_file() else None


def kind_of(path: Path, layouts: Iterable[Layout]) -> Kind:
    """Return which of some layouts a file has.

    Raises:
        CaptureError: It is empty, cannot be read, or is of none of them.
    """
    data, is_last = beginning_of(path, LOOKED_AT)
    known = tuple(layouts)
    # one that is asked for need not be told from others
    able = [one for one in known if one.is_recognised or len(known) == 1]
    kinds = [Kind(layout, order) for layout in able for order in layout.orders]
    shares = [_share(kind, data, is_last=is_last) for kind in kinds]
    best = int(np.argmax(shares)) if shares else 0
    if not shares or shares[best] < _LEAST:
        raise CaptureError(_no_kind(kinds, shares, best, data))
    return kinds[best]


def _no_kind(kinds: list[Kind], shares: list[float], best: int, data: bytes) -> str:
    known = ", ".join(dict.fromkeys(kind.layout.name for kind in kinds))
    words = f"It is of no kind that is known here ({known})."
    if shares and shares[best] > 0:
        words += f" {shares[best]:.0%} of its beginning look like {kinds[best].layout.name}."
    words += "".join(f" {broken}" for kind in kinds if (broken := _broken(kind, data)))
    return f"{words} A layout says how other records look: docs/captures.md."


def _broken(kind: Kind, data: bytes) -> str:
    """Say where a file breaks that begins as one of a kind does; empty: it begins otherwise."""
    mark, length = kind.layout.mark, kind.layout.length
    if mark is None or length is None or not _is_mark(kind, data, mark):
        return ""
    rows = np.zeros(len(data) // kind.layout.header + 2, RECORD_DTYPE)
    n, _ = find_records(kind.packed, data, 0, is_last=False, rows=rows)
    damage = rows[:n][rows[:n]["kind"] == RecordKind.DAMAGE]
    if not len(damage):
        return f"As {kind.layout.name} it ends within a record."
    at = int(damage["at"][0])
    return f"As {kind.layout.name} it breaks at byte {at}: {_why(kind, data[at:], mark, length)}."


def _why(kind: Kind, data: bytes, mark: Field, length: Field) -> str:
    """Say why no record is where one should begin."""
    if not _is_mark(kind, data, mark):
        return "no record begins there"
    said, layout = _number(data, length, kind.order), kind.layout
    size = said + layout.bias
    if layout.header <= size <= layout.largest and size in (layout.lengths or (size,)):
        return f"no record follows where {said} as its length leads"
    return f"{said} is no record's length"


def _is_mark(kind: Kind, data: bytes, mark: Field) -> bool:
    low, high = kind.layout.marks
    return len(data) >= kind.layout.header and low <= _number(data, mark, kind.order) <= high


def _number(data: bytes, field: Field, order: str) -> int:
    is_little = order == "little"
    return int.from_bytes(data[field.at : field.at + field.size], "little" if is_little else "big")


def _share(kind: Kind, data: bytes, *, is_last: bool) -> float:
    """Return how much of the beginning of a file are records of a kind, 0 to 1."""
    rows = np.zeros(len(data) // kind.layout.header + 2, RECORD_DTYPE)
    n, used = find_records(kind.packed, data, 0, is_last=is_last, rows=rows)
    found = rows[:n][rows[:n]["kind"] < RecordKind.DAMAGE]
    return float(found["length"].sum() / used) if used else 0.0
