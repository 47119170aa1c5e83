"""Breakpoints: what Run stops at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class On(StrEnum):
    """What a breakpoint waits for."""

    OPERATION = "operation"
    SWITCH = "switch"
    FULL = "full"
    REFUSED = "refused"
    TOO_BIG = "too-big"
    OVERWRITTEN = "overwritten"
    LAPPED = "lapped"
    CLAMP = "clamp"
    CALLBACK = "callback"
    ANOMALY = "anomaly"
    WHEN = "when"


TITLES = {
    On.OPERATION: "operation",
    On.SWITCH: "sub-buffer switch",
    On.FULL: "buffer turns full",
    On.REFUSED: "event refused",
    On.TOO_BIG: "event refused: too big",
    On.OVERWRITTEN: "event overwritten",
    On.LAPPED: "reader lapped",
    On.CLAMP: "subbufs_consumed clamped or ignored",
    On.CALLBACK: "subbuf_start returned",
    On.ANOMALY: "read anomaly",
    On.WHEN: "condition",
}
"""What each is called on screen."""

ANSWERS = ("0", "1", "raised")
"""What a subbuf_start can answer: refuse, go on, or raise, which counts as a refusal."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Something that Run stops at.

    Attributes:
        on: What it waits for.
        what: OPERATION: the kind, such as "flush". CALLBACK: one of ANSWERS. WHEN: an expression
            over the state (model.condition), met where it becomes true. Else empty.
        cpu: Only on this CPU's buffer; None: on any.
        hits: It stops at this hit and each later one; 1: at every hit.
        enabled: It is in force.
    """

    on: On
    what: str = ""
    cpu: int | None = None
    hits: int = 1
    enabled: bool = True

    @property
    def title(self) -> str:
        """What it waits for, in words."""
        words = self.what if self.on is On.WHEN else f"{TITLES[self.on]} {self.what}".rstrip()
        return words if self.cpu is None else f"{words} on cpu {self.cpu}"
