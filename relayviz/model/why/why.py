"""Why something is as it is: what can be asked about, and what an answer holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.model.why.rules import Rule


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a buffer: "offset", "ready", "lost"; of its account: "account.overwritten".

    Attributes:
        row: The buffer's row in the snapshot.
        name: The figure: see why_figures.FIGURES.
    """

    row: int
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A sub-buffer: the buffer's row in the snapshot, and its index."""

    row: int
    index: int


@dataclass(frozen=True, slots=True)
class Byte:
    """A byte: row and index of a sub-buffer, and the byte from its start."""

    row: int
    index: int
    offset: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a step did to an event: the first that it lost, else the one that it tried to store.

    Attributes:
        step: The step's place in History.steps.
    """

    step: int


Subject = Figure | Piece | Byte | Event | Done


@dataclass(frozen=True, slots=True)
class Term:
    """A number in a formula, what it is, and whether it is taken away."""

    value: int
    words: str
    minus: bool = False

    @property
    def signed(self) -> int:
        """What it adds to the sum."""
        return -self.value if self.minus else self.value


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum with its numbers put in, and what it is compared with.

    Attributes:
        name: What is computed.
        terms: What is added up.
        value: What comes out.
        than: (sign, number, words): it is "<", "≤", "=", "≥" or ">" than that; None: no matter.
    """

    name: str
    terms: tuple[Term, ...]
    value: int
    than: tuple[str, int, str] | None = None

    def text(self) -> str:
        """Return it as a line: "ready = 12 produced − 4 consumed = 8"."""
        parts = []
        for place, term in enumerate(self.terms):
            sign = "− " if term.minus else "+ " if place else ""
            parts.append(f"{sign}{term.value} {term.words}".rstrip())
        shown = " ".join(parts)
        result = "" if len(self.terms) == 1 and self.than is not None else f" = {self.value}"
        if len(self.terms) == 1 and self.terms[0].value == self.value:
            result = ""
        than = (
            "" if self.than is None else f" {self.than[0]} {self.than[1]} {self.than[2]}".rstrip()
        )
        return f"{self.name} = {shown}{result}{than}"


@dataclass(frozen=True, slots=True)
class Cause:
    """A step to look at: its number on the branch, what it has to do with it, and what it did."""

    step: int
    words: str
    lead: str = "Last changed by"


@dataclass(frozen=True, slots=True)
class Why:
    """An answer.

    Attributes:
        title: What was asked about, with its value.
        formulas: How it comes about, in numbers.
        causes: The steps that made it so, the last change first.
        rule: The rule behind it, in our words.
        helps: What would have saved a lost event; empty: nothing is lost.
        counted: What counts of events mean in a channel that was taken over; empty: it was opened.
        crowded_out: The number of an event that was lost for want of room; None: none was.
    """

    title: str
    formulas: tuple[Formula, ...]
    causes: tuple[Cause, ...]
    rule: Rule
    helps: str = ""
    crowded_out: int | None = None
    counted: str = ""
