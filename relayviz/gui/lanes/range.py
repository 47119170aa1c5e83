"""Which places of lanes (steps, events) are on screen, and where. Plain figures: no Qt."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 10  # places on screen
BEST_TICKS = 8


def nice(number: int) -> int:
    """Return the next of 50, 100, 200, 500, 1000, … that is not smaller: so a line seldom jumps."""
    scale = 50
    while True:
        for factor in (1, 2, 4):
            if scale * factor >= number:
                return scale * factor
        scale *= 10


@dataclass(frozen=True, slots=True)
class Range:
    """The places from `first` to `last`, both included, on `width` pixels.

    Where a method asks for the `end`: the last place that may be on screen, from 0 on.
    """

    first: int
    last: int
    width: int

    @property
    def steps(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def pixels(self) -> float:
        """Width of a place."""
        return self.width / self.steps

    def has(self, place: int) -> bool:
        """Tell whether a place is on screen."""
        return self.first <= place <= self.last

    def x_of(self, place: int) -> float:
        """Return the middle of a place."""
        return (place - self.first + 0.5) * self.pixels

    def step_at(self, x: float) -> int:
        """Return the place at a pixel; beyond the ends: the end."""
        return min(max(self.first + int(x / self.pixels), self.first), self.last)

    def zoomed(self, factor: float, at: float, end: int) -> Range:
        """Return the range in which a place is `factor` times as wide; that at `at` stays there.

        Args:
            factor: Above 1: fewer places are shown.
            at: A pixel.
            end: The last place that may be on screen.
        """
        steps = min(max(round(self.steps / factor), FEWEST), end + 1)
        first = round(self.first + at / self.pixels - at * steps / self.width)
        first = min(max(first, 0), end + 1 - steps)
        return Range(first, first + steps - 1, self.width)

    def moved(self, steps: int, end: int) -> Range:
        """Return the range that is later by some places, within what there is."""
        first = max(min(self.first + steps, end + 1 - self.steps), 0)
        return Range(first, first + self.steps - 1, self.width)

    def holding(self, place: int, end: int) -> Range:
        """Return this range, or the nearest that shows a place."""
        if self.has(place):
            return self
        margin = self.steps // 10
        if place < self.first:
            return self.moved(place - self.first - margin, end)
        return self.moved(place - self.last + margin, end)

    def ticks(self) -> range:
        """Return the places that get a number: round ones, some 8 of them."""
        step = 1
        while self.steps / step > BEST_TICKS:
            step = step * 5 // 2 if str(step).startswith("2") else step * 2
        return range(-(-self.first // step) * step, self.last + 1, step)
