"""Layouts tried on a file: which of those that a C struct can mean fits it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.capture.index import beginning_of
from relayviz.engines.capture.kinds import LOOKED_AT, Kind
from relayviz.model.capture.structs.fit import Fit
from relayviz.model.capture.structs.pasted import candidates, layout
from relayviz.relay import RECORD_DTYPE, RecordKind, find_records

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from relayviz.model.capture.structs.cstruct import Struct
    from relayviz.model.capture.structs.pasted import Roles


def fitted(struct: Struct, roles: Roles, name: str, path: Path) -> Fit:
    """Return the layout of a struct that fits a file best.

    Args:
        struct: How a record begins.
        roles: What its fields mean.
        name: What the layout is called.
        path: The file.

    Raises:
        CaptureError: The file cannot be read, or is empty.
        LayoutError: The struct cannot be a layout.
    """
    data, is_last = beginning_of(path, LOOKED_AT)
    tables = candidates(struct, roles, name, data)
    fits = [_tried(table, data, is_last=is_last) for table in tables]
    return max(fits, key=lambda fit: (fit.share, fit.is_numbered))


def _tried(table: dict[str, Any], data: bytes, *, is_last: bool) -> Fit:
    kind = Kind(layout(table), str(table["order"]))
    rows = np.zeros(len(data) // kind.layout.header + 2, RECORD_DTYPE)
    n, used = find_records(kind.packed, data, 0, is_last=is_last, rows=rows)
    found = rows[:n][rows[:n]["kind"] < RecordKind.DAMAGE]
    share = float(found["length"].sum() / used) if used else 0.0
    steps = np.diff(found["sequence"].astype(np.int64))
    is_numbered = len(steps) > 0 and bool(np.count_nonzero(steps == 1) * 2 >= len(steps))
    return Fit(kind.layout, table, share, len(found), len(data), is_numbered)
