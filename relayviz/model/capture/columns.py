"""All fields of a layout by their places, and the columns that a table of its records has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.capture.fields import Form, Named

if TYPE_CHECKING:
    from relayviz.model.capture.layout import Field, Layout


def roles(layout: Layout) -> dict[str, Field]:
    """Return the fields that a layout gives a meaning, by that."""
    found = {
        "mark": layout.mark,
        "length": layout.length,
        "number": layout.sequence,
        "time": layout.time,
        "CPU": layout.cpu,
        "flags": layout.flags,
    }
    return {name: field for name, field in found.items() if field is not None}


def named(layout: Layout) -> tuple[Named, ...]:
    """Return all fields by their places: those with a name, and what only has a meaning."""
    found = list(layout.fields)
    taken = {(one.at, one.size) for one in found}
    for name, field in roles(layout).items():
        if (field.at, field.size) not in taken:
            form = Form.HEX if name in ("mark", "flags") else Form.NUMBER
            found.append(Named(name, field.at, field.size, form))
    return tuple(sorted(found, key=lambda one: (one.at, one.size)))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of records.

    Attributes:
        key: Its name in a condition.
        heading: Its name over the column.
        figure: A field of the index, "place" or "cpu"; empty: a field of the record.
        field: That.
    """

    key: str
    heading: str
    figure: str = ""
    field: Named | None = None

    @property
    def is_number(self) -> bool:
        """Whether it can be compared and sorted by."""
        return self.field is None or self.field.is_number


def columns_of(layout: Layout) -> tuple[Column, ...]:
    """Return the columns that records of a layout have: what all have, then their own fields."""
    found = [Column("record", "record", "place"), Column("cpu", "CPU", "cpu")]
    taken = {(one.at, one.size) for one in (layout.cpu,) if one is not None}
    for key, figure, field in (
        ("number", "sequence", layout.sequence),
        ("time", "time", layout.time),
    ):
        if field is not None:
            found.append(Column(key, key, figure))
            taken.add((field.at, field.size))
    found.append(Column("size", "size", "length"))
    used = {one.key for one in found}
    for one in layout.fields:
        key = re.sub(r"\W+", "_", one.name).strip("_") or "field"
        key = key if key not in used and not key[0].isdigit() else f"{key}_{one.at}"
        if (one.at, one.size) not in taken and key not in used:
            used.add(key)
            found.append(Column(key, one.name, field=one))
    return tuple(found)
