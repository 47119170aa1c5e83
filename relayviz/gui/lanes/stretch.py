"""Which seconds of a live run are on screen. Plain figures: no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

SPANS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)  # seconds that can be shown; beyond, doubled
WHOLE = "the whole run is kept: its last minute to 50 ms, what is older in columns of 0.1 s or more"

UNSEEN = "nothing was seen yet"


def spans(run: float) -> list[float]:
    """Return the spans that there are for a run of some seconds, the longest holds all of it."""
    found = list(SPANS)
    while found[-1] < run:
        found.append(found[-1] * 2)
    return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """The seconds on screen.

    Attributes:
        span: How many.
        usual: How many it has at first.
        end: The moment of the run at the right edge; None: always the newest.
        run: How long the run is.
        first: The moment of it from which on it was seen: of a recording, when that began.
    """

    span: float
    usual: float
    end: float | None = None
    run: float = 0.0
    first: float = 0.0

    @property
    def right(self) -> float:
        """The moment at the right edge."""
        return self.run if self.end is None else min(self.end, self.run)

    @property
    def back(self) -> float:
        """How many seconds before now it ends."""
        return self.run - self.right

    @property
    def seen(self) -> float:
        """How many of its seconds were seen: fewer than its span where the run is younger."""
        return max(0.0, self.right - max(self.first, self.right - self.span))

    def has_seen(self, moment: float) -> bool:
        """Return whether what was then was seen."""
        return moment >= self.first

    def at(self, run: float, first: float = 0.0) -> Stretch:
        """Return it when the run has become another length; one of another run begins as usual.

        Args:
            run: How long the run is now.
            first: From which second of it on it was seen.
        """
        if run < self.run:
            return Stretch(self.usual, self.usual, None, run, first)
        return replace(self, run=run, first=first)

    def moved(self, seconds: float) -> Stretch:
        """Return the stretch that is later by some seconds, within what there is."""
        right = max(self.right + seconds, min(self.first + self.span, self.run))
        return replace(self, end=None if right >= self.run else right)

    def zoomed(self, factor: float, part: float = 1.0) -> Stretch:
        """Return the next shorter (factor above 1) or longer window; 0: as at first.

        Args:
            factor: Above 1, below 1, or 0.
            part: Of its width: what is there stays there, where it can.
        """
        if not factor:
            return replace(self, span=self.usual, end=None)
        known = spans(self.run)
        at = min(range(len(known)), key=lambda place: abs(known[place] - self.span))
        span = known[min(max(at + (-1 if factor > 1 else 1), 0), len(known) - 1)]
        if self.end is None and part >= HELD:
            return replace(self, span=span)  # the newest stays at the right
        fixed = self.right - (1 - part) * self.span
        return replace(self, span=span, end=fixed + (1 - part) * span).moved(0)

    def holding(self, moment: float) -> Stretch:
        """Return it, or the nearest that shows a moment."""
        if self.right - self.span <= moment <= self.right:
            return self
        return replace(self, end=min(moment + self.span / 2, self.run)).moved(0)

    def edge(self, columns: int) -> float:
        """Return when the last of so many columns ends: at a multiple of their length."""
        width = self.span / columns
        return math.ceil(self.right / width) * width

    def within(self) -> str:
        """Say the same behind "in"."""
        return f"the {self.words()}" if self.end is None else self.words()

    def words(self) -> str:
        """Say which seconds they are: those that were seen, and no others."""
        if self.end is None:
            is_whole = self.seen >= self.span
            return f"last {self.span:g} s" if is_whole else f"{self.seen:.1f} s so far"
        return f"{self.right - self.seen:.1f}–{self.right:.1f} s of {self.run:.1f} s"


HELD = 0.9  # from that part of the width on, what is zoomed at counts as the newest
