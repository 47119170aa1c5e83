"""What the readers of a live channel found in the events they got: further columns, and totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz.gui.look.glossary import explain
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.counters.columns import Figures
    from relayviz.model.engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """A column.

    Attributes:
        heading: The short name over it.
        tip: What it means.
        entry: The field of model.live.Verified.
        is_loss: Above 0 it is bad news.
    """

    heading: str
    tip: str
    entry: str
    is_loss: bool = True


FOUND = (
    Found("intact", "Events that readers got as they were written.", "intact", is_loss=False),
    Found("torn", explain("torn"), "torn"),
    Found("missing", "Numbers of events that readers never saw.", "missing"),
    Found("twice", "Events that had been delivered before.", "twice"),
    Found("torn records", "Records in pieces of which a part came.", "torn_records"),
    Found("unwritten", explain("unwritten"), "unwritten"),
    Found("lapped", "Times that the reader was overtaken by the writer.", "lapped"),
    Found("skipped", "Sub-buffers that it lost by that.", "skipped"),
)


def figures(snapshot: Snapshot) -> list[Figures]:
    """Return the figures of each column, a row for each buffer; zeros where nothing is live."""
    none = np.zeros(snapshot.rows, np.uint64)
    if snapshot.live is None:
        return [none for _ in FOUND]
    found = []
    for column in FOUND:
        values = getattr(snapshot.live.verified, column.entry)
        if len(values) != snapshot.rows and not snapshot.is_global:
            values = values[snapshot.buffers["cpu"].astype(np.intp)]
        found.append(values if len(values) == snapshot.rows else values.sum(keepdims=True))
    return found


def totals(snapshot: Snapshot) -> str:
    """Return the sums over all CPUs in a line; empty where nothing is live."""
    if snapshot.live is None:
        return ""
    sums = [int(values.sum()) for values in figures(snapshot)]
    parts = [
        f"{grouped(count)} {column.heading}"
        for column, count in zip(FOUND, sums, strict=True)
        if count or column.entry in ("intact", "torn", "missing", "twice", "unwritten")
    ]
    return f"readers, all CPUs: {' · '.join(parts)}"
