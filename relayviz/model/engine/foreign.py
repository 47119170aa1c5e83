"""What goes with a snapshot of somebody else's channel, such as a real kernel's.

Such a channel can only be looked at. What its memory does not tell is named, so that no view shows
it as 0; what can be inferred comes as sentences with their evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.sizes import Sizes
    from relayviz.model.findings.finding import Finding
    from relayviz.model.kernel.looks import Looks

NOT_KNOWN = "not known"
WHOLE_BUFFER = -1
"""In place of a sub-buffer's index: all of the buffer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that looks found to have happened.

    Attributes:
        time: Of the look that found it, in seconds since the epoch.
        text: What, in a sentence.
        is_bad: It is bad news.
    """

    time: float
    text: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """What goes with a snapshot of somebody else's channel.

    Attributes:
        status: How it is looked at, in a sentence.
        unknown: Names of fields of a snapshot that are not known: of a buffer, such as
            "prev_padding" or "account" with all its entries, of a sub-buffer ("events"), of the
            channel ("mode"). What stands in their places means nothing.
        contradictory: Rows whose counters contradict each other: only the CPU's number is known.
        withheld: Bytes that are not shown, by row and sub-buffer or WHOLE_BUFFER: why not.
        facts: More that is told of the channel: name, value, what it means.
        findings: What is wrong with it, as far as that can be told.
        layouts: How records of its client look; none: that is not known.
        looks: What several looks at it tell; None: there is but one, as of a dump.
        runs: It is looked at again and again.
        is_gone: It will not be looked at any more, it ran until then.
        seen_from: From which second of its run on it was seen: of a recording, when that began.
        is_recorded: It is shown as it was recorded; what is not known was not known then.
        changes: Its writers may be at work while bytes are read.
        at_least: Names of figures of which more than is shown may be true.
        exact: Names of figures that are known although what they are a part of is not.
        teller: What it is that does not tell the rest.
        seen: What looks found to have happened to the channel as a whole, the oldest first.
        is_over: Nobody writes any more, though it can be looked at: its process is gone, or has
            closed it.
        sizes: The sizes that it is laid out with, where nobody knows them for certain; None: they
            are known.
        parting: What is said when its tab is closed; empty: nothing.
    """

    status: str
    unknown: frozenset[str] = frozenset()
    contradictory: frozenset[int] = frozenset()
    withheld: Mapping[tuple[int, int], str] = field(default_factory=dict)
    facts: tuple[tuple[str, str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    layouts: tuple[Layout, ...] = ()
    looks: Looks | None = None
    runs: bool = False
    is_gone: bool = False
    changes: bool = False
    seen_from: float = 0.0
    is_recorded: bool = False
    at_least: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    teller: str = "that kernel's memory"
    seen: tuple[Seen, ...] = ()
    is_over: bool = False
    sizes: Sizes | None = None
    parting: str = ""

    def knows(self, *names: str) -> bool:
        """Return whether all of some fields are known; "account.busy" is an entry of one."""
        return not any(
            name in self.unknown or name.partition(".")[0] in self.unknown
            for name in names
            if name not in self.at_least and name not in self.exact
        )

    def why_withheld(self, row: int, index: int) -> str:
        """Return why the bytes of a sub-buffer are not shown; empty: they are."""
        return self.withheld.get((row, index)) or self.withheld.get((row, WHOLE_BUFFER), "")
