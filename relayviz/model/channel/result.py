"""What became of an operation: an outcome, and a sentence with the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

KEPT_BYTES = 4096
"""Of what a read or splice delivered, this many bytes stay in the history."""


class Outcome(StrEnum):
    """How an operation ended."""

    OK = "ok"
    STORED = "stored"
    FULL = "full"
    TOO_BIG = "too big"
    BUSY = "busy"
    NOTHING = "nothing"
    ERROR = "error"


LOST = frozenset({Outcome.FULL, Outcome.TOO_BIG, Outcome.BUSY})
"""The outcomes of an event that was not stored."""


class Refusal(StrEnum):
    """Why an event got no place that would have fitted, in words; the account has one entry."""

    FULL = "refused: buffer full"
    DECLINED = "refused by subbuf_start, not full"
    RAISED = "refused: subbuf_start raised"
    NOTHING = "refused: reserve of 0 B after a switch"


@dataclass(frozen=True, slots=True)
class CallbackError:
    """What a Python subbuf_start raised; the core went on as if it had refused.

    Attributes:
        line: Line of the source, from 1; None: it has none there.
        message: Type and text of the exception.
        traceback: The source's lines that led there, as text.
    """

    line: int | None
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an operation.

    Attributes:
        outcome: How it ended.
        words: What happened, with numbers, in a plain sentence or two.
        data: What a read or splice delivered, its first KEPT_BYTES bytes.
        value: A number that came back: bytes moved, a slot, a mask of select.POLL*, a length.
        error: What a Python subbuf_start raised.
        refusal: Why an event was refused.
    """

    outcome: Outcome
    words: str
    data: bytes | None = None
    value: int | None = None
    error: CallbackError | None = None
    refusal: Refusal | None = None

    @property
    def is_loss(self) -> bool:
        """Whether an event was not stored."""
        return self.outcome in LOST
