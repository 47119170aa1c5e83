"""All fields of a layout by their places: those with a name, and what only has a meaning."""

from __future__ import annotations

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
