"""What goes with a snapshot, as plain data: actors, copies, values, what was counted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.inside.viewing.line import OPENING
from relayviz.engines.inside.words import why_not
from relayviz.model.inside.condition import JUDGED
from relayviz.model.inside.scene import Scene, Stand
from relayviz.model.inside.sources import Place
from relayviz.relay import ActorState

if TYPE_CHECKING:
    from relayviz.engines.inside.viewing.line import Line
    from relayviz.engines.inside.viewing.playing import Played


@cache
def places() -> tuple[Place, ...]:
    """Return where in the source actors can stop."""
    return tuple(
        Place(
            relay.STOPS[site.stop].name,
            relay.STOPS[site.stop].sentence,
            site.file,
            site.line,
            site.function,
        )
        for site in relay.sites()
    )


def scene_of(
    line: Line, played: Played, breakpoints: frozenset[tuple[str, int]], graded: str
) -> Scene:
    """Return what goes with the state that a line shows.

    Args:
        line: The line.
        played: What came of the session's schedule.
        breakpoints: Where runs stop.
        graded: How far the steps solve the puzzle; empty: there are none, or it is none.
    """
    session, shown, step = line.session, line.shown, line.step
    names = tuple(actor.name for actor in session.actors)
    number, puzzle = line.actors[step.id], session.puzzle
    copies = line.traces.copies(step.id, names)
    return Scene(
        generation=shown.generation,
        title=session.title,
        text=session.text,
        rule=session.rule,
        find=session.find or (puzzle.goal if puzzle else ""),
        puzzle=f"Puzzle: lead to {puzzle.goal}. {graded}".rstrip() if puzzle else "",
        hint=puzzle.hint if puzzle else "",
        warning=played.warning,
        actors=tuple(_stand(line, actor, names) for actor in range(len(names))),
        copies=copies,
        values=line.traces.values(step.id, shown, names),
        judged=dict(zip(JUDGED, line.inner.judged(), strict=True)),
        calls=tuple(call.told() for call in step.calls),
        actor="" if number == OPENING else names[number],
        reaches=line.reaches.at(step.id, shown, names, copies),
        breakpoints=breakpoints,
    )


def _stand(line: Line, number: int, names: tuple[str, ...]) -> Stand:
    actor, look = line.session.actors[number], line.inner.machine.look(number)
    is_inside = look.state != ActorState.IDLE and look.at > 0
    has_stop = look.stop >= 0
    file, at = look.file, look.line
    if has_stop and not at and (last := line.last_place(number)) >= 0:
        file, at = places()[last].file, places()[last].line
    return Stand(
        name=actor.name,
        role=actor.role,
        cpu=actor.cpu,
        state=ActorState(look.state).name.lower(),
        why=why_not(look, names),
        queue=tuple(deed.line for deed in actor.queue),
        begun=look.at,
        doing=actor.queue[look.at - 1].title if is_inside else "",
        stop=relay.STOPS[look.stop].name if has_stop else "",
        sentence=relay.STOPS[look.stop].sentence if has_stop else "",
        function=look.function if has_stop and look.line else "",
        file=file if has_stop else "",
        line=at if has_stop else 0,
    )
