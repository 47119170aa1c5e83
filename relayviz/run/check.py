"""Playing a session and finding out which of its expectations hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.step.play import play
from relayviz.engines.step.stop import Stop
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.condition import Condition
from relayviz.model.records.records import records_at
from relayviz.model.session.session import Expectation, Place
from relayviz.run.report import Checked, Failure, Report, Row, Torn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.records.records import WrittenRecord
    from relayviz.model.session.session import Session

PATIENCE = 3600.0  # seconds: as good as for ever, and still an end
MOST_FAILURES = 20  # that are told one by one
_ERRED = Condition('outcome == "error"')
FIGURES = ("produced", "consumed", "offset", "attempts", "stored", "unread", "lost")


def check(
    name: str,
    session: Session,
    clients: Iterable[SubbufStart] = (),
    until: Condition | None = None,
    more: Sequence[Condition] = (),
    *,
    strict: bool = False,
) -> Report:
    """Play a session and check its expectations.

    Args:
        name: What the report calls it.
        session: The session.
        clients: Its Python subbuf_starts, confirmed.
        until: End at the first step of the first branch at which this holds.
        more: What is also expected at the end.
        strict: A step that ends in an error which no expectation at it asks for is a failure.

    Raises:
        OpenError: The channel cannot be opened.
        ConditionError: An expectation has no value.
    """
    stop = None if until is None else Stop(until)
    engine = play(session, clients, stop)
    try:
        engine.wait_idle(PATIENCE)
        if stop is not None and stop.error is not None:
            raise stop.error
        end, met = session.end, stop is None or stop.at is not None
        if stop is not None and stop.at is not None:
            end = Place(0, stop.at)
        expected = [*session.expectations, *(Expectation(end, each.text) for each in more)]
        if until is not None:
            expected = [one for one in expected if one.at.branch == 0 and one.at.step <= end.step]
        records = _records(engine, end)
        failed = _failed(engine, end if until is not None else None, expected)
        return Report(
            name=name,
            title=session.title,
            steps=len(engine.history.steps) - 1,
            end=end,
            until="" if until is None else until.text,
            met=met,
            checked=tuple(_check(engine, one) for one in expected),
            rows=tuple(_rows(engine, end)),
            failures=tuple(_failure(engine, at) for at in failed[:MOST_FAILURES]),
            failed=len(failed),
            strict=strict,
            records=len(records),
            torn=tuple(_torn(one) for one in records if one.is_torn),
        )
    finally:
        engine.close()


def _check(engine: StepEngine, one: Expectation) -> Checked:
    condition, at = Condition(one.that), one.at
    columns = Columns(engine, at.branch, max(at.step - 1, 0), at.step)
    step = engine.history.at(at.branch, at.step)
    return Checked(
        branch=engine.history.branches[at.branch].title,
        step=at.step,
        after=step.title(),
        that=one.that,
        holds=bool(condition.holds(columns)[-1]),
        values=condition.values_put_in(columns),
        result=step.result.words,
    )


def _failed(engine: StepEngine, end: Place | None, expected: Sequence[Expectation]) -> list[Place]:
    """Return the steps that ended in an error, where no expectation looks at the outcome.

    Args:
        engine: Has played the session.
        end: Of the first branch, the only one that was played; None: all were.
        expected: The expectations.
    """
    asked = {one.at for one in expected if "outcome" in one.that}
    found: list[Place] = []
    for branch in engine.history.branches if end is None else engine.history.branches[:1]:
        first, last = branch.fork + 1, None if end is None else end.step
        if first > engine.history.length(branch.number):
            continue
        held = _ERRED.holds(Columns(engine, branch.number, first, last))
        places = (Place(branch.number, first + int(at)) for at in np.flatnonzero(held))
        found += [place for place in places if place not in asked]
    return found


def _failure(engine: StepEngine, at: Place) -> Failure:
    step = engine.history.at(at.branch, at.step)
    branch = engine.history.branches[at.branch].title
    return Failure(branch, at.step, step.title(), step.result.words)


def _records(engine: StepEngine, end: Place) -> list[WrittenRecord]:
    engine.ledger.fates.follow(engine.history, end.branch)
    return list(records_at(engine.ledger.fates, end.step))


def _torn(record: WrittenRecord) -> Torn:
    lost = tuple(one.event for one in record.lost)
    return Torn(record.name, len(record.pieces), lost, record.told())


def _rows(engine: StepEngine, end: Place) -> Iterable[Row]:
    columns = Columns(engine, end.branch, end.step, end.step)
    for cpu in columns.buffers:
        yield Row(cpu, {name: int(columns.of(name, cpu)[-1]) for name in FIGURES})
