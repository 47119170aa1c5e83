"""The steps of a branch that lost something."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.marks import LOSS

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Losses:
    """The steps that lost something, in order. Part of the time line, which fills it."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def add(self, steps: NDArray[np.integer[Any]], marks: NDArray[np.integer[Any]]) -> None:
        """Take in marks of steps."""
        self.steps += np.unique(steps[marks & LOSS != 0]).tolist()

    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
        del self.steps[bisect_right(self.steps, step) :]

    @property
    def first(self) -> int | None:
        """The first of them."""
        return self.steps[0] if self.steps else None

    def after(self, step: int) -> int | None:
        """Return the next one behind a step."""
        at = bisect_right(self.steps, step)
        return self.steps[at] if at < len(self.steps) else None

    def before(self, step: int) -> int | None:
        """Return the last one before a step."""
        at = bisect_left(self.steps, step)
        return self.steps[at - 1] if at else None
