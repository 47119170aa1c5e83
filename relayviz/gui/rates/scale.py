"""The upper end of an axis: a round number that seldom jumps. Plain figures: no Qt."""

from __future__ import annotations

STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
SHRINKS_BELOW = 0.4  # of the axis
SHRINKS_AFTER = 5.0  # seconds below that


def round_up(value: float) -> float:
    """Return the next round number that is not smaller; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 1.0
    while value > power * 10:
        power *= 10
    while value <= power:
        power /= 10
    return next(power * step for step in STEPS if value <= power * step * 1.000001)


class Scale:
    """Grows at once, shrinks only after a while."""

    def __init__(self, least: float = 1.0) -> None:
        self._least = least
        self._small_since: float | None = None
        self.top = least

    def show(self, highest: float, now: float) -> bool:
        """Make room for a value, at a time in seconds; True: the axis is another one."""
        wanted = max(self._least, round_up(highest))
        before = self.top
        if wanted > self.top:
            self.top, self._small_since = wanted, None
        elif highest >= self.top * SHRINKS_BELOW or wanted == self.top:
            self._small_since = None
        elif self._small_since is None:
            self._small_since = now
        elif now - self._small_since >= SHRINKS_AFTER:
            self.top, self._small_since = wanted, None
        return self.top != before
