"""Which steps of a history are forgotten: the ends of some branches, or all of their steps.

They stay in memory until the channel is closed: facts, fates and saved states go by the numbers of
steps and branches, which never change, and what is undone can be done again. An operation that is
undone and then done anew costs about 2 kB so; what people undo by hand in a day is little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.history.branch import Branch

Kept = Mapping[int, int]
"""Of each branch that has steps of its own the number of the last one; of no other branch."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is forgotten. It is never changed but exchanged, so any thread may look.

    Attributes:
        ends: The number of the last step that is kept, of branches of which some are not.
        heirs: The branches that continue such ones.
        changes: How many times something was forgotten or taken back.
    """

    ends: Mapping[int, int]
    heirs: Mapping[int, int]
    changes: int

    def with_heir(self, branch: int, heir: int) -> Forgotten:
        """Return the same with a branch that continues one."""
        return replace(self, heirs={**self.heirs, branch: heir})


def forgotten(
    branches: Sequence[Branch], lasts: Sequence[int], kept: Kept, changes: int
) -> Forgotten:
    """Return what is forgotten when no more is kept than that.

    Args:
        branches: All of them.
        lasts: The number of the last step of each, forgotten or not.
        kept: What is to be kept; a branch whose fork is not goes too.
        changes: How many times that was said.
    """
    ends: dict[int, int] = {}
    heirs: dict[int, int] = {}
    for branch, last in zip(branches, lasts, strict=True):
        number, parent = branch.number, branch.parent
        is_there = parent is None or branch.fork <= ends.get(parent, lasts[parent])
        end = min(kept.get(number, branch.fork), last) if is_there else branch.fork
        end = max(end, 0, branch.fork)  # the opening is always there
        if end < last:
            ends[number] = end
        if branch.continues and parent is not None and end > branch.fork:
            heirs[parent] = number
    return Forgotten(ends, heirs, changes)
