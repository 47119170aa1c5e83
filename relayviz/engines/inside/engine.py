"""The engine: a machine, the steps that were made on it, and a snapshot after each.

Its decisions are its history: it goes back and forward in them, and stepping in the past is another
way from there on. Calls return when they are done; whoever may not wait calls from a thread of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from relayviz import relay
from relayviz.engines.inside.building import STOP_NAMES, build, codes_of
from relayviz.engines.inside.client import PythonClient
from relayviz.engines.inside.words import (
    answered,
    asking,
    callback,
    what_happened,
    where,
    why_not,
)
from relayviz.engines.state import state_of
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import ATTEMPTS, Kind, Operation
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.history.step import Step
from relayviz.relay import ActorState, Stepped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from relayviz.model.channel.call import Call
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.state import State
    from relayviz.model.inside.condition import InsideCondition
    from relayviz.model.inside.program import Deed, InsideSession

LONGEST_RUN = 1_000_000  # steps of one operation: more is a loop


class CannotMoveError(Exception):
    """An actor cannot go on; says why, and changes nothing."""


@dataclass(frozen=True, slots=True)
class ActorNow:
    """An actor as it stands, for whoever shows it.

    Attributes:
        name: Its name.
        state: Idle, stopped, waiting, asleep or asking.
        at: Where it stands, in words.
        why: Why it cannot move; empty: it can.
        inside: The operation it is in; empty: none.
        left: Operations that it has not begun.
        stop: The name of the stop; empty: none.
        file: The source file of the stop ...
        line: ... and the line; 0: none.
        result: Of its last operation.
    """

    name: str
    state: ActorState
    at: str
    why: str
    inside: str
    left: int
    stop: str
    file: str
    line: int
    result: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that was made.

    Attributes:
        number: Its number, from 1.
        actor: Who.
        words: What it led to.
        calls: Callbacks that ran in it.
        ended: The operation has ended with it.
    """

    number: int
    actor: str
    words: str
    calls: tuple[str, ...] = ()
    ended: bool = False


