"""The beginnings of all schedules of a session: each can be gone on from by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.program import Role
from relayviz.relay import ActorState

if TYPE_CHECKING:
    from relayviz.engines.inside.engine import InsideEngine
    from relayviz.engines.inside.explore import Bounds

LONGEST = 12  # steps


@dataclass(frozen=True, slots=True)
class Prefix:
    """How schedules begin.

    Attributes:
        actors: Who steps, by number.
        switches: How often another one goes on.
        interrupts: How many begin.
        is_last: Nobody can go on, or what is looked for holds: no longer one is made of it.
    """

    actors: tuple[int, ...] = ()
    switches: int = 0
    interrupts: int = 0
    is_last: bool = False

    @property
    def last(self) -> int | None:
        """Who stepped last; None: nobody."""
        return self.actors[-1] if self.actors else None


def prefixes(
    engine: InsideEngine,
    find: str,
    bounds: Bounds,
    count: int,
    *,
    merges: bool,
    begun: bytes = b"",
) -> tuple[list[Prefix], int]:
    """Return beginnings of which one is that of each schedule within the bounds, and what lies in.

    The engine's machine stands somewhere else afterwards.

    Args:
        engine: Of the session.
        find: What is looked for.
        bounds: How many switches and interrupts there may be.
        count: So many are wanted; there can be fewer, or more by those of one step.
        merges: Of beginnings that lead to the same state the one with the fewest switches is kept.
        begun: Who has made each step before; all beginnings go on from there.

    Returns:
        The beginnings, those with the fewest switches and steps first; and the number of states
        on the way to them, in which what is looked for does not hold.
    """
    condition = InsideCondition(find) if find else None
    first, within = Prefix(tuple(begun)), 0
    go(engine, first)
    found = [_looked_at(engine, first, condition)]
    for _ in range(LONGEST):
        if len(found) >= count or all(one.is_last for one in found):
            break
        grown: list[Prefix] = []
        for one in found:
            within += not one.is_last
            grown += [one] if one.is_last else _longer(engine, one, condition, bounds)
        found = _merged(engine, grown, bounds) if merges else grown
    return sorted(found, key=lambda one: (one.switches, len(one.actors))), within


def go(engine: InsideEngine, prefix: Prefix) -> None:
    """Bring an engine's machine to where a prefix leads."""
    engine.machine.seek(0)
    for actor in prefix.actors:
        engine.machine.step(actor)


def _looked_at(engine: InsideEngine, one: Prefix, condition: InsideCondition | None) -> Prefix:
    """Return a prefix whose end the machine stands at, with what is true there."""
    numbers = range(len(engine.session.actors))
    is_end = all(engine.machine.look(number).why for number in numbers)
    holds = condition is not None and bool(engine.value(condition))
    return Prefix(one.actors, one.switches, one.interrupts, is_end or holds)


def _longer(
    engine: InsideEngine, one: Prefix, condition: InsideCondition | None, bounds: Bounds
) -> list[Prefix]:
    found = []
    for number, actor in enumerate(engine.session.actors):
        go(engine, one)
        look = engine.machine.look(number)
        if look.why:
            continue
        begins = actor.role is Role.INTERRUPT and look.state == ActorState.IDLE
        longer = Prefix(
            (*one.actors, number),
            one.switches + (one.last not in (None, number)),
            one.interrupts + begins,
        )
        if _is_within(longer.switches, bounds.switches) and _is_within(
            longer.interrupts, bounds.interrupts
        ):
            engine.machine.step(number)
            found.append(_looked_at(engine, longer, condition))
    return found


def _is_within(count: int, most: int | None) -> bool:
    return most is None or count <= most


def _merged(engine: InsideEngine, found: list[Prefix], bounds: Bounds) -> list[Prefix]:
    best: dict[tuple[int, int | None, int], Prefix] = {}
    for one in found:
        go(engine, one)
        bounded = 0 if bounds.interrupts is None else one.interrupts
        key = engine.machine.digest(), one.last, bounded
        if key not in best or (one.switches, len(one.actors)) < (
            best[key].switches,
            len(best[key].actors),
        ):
            best[key] = one
    return list(best.values())
