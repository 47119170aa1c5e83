"""What moved the counters of the buffers: releases, and the resets at which counting began anew."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind

if TYPE_CHECKING:
    from relayviz.model.channel.trail import Reading
    from relayviz.model.history.step import Step


class Release(NamedTuple):
    """A step that moved consumed on.

    Attributes:
        step: Its number.
        read: By so many sub-buffers because they had been read.
        skipped: By so many because the reader had been lapped.
        reported: By so many because relay_subbufs_consumed said so.
    """

    step: int
    read: int = 0
    skipped: int = 0
    reported: int = 0


class Counts:
    """Releases and resets of a branch.

    Threads: one, any.
    """

    def __init__(self) -> None:
        self._releases: dict[int, list[Release]] = defaultdict(list)
        self._resets: list[int] = []

    def add(self, step: Step) -> None:
        """Take in a step."""
        kind = step.operation.kind
        if kind is Kind.RESET and not any(mark & Mark.ERROR for _, mark in step.marks):
            self._resets.append(step.depth)
        reading = None if step.trail is None else step.trail.reading
        if reading is not None:
            self.add_reading(step.depth, reading)
        elif kind is Kind.CONSUME and step.result.value:
            self.add_report(step.depth, step.marks[0][0], step.result.value)

    def add_reading(self, step: int, reading: Reading) -> None:
        """Take in what a read did."""
        skipped = reading.skipped[1] - reading.skipped[0]
        self._releases[reading.buffer].append(Release(step, reading.released, skipped))

    def add_report(self, step: int, buffer: int, count: int) -> None:
        """Take in that so many sub-buffers were reported as read; reads behind it may be in."""
        insort(self._releases[buffer], Release(step, reported=count), key=attrgetter("step"))

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        self._resets = [one for one in self._resets if one <= step]
        for found in self._releases.values():
            found[:] = [one for one in found if one.step <= step]

    def releases(self, buffer: int, first: int, last: int) -> list[Release]:
        """Return what moved consumed on from a step to another, both included."""
        return [one for one in self._releases[buffer] if first <= one.step <= last]

    def last_reset(self, step: int) -> int:
        """Return the last step up to `step` at which counting began: a reset, or the opening."""
        return max((one for one in self._resets if one <= step), default=0)
