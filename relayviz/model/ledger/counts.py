"""What moved the counters of the buffers: releases, and the resets at which counting began anew."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind
from relayviz.model.ledger.table import Table, groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.history.step import Step

RELEASE = np.dtype([(name, np.int64) for name in ("step", "read", "skipped", "reported")])
"""A step that moved consumed on: by so many sub-buffers because they had been read, because the
reader had been lapped, because relay_subbufs_consumed said so."""


class Counts:
    """Releases and resets of a branch.

    Threads: one, any.
    """

    def __init__(self) -> None:
        self._releases: dict[int, Table] = defaultdict(lambda: Table(RELEASE))
        self._resets: list[int] = []

    def add(self, step: Step) -> None:
        """Take in a step."""
        kind = step.operation.kind
        if kind is Kind.RESET and not any(mark & Mark.ERROR for _, mark in step.marks):
            self._resets.append(step.depth)
        reading = None if step.trail is None else step.trail.reading
        if reading is not None:
            skipped = reading.skipped[1] - reading.skipped[0]
            self._releases[reading.buffer].append((step.depth, reading.released, skipped, 0))
        elif kind is Kind.CONSUME and step.result.value:
            self._releases[step.marks[0][0]].append((step.depth, 0, 0, step.result.value))

    def add_many(self, before: int, reads: NDArray[np.int64], reports: NDArray[np.int64]) -> None:
        """Take in what reads and reports did (Attempts); row 0 has the number `before`."""
        steps, _, buffers, first, end, released, *_ = reads.T
        found = np.zeros(len(reads) + len(reports), RELEASE)
        read, reported = found[: len(reads)], found[len(reads) :]
        read["step"], read["read"], read["skipped"] = steps, released, end - first
        reported["step"], reported["reported"] = reports[:, 0], reports[:, 2]
        found["step"] += before
        order = np.argsort(found["step"])
        found, buffers = found[order], np.concatenate([buffers, reports[:, 1]])[order]
        for buffer, rows in groups(buffers):
            self._releases[buffer].extend(found[rows])

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._resets = [one for one in self._resets if one <= step]
        for found in self._releases.values():
            found.cut(found.until(step))

    def releases(self, buffer: int, first: int, last: int) -> NDArray[np.void]:
        """Return what moved consumed on (RELEASE) from a step to another, both included."""
        found = self._releases[buffer]
        return found.rows[found.until(first - 1) : found.until(last)]

    def last_reset(self, step: int) -> int:
        """Return the last step up to `step` at which counting began: a reset, or the opening."""
        return max((one for one in self._resets if one <= step), default=0)
