"""What a branch was found to do, as expectations of its session: a copy asserts them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relayviz.model.condition.columns import Columns, Record
from relayviz.model.engine.captured import place_of
from relayviz.model.history.facts import BUFFER_FIGURES, CHANNEL_FIGURES
from relayviz.model.program.translation import NOT_COUNTED
from relayviz.model.session.session import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.model.history.step import Step
    from relayviz.model.session.session import Session


def with_record(session: Session, record: Record, branch: int) -> Session:
    """Return a session that also expects what was found at each step of a branch.

    Results, what was read, and the figures that changed.

    Args:
        session: What was done.
        record: The engine that did it.
        branch: The branch.
    """
    history, expected = record.history, list(session.expectations)
    last = history.length(branch)
    figures = dict(_figures(Columns(record, branch, 0, last)))
    for depth in range(last + 1):
        at = place_of(history, branch, depth)
        if depth:
            expected.append(Expectation(at, " and ".join(_result(history.at(branch, depth)))))
        changed = [
            f"{name} == {int(values[depth])}"
            for name, values in figures.items()
            if values[depth] != (values[depth - 1] if depth else 0)
        ]
        if changed:
            expected.append(Expectation(at, " and ".join(changed)))
    return replace(session, expectations=tuple(expected))


def _figures(columns: Columns) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in CHANNEL_FIGURES:
        yield name, columns.of(name, None)
    for cpu in columns.buffers:
        for name in BUFFER_FIGURES:
            if name not in NOT_COUNTED:
                yield f"{name}[{cpu}]", columns.of(name, cpu)


def _result(step: Step) -> Iterator[str]:
    result = step.result
    yield f"outcome == {str(result.outcome)!r}"
    if result.value is not None:
        yield f"value == {result.value}"
    if result.data:
        yield f"data == {result.data.hex()!r}"
