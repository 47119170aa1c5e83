"""What if something had been done otherwise: a branch that differs, or another channel.

Operations behind the change are done again as they were. Numbers of events that shift by it are
followed where operations name them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.channel.operation import ATTEMPTS, Kind
from relayviz.model.engine.captured import captured
from relayviz.model.engine.protocol import BEGAN_RUNNING, OpenError
from relayviz.model.session.session import Line, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.protocol import SoughtEngine, SteppedEngine
    from relayviz.model.session.session import Notes, Session

NO_EVENT = 0
"""The number of an event that is not there any more."""


def rewrite(
    engine: SteppedEngine, at: Place, new: Sequence[Operation], taken: int, title: str
) -> bool:
    """Put operations in the place of others, on a new branch, and go to its end.

    Args:
        engine: The engine; nothing else is to be asked of it meanwhile.
        at: The branch to leave, and the first step that is different, 1 or more.
        new: What is done there instead.
        taken: How many steps it takes the place of.
        title: The name of the branch.

    Returns:
        False: nothing is left to be done there, so there is no such branch.
    """
    history, branch, step = engine.history, at.branch, at.step
    before = history.operations(branch, history.length(branch))
    old, rest = before[step - 1 : step - 1 + taken], before[step - 1 + taken :]
    operations = [*new, *_renumbered(rest, old, new, _attempts(before[: step - 1]))]
    if not operations:
        return False
    number = len(history.branches)
    engine.go(branch, step - 1)
    engine.submit(*operations)
    engine.rename(number, title)
    return True


def _attempts(operations: Iterable[Operation]) -> int:
    return sum(one.kind in ATTEMPTS for one in operations)


def _renumbered(
    rest: Iterable[Operation], old: Sequence[Operation], new: Sequence[Operation], before: int
) -> Iterable[Operation]:
    """Give the operations behind a change; who fills a slot follows the number of its event."""
    last = before + _attempts(old)
    shift = _attempts(new) - _attempts(old)
    for one in rest:
        if one.kind is not Kind.FILL or one.event is None or one.event <= before:
            yield one
        elif one.event > last:
            yield replace(one, event=one.event + shift)
        else:  # of the operations that were taken away
            yield replace(one, event=one.event if shift == 0 else NO_EVENT)


def swapped(engine: SoughtEngine, branch: int, step: int) -> tuple[Operation, Operation]:
    """Return a step's operation and the next one, the other way round."""
    first, second = (engine.history.at(branch, number).operation for number in (step, step + 1))
    return second, first


def with_channel(engine: SteppedEngine, notes: Notes, config: ChannelConfig) -> Session:
    """Return the session that does on another channel what led to the step shown.

    Args:
        engine: The engine.
        notes: What was noted beside it; it is left alone.
        config: The other channel.

    Raises:
        OpenError: No operations lead to the step shown.
    """
    if engine.root is not None:
        raise OpenError(None, BEGAN_RUNNING)
    shown = engine.snapshot
    done = tuple(engine.history.operations(shown.branch, shown.step))
    return replace(
        captured(engine, notes),
        config=config,
        lines=(Line(operations=done),),
        view=Place(0, len(done)),
    )
