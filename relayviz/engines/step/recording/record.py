"""Doing an operation for the first time, and writing down all that its step has to know."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from relayviz.engines.step.channel.deed import Deed
from relayviz.engines.step.channel.files import StepError
from relayviz.engines.step.channel.state import Change, concerned, figures, mark
from relayviz.engines.step.recording.facts import channel_figures, facts_of
from relayviz.engines.step.recording.resolve import resolve
from relayviz.engines.step.recording.trail import look_ahead, trail_of
from relayviz.engines.step.words.calls import calls_of
from relayviz.engines.step.words.consumer import not_the_next
from relayviz.engines.step.words.result import result_of, words_of
from relayviz.model.channel.config import Mode
from relayviz.model.channel.marks import FIGURES, Mark
from relayviz.model.channel.operation import ALL, ATTEMPTS, FIRST_EVENT, Kind, Operation
from relayviz.model.channel.place import EventPlace
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.history.facts import Happened
from relayviz.model.history.history import Step

if TYPE_CHECKING:
    from relayviz.engines.step.channel.channel import Slot, StepChannel
    from relayviz.model.channel.call import Call
    from relayviz.model.channel.trail import Trail
    from relayviz.model.history.facts import Facts, StepFacts
    from relayviz.model.history.history import History

MANY = 64  # buffers


def record_opening(
    channel: StepChannel, history: History, facts: Facts, *, is_new: bool = True
) -> Step:
    """Write down that the channel was opened, or taken over: the root of its history and facts."""
    changes = [Change(now, now, is_new=True) for now in map(figures, channel.buffers)]
    operation = Operation(Kind.OPEN)
    deed = _deed(channel, operation, is_new, changes, channel.channel.online)
    result = result_of(deed)
    facts.add(0, 0, facts_of(operation, result, deed, None, channel))
    step = Step(
        id=0,
        parent=0,
        branch=0,
        depth=0,
        time=time.time(),
        operation=operation,
        event=None,
        next_event=FIRST_EVENT,
        decisions=tuple(channel.client.decisions),
        result=result,
        marks=tuple((change.after.cpu, Mark.CHANNEL) for change in changes),
        calls=_calls(channel, deed, is_closed=False) if is_new else (),
    )
    history.append(step)
    return step


def record(
    channel: StepChannel,
    history: History,
    branch: int,
    parent: Step,
    asked: Operation,
    *,
    facts: Facts,
) -> Step:
    """Perform an operation and add its step to the history, and to the facts.

    Whatever goes wrong becomes the step's result.

    Args:
        channel: Stands after `parent`.
        history: Grows by the step.
        branch: The branch that is shown; if the parent is not its end, a new one begins.
        parent: The step before.
        asked: What is asked for, on one CPU.
        facts: Those of the history; grow, too.
    """
    event = parent.next_event if asked.kind in ATTEMPTS else None
    depth, now = parent.depth + 1, time.time()
    channel.client.ask()
    done = _perform(channel, asked, event)
    place = None if done.place is None else replace(done.place, step=depth, time=now)
    grown = history.branch_for(branch, parent.depth)
    facts.add(grown, depth, done.facts)
    step = Step(
        id=len(history.steps),
        parent=parent.id,
        branch=grown,
        depth=depth,
        time=now,
        operation=done.operation,
        event=event,
        next_event=parent.next_event + (event is not None),
        decisions=tuple(channel.client.decisions),
        result=done.result,
        place=place,
        marks=done.marks,
        trail=done.trail,
        calls=done.calls,
    )
    history.append(step)
    return step


class _Done(NamedTuple):
    operation: Operation
    result: Result
    facts: StepFacts
    marks: tuple[tuple[int, Mark], ...] = ()
    place: EventPlace | None = None
    trail: Trail | None = None
    calls: tuple[Call, ...] = ()


def _calls(channel: StepChannel, deed: Deed, *, is_closed: bool) -> tuple[Call, ...]:
    asks = channel.mode is not Mode.DEFAULT and not is_closed
    return calls_of(deed, asks=asks, noted=channel.client.noted)


def _deed(
    channel: StepChannel,
    operation: Operation,
    returned: object,
    changes: list[Change],
    online: tuple[int, ...],
) -> Deed:
    decisions = channel.client.decisions
    return Deed(operation, returned, changes, channel.config, decisions, channel, online)


def _perform(channel: StepChannel, asked: Operation, event: int | None) -> _Done:
    then, is_closed = channel_figures(channel), channel.channel.closed
    try:
        operation = resolve(channel, asked)
    except StepError as error:
        refused = Result(Outcome.ERROR, str(error))
        return _Done(asked, refused, facts_of(asked, refused, None, then, channel))
    buffers = concerned(channel, operation)
    before = {now.cpu: now for now in map(figures, buffers)}
    online = channel.channel.online
    slot = channel.slots.get(operation.event) if operation.event is not None else None
    ahead = look_ahead(channel, operation)
    try:
        returned = channel.perform(operation, event)
        failed = None
    except Exception as error:  # noqa: BLE001  nothing may end the thread: it is the result
        returned, failed = None, Result(Outcome.ERROR, words_of(channel, operation, error))
    if operation.kind is Kind.CPU_ONLINE:  # which may have made the buffer
        buffers = concerned(channel, operation)
    changes = [
        Change(before.get(now.cpu, now), now, now.cpu not in before)
        for now in map(figures, buffers)
    ]
    deed = _deed(channel, operation, returned, changes, online)
    deed = deed._replace(reading=ahead.reading, is_left=ahead.is_left, begun=ahead.begun)
    result = failed or result_of(deed)
    facts = facts_of(operation, result, deed, then, channel)
    if any(what & Happened.ANOMALY for _, what in facts.happened):
        result = not_the_next(result)
    return _Done(
        operation,
        result,
        facts,
        _marks(operation.kind, changes, failed=bool(failed)),
        deed.stored_at(event) if slot is None else _filled_at(deed, slot),
        trail_of(deed, ahead),
        _calls(channel, deed, is_closed=is_closed),
    )


def _marks(kind: Kind, changes: list[Change], *, failed: bool) -> tuple[tuple[int, Mark], ...]:
    """Return the marks of a step; where thousands of buffers have the same, it is told once."""
    marks = [(one.after.cpu, mark(kind, one, failed=failed)) for one in changes]
    alike = len({one for _, one in marks}) == 1
    if len(marks) > MANY:  # which figures changed in each of so many is not told apart
        alike = len({one & ~FIGURES for _, one in marks}) == 1
    if len(marks) > 1 and alike:
        marks = [(ALL, reduce(or_, (one for _, one in marks)))]
    return tuple(one for one in marks if one[1])


def _filled_at(deed: Deed, slot: Slot) -> EventPlace | None:
    """Return where an event was filled in, if these bytes had become another's meanwhile."""
    shown, kind = slot.shown, deed.operation.kind
    if kind is not Kind.FILL or not isinstance(deed.returned, tuple) or deed.returned[1]:
        return None
    start, length = shown.start - shown.index * deed.size, int(deed.returned[0])
    return EventPlace(
        shown.event, shown.cpu, shown.buffer, shown.index, shown.lap, start, length, 0, 0.0, kind
    )
