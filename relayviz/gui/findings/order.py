"""Which findings are listed, and in which order: one that is there keeps its place. No Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.findings.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relayviz.model.findings.finding import Fault, Finding

    Key = tuple[Fault | None, int]

LINGER = 1.5  # seconds that one stays listed after it was told last
GRAVITY = {severity: place for place, severity in enumerate(Severity)}


@dataclass(slots=True)
class Listed:
    """A finding in the list.

    Attributes:
        key: What makes it the same one when its figures or CPUs change.
        finding: As it was told last.
        since: Its place among those of its gravity: who came first stands first.
        seen: When it was told last, in seconds.
    """

    key: Key
    finding: Finding
    since: int
    seen: float


class Order:
    """Keeps the list."""

    def __init__(self) -> None:
        self._listed: dict[Key, Listed] = {}
        self._count = 0

    def clear(self) -> None:
        """List nothing."""
        self._listed.clear()

    def update(self, findings: Iterable[Finding], now: float) -> list[Listed]:
        """Take what is told at a time, in seconds; return the list, the gravest first."""
        told: Counter[Fault | None] = Counter()
        for finding in findings:
            key = (finding.fault, told[finding.fault])
            told[finding.fault] += 1
            if key in self._listed:
                self._listed[key].finding, self._listed[key].seen = finding, now
            else:
                self._count += 1
                self._listed[key] = Listed(key, finding, self._count, now)
        for key in [key for key, one in self._listed.items() if now - one.seen > LINGER]:
            del self._listed[key]
        return sorted(
            self._listed.values(), key=lambda one: (GRAVITY[one.finding.severity], one.since)
        )
