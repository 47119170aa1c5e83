"""What a run found out, as lines for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from relayviz.model.numbers import grouped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.model.session.session import Place


MOST_TORN = 20  # torn records that are told one by one


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation and what became of it.

    Attributes:
        branch: The branch.
        step: The step.
        after: What was done at that step.
        that: The expectation.
        holds: Whether it was true.
        values: Its names with their values.
        result: What the step said.
    """

    branch: str
    step: int
    after: str
    that: str
    holds: bool
    values: str
    result: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that ended in an error, which no expectation at it asks for."""

    branch: str
    step: int
    operation: str
    result: str


@dataclass(frozen=True, slots=True)
class Torn:
    """A record that is torn at the end.

    Attributes:
        record: Its name.
        pieces: How many were tried.
        lost: The numbers of the events that are lost.
        told: The same in words, with why they are.
    """

    record: str
    pieces: int
    lost: tuple[int, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one buffer at the end."""

    cpu: int
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found out.

    Attributes:
        name: The file.
        title: The session's title.
        steps: How many steps were done, in all branches.
        end: Where it ended.
        until: The condition that was to end it; empty: none.
        met: That was met, or there was none.
        checked: The expectations.
        rows: The buffers at the end.
        failures: The first steps that ended in an error nobody expected ...
        failed: ... and how many there are.
        strict: Whether one of them makes the run fail.
        records: How many records were written in named pieces, up to the end ...
        torn: ... and those of them that are torn.
    """

    name: str
    title: str
    steps: int
    end: Place
    until: str
    met: bool
    checked: tuple[Checked, ...]
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...] = ()
    failed: int = 0
    strict: bool = False
    records: int = 0
    torn: tuple[Torn, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all is as expected."""
        is_clean = not (self.strict and self.failed)
        return is_clean and self.met and all(one.holds for one in self.checked)


def as_lines(report: Report) -> Iterator[str]:
    """Give the report as lines; of expectations only those that failed."""
    failed = [one for one in report.checked if not one.holds]
    good = len(report.checked) - len(failed)
    steps = f"{report.steps} step{'s' * (report.steps != 1)}"
    yield f"{report.name}: {steps}, {good} of {len(report.checked)} expectations hold"
    if report.until:
        where = f"first at step {report.end.step}" if report.met else "never"
        yield f"  until {report.until}: {where}"
    for one in failed:
        yield f"  {one.branch}, step {one.step}, after {one.after}:"
        yield f"    expected {one.that}"
        yield f"    but {one.values or 'it does not hold'}"
        yield f"    {one.result}"
    yield from _failures(report)
    yield from _torn(report)
    for row in report.rows:
        yield f"  cpu {row.cpu}: " + ", ".join(f"{k} {v}" for k, v in row.figures.items())


def _failures(report: Report) -> Iterator[str]:
    if report.failed:
        yield f"  {plural(report.failed, 'step')} could not be done:"
    for one in report.failures:
        yield f"    {one.branch}, step {one.step}, {one.operation}: {one.result}"
    if more := report.failed - len(report.failures):
        yield f"    and {grouped(more)} more"


def _torn(report: Report) -> Iterator[str]:
    if report.torn:
        yield f"  {grouped(len(report.torn))} of {plural(report.records, 'record')} torn:"
    for one in report.torn[:MOST_TORN]:
        yield f"    {one.told}"
    if (more := len(report.torn) - MOST_TORN) > 0:
        yield f"    and {grouped(more)} more"


def as_json(reports: Sequence[Report]) -> str:
    """Return the reports as JSON: a list, one for each file."""
    return json.dumps([{**asdict(one), "holds": one.holds} for one in reports], indent=2)
