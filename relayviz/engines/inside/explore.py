"""Looking for a schedule in which a condition holds, from a session's beginning or any moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.lines import in_few_lines
from relayviz.model.numbers import plural
from relayviz.relay import Pruning

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.inside.engine import InsideEngine
    from relayviz.model.inside.program import InsideSession
    from relayviz.relay import Explored

MEMORY = 2 * 2**30  # bytes of states that wait
_PASSED_OVER = (
    "What comes and goes between two steps of different actors may be passed over by the pruning "
    "by order; that by state sees it."
)
PRUNINGS = {"state": Pruning.STATE, "order": Pruning.ORDER, "none": Pruning.NONE}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far is looked.

    Attributes:
        switches: At most so many times another actor goes on; None: any number.
        interrupts: At most so many interrupts; None: any number.
        states: At most so many states; 0: any number.
    """

    switches: int | None = None
    interrupts: int | None = None
    states: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What looking came to.

    Attributes:
        find: What was looked for.
        rule: Who kept whom out.
        pruning: What was left out.
        found: There is such a schedule.
        finished: All within the bounds was gone through, unless it was found before.
        states: Gone through; with several workers those that each of them met are counted for each.
        schedules: Of them: ended, nobody could go on.
        ends: Different final states.
        ends_digest: Of all of them.
        switches: Of the schedule found: how often another actor goes on.
        steps: Its length.
        schedule: Its lines.
        gone: Steps made in looking.
        workers: Processes that looked.
    """

    find: str
    rule: str
    pruning: str
    found: bool
    finished: bool
    states: int
    schedules: int
    ends: int
    ends_digest: int
    switches: int
    steps: int
    schedule: tuple[str, ...]
    gone: int
    workers: int = 1

    def told(self) -> str:
        """Say what this proves and what it does not."""
        ends = plural(self.schedules, "schedule that ends", "schedules that end")
        covered = f"{plural(self.states, 'state')}, {ends}"
        if self.workers > 1:
            covered += f", by {self.workers} workers that count for themselves"
        if self.found:
            way = f"{plural(self.steps, 'step')}, {plural(self.switches, 'switch', 'switches')}"
            return f"Found: {way} (gone through: {covered})."
        if not self.finished:
            told = f"Not found so far, and not all was gone through: {covered}."
            return told + (f" {_PASSED_OVER}" if self.pruning == "order" else "")
        return (
            f"None: {covered}. For these queues, this rule and these bounds no order of the steps "
            "leads there; it says nothing of other programs, nor of machines whose memory is less "
            "ordered than steps are."
        )


def explore(
    engine: InsideEngine,
    find: str,
    bounds: Bounds | None = None,
    *,
    pruning: str = "state",
    by_steps: bool = False,
    goes_on: Callable[[int], bool] | None = None,
) -> Found:
    """Look for a schedule of an engine's actors, from where it stands; it stands there afterwards.

    Args:
        engine: The engine.
        find: The condition; empty: all is gone through.
        bounds: How far is looked.
        pruning: A key of PRUNINGS. With "order", a condition that comes and goes between two
            steps may be passed over, so that not finding it is not finished; what is counted stays.
        by_steps: The fewest steps count first, then the fewest switches; not with "order".
        goes_on: Asked now and then with the number of states: False ends it.

    Raises:
        ConditionError: The condition cannot be computed.
    """
    refuse_python(engine.session)
    row = search(engine, find, bounds or Bounds(), pruning, goes_on=goes_on, by_steps=by_steps)
    return as_found(engine.session, find, pruning, row)


def refuse_python(session: InsideSession) -> None:
    """Raise ConditionError where subbuf_start is in Python: it cannot be asked as often."""
    if session.config.mode is Mode.PYTHON:
        raise ConditionError(
            "no order can be looked for where subbuf_start is in Python: it may answer otherwise "
            'each time. Give mode "no-overwrite", "overwrite" or "default".'
        )


def search(
    engine: InsideEngine,
    find: str,
    bounds: Bounds,
    pruning: str,
    *,
    last: int | None = None,
    by_steps: bool = False,
    memory: int = MEMORY,
    goes_on: Callable[[int], bool] | None = None,
) -> Explored:
    """Look as explore does; `last` went on before, and `memory` bytes of states may wait."""
    return engine.machine.explore(
        engine.compiled(InsideCondition(find)) if find else [],
        pruning=PRUNINGS[pruning],
        switches=bounds.switches,
        interrupts=bounds.interrupts,
        states=bounds.states,
        memory=memory,
        last=last,
        by_steps=by_steps,
        goes_on=goes_on,
    )


def as_found(
    session: InsideSession, find: str, pruning: str, row: Explored, workers: int = 1
) -> Found:
    """Return a finding as it is told."""
    names = [actor.name for actor in session.actors]
    decisions = [names[number] for number in row.schedule or b""]
    is_sure = row.found or pruning != "order" or not find or InsideCondition(find).stays
    return Found(
        find=find,
        rule=session.rule.value,
        pruning=pruning,
        found=row.found,
        finished=row.finished and is_sure,
        states=row.states,
        schedules=row.schedules,
        ends=row.ends,
        ends_digest=row.ends_hash,
        switches=row.switches,
        steps=len(decisions),
        schedule=tuple(in_few_lines(decisions)),
        gone=row.steps,
        workers=workers,
    )
