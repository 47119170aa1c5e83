"""The report: what was replayed, what differed, what was left out and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from relayviz.conformance.recording import BOOKKEEPING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.conformance.compare import Difference
    from relayviz.conformance.recording import Sequence

PASSED, DIFFERED, FAILED = 0, 1, 2  # exit statuses
LONGEST_VALUE = 100  # characters of a value in the listing
LEVELS = 8  # of nesting that are kept of a value; an observation has fewer
NAMES_PER_LINE = 4


@dataclass(frozen=True)
class Limits:
    """How much is told; everything is counted.

    Attributes:
        mismatches: Mismatches and errors, each, that are listed.
        per_step: Differing fields of one step that are kept.
        kept: Mismatches and errors, each, that are kept for the JSON form.
    """

    mismatches: int = 20
    per_step: int = 50
    kept: int = 10_000


@dataclass(frozen=True)
class Mismatch:
    """A field that is not as recorded: in which sequence, at which step (from 0), and how."""

    file: str
    line: int
    name: str
    step: int
    op: str
    field: str
    expected: object
    got: object


@dataclass
class Report:
    """The counts and findings of one run.

    Attributes:
        engine: What was held to the recordings: "library" or "inside".
        rule: Of inside: who kept whom out.
        sequences: Replayed sequences.
        differing: Those of them that differ somewhere.
        steps: Compared steps. A sequence ends at its first differing step.
        unreached: Steps behind such a step, which were not replayed.
        mismatches: Differing fields, in order, as many as are kept.
        mismatch_count: All of them.
        errors: What could not be replayed although it should, as many as are kept.
        error_count: All of them.
        left_out: The names of the sequences left out on purpose, by reason.
        uncompared_callbacks: Steps at which the callbacks were not compared.
        anomalies: Reads that are known anomalies of the kernel, in sequences that passed.
    """

    limits: Limits = field(default_factory=Limits)
    engine: str = "library"
    rule: str = ""
    sequences: int = 0
    differing: int = 0
    steps: int = 0
    unreached: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    mismatch_count: int = 0
    errors: list[str] = field(default_factory=list)
    error_count: int = 0
    left_out: dict[str, list[str]] = field(default_factory=dict)
    uncompared_callbacks: int = 0
    anomalies: int = 0

    @property
    def status(self) -> int:
        """The exit status: 0 all as recorded, 1 mismatches, 2 something was not replayed."""
        if self.error_count or not self.steps:
            return FAILED
        return DIFFERED if self.mismatch_count else PASSED

    def add_replayed(self, sequence: Sequence, steps: int, found: list[Difference]) -> None:
        """Count a replayed sequence: compared steps and the differences at the last of them."""
        self.sequences += 1
        self.differing += bool(found)
        self.steps += steps
        self.unreached += len(sequence.steps) - steps
        self.anomalies += 0 if found else sequence.anomalies
        self.mismatch_count += len(found)
        compared = sequence.steps[:steps]
        self.uncompared_callbacks += sum(step.op["op"] == "cpu_online" for step in compared)
        last = max(steps - 1, 0)
        room = min(self.limits.per_step, self.limits.kept - len(self.mismatches))
        for one in found[: max(room, 0)]:
            mismatch = Mismatch(
                *(sequence.file, sequence.line, sequence.name, last),
                *(sequence.steps[last].op["op"], one.field),
                *(_pruned(one.expected), _pruned(one.got)),
            )
            self.mismatches.append(mismatch)

    def add_error(self, message: str) -> None:
        """Count something that could not be replayed."""
        self.error_count += 1
        if len(self.errors) < self.limits.kept:
            self.errors.append(message)

    def add_left_out(self, reason: str, name: str) -> None:
        """Count a sequence that is left out on purpose."""
        self.left_out.setdefault(reason, []).append(name)

    def lines(self) -> Iterator[str]:
        """Give the report as text, line by line."""
        yield from self._findings()
        passed = self.sequences - self.differing
        if self.rule:
            yield f"engine      {self.engine}, {self.rule} rule"
        yield f"sequences   {self.sequences} replayed, {passed} as recorded"
        yield f"steps       {self.steps} compared, {self.anomalies} known read anomalies included"
        yield f"mismatches  {self.mismatch_count} in {self.differing} sequences"
        if self.differing:
            yield f"            each ended at its first differing step: {self.unreached} unreached"
        yield f"errors      {self.error_count}"
        for reason, names in self.left_out.items():
            yield f"left out    {len(names)} {reason}: {_few(names)}"
        yield (
            f"uncompared  state fields {', '.join(sorted(BOOKKEEPING))}; "
            f"callbacks at cpu_online ({self.uncompared_callbacks} steps)"
        )
        if not self.steps:
            yield "nothing was replayed"

    def _findings(self) -> Iterator[str]:
        listed = self.limits.mismatches
        for error in self.errors[:listed]:
            yield f"ERROR {printable(error)}"
        for one in self.mismatches[:listed]:
            where = f"{printable(one.name)} step {one.step} ({one.op}) {printable(one.field)}"
            values = f"expected {_value(one.expected)}, got {_value(one.got)}"
            yield f"MISMATCH {where}: {values}  [{printable(one.file)}:{one.line}]"
        hidden = max(self.mismatch_count - listed, 0), max(self.error_count - listed, 0)
        if any(hidden):
            yield f"... {hidden[0]} more mismatches, {hidden[1]} more errors"

    def json(self) -> str:
        """Give the report for programs: the attributes of this class, and `status`."""
        return json.dumps(asdict(self) | {"status": self.status}, indent=1)


def printable(text: str) -> str:
    """Return text of a recording so that it does a terminal no harm."""
    return "".join(
        char if char.isprintable() and char.isascii() else ascii(char)[1:-1] for char in text
    )


def _pruned(value: object, levels: int = LEVELS) -> object:
    """Return a value without what is nested deeper than any observation: it might be bottomless."""
    if isinstance(value, dict | list) and not levels:
        return "..."
    if isinstance(value, dict):
        return {key: _pruned(part, levels - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_pruned(part, levels - 1) for part in value]
    return value


def _value(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def _few(names: list[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:NAMES_PER_LINE])
    more = len(names) - NAMES_PER_LINE
    return f"{shown}, ... {more} more (all with --json)" if more > 0 else shown
