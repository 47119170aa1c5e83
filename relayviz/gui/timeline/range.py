"""Which steps are on screen, and where. Plain figures: no Qt."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 10  # steps on screen
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
    """The steps from `first` to `last`, both included, on `width` pixels."""

    first: int
    last: int
    width: int

    @property
    def steps(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def pixels(self) -> float:
        """Width of a step."""
        return self.width / self.steps

    def x_of(self, step: int) -> float:
        """Return the middle of a step."""
        return (step - self.first + 0.5) * self.pixels

    def step_at(self, x: float) -> int:
        """Return the step at a pixel; beyond the ends: the end."""
        return min(max(self.first + int(x / self.pixels), self.first), self.last)

    def zoomed(self, factor: float, at: float, length: int) -> Range:
        """Return the range in which a step is `factor` times as wide; the step at `at` stays there.

        Args:
            factor: Above 1: fewer steps are shown.
            at: A pixel.
            length: Number of the last step there is.
        """
        whole = nice(length) + 1
        steps = min(max(round(self.steps / factor), FEWEST), whole)
        first = round(self.first + at / self.pixels - at * steps / self.width)
        first = min(max(first, 0), whole - steps)
        return Range(first, first + steps - 1, self.width)

    def moved(self, steps: int, length: int) -> Range:
        """Return the range that is later by some steps, within what there is."""
        first = min(max(self.first + steps, 0), nice(length) + 1 - self.steps)
        return Range(first, first + self.steps - 1, self.width)

    def holding(self, step: int, length: int) -> Range:
        """Return this range, or the nearest that shows a step."""
        if self.first <= step <= self.last:
            return self
        margin = self.steps // 10
        if step < self.first:
            return self.moved(step - self.first - margin, length)
        return self.moved(step - self.last + margin, length)

    def ticks(self) -> range:
        """Return the steps that get a number: round ones, some 8 of them."""
        step = 1
        while self.steps / step > BEST_TICKS:
            step = step * 5 // 2 if str(step).startswith("2") else step * 2
        return range(-(-self.first // step) * step, self.last + 1, step)
