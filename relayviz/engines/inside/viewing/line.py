"""The steps of all branches, and the machine that stands at one of them."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.inside.engine import InsideEngine
from relayviz.engines.inside.viewing.facts import facts_of
from relayviz.engines.inside.viewing.reaches import Reaches
from relayviz.engines.inside.viewing.traces import Traces
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.engine.snapshot import changes
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History
from relayviz.model.history.step import Step
from relayviz.model.inside.program import Own

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.engines.inside.engine import Moved
    from relayviz.model.channel.call import Call
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.engine.snapshot import Changes, Snapshot
    from relayviz.model.inside.program import InsideSession

NAMED = {Own.SLEEP: "poll() until woken", Own.MAP_READ: "read of the mapping"}
OPENING = 255  # in place of the number of an actor


class Line:
    """A machine that goes to any step of any branch. One thread at a time.

    The machine itself knows one line of steps; on the way to another branch it goes back to where
    the two part, and makes the steps from there again.

    Args:
        session: What the machine is like.
        functions: The subbuf_starts in Python that the user has confirmed.

    Attributes:
        steps: All steps; the branch and the number of the one shown are `at`.
        actors: Of each step by id the number of its actor ...
        stops: ... the number of the stop that it came to, -1: none ...
        stands: ... which of the places in the source that is, -1: none ...
        ended: ... and whether its operation ended with it.
        facts: Their figures.
        traces: Who wrote what.
        reaches: Where in the rings actors stand.
        inner: The machine.

    Raises:
        OpenError: The channel cannot be opened.
    """

    def __init__(self, session: InsideSession, functions: Iterable[SubbufStart] = ()) -> None:
        self.session, self.inner = session, InsideEngine(session, functions=functions)
        self.steps, self.actors, self.ended = History(), array("B"), bytearray(1)
        self.facts, self.stops, self.stands = Facts(), array("h", [-1]), array("h", [-1])
        self._last: list[dict[int, int]] = [{}]  # of each step: the last place of each actor
        self.traces, self.reaches = Traces(self.inner), Reaches(self.inner)
        self.at = (0, 0)
        self._known: list[int] = []  # ids of the steps that the machine knows
        self._generation = 0
        made, opened = self.inner.snapshot.made_by, self.inner.snapshot
        judged = self.inner.judged()
        facts = facts_of(made.operation, (None, opened), ((0,) * len(judged), judged))
        self.facts.add(0, 0, facts)
        self._append(0, made, _opened(made.calls), OPENING)
        self.shown = self._snapshot(self.inner.snapshot.changed)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps.at(*self.at)

    def act(self, number: int) -> Moved | None:
        """Let an actor make a step; None: it was made before, and is shown again.

        Raises:
            CannotMoveError: It cannot.
        """
        branch, depth = self.at
        name = self.session.actors[number].name
        is_known = depth < self.steps.length(branch)
        if is_known and self.actors[self.steps.id_at(branch, depth + 1)] == number:
            self.go(branch, depth + 1)
            return None
        before, parent, judged = self.shown, self.step, self.inner.judged()
        moved = self.inner.step(name)
        branch = self.steps.branch_for(branch, depth)
        made = self.inner.snapshot.made_by
        self.at = (branch, depth + 1)
        self.ended.append(moved.ended)
        look = self.inner.machine.look(number)
        self.stops.append(look.stop)
        stands = _numbers().get((look.file, look.line, look.stop), -1)
        self.stands.append(stands)
        last = self._last[parent.id]
        is_same = stands < 0 and look.stop >= 0  # inside memcpy
        self._last.append(last if is_same else last | {number: stands})
        judgements = (judged, self.inner.judged())
        facts = facts_of(made.operation, (before, self.inner.snapshot), judgements)
        self.facts.add(branch, depth + 1, facts)
        words = f"{name}: {moved.words}"
        step = self._append(parent.id, made, words, number, self._named(number))
        del self._known[depth:]
        self._known.append(step.id)
        self.shown = self._snapshot(self.inner.snapshot.changed)
        self.traces.note(number, parent.id, before, self.shown)
        self.reaches.note(number, parent.id, before, self.shown, ended=moved.ended)
        return moved

    def _named(self, number: int) -> str | None:
        """Return what an actor does where that is no operation of others; None: it is one."""
        at = self.inner.machine.look(number).at
        deed = self.session.actors[number].queue[at - 1]
        return None if deed.own is None else NAMED[deed.own]

    def last_place(self, number: int) -> int:
        """Return at which place an actor stood last in its operation, at the step shown; -1."""
        return self._last[self.step.id].get(number, -1)

    def rename(self, branch: int, title: str) -> None:
        """Give a branch another name."""
        self.steps.rename(branch, title)
        self.show_again()

    def go(self, branch: int, depth: int) -> None:
        """Go to a step; those beyond the ends mean these."""
        branch = self.steps.line_of(branch)
        depth = min(max(depth, 0), self.steps.length(branch))
        before = None
        if depth:
            self._move(branch, depth - 1)
            before = self.inner.snapshot
        self._move(branch, depth)
        self.at = (branch, depth)
        self.shown = self._snapshot(changes(before, self.inner.snapshot))

    def _move(self, branch: int, depth: int) -> None:
        """Bring the machine to a step."""
        shared = self._shared(branch, min(depth, len(self._known)))
        self.inner.seek(shared)
        if shared == depth:
            return
        del self._known[shared:]
        for at in range(shared + 1, depth + 1):
            step = self.steps.id_at(branch, at)
            self.inner.machine.step(self.actors[step])
            self._known.append(step)
        self.inner.seek(depth)

    def _shared(self, branch: int, most: int) -> int:
        """Return how many steps, `most` at most, a branch has in common with what is known."""
        first, last = 0, most
        while first < last:  # what is in common lies at the beginning
            middle = (first + last + 1) // 2
            if self._known[middle - 1] == self.steps.id_at(branch, middle):
                first = middle
            else:
                last = middle - 1
        return first

    def _append(
        self,
        parent: int,
        made: Step,
        words: str,
        actor: int,
        named: str | None = None,
    ) -> Step:
        """Add the step that leads to where we are."""
        branch, depth = self.at
        operation = made.operation if named is None else replace(made.operation, text=named)
        step = Step(
            id=len(self.steps.steps),
            parent=parent,
            branch=branch,
            depth=depth,
            time=time.time(),
            operation=operation,
            event=None,
            next_event=1,
            decisions=(),
            result=Result(Outcome.OK, words),
            calls=made.calls,
        )
        self.actors.append(actor)  # first: whoever sees the step finds its actor
        self.steps.append(step)
        return step

    def show_again(self, notice: str = "") -> None:
        """Show the same state as a new one: what goes with it is other, or there is a notice."""
        self._generation += 1
        self.shown = replace(self.shown, generation=self._generation, notice=notice)

    def _snapshot(self, changed: Changes) -> Snapshot:
        self._generation += 1
        step = self.step
        return replace(
            self.inner.snapshot,
            generation=self._generation,
            branch=self.at[0],
            step=step.depth,
            last_step=self.steps.length(self.at[0]),
            made_by=step,
            changed=changed,
        )


@cache
def _numbers() -> dict[tuple[str, int, int], int]:
    """Return the number of each place in the source: file, line, stop."""
    return {(one.file, one.line, one.stop): number for number, one in enumerate(relay.sites())}


def _opened(calls: tuple[Call, ...]) -> str:
    """Say how often which callback was called while the channel was opened."""
    told = [f"{name} {_times(count)}" for name, count in Counter(c.name for c in calls).items()]
    return f"Opened. Called back: {', '.join(told)}." if told else "Opened."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
