"""The steps of a branch that lost something."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.channel.marks import LOSS

if TYPE_CHECKING:
    from relayviz.model.history.history import History, Step


class Losses:
    """Kept up to date as the branch grows."""

    def __init__(self) -> None:
        self._last: Step | None = None
        self.steps: list[int] = []

    def follow(self, history: History, branch: int) -> None:
        """Take in what has been added, or all anew if this is another branch."""
        last = self._last
        if last is None or not history.on_path(last, branch):
            self.steps.clear()
            last = None
        first, end = 0 if last is None else last.depth + 1, history.length(branch)
        for steps, _, marks in history.marks(branch, first, end):
            self.steps += np.unique(steps[marks & LOSS != 0]).tolist()
        if end >= first:
            self._last = history.at(branch, end)

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
