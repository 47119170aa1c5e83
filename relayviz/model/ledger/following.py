"""Keeping up with a branch as it grows, and changing to another one without beginning anew."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.model.history.history import History

SLICE = 300
"""Steps that are taken in at most before somebody else gets a turn, if each is looked at."""

COLUMNS = 50
"""So many steps that were recorded together are as much work as one that is looked at."""

MOST = 2**16  # steps taken in in one go: what that needs meanwhile is no memory to speak of


class Following(ABC):
    """What is gathered from the steps of a branch, each of which is taken in once.

    Another branch costs what it does not share with the one before.

    Threads: one, any; the history may grow meanwhile.

    Attributes:
        step: The number of the last step taken in; -1: none.
    """

    def __init__(self) -> None:
        self.step = -1
        self._branch = 0

    def follow(self, history: History, branch: int, most: int | None = None) -> bool:
        """Take in what has been added, or what differs if this is another branch.

        Args:
            history: The history, always the same.
            branch: The branch.
            most: Steps to take in at most if each is looked at, and COLUMNS times as many where
                none is; None: all.

        Returns:
            Whether all of it is in.
        """
        if branch != self._branch or self.step > history.length(branch):  # its end is forgotten
            self._leave(history, branch)
        end, room = history.length(branch), MOST if most is None else most * COLUMNS
        while self.step < end:
            last = min(end, self.step + room)
            self.step = self.take(history, branch, self.step + 1, last, most)
            if most is not None:
                break
        return self.step == end

    def _leave(self, history: History, branch: int) -> None:
        """Forget what another branch does not share."""
        before, self._branch = self._branch, branch
        low, high = -1, min(self.step, history.length(branch))
        while low < high:  # branches agree up to where they part
            middle = (low + high + 1) // 2
            if history.id_at(branch, middle) == history.id_at(before, middle):
                low = middle
            else:
                high = middle - 1
        if low < self.step:
            self.truncate(low)
            self.step = low

    @abstractmethod
    def take(self, history: History, branch: int, first: int, last: int, looks: int | None) -> int:
        """Take in the next steps of a branch.

        Args:
            history: The history.
            branch: The branch.
            first: The number of the first.
            last: That of the last, if not too many have to be looked at one by one.
            looks: How many that may be at most; None: any number.

        Returns:
            The number of the last that was taken in.
        """

    @abstractmethod
    def truncate(self, step: int) -> None:
        """Forget all that came behind a step."""
