"""A session inside operations: who does what, under which rule, and in which order they go on.

Plain frozen data; model.inside.file reads and writes it, engines.inside plays it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from relayviz.model.channel.config import ChannelConfig

if TYPE_CHECKING:
    from relayviz.model.channel.operation import Operation
    from relayviz.model.condition.breakpoint import Breakpoint


class Rule(StrEnum):
    """Who keeps whom out, in the order of relay.Rule."""

    LIBRARY = "library"
    KERNEL = "kernel"
    BEFORE_2023 = "before-2023"


class Role(StrEnum):
    """What an actor is, in the order of relay.ActorKind."""

    TASK = "task"
    INTERRUPT = "interrupt"
    READER = "reader"


class Own(StrEnum):
    """Operations that only actors have: a poll that sleeps, and a consumer with a mapping."""

    SLEEP = "sleep"
    MAP_READ = "map-read"


@dataclass(frozen=True, slots=True)
class Deed:
    """An operation in a queue.

    Attributes:
        line: As it is written, the CPU included.
        operation: What is done; of those in `own` only its CPU counts.
        own: What it is, where it is none of the usual ones.
    """

    line: str
    operation: Operation
    own: Own | None = None

    @property
    def title(self) -> str:
        """Name the call."""
        if self.own is Own.SLEEP:
            return f"poll() until woken, on cpu {self.operation.cpu}"
        if self.own is Own.MAP_READ:
            return f"read of the mapping, on cpu {self.operation.cpu}"
        return self.operation.title()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who runs code of the core: a name, what it is, where, and what it is to do."""

    name: str
    role: Role = Role.TASK
    cpu: int = 0
    queue: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Go:
    """An actor makes so many steps: "step A times=3"."""

    actor: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class RunTo:
    """An actor goes on to a stop, or to the end of its operation: "run A to WRITE_COPIED"."""

    actor: str
    stop: str = ""


@dataclass(frozen=True, slots=True)
class Expect:
    """What shall be true here."""

    that: str


@dataclass(frozen=True, slots=True)
class Cannot:
    """An actor cannot move here: "cannot A"."""

    actor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The step that led here has a name: "mark before the loss"."""

    name: str


Line = Go | RunTo | Cannot | Expect | Mark


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A line of the schedule, and which line of its text it is, from 0."""

    line: Line
    at: int


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A task: find a schedule that leads to something.

    Attributes:
        goal: A condition that shall hold at some moment.
        most_steps: With at most so many steps; None: any number.
        most_switches: With at most so many times that another actor goes on; None: any number.
        fewest_steps: As the explorer knows it; None: not said.
        fewest_switches: The same.
        hint: For who does not find it; may be empty.
    """

    goal: str
    most_steps: int | None = None
    most_switches: int | None = None
    fewest_steps: int | None = None
    fewest_switches: int | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class InsideSession:
    """A channel, its actors and a schedule.

    Attributes:
        config: What is opened.
        rule: Who keeps whom out.
        declared: Each buffer has one declared writer (the library's writers without lock).
        actors: In order; the first have the keys 1 to 9.
        schedule: What was chosen, in order.
        schedule_at: At which line of its file the schedule's text begins, from 1; 0: in none.
        digest: Of the code that the schedule was made with; empty: not said.
        code: What of that code the schedule goes through, in lines (engines.inside.code).
        title: What it is about.
        text: Two or three sentences.
        find: For a puzzle or scenario: what the explorer can look for; empty: nothing.
        is_found: It finds it.
        puzzle: What the schedule is to be found for; None: it is no puzzle.
        breakpoints: What Run stops at in the window.
        watches: Figures that are plotted there.
        halts: Where runs stop in the window, such as "WRITE_COPIED in relay_write_locked".
    """

    config: ChannelConfig = field(default_factory=ChannelConfig)
    rule: Rule = Rule.KERNEL
    declared: bool = False
    actors: tuple[Actor, ...] = ()
    schedule: tuple[Scheduled, ...] = ()
    schedule_at: int = 0
    digest: str = ""
    code: tuple[str, ...] = ()
    title: str = ""
    text: str = ""
    find: str = ""
    is_found: bool = True
    puzzle: Puzzle | None = None
    breakpoints: tuple[Breakpoint, ...] = ()
    watches: tuple[str, ...] = ()
    halts: tuple[str, ...] = ()
