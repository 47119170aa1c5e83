"""All that answers are made from: a state, and what the history of its branch says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from relayviz.model.channel.marks import Mark
from relayviz.model.channel.operation import Kind
from relayviz.model.fate.fate import FateIndex
from relayviz.model.history.events import EventIndex
from relayviz.model.history.ledger import Ledger
from relayviz.model.history.timeline import Timeline
from relayviz.model.why.why import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History, Step


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


class Sources:
    """What a branch's history says, kept up to date as it grows.

    Threads: one, any.

    Args:
        config: Of the channel.

    Attributes:
        fates: Its events.
        timeline: Its marks.
        events: Where events lie.
    """

    def __init__(self, config: ChannelConfig) -> None:
        self.fates, self.timeline, self.events = FateIndex(config), Timeline(), EventIndex()
        self._history: History | None = None
        self._branch = 0
        self._last = (-1, 0)  # the last step taken in, and its id
        self._releases: dict[int, list[Release]] = defaultdict(list)
        self._resets: list[int] = []

    def follow(self, history: History, branch: int, most: int | None = None) -> bool:
        """Take in what has been added, or all anew if this is another branch.

        Args:
            history: The history.
            branch: The branch.
            most: Steps to take in at most; None: all.

        Returns:
            Whether all of it is in.
        """
        self._history, self._branch = history, branch
        done = self.fates.follow(history, branch, most)
        if done:
            self.timeline.follow(history, branch)
            self.events.follow(history, branch)
        step, number = self._last
        if step > history.length(branch) or (step >= 0 and history.id_at(branch, step) != number):
            self._releases.clear()
            self._resets.clear()
            step = -1
        for stretch in history.ledgers(branch, step + 1, self.fates.step):
            if isinstance(stretch, Ledger):
                self._take_all(stretch)
            else:
                for one in stretch:
                    self._take(one)
        if self.fates.step >= 0:
            self._last = self.fates.step, history.id_at(branch, self.fates.step)
        return done

    def _take_all(self, ledger: Ledger) -> None:
        """Take in steps that were recorded together."""
        reads, reports = ledger.reads, ledger.reports
        passed = (reads["end"] - reads["skipped"]).tolist()
        columns = (reads[name].tolist() for name in ("step", "buffer", "released"))
        found = [
            (buffer, Release(step, released, skipped))
            for step, buffer, released, skipped in zip(*columns, passed, strict=True)
        ]
        found += ((buffer, Release(step, 0, 0, count)) for step, buffer, count in reports.tolist())
        for buffer, release in sorted(found, key=lambda one: one[1].step):
            self._releases[buffer].append(release)

    def _take(self, step: Step) -> None:
        kind = step.operation.kind
        if kind is Kind.RESET and not any(mark & Mark.ERROR for _, mark in step.marks):
            self._resets.append(step.depth)
        reading = None if step.trail is None else step.trail.reading
        if reading is not None:
            skipped = reading.skipped[1] - reading.skipped[0]
            release = Release(step.depth, reading.released, skipped)
            self._releases[reading.buffer].append(release)
        elif kind is Kind.CONSUME and step.result.value:
            buffer = step.marks[0][0]
            self._releases[buffer].append(Release(step.depth, reported=step.result.value))

    def releases(self, buffer: int, first: int, last: int) -> list[Release]:
        """Return what moved consumed on from a step to another, both included."""
        return [one for one in self._releases[buffer] if first <= one.step <= last]

    def last_reset(self, step: int) -> int:
        """Return the last step up to `step` at which counting began: a reset, or the opening."""
        return max((one for one in self._resets if one <= step), default=0)

    def counted(self, buffer: int, step: int) -> tuple[int, int]:
        """Return produced and consumed of a buffer after a step, counted from the history."""
        begin = self.last_reset(step)
        produced = len(self.timeline.steps(begin, step, buffer, Mark.SWITCHED))
        found = self.releases(buffer, begin, step)
        return produced, sum(one.read + one.skipped + one.reported for one in found)

    def step(self, depth: int) -> Step:
        """Return a step of the branch."""
        if self._history is None:
            raise IndexError("no history is followed")
        return self._history.at(self._branch, depth)

    def cause(self, depth: int, lead: str) -> Cause:
        """Return a step as a cause: what was done, and what became of it."""
        step = self.step(depth)
        return Cause(depth, f"{step.title()}: {step.result.words}", lead)


class Context(NamedTuple):
    """A state and its sources."""

    snapshot: Snapshot
    sources: Sources

    @property
    def step(self) -> int:
        """The step shown."""
        return self.snapshot.step

    def buffer(self, row: int) -> int:
        """Return the CPU number of a row."""
        return int(self.snapshot.buffers["cpu"][row])

    def last(self, row: int, marks: int) -> int | None:
        """Return the last step with any of these marks on a buffer."""
        return self.sources.timeline.last(self.step, self.buffer(row), marks)

    def counted(self, row: int, step: int) -> tuple[int, int]:
        """Return produced and consumed after a step, counted from the history."""
        return self.sources.counted(self.buffer(row), step)

    def last_change(self, row: int, marks: int, figure: Callable[[int, int], int]) -> int | None:
        """Return the last step that changed a figure made of produced and consumed.

        Args:
            row: The buffer's row.
            marks: Those of steps that change it; a reset does unless it was 0 before.
            figure: Gives it from produced and consumed.
        """
        step = self.last(row, marks | Mark.RESET)
        while step is not None and step == self.sources.last_reset(step) > 0:
            if figure(*self.counted(row, step - 1)):
                return step
            step = self.sources.timeline.last(step - 1, self.buffer(row), marks | Mark.RESET)
        return step

    def causes(self, step: int | None, lead: str = "Last changed by") -> tuple[Cause, ...]:
        """Return a step as the only cause; None: there is none."""
        return () if step is None else (self.sources.cause(step, lead),)
