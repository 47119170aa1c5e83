"""What one deliberate fault is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault: where it is, what stands there, and what it makes of it."""

    number: int
    file: str
    line: int
    function: str
    before: str
    after: str