class InsideEngine:
    """A machine that is stepped.

    Args:
        session: What it is like; its schedule is not played.
        faults: For tests: protections that are left out.
        functions: The subbuf_starts in Python that the user has confirmed.

    Attributes:
        session: As given.
        machine: The machine.
        snapshot: The channel after the last step.

    Raises:
        OpenError: The channel cannot be opened.
    """

    def __init__(
        self, session: InsideSession, faults: int = 0, functions: Iterable[SubbufStart] = ()
    ) -> None:
        self.session, config = session, session.config
        is_python, self._functions = config.mode is Mode.PYTHON, tuple(functions)
        self._client = PythonClient(config, self._functions) if is_python else None
        header = None if self._client is None else self._client.opening()
        self.machine = build(session, faults, header)
        self._names = tuple(actor.name for actor in session.actors)
        self._codes = codes_of(session.config)
        self._generation = 0
        self._opening = self._calls()
        self.snapshot = self._look(None)

    # -- looking -------------------------------------------------------------------------------

    @property
    def opening(self) -> tuple[str, ...]:
        """The callbacks that ran when the channel was opened."""
        return tuple(call.told() for call in self._opening)

    @property
    def position(self) -> int:
        """The number of the last step that was made on the way to here."""
        return self.machine.position

    def number_of(self, actor: str) -> int:
        """Return the number of an actor; ValueError: there is no such one."""
        return self._names.index(actor)

    def actors(self) -> tuple[ActorNow, ...]:
        """Return all actors as they stand."""
        return tuple(self._actor(number) for number in range(len(self._names)))

    def _actor(self, number: int) -> ActorNow:
        look = self.machine.look(number)
        deed = self._deed(number)
        return ActorNow(
            name=self._names[number],
            state=ActorState(look.state),
            at=where(look),
            why=self._why_not(number),
            inside="" if look.state == ActorState.IDLE or deed is None else deed.title,
            left=look.queued - look.at,
            stop="" if look.stop < 0 else STOP_NAMES[look.stop],
            file=look.file,
            line=look.line,
            result=look.result,
        )

    def _deed(self, number: int) -> Deed | None:
        """Return what an actor is in or did last; None: it has begun nothing."""
        at = self.machine.look(number).at
        return self.session.actors[number].queue[at - 1] if at else None

    def judged(self) -> relay.Judged:
        """Return what was counted beside the channel."""
        return self.machine.judged()

    def copy_of(self, actor: str) -> tuple[bytes, NDArray[np.uint32]]:
        """Return what a reader has got so far, and which event each byte is of."""
        copied, ages = self.machine.copy_of(self.number_of(actor))
        return copied, np.bitwise_and(ages, relay.AGE_EVENT, dtype=np.uint32)

    def value(self, that: InsideCondition) -> float:
        """Return the value of a condition here and now; 0: it is no number."""
        return self.machine.compute(that.compiled(self._codes))

    def compiled(self, that: InsideCondition) -> list[tuple[int, int]]:
        """Return a condition as the explorer takes it."""
        return that.compiled(self._codes)

    @property
    def client_runs_for(self) -> float:
        """How many seconds a Python subbuf_start has been running; 0: none is. Any thread."""
        return 0.0 if self._client is None else self._client.runs_for

    def give_up(self) -> bool:
        """Ask another client from now on; False: none is running. Any thread.

        The step that asked is not made: GivenUpError ends it when the user's code returns.
        """
        if self._client is None or not self._client.give_up():
            return False
        self._client = PythonClient(self.session.config, self._functions)
        return True

    # -- going on ------------------------------------------------------------------------------

    def step(self, actor: str) -> Moved:
        """Let an actor go to its next stop.

        Raises:
            CannotMoveError: It cannot.
        """
        number = self.number_of(actor)
        if why := self._why_not(number):
            raise CannotMoveError(f"{actor} cannot move: {why}.")
        before = self.snapshot
        self.machine.calls()
        ended, words = self._go(number)
        deed = self._deed(number)
        assert deed is not None, "it has begun"  # noqa: S101
        calls = self._calls()
        self.snapshot = self._look(before, deed.operation, words, calls)
        told = tuple(call.told() for call in calls)
        return Moved(self.position, actor, words, told, ended is Stepped.ENDED)

    def _why_not(self, number: int) -> str:
        """Say why an actor cannot move; empty: it can, or its client can be asked."""
        look = self.machine.look(number)
        if self._client is not None and look.state == ActorState.ASKING:
            return ""
        return why_not(look, self._names)

    def _go(self, number: int) -> tuple[Stepped, str]:
        """Make a step; say what it led to."""
        asked = self.machine.asked(number)
        if asked is not None and self._client is not None:
            done = self._client.answer(self.machine, asked)
            answer = int(done.decision.accepted)
            header = (done.decision.reserved or 0) if answer else 0
            self.machine.answer(number, answer, header, done.subbuf, done.prev)
            return Stepped.MOVED, answered(done.decision)
        ended = self.machine.step(number)
        look, deed = self.machine.look(number), self._deed(number)
        assert deed is not None, "it has begun"  # noqa: S101
        if (asked := self.machine.asked(number)) is not None:
            return ended, asking(asked)
        return ended, what_happened(ended, look, deed.title, deed.operation.kind in ATTEMPTS)

    def _calls(self) -> tuple[Call, ...]:
        """Return the callbacks that ran since it was asked last."""
        is_global = self.session.config.is_global
        return tuple(callback(call, is_global=is_global) for call in self.machine.calls()[0])

    def run(self, actor: str, stop: str = "") -> list[Moved]:
        """Let an actor go on to a stop, or to the end of its operation.

        Raises:
            CannotMoveError: It cannot, or its operation ends before that stop.
        """
        return list(self.running(actor, stop))

    def running(self, actor: str, stop: str = "") -> Iterator[Moved]:
        """Make the steps of `run` one by one; give each when it is made."""
        number = self.number_of(actor)
        for _ in range(LONGEST_RUN):
            moved = self.step(actor)
            yield moved
            if moved.ended and stop:
                raise CannotMoveError(f"{actor} has ended its operation without coming to {stop}.")
            at = self.machine.look(number).stop
            if moved.ended or (stop and at >= 0 and STOP_NAMES[at] == stop):
                return
        raise CannotMoveError(f"{actor} has made {LONGEST_RUN} steps: it is in a loop.")

    def seek(self, position: int) -> None:
        """Go to a moment that is known; ValueError: it is not."""
        if not self.machine.seek(position):
            raise ValueError(f"there is no step {position}: the last is {self.machine.length}")
        self.snapshot = self._look(None)

    def back(self) -> None:
        """Take the last step back; at the beginning nothing happens."""
        self.seek(max(self.position - 1, 0))

    def decisions(self) -> list[str]:
        """Return who made each step on the way to here."""
        return [self._names[self.machine.decision(at)] for at in range(self.position)]

    def _look(
        self,
        before: State | None,
        operation: Operation | None = None,
        words: str = "",
        calls: tuple[Call, ...] = (),
    ) -> Snapshot:
        config = self.session.config
        self._generation += 1
        made_by = Step(
            id=self.position,
            parent=max(self.position - 1, 0),
            branch=0,
            depth=self.position,
            time=0.0,
            operation=operation or Operation(Kind.OPEN),
            event=None,
            next_event=1,
            decisions=(),
            result=Result(Outcome.OK, words),
            calls=calls if self.position else self._opening,
        )
        return Snapshot.of(
            state_of(self.machine, config, config.mode, source=config.source),
            before,
            generation=self._generation,
            branch=0,
            last_step=self.machine.length,
            made_by=made_by,
        )
