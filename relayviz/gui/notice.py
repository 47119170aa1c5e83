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
    """What to tell, in a sentence.

    Attributes:
        text: The sentence.
        level: How much it matters.
        at: The step that it is about and that may be shown in a moment; None: the state that is
            shown now.
    """

    text: str
    level: Level = Level.INFO
    at: int | None = None
