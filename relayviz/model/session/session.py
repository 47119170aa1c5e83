"""A session: a channel, what was done to it in all branches, and what somebody noted beside it.

Plain frozen data. model.session.file reads and writes it, engines play it on a channel, and
model.engine.captured takes it from one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.config import ChannelConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.model.channel.operation import Operation
    from relayviz.model.condition.breakpoint import Breakpoint

MAIN_LINE = "main line"


@dataclass(frozen=True, slots=True)
class Line:
    """The operations of one branch.

    Attributes:
        name: What people call it; no two of a session have the same.
        operations: What is done behind the fork, in order; each on one CPU.
        parent: The place in Session.lines of the branch it grew out of; None: the first.
        fork: The number of the last step it shares with that; 0: the opening. Counts only where
            there is a parent.
    """

    name: str = MAIN_LINE
    operations: tuple[Operation, ...] = ()
    parent: int | None = None
    fork: int = 0

    @property
    def length(self) -> int:
        """The number of its last step."""
        return self.fork + len(self.operations)


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a session: after so many operations on the way along a branch.

    Attributes:
        branch: The branch's place in Session.lines.
        step: The number of the step; 0: just opened.
    """

    branch: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What shall be true at a step.

    Attributes:
        at: The step.
        that: An expression over the state (model.condition).
    """

    at: Place
    that: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A step that somebody gave a name."""

    at: Place
    name: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """A line that tells a learner something or asks it, as it is written; model.lesson reads it.

    Attributes:
        at: The step it stands behind.
        text: The line.
        line: Which line of its branch's text it was, from 0.
    """

    at: Place
    text: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Notes:
    """What somebody noted beside a channel. Of a scenario it has the words, too.

    Attributes:
        expectations: By branch and step, as they are checked.
        markers: By branch and step.
        breakpoints: What Run stops at.
        watches: Expressions whose values are plotted.
        title: What it is about, in a few words.
        topic: The heading of the index that it stands under.
        text: Two or three sentences.
        shows: What it is evidence for: sections and rules, such as "Flush 2" or "D1".
        lesson: The head of a lesson, as it is written; None: it is none.
        script: What a lesson says and asks, in order.
    """

    expectations: tuple[Expectation, ...] = ()
    markers: tuple[Marker, ...] = ()
    breakpoints: tuple[Breakpoint, ...] = ()
    watches: tuple[str, ...] = ()
    title: str = ""
    topic: str = ""
    text: str = ""
    shows: tuple[str, ...] = ()
    lesson: Mapping[str, Any] | None = field(default=None, hash=False)
    script: tuple[Scripted, ...] = ()


@dataclass(frozen=True, slots=True)
class Session(Notes):
    """A session: a channel and what was done to it, with what was noted.

    Attributes:
        config: What is opened.
        lines: The branches; a parent comes before its children.
        view: The step shown; None: the end of the first branch.
    """

    config: ChannelConfig = field(default_factory=ChannelConfig)
    lines: tuple[Line, ...] = (Line(),)
    view: Place | None = None

    @property
    def notes(self) -> Notes:
        """What was noted, without the channel and what was done to it."""
        return Notes(**{each.name: getattr(self, each.name) for each in fields(Notes)})

    @property
    def sources(self) -> tuple[str, ...]:
        """Each Python subbuf_start that playing it runs; a person has to confirm them first."""
        found = [self.config.source] if self.config.source else []
        found += [each.source for line in self.lines for each in line.operations if each.source]
        return tuple(dict.fromkeys(found))

    @property
    def end(self) -> Place:
        """The last step of the first branch."""
        return Place(0, self.lines[0].length)
