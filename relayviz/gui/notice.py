"""A short message to the user: shown in the status bar, never in a window that blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    LOSS = "loss"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell, in a sentence."""

    text: str
    level: Level = Level.INFO
