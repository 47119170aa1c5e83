"""What is to be seen inside operations besides the channel: actors, copies, who changed what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from relayviz.model.inside.program import Role, Rule
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

NOBODY = 0
"""In place of an event's number: no event wrote that byte."""


@dataclass(frozen=True, slots=True)
class Stand:
    """An actor as it stands.

    Attributes:
        name: Its name.
        role: What it is.
        cpu: Where.
        state: "idle", "stopped", "waiting", "asleep" or "asking".
        why: Why it cannot move; empty: it can.
        queue: Its operations, as a session has them.
        begun: How many of them it has begun or ended.
        doing: The operation that it is in; empty: none.
        stop: The name of the stop; empty: it stands at none.
        sentence: What is true there.
        function: Where that is: the function; empty: in memcpy ...
        file: ... the source file ...
        line: ... and the line; 0: nowhere. In memcpy it is that of the stop before it.
    """

    name: str
    role: Role = Role.TASK
    cpu: int = 0
    state: str = "idle"
    why: str = ""
    queue: tuple[str, ...] = ()
    begun: int = 0
    doing: str = ""
    stop: str = ""
    sentence: str = ""
    function: str = ""
    file: str = ""
    line: int = 0

    @property
    def can_move(self) -> bool:
        """Whether it can make a step."""
        return not self.why

    @property
    def next(self) -> str:
        """What it begins next; empty: nothing."""
        return self.queue[self.begun] if self.begun < len(self.queue) else ""

    @property
    def at(self) -> str:
        """Say where it stands."""
        if self.stop:
            place = f" in {self.function} ({self.file}:{self.line})" if self.function else ""
            return f"at {self.stop}{place}"
        return "inside" if self.doing else "idle"


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """What a reader has got so far in its operation, beside the memory that it came from.

    All have one entry a byte. Where the place is not known, `place` is -1 and `now` shows nobody.

    Attributes:
        actor: The reader's name.
        row: The buffer, as a row of the snapshot.
        data: The bytes.
        ages: The event that wrote each; NOBODY: none did.
        before: The event that had written that place when the reader began to copy.
        place: Where in the buffer each byte came from.
        memory: What stands there now ...
        now: ... and the event that wrote it.
    """

    actor: str
    row: int
    data: bytes
    ages: NDArray[np.uint32]
    before: NDArray[np.uint32]
    place: NDArray[np.int64]
    memory: bytes
    now: NDArray[np.uint32]

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Which bytes were written after the reader had begun to copy: what makes a read torn."""
        found: NDArray[np.bool_] = (self.place >= 0) & (self.ages != self.before)
        return found

    @property
    def is_gone_over(self) -> NDArray[np.bool_]:
        """Which bytes were written over in memory after the reader got them."""
        found: NDArray[np.bool_] = (self.place >= 0) & (self.now != self.ages)
        return found


class Doing(StrEnum):
    """What an actor does with a place in a ring."""

    WRITES = "writes"
    RESERVES = "reserves"
    RESERVED = "has reserved"
    READS = "reads"
    GOT = "has read"


@dataclass(frozen=True, slots=True)
class Reach:
    """A place in a ring at which an actor stands inside its operation, or that it has reserved.

    Attributes:
        actor: Its number.
        name: Its name.
        row: The buffer, as a row of the snapshot.
        first: The first byte in the ring ...
        end: ... and the one behind the last.
        doing: What it does there.
        there: Of a write the bytes that are there, of a reserve those that are filled, of a read
            those that the reader has got: stretches of the ring, first and behind the last.
    """

    actor: int
    name: str
    row: int
    first: int
    end: int
    doing: Doing
    there: tuple[tuple[int, int], ...] = ()

    @property
    def done(self) -> int:
        """How many bytes are there."""
        return sum(end - first for first, end in self.there)

    @property
    def length(self) -> int:
        """How many bytes that are."""
        return self.end - self.first

    def told(self, where: str = "here") -> str:
        """Say what that is, and where."""
        size = f"{plural(self.length, 'byte')} {where}"
        match self.doing:
            case Doing.WRITES:
                there = f"{self.done or 'none'} of them there"
                return f"{self.name} writes {size}, {there}"
            case Doing.RESERVES:
                return f"{self.name} is about to reserve {size}"
            case Doing.RESERVED:
                return f"{self.name} has reserved {size}, {self.done} of them filled"
            case Doing.READS:
                return f"{self.name} reads {size}, it has got {self.done} of them"
        return f"{self.name} has read {size}"

    def within(self, row: int, begin: int, size: int) -> tuple[int, int] | None:
        """Return which bytes of a stretch of a buffer it has, from its beginning; None: none."""
        first, end = max(self.first, begin), min(self.end, begin + size)
        return (first - begin, end - begin) if row == self.row and first < end else None


@dataclass(frozen=True, slots=True)
class Value:
    """A field that actors share.

    Attributes:
        row: The buffer's row in the snapshot.
        name: The field.
        value: Its value.
        actor: Who changed it last; empty: nobody since the channel was opened.
        step: At which step of the line shown.
    """

    row: int
    name: str
    value: int
    actor: str = ""
    step: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What goes with a snapshot.

    Attributes:
        generation: The snapshot's.
        title: What the session is about.
        text: Two or three sentences.
        rule: Who keeps whom out.
        find: What the session suggests to look for; empty: nothing.
        puzzle: What a schedule shall lead to, and how far this one does; empty: it is no puzzle.
        hint: For who does not find it.
        warning: That a schedule was made with other code, or what did not hold; empty: nothing.
        actors: All, in order.
        copies: Of readers that have got something.
        values: The fields that actors share, of all buffers.
        judged: What was counted beside the channel, by name.
        calls: The callbacks of the step that led here.
        actor: Who made that step; empty: nobody.
        reaches: Where in the rings actors stand.
        breakpoints: Places at which runs stop: file and line.
    """

    generation: int
    title: str = ""
    text: str = ""
    rule: Rule = Rule.KERNEL
    find: str = ""
    puzzle: str = ""
    hint: str = ""
    warning: str = ""
    actors: tuple[Stand, ...] = ()
    copies: tuple[Copy, ...] = ()
    values: tuple[Value, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    actor: str = ""
    reaches: tuple[Reach, ...] = ()
    breakpoints: frozenset[tuple[str, int]] = frozenset()

    def of(self, name: str) -> Stand | None:
        """Return an actor by its name; None: there is none."""
        return next((one for one in self.actors if one.name == name), None)
