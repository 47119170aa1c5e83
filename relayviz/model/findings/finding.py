"""A finding: a plain sentence about a channel, with its numbers, its place and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The faults that a finding can name; docs/findings.md has a row for each."""

    NOT_REPORTING = "consumer does not report"
    REPORTS_TOO_MUCH = "consumer reports too much"
    REPORT_IGNORED = "report ignored"
    SHARED = "somebody else reads"
    STALLED = "consumer stalls"
    TOO_SLOW = "consumer too slow"
    LAPPED = "reader lapped"
    NO_READER = "nobody reads"
    PADDING = "padding wastes room"
    HEADER_BURNS = "header burns sub-buffers"
    TOO_BIG = "events too big"
    ONE_SUBBUF = "one sub-buffer only"
    EMPTY_FLUSHED = "flush finishes empty sub-buffers"
    MISREAD = "read goes wrong after an empty sub-buffer"
    FLUSHED = "flushes use up the room"
    TORN = "torn events"
    DISPLACED = "reader out of place"
    TORN_RECORDS = "torn records"
    FILLS_SLOWLY = "sub-buffers fill slowly"
    NOT_MADE = "load not made"


SCENARIOS = {
    Fault.TORN: "inside/torn-read",
    Fault.SHARED: "inside/two-consumers",
    Fault.LAPPED: "reader-lapped",
}
"""Of faults that are races: the scenario that shows step by step how such a thing comes about."""


class Severity(StrEnum):
    """How bad it is."""

    LOSS = "loss"
    WARNING = "warning"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Show:
    """Where a finding is to be seen.

    Attributes:
        cpu: The CPU to select.
        subbuf: The sub-buffer, -1: none in particular.
        dock: The dock to bring to front, such as "rings", "loss" or "load".
        written: Of a capture: how many of its records are written at the moment to go to; None:
            the moment shown is as good as any.
    """

    cpu: int
    subbuf: int = -1
    dock: str = "rings"
    written: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or good to know.

    Attributes:
        fault: What it is; None: good news, such as sizes that lose nothing.
        severity: How bad.
        cpus: Where; empty: on all CPUs.
        text: The sentence, with its numbers.
        helps: What would help, as a sentence; empty: nothing is to be done.
        show: Where to look; None: nowhere in particular.
        sizes: Of a channel that would lose nothing: subbuf_size, n_subbufs; None: none are told.
    """

    fault: Fault | None
    severity: Severity
    cpus: tuple[int, ...]
    text: str
    helps: str = ""
    show: Show | None = None
    sizes: tuple[int, int] | None = None

    @property
    def scenario(self) -> str:
        """The scenario that shows how such a thing comes about; empty: none does."""
        return SCENARIOS.get(self.fault, "") if self.fault is not None else ""
