"""A layout as the native index takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.relay import LAYOUT_DTYPE

if TYPE_CHECKING:
    from relayviz.model.capture.layout import Field, Layout


def packed(layout: Layout, order: str) -> bytes:
    """Return a layout as an item of LAYOUT_DTYPE.

    Args:
        layout: How records look.
        order: "little" or "big": the byte order of its numbers.
    """
    item = np.zeros(1, LAYOUT_DTYPE)
    fields = {
        "mark": layout.mark,
        "length": layout.length,
        "sequence": layout.sequence,
        "time": layout.time,
        "cpu": layout.cpu,
        "flags": layout.flags,
    }
    for name, field in fields.items():
        item[name] = _field(field, order)
    item["mark_low"], item["mark_high"] = layout.marks
    item["length_bias"], item["unnumbered"] = layout.bias, layout.unnumbered
    item["header"], item["largest"] = layout.header, layout.largest
    item["lengths"][0, : len(layout.lengths)] = layout.lengths
    return item.tobytes()


def _field(field: Field | None, order: str) -> tuple[int, int, int, int]:
    return (0, 0, 0, 0) if field is None else (field.at, field.size, int(order == "big"), 0)
